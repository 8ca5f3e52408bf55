"""The purchase model of this process, kept up with the orders."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from closer.catalog.service import CatalogService
from closer.kit.clock import Clock
from closer.orders.records import Basket
from closer.orders.service import OrderService
from closer.recommendations.model import PurchaseModel

#: How long new orders may stay unknown, and when everything is read anew (cancelled orders, changed products).
RECHECK = timedelta(seconds=15)
RELOAD = timedelta(hours=1)
HISTORY = timedelta(days=730)


class TrainedModel:
    """Builds the model on first use, outside of the event loop, and again when there are new orders.

    Args:
        catalog: The products.
        orders: What was bought.
        clock: The time.
    """

    def __init__(self, catalog: CatalogService, orders: OrderService, clock: Clock) -> None:
        self._catalog = catalog
        self._orders = orders
        self._clock = clock
        self._lock = asyncio.Lock()
        self._model: PurchaseModel | None = None
        self._baskets: dict[str, Basket] = {}
        self._loaded_at: datetime | None = None
        self._checked_at: datetime | None = None

    async def current(self) -> PurchaseModel:
        """Return the model; at most 15 seconds behind the orders."""
        async with self._lock:
            now = self._clock.now()
            if self._model is None or self._loaded_at is None or now - self._loaded_at >= RELOAD:
                self._baskets = {}
                self._loaded_at = now
                return await self._build(now, now - HISTORY)
            if self._checked_at is not None and now - self._checked_at < RECHECK:
                return self._model
            newest = max(
                (basket.placed_at for basket in self._baskets.values()), default=now - HISTORY
            )
            return await self._build(now, newest)

    async def _build(self, now: datetime, since: datetime) -> PurchaseModel:
        found = {basket.order_id: basket for basket in await self._orders.baskets(since)}
        changed = any(self._baskets.get(order_id) != basket for order_id, basket in found.items())
        self._checked_at = now
        if self._model is None or changed or not self._baskets:
            self._baskets |= found
            products = await self._catalog.all()
            self._model = await asyncio.to_thread(
                PurchaseModel, products, list(self._baskets.values()), now
            )
        return self._model
