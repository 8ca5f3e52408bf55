"""What the purchase model learns from baskets."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closer.catalog.records import Product
from closer.kit.money import Money
from closer.orders.records import Basket
from closer.recommendations import policy
from closer.recommendations.model import PurchaseModel
from closer.recommendations.ranking import Ranking, diverse

NOW = datetime(2026, 3, 10, tzinfo=timezone.utc)


def product(
    product_id: str, kind: str = "thing", family: str | None = None, category: str = "home"
) -> Product:
    return Product(
        id=product_id,
        sku=product_id,
        family=family or product_id,
        name=f"{kind} {product_id}",
        category=category,
        kind=kind,
        brand="b",
        description="",
        attributes={},
        options={},
        price=Money(Decimal(10)),
        stock=5,
        rating=4,
        reviews=1,
        popularity=0.5,
        related=(),
        created_at=NOW,
        updated_at=NOW,
    )


def basket(number: int, *ids: str, customer: str | None = None, days: int = 1) -> Basket:
    lines = tuple((product_id, 1) for product_id in ids)
    return Basket(f"o{number}", customer or f"c{number}", NOW - timedelta(days=days), lines)


GOODS = [product(name, kind=name) for name in "abcdef"]


def test_what_is_bought_together_is_near_and_nothing_is_near_itself() -> None:
    model = PurchaseModel(
        GOODS, [basket(n, "a", "b") for n in range(5)] + [basket(9, "c", "d")], NOW
    )
    near = dict(zip(model.ids, model.together("a"), strict=True))
    assert near["b"] > 0
    assert near["a"] == near["c"] == near["e"] == 0


def test_often_together_is_nearer_than_once_by_chance() -> None:
    baskets = [basket(n, "a", "b") for n in range(8)] + [basket(20, "c", "d")]
    model = PurchaseModel(GOODS, baskets, NOW)
    assert model.together("a")[1] > model.together("c")[3]


def test_what_everybody_buys_is_not_near_everything() -> None:
    baskets = [basket(n, "a", "b", "f") for n in range(6)] + [
        basket(20 + n, "f", "c") for n in range(30)
    ]
    near = PurchaseModel(GOODS, baskets, NOW).together("a")
    assert near[1] > near[5]


def test_bought_by_the_same_people_counts_too() -> None:
    baskets = [basket(2 * n, "a", customer=f"p{n}") for n in range(6)]
    baskets += [basket(2 * n + 1, "b", customer=f"p{n}") for n in range(6)]
    assert PurchaseModel(GOODS, baskets, NOW).together("a")[1] > 0


def test_a_product_never_sold_borrows_from_its_kind() -> None:
    goods = [product("phone1", "phone"), product("phone2", "phone"), product("case", "case")]
    model = PurchaseModel(goods, [basket(n, "phone1", "case") for n in range(9)], NOW)
    assert model.together("phone2")[2] > 0


def test_alike_is_by_kind_and_department() -> None:
    goods = [
        product("p1", "phone"),
        product("p2", "phone"),
        product("x", "sofa", category="garden"),
    ]
    near = PurchaseModel(goods, [], NOW).alike("p1")
    assert near[1] > near[2]


def test_popularity_fades() -> None:
    baskets = [basket(n, "a", days=600) for n in range(5)] + [basket(10 + n, "b") for n in range(5)]
    popular = PurchaseModel(GOODS, baskets, NOW).popularity
    assert popular[1] == popular.max() == 1.0
    assert popular[0] < 0.5


def test_an_empty_shop_and_unknown_products_do_no_harm() -> None:
    empty = PurchaseModel([], [], NOW)
    assert empty.together("a").shape == (0,)
    assert empty.alike("a").shape == (0,)
    model = PurchaseModel(GOODS, [basket(1, "gone", "a")], NOW)
    assert not model.together("gone").any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefz"), min_size=1, max_size=4), max_size=12))
def test_any_baskets_give_finite_scores(lists: list[list[str]]) -> None:
    model = PurchaseModel(GOODS, [basket(n, *ids) for n, ids in enumerate(lists)], NOW)
    for name in "abcdef":
        near = model.together(name)
        assert np.isfinite(near).all()
        assert (near >= 0).all()
    assert np.isfinite(model.popularity).all()


@pytest.mark.parametrize(
    ("kind", "consumable"),
    [
        ("dog food", True),
        ("food containers", False),
        ("shampoo", True),
        ("smartphone", False),
        ("face mask", True),
    ],
)
def test_consumables_are_known_by_their_last_word(kind: str, consumable: bool) -> None:
    assert policy.is_consumable(product("x", kind)) is consumable


def test_one_of_a_family_and_few_of_a_kind() -> None:
    ranked = [
        (product("a1", "lamp", "a"), 9.0),
        (product("a2", "lamp", "a"), 8.0),
        (product("b", "lamp"), 7.0),
        (product("c", "lamp"), 6.0),
        (product("d", "sofa"), 5.0),
    ]
    assert [item.id for item, _ in diverse(ranked, 3)] == ["a1", "b", "d"]
    assert [item.id for item, _ in diverse(ranked, 5)] == ["a1", "b", "d", "c"]


def test_a_second_phone_right_after_the_first_is_unlikely() -> None:
    goods = [product("p1", "phone"), product("p2", "phone"), product("sofa", "sofa")]
    ranking = Ranking(PurchaseModel(goods, [], NOW))
    ranking.with_purchase("p1", 1.0)
    fresh = dict(ranking.ranked({"p1": NOW}, NOW))
    again = Ranking(PurchaseModel(goods, [], NOW))
    again.with_purchase("p1", 1.0)
    later = dict(again.ranked({"p1": NOW - timedelta(days=300)}, NOW))
    assert fresh["p2"] < later["p2"]
