"""Who buys what when: repeat buyers, things bought together, seasons, a long tail."""

from __future__ import annotations

import bisect
import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from closer.catalog.records import Product
from closer.customers.records import Address, Customer

DAYS = 548
_CONSUMABLES = frozenset(
    {
        "dog food",
        "cat food",
        "cat litter",
        "face cream",
        "shampoo",
        "sunscreen",
        "potting soil",
        "candle",
        "socks",
        "serum",
    }
)
#: By how much more a category sells in a month.
_SEASON: dict[int, dict[str, float]] = {
    1: {"sports": 1.7, "home": 1.2, "toys": 0.6},
    2: {"books": 1.2, "beauty": 1.2},
    3: {"garden": 1.8, "shoes": 1.3},
    4: {"garden": 2.4, "sports": 1.3},
    5: {"garden": 2.2, "beauty": 1.3, "sports": 1.3},
    6: {"garden": 1.6, "sports": 1.4, "clothing": 1.1},
    7: {"sports": 1.3, "beauty": 1.3, "books": 1.2},
    8: {"computers": 1.5, "toys": 0.8},
    9: {"computers": 1.4, "clothing": 1.4, "shoes": 1.4, "home": 1.2},
    10: {"clothing": 1.4, "home": 1.3, "garden": 0.7},
    11: {"electronics": 1.8, "computers": 1.5, "toys": 2.2, "garden": 0.4},
    12: {
        "toys": 3.2,
        "electronics": 1.6,
        "books": 1.8,
        "kitchen": 1.5,
        "beauty": 1.4,
        "garden": 0.3,
    },
}
_MONTHS = {11: 1.5, 12: 1.7, 1: 0.85, 2: 0.85}
_HOURS = (2, 1, 1, 1, 1, 1, 2, 3, 5, 6, 7, 8, 8, 7, 7, 7, 8, 10, 12, 14, 15, 14, 10, 5)


@dataclass
class Shopper:
    """A customer as a buyer; `bought` grows."""

    customer: Customer
    address: Address
    weight: float
    bought: list[Product] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A product, how many, in which options."""

    product: Product
    quantity: int
    options: dict[str, str]


@dataclass(frozen=True)
class Purchase:
    """Somebody's basket at a moment."""

    shopper: Shopper
    placed_at: datetime
    lines: tuple[Line, ...]


class Shopping:
    """Draws purchases.

    Args:
        rng: The source of chance.
        products: The catalogue.
        shoppers: All of them.
    """

    def __init__(
        self, rng: random.Random, products: Sequence[Product], shoppers: Sequence[Shopper]
    ) -> None:
        self._rng = rng
        self._by_id = {product.id: product for product in products}
        self._by_category: dict[str, list[Product]] = defaultdict(list)
        for product in products:
            self._by_category[product.category].append(product)
        self._shoppers = sorted(shoppers, key=lambda s: (s.customer.created_at, s.customer.id))
        self._since = [shopper.customer.created_at for shopper in self._shoppers]
        self._weights = list(itertools.accumulate(shopper.weight for shopper in self._shoppers))

    def moments(self, now: datetime, count: int) -> list[datetime]:
        """Return moments over the last 18 months until yesterday, in order: more in season, more at night, growing."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = [midnight - timedelta(days=back) for back in range(DAYS, 0, -1)]
        weights = [
            _MONTHS.get(day.month, 1.0)
            * (0.7 + 0.6 * n / DAYS)
            * (1.2 if day.weekday() >= 5 else 1.0)
            for n, day in enumerate(days)
        ]
        return sorted(self._within(day) for day in self._rng.choices(days, weights, k=count))

    def purchase(self, at: datetime) -> Purchase:
        """Return what somebody buys at a moment."""
        shopper = self._somebody(at)
        lines = [self._line(product) for product in self._basket(shopper, at)]
        shopper.bought.extend(line.product for line in lines)
        return Purchase(shopper, at, tuple(lines))

    def lines(self, kinds: Sequence[str]) -> tuple[Line, ...]:
        """Return lines with the best-selling product of each kind."""
        everything = list(self._by_id.values())
        best = [
            max((p for p in everything if p.kind == kind), key=lambda p: p.popularity)
            for kind in kinds
        ]
        return tuple(
            Line(p, 1, {name: choices[len(choices) // 2] for name, choices in p.options.items()})
            for p in best
        )

    def _within(self, day: datetime) -> datetime:
        hour = self._rng.choices(range(24), _HOURS)[0]
        return day + timedelta(hours=hour, seconds=self._rng.randint(0, 3599))

    def _somebody(self, at: datetime) -> Shopper:
        known = max(1, bisect.bisect_left(self._since, at))
        drawn = self._rng.random() * self._weights[known - 1]
        return self._shoppers[bisect.bisect_left(self._weights, drawn, 0, known - 1)]

    def _basket(self, shopper: Shopper, at: datetime) -> list[Product]:
        basket = [self._anchor(shopper, at)]
        for chance in (0.5, 0.25):
            related = [self._by_id[other] for other in basket[0].related]
            if related and self._rng.random() < chance:
                basket.append(self._rng.choice(related))
        if self._rng.random() < 0.22:
            basket.append(self._of_category(self._category(shopper, at)))
        return list({product.family: product for product in basket}.values())

    def _anchor(self, shopper: Shopper, at: datetime) -> Product:
        again = [product for product in shopper.bought if product.kind in _CONSUMABLES]
        if again and self._rng.random() < 0.3:
            return self._rng.choice(again)
        missing = [other for product in shopper.bought[-3:] for other in product.related]
        if missing and self._rng.random() < 0.15:
            return self._by_id[self._rng.choice(missing)]
        return self._of_category(self._category(shopper, at))

    def _category(self, shopper: Shopper, at: datetime) -> str:
        likes = shopper.customer.preferences.get("categories", [])
        season = _SEASON[at.month]
        names = list(self._by_category)
        weights = [season.get(name, 1.0) * (8.0 if name in likes else 1.0) for name in names]
        return self._rng.choices(names, weights)[0]

    def _of_category(self, category: str) -> Product:
        products = self._by_category[category]
        return self._rng.choices(products, [product.popularity for product in products])[0]

    def _line(self, product: Product) -> Line:
        options = {}
        for name, choices in product.options.items():
            middle = [1 + min(n, len(choices) - 1 - n) for n in range(len(choices))]
            options[name] = self._rng.choices(choices, middle)[0]
        many = product.kind in _CONSUMABLES or product.price.amount < 20
        quantity = self._rng.choices((1, 2, 3), (60, 30, 10) if many else (94, 5, 1))[0]
        return Line(product, quantity, options)
