from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.orders.records import NewItem, Order, OrderChange
from tests.integration.shop.stage import ANNA, BEN, BERLIN, LAMP, LAPTOP, SHIRT, SHIRT_RED, Stage

SMALL = NewItem(SHIRT, 1, {"size": "S"})


async def test_more_pieces_are_charged(stage: Stage) -> None:
    order = await stage.paid()
    change = await stage.orders.change_quantity(ANNA, order.id, 1, 3)

    assert str(change.difference) == "$258.00"
    assert (change.order.total.amount, change.order.paid) == (Decimal("387.00"), change.order.total)
    assert [payment.kind for payment in change.order.payments] == ["payment", "adjustment"]
    assert change.refund is None
    assert await stage.stock(LAMP) == 7


async def test_fewer_pieces_are_refunded(stage: Stage) -> None:
    order = await stage.paid(NewItem(LAMP, 3))
    change = await stage.orders.change_quantity(ANNA, order.id, 1, 2)

    assert change.refund is not None
    assert (change.refund.kind, change.refund.state, str(change.refund.amount)) == (
        "change",
        "approved",
        "$129.00",
    )
    assert change.order.paid - change.order.refunded == change.order.total
    assert await stage.stock(LAMP) == 8


async def test_a_change_replaces_the_invoice(stage: Stage) -> None:
    order = await stage.paid(NewItem(LAMP, 2))
    old = await stage.orders.invoice(ANNA, order.id)
    await stage.orders.change_quantity(ANNA, order.id, 1, 1)
    new = await stage.orders.invoice(ANNA, order.id)

    assert (new.replaces, new.state, new.total.amount) == (old.id, "issued", Decimal("129.00"))
    assert (await stage.orders.invoice(ANNA, old.id)).state == "replaced"


async def test_before_payment_only_the_amount_due_changes(stage: Stage) -> None:
    order = await stage.placed()
    change = await stage.orders.change_quantity(ANNA, order.id, 1, 2)

    assert change.order.payment is not None
    assert change.order.payment.amount == change.order.total
    assert not await stage.orders.refunds(ANNA)
    paid = (await stage.orders.pay(ANNA, order.id)).order
    assert paid.paid == paid.total


async def test_items_come_and_go(stage: Stage) -> None:
    order = await stage.paid()
    added = await stage.orders.add_item(ANNA, order.id, NewItem(SHIRT, 2, {"size": "L"}))
    assert [item.quantity for item in added.order.items] == [1, 2]
    more = await stage.orders.add_item(ANNA, order.id, NewItem(SHIRT, 1, {"size": "L"}))
    assert [item.quantity for item in more.order.items] == [1, 3]
    other = await stage.orders.add_item(ANNA, order.id, NewItem(SHIRT, 1, {"size": "S"}))
    assert [item.quantity for item in other.order.items] == [1, 3, 1]

    removed = await stage.orders.remove_item(ANNA, order.id, 2)
    assert [item.line for item in removed.order.items] == [1, 3]
    assert await stage.stock(SHIRT) == 9


async def test_the_last_item_is_not_removed(stage: Stage) -> None:
    order = await stage.paid()
    for attempt in (
        stage.orders.remove_item(ANNA, order.id, 1),
        stage.orders.change_quantity(ANNA, order.id, 1, 0),
    ):
        with pytest.raises(Conflict) as error:
            await attempt
        assert error.value.code == "last_item"
    assert await stage.stock(LAMP) == 9


async def test_another_size_costs_nothing_and_another_variant_its_difference(stage: Stage) -> None:
    order = await stage.paid(SMALL)
    resized = await stage.orders.swap_variant(ANNA, order.id, 1, options={"size": "l"})
    assert (dict(resized.order.items[0].options), resized.difference.amount) == (
        {"size": "L"},
        Decimal(0),
    )

    red = await stage.orders.swap_variant(ANNA, order.id, 1, product_id=SHIRT_RED)
    assert (red.order.items[0].product_id, dict(red.order.items[0].options)) == (
        SHIRT_RED,
        {"size": "L"},
    )
    assert str(red.difference) == "$2.00"
    assert (await stage.stock(SHIRT), await stage.stock(SHIRT_RED)) == (10, 1)


