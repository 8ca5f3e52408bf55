"""Carts: one a person, never more than there is, ordered once."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from closer.services import Services
from tests.integration.support import shop


@pytest.fixture
async def eve(services: Services) -> str:
    await shop.furnish(
        services,
        shop.row(
            services, "P-0100", name="Rare vase", category="home", kind="vase", price=70, stock=2
        ),
    )
    return await shop.customer(services, "eve")


async def test_a_cart_shows_todays_prices_and_totals(services: Services, eve: str) -> None:
    assert (await services.carts.view(eve)).id is None
    await services.carts.add(eve, shop.NOVEL, 2)
    cart = await services.carts.add(eve, shop.CASE)
    assert {line.product.id: line.quantity for line in cart.lines} == {shop.NOVEL: 2, shop.CASE: 1}
    assert (cart.subtotal.amount, cart.count, cart.ready) == (Decimal("44.00"), 3, True)


async def test_adding_again_adds_up_and_setting_sets(services: Services, eve: str) -> None:
    await services.carts.add(eve, shop.NOVEL)
    assert (await services.carts.add(eve, shop.NOVEL, 2)).count == 3
    assert (await services.carts.set_quantity(eve, shop.NOVEL, 5)).count == 5
    assert (await services.carts.set_quantity(eve, shop.NOVEL, 0)).lines == ()


async def test_parallel_adding_loses_nothing_and_keeps_one_cart(
    services: Services, eve: str
) -> None:
    await asyncio.gather(*(services.carts.add(eve, shop.NOVEL) for _ in range(6)))
    assert (await services.carts.view(eve)).count == 6
    assert len(await services.carts.export_personal(eve)) == 1


async def test_never_more_than_there_is(services: Services, eve: str) -> None:
    await services.carts.add(eve, "P-0100", 2)
    with pytest.raises(Conflict) as error:
        await services.carts.add(eve, "P-0100")
    assert (error.value.code, error.value.extra["available"]) == ("out_of_stock", 2)
    assert (await services.carts.view(eve)).count == 2


async def test_a_cart_tells_when_its_goods_were_sold_to_another(
    services: Services, eve: str
) -> None:
    await services.carts.add(eve, "P-0100", 2)
    await services.catalog.take_stock("P-0100", 1)
    cart = await services.carts.view(eve)
    assert (cart.lines[0].available, cart.ready) == (False, False)
    with pytest.raises(Conflict) as error:
        await services.carts.checkout(eve)
    assert error.value.code == "out_of_stock"
    assert (await services.carts.view(eve)).count == 2


async def test_options_make_lines_and_must_exist(services: Services, eve: str) -> None:
    await services.carts.add(eve, shop.SHIRT, 1, {"size": "m"})
    cart = await services.carts.add(eve, shop.SHIRT, 1, {"size": "L"})
    assert {line.options["size"] for line in cart.lines} == {"M", "L"}
    with pytest.raises(InvalidInput) as error:
        await services.carts.add(eve, shop.SHIRT, 1, {"size": "XXXL"})
    assert error.value.extra["choices"] == ["S", "M", "L"]
    left = await services.carts.remove(eve, shop.SHIRT, {"size": "M"})
    assert [line.options["size"] for line in left.lines] == ["L"]
    assert (await services.carts.remove(eve, shop.SHIRT)).lines == ()


async def test_what_is_still_to_be_chosen_is_told(services: Services, eve: str) -> None:
    cart = await services.carts.add(eve, shop.SHIRT)
    assert (cart.lines[0].missing_options, cart.ready) == (("size",), False)


@pytest.mark.parametrize("quantity", [0, -1, 21])
async def test_odd_numbers_of_pieces_are_refused(
    services: Services, eve: str, quantity: int
) -> None:
    with pytest.raises(InvalidInput):
        await services.carts.add(eve, shop.NOVEL, quantity)


async def test_an_unknown_product_is_not_found(services: Services, eve: str) -> None:
    with pytest.raises(NotFound):
        await services.carts.add(eve, "P-9999")


async def test_checking_out_places_the_order_and_opens_a_new_cart(
    services: Services, eve: str
) -> None:
    cart = await services.carts.add(eve, shop.NOVEL, 3)
    order = (await services.carts.checkout(eve)).order
    assert [(item.product_id, item.quantity) for item in order.items] == [(shop.NOVEL, 3)]
    assert await services.catalog.stock(shop.NOVEL) == 97
    assert (await services.carts.view(eve)).lines == ()
    again = await services.carts.checkout(eve, cart_id=cart.id)
    assert (again.order.id, again.repeated) == (order.id, True)
    with pytest.raises(Conflict) as error:
        await services.carts.checkout(eve)
    assert error.value.code == "cart_empty"


async def test_parallel_checkouts_of_one_cart_make_one_order(services: Services, eve: str) -> None:
    cart = await services.carts.add(eve, shop.NOVEL)
    await asyncio.gather(*(services.carts.checkout(eve, cart_id=cart.id) for _ in range(3)))
    assert len((await services.orders.list(eve)).items) == 1


async def test_another_persons_cart_cannot_be_ordered(services: Services, eve: str) -> None:
    mallory = await shop.customer(services, "mallory")
    cart = await services.carts.add(eve, shop.NOVEL)
    with pytest.raises(NotFound):
        await services.carts.checkout(mallory, cart_id=cart.id)


async def test_a_link_leads_to_the_cart_for_a_day(
    services: Services, eve: str, clock: FixedClock
) -> None:
    with pytest.raises(Conflict):
        await services.carts.checkout_link(eve)
    await services.carts.add(eve, shop.NOVEL)
    link = await services.carts.checkout_link(eve)
    assert link.url == f"https://shop.example/checkout#{link.token}"
    assert (await services.carts.open_link(link.token)).owner_id == eve
    clock.advance(hours=24)
    with pytest.raises(NotAuthenticated) as error:
        await services.carts.open_link(link.token)
    assert error.value.code == "checkout_expired"


async def test_a_forged_link_is_refused(services: Services, eve: str) -> None:
    await services.carts.add(eve, shop.NOVEL)
    token = (await services.carts.checkout_link(eve)).token
    for forged in (token[:-2] + ("aa" if token[-2:] != "aa" else "bb"), "x.y.z", ""):
        with pytest.raises(NotAuthenticated) as error:
            await services.carts.open_link(forged)
        assert error.value.code == "checkout_invalid"


async def test_a_visitors_cart_is_put_into_the_customers(services: Services, eve: str) -> None:
    await services.carts.add("vis_1", shop.NOVEL, 2)
    await services.carts.add("vis_1", shop.CASE)
    await services.carts.add(eve, shop.NOVEL)
    merged = await services.carts.merge("vis_1", eve)
    assert {line.product.id: line.quantity for line in merged.lines} == {
        shop.NOVEL: 3,
        shop.CASE: 1,
    }
    assert (await services.carts.view("vis_1")).lines == ()
    assert (await services.carts.merge("vis_1", eve)).count == 4


async def test_a_visitors_link_goes_on_working_if_the_customers_cart_is_empty(
    services: Services, eve: str
) -> None:
    await services.carts.add(eve, shop.NOVEL)
    await services.carts.clear(eve)
    await services.carts.add("vis_9", shop.CASE, 2)
    token = (await services.carts.checkout_link("vis_9")).token
    assert (await services.carts.merge("vis_9", eve)).count == 2
    assert (await services.carts.open_link(token)).owner_id == eve
    assert (await services.carts.view("vis_9")).count == 0


async def test_a_visitors_link_ends_if_the_cart_was_poured_into_another(
    services: Services, eve: str
) -> None:
    await services.carts.add(eve, shop.NOVEL)
    await services.carts.add("vis_9", shop.CASE)
    token = (await services.carts.checkout_link("vis_9")).token
    assert (await services.carts.merge("vis_9", eve)).count == 2
    with pytest.raises(NotFound):
        await services.carts.open_link(token)


async def test_a_cart_is_abandoned_after_thirty_days(
    services: Services, eve: str, clock: FixedClock
) -> None:
    await services.carts.add(eve, shop.NOVEL)
    clock.advance(days=30)
    assert await services.carts.abandon_stale() == 0
    clock.advance(days=1)
    assert await services.carts.abandon_stale() == 1
    assert (await services.carts.view(eve)).lines == ()


async def test_carts_are_erased_with_their_owner(services: Services, eve: str) -> None:
    await services.carts.add(eve, shop.NOVEL)
    clear = await services.carts.clear(eve)
    assert clear.lines == ()
    assert await services.carts.erase_personal(eve) == 1
    assert (await services.carts.view(eve)).id is None


async def test_untouched_carts_stay(services: Services, eve: str, clock: FixedClock) -> None:
    await services.carts.add(eve, shop.NOVEL)
    clock.advance(days=20)
    await services.carts.add(eve, shop.CASE)
    clock.advance(days=20)
    assert await services.carts.abandon_stale() == 0
