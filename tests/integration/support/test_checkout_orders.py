"""Ordering a cart by its link, on both databases: goods, money, order, invoice and message belong together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from closer.checkout.records import CheckoutWish, Contact
from closer.conversations.turn import Entry
from closer.customers.records import NewAddress
from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, NotAuthenticated, NotPermitted, ProviderError
from closer.kit.money import Money
from closer.kit.pagination import PageRequest
from closer.providers.payments import Card, PaymentDeclined
from closer.providers.sandbox_payments import AWAY_CARD, SandboxPayments
from closer.services import Services
from tests.integration.support import shop

GOOD, BROKE = "4242 4242 4242 4242", "4000 0000 0000 9995"
HOME = NewAddress(street="9 Oak Road", city="Salem", region="OR", postcode="97301", country="US")
ANN = Contact("Ann Visitor", "ann.visitor@example.org")


@pytest.fixture
async def eve(services: Services) -> str:
    await shop.furnish(services)
    return await shop.customer(services, "eve")


@pytest.fixture
async def link(services: Services, eve: str) -> str:
    """The link's token of a cart of two novels, $24 and $4.95 for delivery."""
    await services.carts.add(eve, shop.NOVEL, 2)
    return (await services.carts.checkout_link(eve)).token


def card(number: str = GOOD) -> Card:
    return Card(number, 12, 2030, "123")


async def wish(services: Services, customer_id: str | None = "eve", **more: Any) -> CheckoutWish:
    given: dict[str, Any] = {
        "idempotency_key": "try-1",
        "expected_total": Money("28.95"),  # type: ignore[arg-type]
        "payment": "card",
        "card": card(),
    }
    if customer_id is not None and "address" not in more:
        given["address_id"] = (await services.customers.address(customer_id)).id
    return CheckoutWish(**given | more)


async def said(services: Services, conversation_id: str) -> list[Entry]:
    return list((await services.conversations.history(conversation_id, PageRequest(10))).items)


def money(services: Services) -> SandboxPayments:
    provider = services.checkout.payments.provider
    assert isinstance(provider, SandboxPayments)
    return provider


async def charge(services: Services, cart_id: str, key: str = "try-1") -> str | None:
    """Return what became of the payment at the provider."""
    row = await money(services)._by_key(f"{cart_id}:{key}")
    return row["state"] if row else None


async def test_an_order_is_paid_invoiced_announced_and_noted(
    services: Services, eve: str, link: str
) -> None:
    cart = await services.carts.view(eve)
    placed = await services.checkout.place(link, await wish(services), eve)
    order = placed.order
    assert (order.state, str(order.total), placed.repeated) == ("paid", "$28.95", False)
    assert order.payment is not None
    assert (order.payment.state, order.payment.masked) == ("captured", "Visa •••• 4242")
    assert await services.catalog.stock(shop.NOVEL) == 98
    assert [invoice.order_id for invoice in await services.orders.invoices(eve)] == [order.id]
    (entry,) = await said(services, eve)
    assert order.id in (entry.text or "")
    assert entry.cards[0].title == f"Order {order.id}"
    assert await charge(services, str(cart.id)) == "captured"
    assert (await services.orders.latest(eve, 1))[0].id == order.id
    (note,) = (await services.audit.entries(PageRequest(5), action="order.placed")).items
    assert (note.actor, note.target) == (f"cart:{cart.id}", f"order:{order.id}")
    (left,) = (await services.audit.entries(PageRequest(5), action="cart.checked_out")).items
    assert (left.actor, left.target) == (eve, f"cart:{cart.id}")
    await services.notifications.deliver_due()
    (mail,) = await services.sandbox.latest(address="eve@example.org")
    assert order.id in mail.subject
    assert "2 × A quiet novel" in mail.text


async def test_a_double_click_makes_one_order_and_one_payment(
    services: Services, eve: str, link: str
) -> None:
    cart = await services.carts.view(eve)
    asked = await wish(services)
    done = await asyncio.gather(*(services.checkout.place(link, asked, eve) for _ in range(3)))
    assert len({placed.order.id for placed in done}) == 1
    assert sorted(placed.repeated for placed in done) == [False, True, True]
    assert await charge(services, str(cart.id)) == "captured"
    assert len(await said(services, eve)) == 1
    assert await services.catalog.stock(shop.NOVEL) == 98


async def test_two_tabs_pay_once(services: Services, eve: str, link: str) -> None:
    cart = await services.carts.view(eve)
    asked = await wish(services)
    other = replace(asked, idempotency_key="try-2")
    done = await asyncio.gather(
        services.checkout.place(link, asked, eve), services.checkout.place(link, other, eve)
    )
    assert len({placed.order.id for placed in done}) == 1
    states = [await charge(services, str(cart.id), key) for key in ("try-1", "try-2")]
    assert states.count("captured") == 1
    assert "authorised" not in states


