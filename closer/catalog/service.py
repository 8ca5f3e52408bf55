"""The catalogue's service: products, search, stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from closer.catalog.categories import CATEGORIES, match_category
from closer.catalog.index import ProductIndex
from closer.catalog.records import Category, Match, Product
from closer.catalog.repository import ProductRepository
from closer.catalog.words import NOISE, price_limits, stem, words_of
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound

MAX_RESULTS = 100
_RECHECK = timedelta(seconds=20)  # how long a changed description may stay unknown to the search
_SURE = 0.45
_ALIKE = 0.3


@dataclass(frozen=True)
class _Indexed:
    index: ProductIndex
    products: dict[str, Product]
    version: tuple[int, datetime | None]
    checked_at: datetime


class CatalogService:
    """Products and stock.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._repository = ProductRepository(db)
        self._indexed: _Indexed | None = None

    async def get(self, product_id: str) -> Product:
        """Return a product by id (`P-0001`) or stock-keeping unit.

        Raises:
            NotFound: if there is none.
        """
        product = await self._repository.find(product_id)
        if product is None:
            raise NotFound("there is no such product", code="product_not_found")
        return product

    async def get_many(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Return products by id, in the order asked for; unknown ids are left out."""
        wanted = list(product_ids)
        found = await self._repository.many(wanted)
        return {product_id: found[product_id] for product_id in wanted if product_id in found}

    async def all(self) -> list[Product]:
        """Return the whole catalogue in order of id."""
        return await self._repository.all()

    def categories(self) -> list[Category]:
        """Return the shop's departments."""
        return list(CATEGORIES)

    def match_category(self, text: str) -> Category | None:
        """Return the department that somebody's words mean, or None."""
        return match_category(text)

    async def counts(self) -> dict[str, int]:
        """Return the number of products by category."""
        return await self._repository.counts()

    async def popular(
        self, category: str | None = None, limit: int = 10, *, in_stock: bool = True
    ) -> list[Product]:
        """Return what sells best, in the shop or in one category."""
        return await self._repository.popular(category, _bounded(limit), in_stock=in_stock)

    async def search(
        self,
        text: str = "",
        *,
        category: str | None = None,
        min_price: Decimal | None = None,
        max_price: Decimal | None = None,
        in_stock: bool = False,
        limit: int = 20,
    ) -> list[Product]:
        """Return products that fit what somebody wrote, the best first; without text what sells best.

        A limit within the text (`headphones under $100`) counts unless the price range is given otherwise.

        Raises:
            InvalidInput: if the limit or the price range makes no sense.
        """
        limit = _bounded(limit)
        if min_price is not None and max_price is not None and min_price > max_price:
            raise InvalidInput("min_price is above max_price", field="min_price")
        if min_price is None and max_price is None:
            text, min_price, max_price = price_limits(text)
        indexed = await self._fresh_index()
        if not text.strip():
            by_sales = sorted(indexed.products.values(), key=lambda p: (-p.popularity, p.id))
            ranked = [product.id for product in by_sales]
        else:
            ranked = [hit.product_id for hit in indexed.index.search(text)]
        limits = (category, min_price, max_price, in_stock)
        found = await self._fitting(ranked, *limits)
        if not found and in_stock and text.strip():  # sold out: what comes close?
            alike = indexed.index.search(text, share=_ALIKE)
            found = await self._fitting([hit.product_id for hit in alike], *limits)
        return found[:limit]

    async def match(self, text: str, *, category: str | None = None) -> Match | None:
        """Return the product that a customer's words mean, or None if they name none."""
        exact = await self._repository.find(text[:40]) if text.strip() else None
        if exact is not None:
            return Match(exact, 1.0)
        indexed = await self._fresh_index()
        hits = [
            hit
            for hit in indexed.index.search(price_limits(text)[0])
            if hit.telling and category in (None, indexed.products[hit.product_id].category)
        ]
        if not hits or hits[0].coverage < _SURE:
            return None
        current = await self._repository.many(hit.product_id for hit in hits[:4])
        named = [current[hit.product_id] for hit in hits[:4] if hit.product_id in current]
        if not named:
            return None
        family = named[0].family
        rivals = (hit.score for hit in hits if indexed.products[hit.product_id].family != family)
        rival = next(rivals, 0.0) / hits[0].score
        confidence = min(1.0, hits[0].coverage) * (1.0 - 0.4 * rival**4)
        return Match(named[0], round(confidence, 3), tuple(named[1:]))

    async def telling_words(self, text: str) -> str:
        """Return the words of a text that name or describe something in the shop, as they stand there."""
        index = (await self._fresh_index()).index
        said = (word for word in words_of(text) if len(word) > 2 and word not in NOISE)
        return " ".join(word for word in said if index.tells(stem(word)))

    async def naming_words(self, text: str) -> list[str]:
        """Return the words of a text that goods are called by, their variants aside, as they stand there."""
        index = (await self._fresh_index()).index
        said = (word for word in words_of(text) if len(word) > 2 and word not in NOISE)
        return [word for word in said if index.names(stem(word))]

    async def variants(self, product_id: str) -> list[Product]:
        """Return all variants of a product, itself included."""
        return await self._repository.family((await self.get(product_id)).family)

    async def similar(
        self, product_id: str, limit: int = 6, *, in_stock: bool = True
    ) -> list[Product]:
        """Return products that could be bought instead, the most alike first; no mere variants."""
        product = await self.get(product_id)
        everything = await self._repository.all()
        others = [
            p for p in everything if p.family != product.family and (p.in_stock or not in_stock)
        ]
        ranked = sorted(others, key=lambda other: (-_likeness(product, other), other.id))
        return [other for other in ranked[: _bounded(limit)] if _likeness(product, other) > 0.2]

    async def stock(self, product_id: str) -> int:
        """Return how many pieces can be sold."""
        return (await self.get(product_id)).stock

    async def take_stock(self, product_id: str, quantity: int) -> None:
        """Take pieces off the stock, within the caller's transaction if there is one.

        Raises:
            NotFound: if there is no such product.
            Conflict: with code `out_of_stock` if there are not enough; none is taken then.
        """
        _positive(quantity)
        if not await self._repository.take(product_id, quantity):
            product = await self.get(product_id)
            raise Conflict(
                f"only {product.stock} of {product.name} left"
                if product.stock
                else f"{product.name} is sold out",
                code="out_of_stock",
                product_id=product.id,
                available=product.stock,
            )

    async def return_stock(self, product_id: str, quantity: int) -> None:
        """Put pieces back; a product that is no longer sold is ignored."""
        _positive(quantity)
        await self._repository.put_back(product_id, quantity)

    async def import_products(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert products as rows of the catalogue, in one transaction; nothing is checked but their shape."""
        await self._repository.add(rows)
        self.forget_index()

    def forget_index(self) -> None:
        """Build the search index afresh on the next search."""
        self._indexed = None

    async def _fitting(
        self,
        ranked: list[str],
        category: str | None,
        min_price: Decimal | None,
        max_price: Decimal | None,
        in_stock: bool,
    ) -> list[Product]:
        current = await self._repository.many(ranked[:400])  # prices and stock of this moment
        found = (current[product_id] for product_id in ranked if product_id in current)
        return [p for p in found if _fits(p, category, min_price, max_price, in_stock=in_stock)]

    async def _fresh_index(self) -> _Indexed:
        now, indexed = self._clock.now(), self._indexed
        if indexed is not None and now - indexed.checked_at < _RECHECK:
            return indexed
        version = await self._repository.version()
        if indexed is None or indexed.version != version:
            products = await self._repository.all()
            index = ProductIndex(products)
            indexed = _Indexed(index, {product.id: product for product in products}, version, now)
        self._indexed = _Indexed(indexed.index, indexed.products, version, now)
        return self._indexed


def _fits(
    product: Product,
    category: str | None,
    min_price: Decimal | None,
    max_price: Decimal | None,
    *,
    in_stock: bool,
) -> bool:
    return (
        (category is None or product.category == category)
        and (min_price is None or product.price.amount >= min_price)
        and (max_price is None or product.price.amount <= max_price)
        and (product.in_stock or not in_stock)
    )


def _likeness(one: Product, other: Product) -> float:
    score = 0.5 if one.kind == other.kind else 0.0
    score += 0.25 if one.category == other.category else 0.0
    shared = {*map(str, one.attributes.items())} & {*map(str, other.attributes.items())}
    score += min(0.15, 0.05 * len(shared))
    cheap, dear = sorted((one.price.amount, other.price.amount))
    score += 0.15 * float(cheap / dear) if dear else 0.0
    return score + 0.05 * other.popularity


def _bounded(limit: int) -> int:
    if not 1 <= limit <= MAX_RESULTS:
        raise InvalidInput(f"limit must be between 1 and {MAX_RESULTS}", field="limit")
    return limit


def _positive(quantity: int) -> None:
    if quantity < 1:
        raise InvalidInput("quantity must be at least 1", field="quantity")
