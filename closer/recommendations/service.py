"""The recommendations' service: what to buy next, for whom we know, for strangers, and for the moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from closer.catalog.records import Product
from closer.catalog.service import CatalogService
from closer.customers.records import Customer
from closer.customers.service import CustomerService
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import InvalidInput
from closer.orders.service import OrderService
from closer.recommendations import policy
from closer.recommendations.model import PurchaseModel
from closer.recommendations.ranking import Ranking, Wish, diverse
from closer.recommendations.records import Recommendation
from closer.recommendations.rejections import Rejections
from closer.recommendations.trained import TrainedModel

MAX_LIMIT = 50
_ORDERS_SEEN = 30
_TEXT_HITS = 100
_AT_ONCE = 60


class RecommendationService:
    """What to buy next.

    What is suggested is in stock and was not rejected before. Somebody who opted out, or is not known, gets what fits
    the moment and what sells, and nothing that rests on what they did.

    Args:
        db: The database.
        catalog: Products and stock.
        customers: Who may be recommended what.
        orders: What was bought.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        catalog: CatalogService,
        customers: CustomerService,
        orders: OrderService,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._customers = customers
        self._orders = orders
        self._clock = clock
        self._rejections = Rejections(db, clock)
        self._trained = TrainedModel(catalog, orders, clock)

    async def recommend(
        self,
        customer_id: str | None = None,
        *,
        category: str | None = None,
        price_max: Decimal | None = None,
        text: str | None = None,
        seeds: Sequence[str] = (),
        exclude: Sequence[str] = (),
        limit: int = 5,
    ) -> Sequence[Recommendation]:
        """Return suggestions, the best first.

        Args:
            customer_id: The customer or visitor; None for nobody in particular.
            category: Only from this department, as its id or in the customer's words.
            price_max: Nothing dearer.
            text: What the customer is looking for; ignored when it fits nothing.
            seeds: Products of the moment, e.g. in the cart or on the page; what goes with them is suggested.
            exclude: Products that are not wanted.
            limit: How many at most, 1 to 50.

        Raises:
            InvalidInput: if the limit makes no sense.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InvalidInput(f"limit must be between 1 and {MAX_LIMIT}", field="limit")
        model, now = await self._trained.current(), self._clock.now()
        customer = await self._customers.find(customer_id) if customer_id else None
        rejected = await self._rejections.of_customer(customer_id) if customer_id else {}
        wish = Wish(self._category(category), price_max, frozenset({*exclude, *rejected, *seeds}))
        ranking = Ranking(model)
        for seed in seeds:
            ranking.with_seed(seed, 1.0)
        bought: Mapping[str, datetime] = {}
        if customer is not None and customer.may_personalize and customer.status == "active":
            bought = await self._taste(customer, ranking, now)
        if not (text and text.strip()):
            return await self._choose(ranking, wish, bought, limit)
        hits = await self._catalog.search(
            text, category=wish.category, max_price=price_max, in_stock=True, limit=_TEXT_HITS
        )
        ranking.with_text([product.id for product in hits])
        found = await self._choose(ranking, wish, bought, limit, asked=bool(hits))
        if found or not hits:
            return found
        ranking.with_text([])
        ranking.with_likeness(hits[0].id)
        return await self._choose(ranking, wish, bought, limit)

    async def similar(self, product_id: str, limit: int = 5) -> Sequence[Recommendation]:
        """Return what could be bought instead of a product.

        Raises:
            NotFound: if there is no such product.
        """
        product = await self._catalog.get(product_id)
        model = await self._trained.current()
        found = await self._near(model, model.alike(product.id), product, limit)
        return [
            Recommendation(p, score, f"Similar to {product.name}", "content") for p, score in found
        ]

    async def bought_with(self, product_id: str, limit: int = 5) -> Sequence[Recommendation]:
        """Return what is often bought together with a product.

        Raises:
            NotFound: if there is no such product.
        """
        product = await self._catalog.get(product_id)
        model = await self._trained.current()
        found = await self._near(model, model.together(product.id), product, limit)
        reason = f"Often bought together with {product.name}"
        return [Recommendation(p, score, reason, "together") for p, score in found]

    async def reject(self, customer_id: str, product_id: str) -> None:
        """Note that somebody does not want a product; it is not suggested to them again.

        Raises:
            NotFound: if there is no such product.
        """
        product = await self._catalog.get(product_id)
        await self._rejections.add(customer_id, product.id)

    def _category(self, category: str | None) -> str | None:
        if category is None or not category.strip():
            return None
        known = self._catalog.match_category(category)
        return known.id if known else category

    async def _taste(
        self, customer: Customer, ranking: Ranking, now: datetime
    ) -> Mapping[str, datetime]:
        """Add what a customer bought and prefers; return when each product was bought last."""
        bought: dict[str, datetime] = {}
        for order in await self._orders.latest(customer.id, _ORDERS_SEEN):
            if order.state == "cancelled":
                continue
            weight = policy.fading(now - order.placed_at, policy.TASTE_HALF_LIFE)
            for item in order.items:
                bought.setdefault(item.product_id, order.placed_at)
                ranking.with_purchase(item.product_id, weight)
        for value in customer.preferences.values():
            for words in value if isinstance(value, list) else [value]:
                known = self._catalog.match_category(words) if isinstance(words, str) else None
                if known is not None:
                    ranking.with_category(known.id, 1.0)
        return bought

    async def _choose(
        self,
        ranking: Ranking,
        wish: Wish,
        bought: Mapping[str, datetime],
        limit: int,
        *,
        asked: bool = False,
    ) -> Sequence[Recommendation]:
        now, known = self._clock.now(), ranking.products
        resting = {
            known[product_id].family
            for product_id, at in bought.items()
            if product_id in known and policy.rests(known[product_id], at, now, asked=asked)
        }
        ranked = [
            (product_id, score)
            for product_id, score in ranking.ranked(bought, now)
            if wish.allows(known[product_id]) and known[product_id].family not in resting
        ]
        fitting: list[tuple[Product, float]] = []
        chosen: Sequence[tuple[Product, float]] = ()
        for start in range(0, len(ranked), _AT_ONCE):
            if len(chosen) >= limit:
                break
            part = ranked[start : start + _AT_ONCE]
            current = await self._catalog.get_many(product_id for product_id, _ in part)
            fitting += [
                (current[product_id], score)
                for product_id, score in part
                if product_id in current and wish.fits(current[product_id])
            ]
            chosen = diverse(fitting, limit)
        names = {category.id: category.name for category in self._catalog.categories()}
        return [
            Recommendation(product, round(score, 4), *ranking.reason(product, names))
            for product, score in chosen
        ]

    async def _near(
        self, model: PurchaseModel, strength: Any, product: Product, limit: int
    ) -> Sequence[tuple[Product, float]]:
        ranked = sorted(zip(model.ids, strength, strict=True), key=lambda pair: (-pair[1], pair[0]))
        ranked = [(product_id, float(score)) for product_id, score in ranked if score > 0]
        current = await self._catalog.get_many(product_id for product_id, _ in ranked)
        fitting = [
            (current[product_id], score)
            for product_id, score in ranked
            if product_id in current
            and current[product_id].in_stock
            and current[product_id].family != product.family
        ]
        return diverse(fitting, limit, of_one_kind=limit)
