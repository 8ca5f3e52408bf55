"""The rules of recommending: what may be suggested again, and how much each sign counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from closer.catalog.records import Product

#: The last word of what is used up and bought again.
CONSUMABLES = frozenset(
    {
        "beans", "candle", "coffee", "cream", "filter", "food", "ink", "lipstick", "litter", "mascara", "mask",
        "oil", "parfum", "paper", "seeds", "serum", "shampoo", "soap", "socks", "soil", "sunscreen", "tea", "toner",
        "treats",
    }
)  # fmt: skip

#: Departments of which people own many things of one kind.
COLLECTED = frozenset({"beauty", "books", "clothing", "toys"})

#: So long something that lasts is not suggested again; something that is used up, so long.
DURABLE_REST = timedelta(days=365)
CONSUMABLE_REST = timedelta(days=21)
#: Somebody who asks for a thing may want another one, only not right after the first.
ASKED_REST = timedelta(days=30)
#: Another of the same kind counts less while the first is this new.
SAME_KIND_REST = timedelta(days=120)
SAME_KIND_FACTOR = 0.25

#: How fast what somebody bought loses weight.
TASTE_HALF_LIFE = timedelta(days=150)
POPULARITY_HALF_LIFE = timedelta(days=120)

WEIGHT_TOGETHER = 1.0
WEIGHT_CONTENT = 0.15
WEIGHT_CATEGORY = 0.2
WEIGHT_POPULAR = 0.15
WEIGHT_TEXT = 1.0
WEIGHT_NEAR = 3.0

MOST_OF_ONE_KIND = 2


def is_consumable(product: Product) -> bool:
    """Say whether a product is used up and bought again."""
    return product.kind.lower().rsplit(" ", 1)[-1] in CONSUMABLES


def rests(product: Product, bought_at: datetime, now: datetime, *, asked: bool = False) -> bool:
    """Say whether a product was bought too recently to be suggested again; `asked` if it was asked for."""
    durable = ASKED_REST if asked else DURABLE_REST
    return now - bought_at < (CONSUMABLE_REST if is_consumable(product) else durable)


def fading(age: timedelta, half_life: timedelta) -> float:
    """Return the weight of something of an age, 1 when it is new."""
    return float(0.5 ** max(0.0, age / half_life))
