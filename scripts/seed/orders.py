"""The demo shop's 3,000 orders of the last 18 months; some are placed, paid and packed just now."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from closer.kit.money import Money
from closer.orders.delivery import DeliveryOption, delivery_option, zone_of
from closer.orders.payment_methods import payment_method
from closer.services import Services
from scripts.seed.contract import CONTRACT_ORDERS, ContractOrder
from scripts.seed.histories import History, natural, told
from scripts.seed.order_rows import OrderRows, Told
from scripts.seed.shopping import Purchase, Shopper, Shopping

COUNT = 3000
#: How many were placed within so many hours: the shop looks open.
_FRESH = ((2, 14), (10, 16), (24, 18), (60, 30))
_METHODS = {
    "visa": 34,
    "mastercard": 20,
    "paypal": 22,
    "apple_pay": 9,
    "google_pay": 5,
    "amex": 4,
    "bank_transfer": 6,
}


async def seed(services: Services, rng: random.Random) -> None:
    """Write the orders."""
    now = services.clock.now().replace(microsecond=0)
    shoppers = await _shoppers(services, rng)
    shopping = Shopping(rng, await services.catalog.all(), list(shoppers.values()))
    rows = OrderRows(now)
    drawn = list(_drawn(rng, shopping, now))
    named = [_contract(rng, shopping, shoppers, order, now) for order in CONTRACT_ORDERS]
    for order in sorted([*drawn, *named], key=lambda order: (order.purchase.placed_at, order.id)):
        rows.add(order)
    await services.orders.import_rows(rows.numbered())


async def _shoppers(services: Services, rng: random.Random) -> dict[str, Shopper]:
    found = {}
    for customer_id in await services.customers.ids(limit=100_000):
        customer = await services.customers.get(customer_id)
        address = await services.customers.address(customer_id)
        often = rng.paretovariate(1.6) if customer_id.startswith("cus_") else 0.0
        found[customer_id] = Shopper(customer, address, min(often, 14.0))
    return found


def _drawn(rng: random.Random, shopping: Shopping, now: datetime) -> Iterator[Told]:
    fresh = sum(count for _, count in _FRESH)
    moments = shopping.moments(now, COUNT - fresh - len(CONTRACT_ORDERS))
    for hours, count in _FRESH:
        since = 0 if hours == 2 else hours / 4
        moments += [now - timedelta(hours=rng.uniform(since, hours)) for _ in range(count)]
    numbers = _Numbers(rng, {order.id for order in CONTRACT_ORDERS})
    for moment in sorted(moment.replace(microsecond=0) for moment in moments):
        purchase = shopping.purchase(moment)
        method = rng.choices(list(_METHODS), list(_METHODS.values()))[0]
        rate = Decimal("0.10") if rng.random() < 0.12 else Decimal(0)
        option = _option(rng, purchase, rate)
        immediate = payment_method(method).immediate
        history = natural(rng, moment, now, immediate=immediate, option=option)
        yield Told(numbers.next(moment), purchase, history, method, option, rate)


def _option(rng: random.Random, purchase: Purchase, rate: Decimal) -> DeliveryOption:
    country = purchase.shopper.address.country
    ways = (
        ("standard", "express")
        if zone_of(country) == "world"
        else ("standard", "express", "pickup")
    )
    method = rng.choices(ways, (76, 14, 10)[: len(ways)])[0]
    value = sum((line.product.price.amount * line.quantity for line in purchase.lines), Decimal(0))
    return delivery_option(method, country, Money(value * (1 - rate)), purchase.placed_at)


def _contract(
    rng: random.Random,
    shopping: Shopping,
    shoppers: dict[str, Shopper],
    order: ContractOrder,
    now: datetime,
) -> Told:
    placed = (now - timedelta(hours=order.hours)).replace(microsecond=0)
    purchase = Purchase(shoppers[order.customer_id], placed, shopping.lines(order.kinds))
    value = sum((line.product.price.amount for line in purchase.lines), Decimal(0))
    option = delivery_option(order.delivery, purchase.shopper.address.country, Money(value), placed)
    immediate = payment_method(order.method).immediate
    history = told(rng, order.state, placed, now, immediate=immediate, option=option)
    whole = History(history.moments, order.refund, "", order.failure)
    return Told(order.id, purchase, whole, order.method, option, Decimal(0))


class _Numbers:
    """Order numbers: most count up, some have the shapes of an earlier system and of marketplaces."""

    def __init__(self, rng: random.Random, taken: set[str]) -> None:
        self._rng = rng
        self._taken = taken
        self._counter = 30_200

    def next(self, moment: datetime) -> str:
        """Return the number of an order placed at a moment, later than those before."""
        while True:
            self._counter += self._rng.randint(1, 5)
            number = self._shaped(self._rng.random(), moment)
            if number not in self._taken:
                self._taken.add(number)
                return number

    def _shaped(self, drawn: float, moment: datetime) -> str:
        if drawn < 0.03:
            return f"ORD-{moment.year}-{self._counter % 10_000:04d}"
        if drawn < 0.06:
            return f"{self._counter:06d}-{self._rng.choice('ABKMRTX')}"
        return str(self._rng.randint(10**7, 10**12 - 1) if drawn < 0.14 else self._counter)
