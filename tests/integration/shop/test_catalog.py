from __future__ import annotations

from decimal import Decimal

import pytest

from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.services import Services
from tests.integration.shop.stage import LAMP, LAPTOP, SHIRT, SHIRT_RED, Stage, product


async def test_products_by_id_or_sku(stage: Stage) -> None:
    catalog = stage.services.catalog
    lamp = await catalog.get(LAMP)
    assert (await catalog.get("p-0001"), await catalog.get("SKU-0001")) == (lamp, lamp)
    assert list(await catalog.get_many([LAPTOP, "P-9", LAMP])) == [LAPTOP, LAMP]
    with pytest.raises(NotFound):
        await catalog.get("P-9")


async def test_search_filters_by_category_price_and_stock(stage: Stage) -> None:
    catalog = stage.services.catalog

    async def found(text: str = "", **filters: object) -> list[str]:
        return [p.id for p in await catalog.search(text, **filters)]  # type: ignore[arg-type]

    assert (await found())[0] == LAMP  # sells best
    assert sorted(await found(category="clothing")) == [SHIRT, SHIRT_RED]
    assert sorted(await found(max_price=Decimal(25))) == [SHIRT]
    assert await found(min_price=Decimal(500)) == [LAPTOP]
    assert await found("shirt over $26") == [SHIRT_RED]
    await catalog.take_stock(SHIRT_RED, 2)
    assert await found("red tshirt", in_stock=True) == [SHIRT]
    assert (await found("red tshirt"))[0] == SHIRT_RED
    assert await found("zzzzzz") == []


async def test_limits_are_checked(stage: Stage) -> None:
    with pytest.raises(InvalidInput):
        await stage.services.catalog.search("lamp", limit=0)
    with pytest.raises(InvalidInput):
        await stage.services.catalog.search(min_price=Decimal(5), max_price=Decimal(4))


async def test_the_index_learns_of_new_products(stage: Stage) -> None:
    catalog = stage.services.catalog
    assert await catalog.match("kazoo") is None
    other = Services(stage.services.settings, stage.clock)
    stage.later(seconds=10)
    now = stage.clock.now()
    row = product("P-0009", name="Brass kazoo", kind="kazoo", created_at=now, updated_at=now)
    await other.catalog.import_products([row])
    await other.close()
    assert await catalog.match("kazoo") is None  # looked a moment ago
    stage.later(seconds=30)
    match = await catalog.match("a kazzoo please")
    assert match is not None
    assert match.product.id == "P-0009"


async def test_stock_goes_and_comes(stage: Stage) -> None:
    catalog = stage.services.catalog
    await catalog.take_stock(LAMP, 4)
    assert await catalog.stock(LAMP) == 6
    with pytest.raises(Conflict) as error:
        await catalog.take_stock(LAMP, 7)
    assert (error.value.code, error.value.extra["available"]) == ("out_of_stock", 6)
    await catalog.return_stock(LAMP, 4)
    assert await catalog.stock(LAMP) == 10
    with pytest.raises(NotFound):
        await catalog.take_stock("P-9", 1)
    with pytest.raises(InvalidInput):
        await catalog.take_stock(LAMP, 0)
    await catalog.return_stock("P-9", 1)


async def test_variants_and_similar_products(stage: Stage) -> None:
    catalog = stage.services.catalog
    assert [p.id for p in await catalog.variants(SHIRT)] == [SHIRT, SHIRT_RED]
    assert SHIRT_RED not in [p.id for p in await catalog.similar(SHIRT)]
    assert await catalog.counts() == {"home": 1, "clothing": 2, "computers": 1}
    assert [p.id for p in await catalog.popular("clothing", 1)] == [SHIRT]
