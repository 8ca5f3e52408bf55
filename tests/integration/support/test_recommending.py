"""Recommendations: learned from orders, in stock, not rejected, nothing personal after an opt-out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from closer.kit.clock import FixedClock
from closer.kit.errors import InvalidInput, NotFound
from closer.recommendations.records import Recommendation
from closer.services import Services
from tests.integration.support import shop


@pytest.fixture
async def eve(services: Services, clock: FixedClock) -> str:
    """Somebody in a shop where phones are bought with cases; she bought nothing yet."""
    await shop.furnish(services)
    await shop.past(services, clock)
    return await shop.customer(services, "eve")


def ids(found: list[Recommendation] | object) -> list[str]:
    return [item.product.id for item in found]  # type: ignore[attr-defined]


async def test_who_bought_a_phone_is_offered_the_case(services: Services, eve: str) -> None:
    await shop.buy(services, eve, shop.PHONE)
    first = (await services.recommendations.recommend(eve, limit=3))[0]
    assert (first.product.id, first.basis) == (shop.CASE, "together")
    assert "Nova smartphone" in first.reason


async def test_what_was_just_bought_is_not_offered_unless_it_is_used_up(
    services: Services, eve: str, clock: FixedClock
) -> None:
    await shop.buy(services, eve, shop.PHONE, shop.SHAMPOO)
    assert not {shop.PHONE, shop.SHAMPOO} & {
        *ids(await services.recommendations.recommend(eve, limit=7))
    }
    clock.advance(days=30)
    later = ids(await services.recommendations.recommend(eve, limit=7))
    assert shop.SHAMPOO in later
    assert shop.PHONE not in later


async def test_never_out_of_stock(services: Services, eve: str) -> None:
    await shop.buy(services, eve, shop.PHONE)
    await services.recommendations.recommend(eve)
    await services.catalog.take_stock(shop.CASE, await services.catalog.stock(shop.CASE))
    for found in (
        await services.recommendations.recommend(eve, limit=7),
        await services.recommendations.recommend(limit=7),
        await services.recommendations.recommend(seeds=[shop.PHONE], limit=7),
        await services.recommendations.bought_with(shop.PHONE),
        await services.recommendations.similar(shop.CHARGER),
    ):
        assert shop.CASE not in ids(found)


async def test_never_what_was_rejected(services: Services, eve: str) -> None:
    assert shop.PHONE in ids(await services.recommendations.recommend(eve, limit=7))
    await services.recommendations.reject(eve, shop.PHONE)
    await services.recommendations.reject(eve, shop.PHONE)
    assert shop.PHONE not in ids(await services.recommendations.recommend(eve, limit=7))
    assert shop.PHONE in ids(await services.recommendations.recommend("somebody-else", limit=7))
    with pytest.raises(NotFound):
        await services.recommendations.reject(eve, "P-9999")


async def test_nothing_personal_after_an_opt_out(services: Services, eve: str) -> None:
    await shop.buy(services, eve, shop.LAPTOP)
    await services.customers.update_preferences(eve, {"preferred_category": "books"})
    before = await services.recommendations.recommend(eve, limit=7)
    assert {item.basis for item in before} - {"popular"}
    await services.compliance.opt_out(eve)
    after = await services.recommendations.recommend(eve, limit=7)
    stranger = await services.recommendations.recommend(limit=7)
    assert [(i.product.id, i.score, i.reason) for i in after] == [
        (i.product.id, i.score, i.reason) for i in stranger
    ]
    assert {item.basis for item in after} == {"popular"}


async def test_a_rejection_holds_after_an_opt_out_too(services: Services, eve: str) -> None:
    await services.recommendations.reject(eve, shop.PHONE)
    await services.compliance.opt_out(eve)
    assert shop.PHONE not in ids(await services.recommendations.recommend(eve, limit=7))


async def test_a_stranger_gets_what_sells(services: Services, eve: str) -> None:
    found = await services.recommendations.recommend(limit=2)
    assert {*ids(found)} == {shop.PHONE, shop.CASE}
    assert all(item.reason == "Popular in Electronics" for item in found)


async def test_preferences_count(services: Services, eve: str) -> None:
    await services.customers.update_preferences(eve, {"preferred_category": "books"})
    first = (await services.recommendations.recommend(eve, limit=1))[0]
    assert (first.product.id, first.reason) == (shop.NOVEL, "Because you like Books")


async def test_category_price_and_words_narrow_it_down(services: Services, eve: str) -> None:
    books = await services.recommendations.recommend(eve, category="literature", limit=7)
    assert ids(books) == [shop.NOVEL]
    cheap = await services.recommendations.recommend(eve, price_max=Decimal("15"), limit=7)
    assert {*ids(cheap)} == {shop.NOVEL, shop.SHAMPOO}
    words = await services.recommendations.recommend(eve, text="a charger", limit=1)
    assert (words[0].product.id, words[0].basis) == (shop.CHARGER, "text")
    nothing = await services.recommendations.recommend(eve, text="zzzz qqqq", limit=3)
    assert len(nothing) == 3


async def test_products_of_the_moment_count_for_strangers(services: Services, eve: str) -> None:
    found = (await services.recommendations.recommend(seeds=[shop.PHONE], limit=1))[0]
    assert (found.product.id, found.reason) == (
        shop.CASE,
        "Often bought together with Nova smartphone",
    )
    assert shop.CASE not in ids(
        await services.recommendations.recommend(seeds=[shop.PHONE], exclude=[shop.CASE], limit=7)
    )


async def test_new_orders_are_learned_within_seconds(
    services: Services, eve: str, clock: FixedClock
) -> None:
    before = ids(await services.recommendations.bought_with(shop.SHIRT))
    assert shop.CHARGER not in before
    for number in range(6):
        who = await shop.customer(services, f"new{number}")
        await shop.buy(services, who, shop.SHIRT, shop.CHARGER)
        clock.advance(seconds=5)
    assert ids(await services.recommendations.bought_with(shop.SHIRT))[0] == shop.CHARGER


async def test_similar_products_are_of_the_same_sort(services: Services, eve: str) -> None:
    other = shop.row(
        services,
        "P-0200",
        name="Orbit smartphone",
        category="electronics",
        kind="smartphone",
        price=450,
    )
    await services.catalog.import_products([other])
    services.__dict__.pop("recommendations", None)
    found = await services.recommendations.similar(shop.PHONE)
    assert ids(found)[0] == "P-0200"
    assert found[0].reason == "Similar to Nova smartphone"
    with pytest.raises(NotFound):
        await services.recommendations.similar("P-9999")


async def test_variants_of_one_product_are_offered_once(services: Services, eve: str) -> None:
    twins = [
        shop.row(
            services,
            f"P-030{n}",
            family="F-TWIN",
            name=f"Mug {n}",
            category="kitchen",
            kind="mug",
            price=8,
        )
        for n in range(3)
    ]
    await services.catalog.import_products(twins)
    services.__dict__.pop("recommendations", None)
    found = await services.recommendations.recommend(category="kitchen", limit=5)
    assert len(found) == 1


@pytest.mark.parametrize("limit", [0, 51])
async def test_odd_limits_are_refused(services: Services, eve: str, limit: int) -> None:
    with pytest.raises(InvalidInput):
        await services.recommendations.recommend(eve, limit=limit)


async def test_an_empty_shop_recommends_nothing(services: Services) -> None:
    assert await services.recommendations.recommend() == []


async def test_cancelled_orders_teach_nothing_about_taste(
    services: Services, eve: str, clock: FixedClock
) -> None:
    order = await shop.buy(services, eve, shop.PHONE)
    await services.orders.cancel(eve, order, "changed my mind")
    clock.advance(hours=2)
    assert {item.basis for item in await services.recommendations.recommend(eve)} == {"popular"}


async def test_who_asks_for_what_they_own_gets_another_later_and_never_nothing(
    services: Services, eve: str, clock: FixedClock
) -> None:
    await shop.buy(services, eve, shop.NOVEL)
    instead = await services.recommendations.recommend(eve, text="novel", limit=3)
    assert instead != []
    assert shop.NOVEL not in ids(instead)
    clock.advance(days=31)
    assert ids(await services.recommendations.recommend(eve, text="novel")) == [shop.NOVEL]


async def test_the_reason_is_what_weighed_most(services: Services, eve: str) -> None:
    for product_id in (shop.PHONE, shop.LAPTOP):
        await shop.buy(services, eve, product_id)
    found = await services.recommendations.recommend(eve, limit=4)
    reasons = {item.product.id: item.reason for item in found}
    assert reasons[shop.CASE] == "Goes well with the Nova smartphone that you bought"


async def test_when_what_is_asked_for_cannot_be_offered_something_close_is(
    services: Services, eve: str
) -> None:
    other = shop.row(
        services, "P-0200", name="Orbit", category="electronics", kind="charger", price=30
    )
    await services.catalog.import_products([other])
    services.__dict__.pop("recommendations", None)
    await services.recommendations.reject(eve, shop.CHARGER)
    found = await services.recommendations.recommend(eve, text="Volt charger", limit=1)
    assert ids(found) == ["P-0200"]
