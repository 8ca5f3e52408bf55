from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from closer.catalog.categories import match_category
from closer.catalog.index import ProductIndex
from closer.catalog.records import Product
from closer.catalog.words import price_limits, query_words, stem
from tests.unit.closer.catalog.products import shelf

SHELF = {product.id: product for product in shelf()}
INDEX = ProductIndex(SHELF.values())


def best(query: str) -> Product:
    return SHELF[INDEX.search(query)[0].product_id]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("phone", "smartphone"),
        ("iphne", "smartphone"),
        ("smart phone", "smartphone"),
        ("a new mobile please", "smartphone"),
        ("wireles headfones", "headphones"),
        ("runningshoes", "running shoes"),
        ("Running shoe", "running shoes"),
        ("laptp 16 gb", "laptop"),
        ("cheap tv", "television"),
        ("dress", "dress"),
        ("red dress", "dress"),
        ("phone case", "phone case"),
        ("dog fod", "dog food"),
        ("grill", "barbecue"),
        ("couch", "sofa"),
        ("yoga matt", "yoga mat"),
        ("moisturizer", "face cream"),
        ("usb c charger", "charger"),
        ("tshirt black xl", "T-shirt"),
        ("t-shirts", "T-shirt"),
        ("espreso machin", "espresso machine"),
        ("do you have any cookbooks?", "cookbook"),
        ("perfume", "parfum"),
        ("trainers for kids", "kids' shoes"),
        ("board games", "board game"),
    ],
)
def test_what_people_write_finds_what_they_mean(query: str, kind: str) -> None:
    assert best(query).kind == kind


def test_variants_are_told_apart() -> None:
    assert best("aurora x2 256gb midnight blue").attributes["storage"] == "256 GB"
    assert best("aurora x2 in mint").attributes["color"] == "mint"
    assert best("kite 5 coral").attributes["color"] == "coral red"


@pytest.mark.parametrize("query", ["", "   ", "qqqqqq", "???", "\U0001f600"])
def test_nothing_is_found_for_nothing(query: str) -> None:
    assert INDEX.search(query) == []


@pytest.mark.parametrize(
    "query", ["order status", "where is my parcel", "i want to speak to a human"]
)
def test_talk_hardly_hits_a_product(query: str) -> None:
    assert all(hit.coverage < 0.45 or not hit.telling for hit in INDEX.search(query))


@given(st.sampled_from(sorted(SHELF)))
def test_every_product_is_found_by_its_own_name(product_id: str) -> None:
    hits = INDEX.search(SHELF[product_id].name)
    assert product_id in [hit.product_id for hit in hits[:3]]


@given(st.data())
@settings(max_examples=60)
def test_one_typo_in_a_long_kind_still_finds_it(data: st.DataObject) -> None:
    kinds = sorted(
        {
            product.kind
            for product in SHELF.values()
            if len(product.kind) >= 8 and product.kind.isalpha()
        }
    )
    kind = data.draw(st.sampled_from(kinds))
    place = data.draw(st.integers(1, len(kind) - 2))
    typo = data.draw(st.sampled_from(["drop", "swap", "double"]))
    broken = {
        "drop": kind[:place] + kind[place + 1 :],
        "swap": kind[:place] + kind[place + 1] + kind[place] + kind[place + 2 :],
        "double": kind[:place] + kind[place] + kind[place:],
    }[typo]
    assert best(broken).kind == kind


@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    for hit in INDEX.search(text)[:5]:
        assert 0 < hit.coverage <= 1.0001


def test_a_search_takes_milliseconds() -> None:
    began = time.perf_counter()
    for _ in range(50):
        INDEX.search("wireles headfones with noise cancelling under the tree")
    assert (time.perf_counter() - began) / 50 < 0.02


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("headphones under $100", None, Decimal(100)),
        ("laptop over 1,000 dollars", Decimal(1000), None),
        ("lamp at least 20 at most 49.90 euros", Decimal(20), Decimal("49.90")),
        ("laptop 16 gb", None, None),
        ("up to 5kg dumbbells", None, None),
    ],
)
def test_price_limits(text: str, lowest: Decimal | None, highest: Decimal | None) -> None:
    rest, low, high = price_limits(text)
    assert (low, high) == (lowest, highest)
    assert rest.split()[0] == text.split(maxsplit=1)[0]


def test_words() -> None:
    assert [stem(word) for word in ("shoes", "dresses", "batteries", "glass", "bus", "boxes")] == [
        "shoe",
        "dress",
        "battery",
        "glass",
        "bus",
        "box",
    ]
    assert query_words("I want to buy a Café table") == ["cafe", "table"]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("electronics", "electronics"),
        ("Home & Living", "home"),
        ("some clothes", "clothing"),
        ("furniture", "home"),
        ("skin care", "beauty"),
        ("pet suplies", "pets"),
        ("", None),
    ],
)
def test_departments(text: str, category: str | None) -> None:
    found = match_category(text)
    assert (found.id if found else None) == category