async def test_another_product_is_no_variant(stage: Stage) -> None:
    order = await stage.paid(SMALL)
    with pytest.raises(InvalidInput) as error:
        await stage.orders.swap_variant(ANNA, order.id, 1, product_id=LAPTOP)
    assert error.value.code == "no_variant"


async def test_a_short_stock_changes_nothing(stage: Stage) -> None:
    order = await stage.paid()
    with pytest.raises(Conflict) as error:
        await stage.orders.change_quantity(ANNA, order.id, 1, 12)
    assert error.value.code == "out_of_stock"
    assert (await stage.orders.get(order.id)) == order
    assert await stage.stock(LAMP) == 9


async def test_the_address_changes_until_packing(stage: Stage) -> None:
    berlin = await stage.services.customers.add_address(ANNA, BERLIN)
    order = await stage.paid(SMALL)
    change = await stage.orders.change_address(ANNA, order.id, berlin.id)

    assert (change.order.address["city"], change.order.address["recipient"]) == (
        "Berlin",
        "Anna Berg",
    )
    assert str(change.difference) == "$8.00"  # 12.95 instead of 4.95
    assert change.order.paid == change.order.total
    assert change.order.deliver_until > order.deliver_until


async def test_an_address_in_the_same_country_changes_no_sum(stage: Stage) -> None:
    order = await stage.paid(SMALL)
    home = (await stage.services.customers.addresses(ANNA))[0]
    await stage.services.customers.update_address(ANNA, home.id, street="9 Mill Road")
    assert (await stage.orders.get(order.id)).address["street"] == "48 Juniper Lane"

    change = await stage.orders.change_address(ANNA, order.id, home.id)
    assert (change.order.address["street"], change.difference.amount) == ("9 Mill Road", Decimal(0))


Attempt = Callable[[Stage, Order, str], Awaitable[OrderChange]]
ATTEMPTS: dict[str, Attempt] = {
    "quantity": lambda s, o, who: s.orders.change_quantity(who, o.id, 1, 2),
    "remove": lambda s, o, who: s.orders.remove_item(who, o.id, 2),
    "add": lambda s, o, who: s.orders.add_item(who, o.id, NewItem(LAMP)),
    "swap": lambda s, o, who: s.orders.swap_variant(who, o.id, 1, options={"size": "M"}),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
async def test_once_packed_nothing_changes(stage: Stage, attempt: Attempt) -> None:
    order = await stage.reached("packed", SMALL, NewItem(LAMP))
    with pytest.raises(Conflict) as error:
        await attempt(stage, order, ANNA)
    assert error.value.code == "not_changeable"
    assert await stage.orders.get(order.id) == order


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
async def test_others_change_nothing(stage: Stage, attempt: Attempt) -> None:
    order = await stage.paid(SMALL, NewItem(LAMP))
    with pytest.raises(NotFound):
        await attempt(stage, order, BEN)
    assert await stage.orders.get(order.id) == order


async def test_a_repeated_change_is_made_once(stage: Stage) -> None:
    order = await stage.paid()
    first = await stage.orders.add_item(ANNA, order.id, NewItem(LAMP), idempotency_key="k")
    again = await stage.orders.add_item(ANNA, order.id, NewItem(LAMP), idempotency_key="k")
    assert (again.repeated, again.order.items, again.difference) == (
        True,
        first.order.items,
        first.difference,
    )
    assert await stage.stock(LAMP) == 8


async def test_unknown_lines(stage: Stage) -> None:
    order = await stage.paid()
    with pytest.raises(InvalidInput):
        await stage.orders.change_quantity(ANNA, order.id, 7, 1)
