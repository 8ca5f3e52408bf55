"""Puts the signs together: what is bought together, what is alike, departments, words, sales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from closer.catalog.records import Product
from closer.recommendations import policy
from closer.recommendations.model import PurchaseModel, Vector

#: What speaks for a product: the kind of sign, what it comes from, how strong it is for each product.
Sign = tuple[str, str, Vector]


@dataclass(frozen=True)
class Wish:
    """What a suggestion must fit."""

    category: str | None
    price_max: Decimal | None
    excluded: frozenset[str]

    def fits(self, product: Product) -> bool:
        """Say whether a product may be suggested: in stock, and as wished."""
        return product.in_stock and self.allows(product)

    def allows(self, product: Product) -> bool:
        """Say whether a product is as wished, whatever its stock."""
        return (
            product.id not in self.excluded
            and (self.category is None or product.category == self.category)
            and (self.price_max is None or product.price.amount <= self.price_max)
        )


class Ranking:
    """Gathers signs for one suggestion and remembers which weighed most for each product.

    Args:
        model: The similarities.
    """

    def __init__(self, model: PurchaseModel) -> None:
        self._model = model
        self._moment: list[Sign] = [("popular", "", policy.WEIGHT_POPULAR * model.popularity)]
        self._parts: list[Sign] = []
        self._purchases: dict[str, float] = {}
        self._categories: dict[str, float] = {}
        self._hits: list[str] = []

    @property
    def products(self) -> Mapping[str, Product]:
        """The catalogue as the model knows it."""
        return self._model.products

    def with_seed(self, product_id: str, weight: float) -> None:
        """Add a product of the moment, which says nothing about the person."""
        together = weight * policy.WEIGHT_TOGETHER * self._model.together(product_id)
        self._moment.append(("seed", product_id, together))

    def with_likeness(self, product_id: str) -> None:
        """Add what is like a product that was asked for and cannot be suggested itself."""
        self._moment.append(
            ("near", product_id, policy.WEIGHT_NEAR * self._model.alike(product_id))
        )

    def with_purchase(self, product_id: str, weight: float) -> None:
        """Add something that the customer bought."""
        self._purchases[product_id] = max(weight, self._purchases.get(product_id, 0.0))
        product = self._model.products.get(product_id)
        if product is not None:
            self._categories[product.category] = (
                self._categories.get(product.category, 0.0) + weight
            )

    def with_category(self, category: str, weight: float) -> None:
        """Add a department that the customer prefers."""
        self._categories[category] = self._categories.get(category, 0.0) + weight

    def with_text(self, product_ids: Sequence[str]) -> None:
        """Add what fits the customer's words, the best first; nothing else is suggested then."""
        self._hits = list(product_ids)

    def ranked(self, bought: Mapping[str, datetime], now: datetime) -> Sequence[tuple[str, float]]:
        """Return all products with their scores, the best first."""
        self._parts = [*self._moment, *self._personal(), *self._wanted()]
        total = np.sum([part for _, _, part in self._parts], axis=0)
        total = total * self._tiredness(bought, now)
        chosen = set(self._hits)
        pairs = [
            (product_id, float(score))
            for product_id, score in zip(self._model.ids, total, strict=True)
            if not chosen or product_id in chosen
        ]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def reason(self, product: Product, category_names: Mapping[str, str]) -> tuple[str, str]:
        """Return why a product is suggested, as a sentence and as a word."""
        column = self._model.column(product.id)
        if column is None:
            return "New in our shop", "popular"
        strength: dict[str, float] = {}
        for basis, _, part in self._parts:
            strength[basis] = strength.get(basis, 0.0) + float(part[column])
        best = max(strength, key=lambda basis: strength[basis])
        if best == "popular" or strength[best] <= 0:
            return f"Popular in {category_names.get(product.category, product.category)}", "popular"
        of_best = [part for part in self._parts if part[0] == best]
        source = max(of_best, key=lambda part: float(part[2][column]))[1]
        name = self._model.products[source].name if source in self._model.products else ""
        sentences = {
            "seed": (f"Often bought together with {name}", "together"),
            "together": (f"Goes well with the {name} that you bought", "together"),
            "content": (f"Similar to the {name} that you bought", "content"),
            "category": (f"Because you like {category_names.get(source, source)}", "category"),
            "near": ("Close to what you are looking for", "text"),
            "text": ("Fits what you are looking for", "text"),
        }
        return sentences[best]

    def _personal(self) -> Iterator[Sign]:
        total = sum(self._purchases.values())
        for product_id, weight in self._purchases.items():
            share = weight / max(1.0, total**0.5)
            together = share * policy.WEIGHT_TOGETHER * self._model.together(product_id)
            yield "together", product_id, together
            yield (
                "content",
                product_id,
                share * policy.WEIGHT_CONTENT * self._model.alike(product_id),
            )
        liked = sum(self._categories.values())
        for category, weight in self._categories.items():
            preference = policy.WEIGHT_CATEGORY * weight / liked
            yield "category", category, preference * self._model.in_category(category)

    def _wanted(self) -> Iterator[Sign]:
        if self._hits:
            text = self._model.nothing()
            for rank, product_id in enumerate(self._hits):
                column = self._model.column(product_id)
                if column is not None:
                    text[column] = policy.WEIGHT_TEXT / (1 + rank / 10)
            yield "text", "", text

    def _tiredness(self, bought: Mapping[str, datetime], now: datetime) -> Vector:
        """Return a factor below 1 for more of a kind that was bought lately and that one has one of."""
        products = self._model.products
        tired = {
            products[product_id].kind
            for product_id, at in bought.items()
            if product_id in products and _one_is_enough(products[product_id], at, now)
        }
        factors = [
            policy.SAME_KIND_FACTOR if products[product_id].kind in tired else 1.0
            for product_id in self._model.ids
        ]
        return np.array(factors)


def diverse(
    ranked: Sequence[tuple[Product, float]], limit: int, of_one_kind: int = policy.MOST_OF_ONE_KIND
) -> Sequence[tuple[Product, float]]:
    """Return the best, one of each family and few of each kind; filled up with more of a kind if need be."""
    families: set[str] = set()
    kinds: dict[str, int] = {}
    first: list[tuple[Product, float]] = []
    spare: list[tuple[Product, float]] = []
    for product, score in ranked:
        if product.family in families:
            continue
        families.add(product.family)
        kinds[product.kind] = kinds.get(product.kind, 0) + 1
        (first if kinds[product.kind] <= of_one_kind else spare).append((product, score))
        if len(first) == limit:
            return first
    return (first + spare)[:limit]


def _one_is_enough(product: Product, bought_at: datetime, now: datetime) -> bool:
    lasting = not policy.is_consumable(product) and product.category not in policy.COLLECTED
    return lasting and now - bought_at < policy.SAME_KIND_REST