async def test_a_used_link_shows_the_order_and_orders_nothing_more(
    services: Services, eve: str, link: str
) -> None:
    first = await services.checkout.place(link, await wish(services), eve)
    again = await services.checkout.place(link, await wish(services, idempotency_key="later"), eve)
    assert (again.order.id, again.repeated) == (first.order.id, True)
    view = await services.checkout.view(link)
    assert view.order is not None
    assert view.order.id == first.order.id
    with pytest.raises(Conflict) as error:
        await services.checkout.set_quantity(link, shop.NOVEL, 5)
    assert error.value.code == "already_ordered"


async def test_a_declined_card_changes_nothing_and_another_one_works(
    services: Services, eve: str, link: str
) -> None:
    with pytest.raises(PaymentDeclined) as error:
        await services.checkout.place(link, await wish(services, card=card(BROKE)), eve)
    assert error.value.code == "insufficient_funds"
    assert await services.catalog.stock(shop.NOVEL) == 100
    assert await services.orders.latest(eve, 1) == []
    again = await wish(services, idempotency_key="try-2")
    assert (await services.checkout.place(link, again, eve)).order.state == "paid"


async def test_what_was_sold_out_meanwhile_gives_the_money_back(
    services: Services, eve: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last pieces go between the look at the shelf and the order."""
    cart = await services.carts.view(eve)
    authorise = SandboxPayments.authorise

    async def slow(self: SandboxPayments, asked: Any) -> Any:
        held = await authorise(self, asked)
        await services.catalog.take_stock(shop.NOVEL, 99)
        return held

    monkeypatch.setattr(SandboxPayments, "authorise", slow)
    with pytest.raises(Conflict) as error:
        await services.checkout.place(link, await wish(services), eve)
    assert (error.value.code, error.value.extra["available"]) == ("out_of_stock", 1)
    assert await charge(services, str(cart.id)) == "voided"
    assert await services.orders.latest(eve, 1) == []
    assert await said(services, eve) == []
    assert (await services.carts.view(eve)).count == 2


async def test_a_changed_price_is_told_before_anything_is_paid(
    services: Services, eve: str, link: str
) -> None:
    cart = await services.carts.view(eve)
    low = await wish(services, expected_total=Money("20.00"))  # type: ignore[arg-type]
    with pytest.raises(Conflict) as error:
        await services.checkout.place(link, low, eve)
    assert error.value.code == "price_changed"
    assert error.value.extra["total"] == {"amount": "28.95", "currency": "USD"}
    assert await charge(services, str(cart.id)) is None


async def test_a_visitor_becomes_a_customer_with_order_and_address(
    services: Services, eve: str
) -> None:
    await services.carts.add("vis_1", shop.NOVEL, 2)
    token = (await services.carts.checkout_link("vis_1")).token
    assert (await services.checkout.view(token)).needs_contact
    with pytest.raises(InvalidInput) as error:
        await services.checkout.place(token, await wish(services, None, address=HOME))
    assert error.value.extra["field"] == "contact"
    asked = await wish(services, None, address=HOME, contact=ANN)
    order = (await services.checkout.place(token, asked)).order
    ann = await services.customers.find_by_email(ANN.email)
    assert ann is not None
    assert order.customer_id == ann.id
    assert order.address["recipient"] == "Ann Visitor"
    assert [home.city for home in await services.customers.addresses(ann.id)] == ["Salem"]
    assert order.id in ((await said(services, "vis_1"))[0].text or "")
    assert (await services.checkout.place(token, asked)).repeated


async def test_a_visitor_with_a_known_address_leaves_that_customers_book_alone(
    services: Services, eve: str
) -> None:
    await services.carts.add("vis_1", shop.NOVEL, 2)
    token = (await services.carts.checkout_link("vis_1")).token
    contact = Contact("Somebody", "eve@example.org")
    asked = await wish(services, None, address=HOME, contact=contact)
    order = (await services.checkout.place(token, asked)).order
    assert order.customer_id == eve
    assert order.address["city"] == "Salem"
    assert [home.city for home in await services.customers.addresses(eve)] == ["Portland"]
    assert (await services.customers.get(eve)).name == "Eve"
    assert await said(services, eve) == []


async def test_saved_addresses_are_for_who_is_signed_in(
    services: Services, eve: str, link: str
) -> None:
    assert (await services.checkout.view(link)).addresses == ()
    assert [home.city for home in (await services.checkout.view(link, eve)).addresses] == [
        "Portland"
    ]
    with pytest.raises(InvalidInput) as error:
        await services.checkout.place(link, await wish(services))
    assert error.value.extra["field"] == "address_id"
    order = (await services.checkout.place(link, await wish(services, address=HOME))).order
    assert (order.customer_id, order.address["city"]) == (eve, "Salem")


async def test_another_customers_cart_is_out_of_reach(
    services: Services, eve: str, link: str
) -> None:
    mallory = await shop.customer(services, "mallory")
    for step in (
        services.checkout.view(link, mallory),
        services.checkout.place(link, await wish(services, mallory), mallory),
    ):
        with pytest.raises(NotPermitted) as error:
            await step
        assert error.value.code == "other_cart"


async def test_an_old_link_orders_nothing(
    services: Services, eve: str, link: str, clock: FixedClock
) -> None:
    clock.advance(hours=24)
    with pytest.raises(NotAuthenticated) as error:
        await services.checkout.place(link, await wish(services), eve)
    assert error.value.code == "checkout_expired"


async def test_bank_transfer_waits_for_the_money(services: Services, eve: str, link: str) -> None:
    asked = await wish(services, payment="bank_transfer", card=None)
    order = (await services.checkout.place(link, asked, eve)).order
    assert order.state == "placed"
    assert order.payment is not None
    assert order.payment.state == "pending"
    assert await services.orders.invoices(eve) == []
    assert "bank transfer" in ((await said(services, eve))[0].text or "")


async def test_what_could_not_be_taken_at_once_is_taken_later(
    services: Services, eve: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = await services.carts.view(eve)

    async def away(self: SandboxPayments, authorisation_id: str) -> None:
        raise ProviderError("away")

    with monkeypatch.context() as patch:
        patch.setattr(SandboxPayments, "capture", away)
        assert (
            await services.checkout.place(link, await wish(services), eve)
        ).order.state == "paid"
        assert await services.checkout.payments.settle() == 0
    assert await charge(services, str(cart.id)) == "authorised"
    assert await services.checkout.payments.settle() == 1
    assert await charge(services, str(cart.id)) == "captured"
    assert await services.checkout.payments.settle() == 0


async def test_money_of_a_crashed_checkout_is_let_go(
    services: Services, eve: str, link: str, clock: FixedClock
) -> None:
    """The process dies after the provider said yes: nothing was ordered."""
    cart = await services.carts.view(eve)
    await services.checkout.payments.hold(str(cart.id), await wish(services), Money("28.95"))  # type: ignore[arg-type]
    assert await services.checkout.payments.settle() == 0
    clock.advance(minutes=11)
    assert await services.checkout.payments.settle() == 1
    assert await charge(services, str(cart.id)) == "voided"


async def test_without_an_answer_of_the_provider_the_same_key_works_later(
    services: Services, eve: str, link: str
) -> None:
    with pytest.raises(ProviderError):
        await services.checkout.place(link, await wish(services, card=card(AWAY_CARD)), eve)
    assert await services.orders.latest(eve, 1) == []
    assert (await services.checkout.place(link, await wish(services), eve)).order.state == "paid"


async def test_a_gift_card_pays_as_much_as_it_holds(services: Services, eve: str) -> None:
    for number, outcome in ((1, "paid"), (2, "insufficient_funds")):
        await services.carts.add(eve, shop.NOVEL, 2)
        token = (await services.carts.checkout_link(eve)).token
        asked = await wish(
            services,
            payment="gift_card",
            gift_code="gift-0050-abcd",
            card=None,
            idempotency_key=f"gift-{number}",
        )
        if outcome == "paid":
            assert (await services.checkout.place(token, asked, eve)).order.state == "paid"
            continue
        with pytest.raises(PaymentDeclined) as error:
            await services.checkout.place(token, asked, eve)
        assert error.value.code == outcome


async def test_the_view_prices_each_way_to_send(services: Services, eve: str, link: str) -> None:
    home = await services.checkout.view(link, eve, delivery_method="express")
    assert (home.country, str(home.quote.total)) == ("US", "$38.95")
    abroad = await services.checkout.view(link, eve, country="JP", delivery_method="pickup")
    assert [way.method for way in abroad.options] == ["standard", "express"]
    assert str(abroad.quote.total) == "$43.95"


async def test_pieces_can_be_taken_out_at_the_checkout(
    services: Services, eve: str, link: str
) -> None:
    await services.checkout.set_quantity(link, shop.NOVEL, 1)
    assert str((await services.checkout.view(link)).quote.subtotal) == "$12.00"
    await services.checkout.set_quantity(link, shop.NOVEL, 0)
    with pytest.raises(Conflict) as error:
        await services.checkout.place(link, await wish(services), eve)
    assert error.value.code == "cart_empty"


async def test_payments_keep_no_card_number(services: Services, eve: str, link: str) -> None:
    from sqlalchemy import select

    from closer.checkout.tables import checkout_payments
    from closer.providers.sandbox_payment_tables import sandbox_charges

    await services.checkout.place(link, await wish(services), eve)
    async with services.db.reading() as connection:
        for table in (checkout_payments, sandbox_charges):
            rows = (await connection.execute(select(table))).mappings().all()
            assert rows
            assert "42424242" not in str([dict(row) for row in rows])
    assert "4242" not in repr(await wish(services))


async def test_erasing_a_person_takes_the_name_off_their_payments(
    services: Services, eve: str, link: str
) -> None:
    await services.checkout.place(link, await wish(services), eve)
    payments = services.checkout.payments
    assert len(await payments.export_personal(eve)) == 1
    assert await payments.erase_personal(eve) == 1
    assert await payments.export_personal(eve) == []
