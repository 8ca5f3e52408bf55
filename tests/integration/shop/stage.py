"""A small shop to play in, and what is often done in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from closer.customers.records import NewAddress
from closer.kit.clock import FixedClock
from closer.orders.records import NewItem, Order
from closer.orders.service import OrderService
from closer.services import Services

ANNA, BEN = "anna", "ben"
LAMP, SHIRT, SHIRT_RED, LAPTOP = "P-0001", "P-0002", "P-0003", "P-0004"
PORTLAND = NewAddress(
    street="48 Juniper Lane", city="Portland", region="OR", postcode="97205", country="US"
)
BERLIN = NewAddress(
    street="Lindenstraße 5", city="Berlin", postcode="10115", country="Germany", label="work"
)


def product(product_id: str, **values: Any) -> dict[str, Any]:
    defaults = {
        "id": product_id,
        "sku": f"SKU-{product_id[-4:]}",
        "family": f"F-{product_id[-4:]}",
        "name": f"Thing {product_id[-4:]}",
        "category": "home",
        "kind": "thing",
        "brand": "Lumen",
        "description": "Something useful.",
        "attributes": {},
        "options": {},
        "price": Decimal("40.00"),
        "currency": "USD",
        "stock": 10,
        "rating": 4.5,
        "reviews": 3,
        "popularity": 0.5,
        "related": [],
    }
    return {**defaults, **values}


async def furnish(services: Services) -> None:
    now = services.clock.now()
    shirt = {
        "family": "F-SHIRT",
        "category": "clothing",
        "kind": "T-shirt",
        "options": {"size": ["S", "M", "L"]},
    }
    rows = [
        product(LAMP, name="Halo floor lamp", kind="lamp", price=Decimal("129.00"), popularity=0.9),
        product(
            SHIRT,
            name="Everyday T-shirt, white",
            price=Decimal("25.00"),
            attributes={"color": "white"},
            **shirt,
        ),
        product(
            SHIRT_RED,
            name="Everyday T-shirt, red",
            price=Decimal("27.00"),
            stock=2,
            attributes={"color": "red"},
            **shirt,
        ),
        product(
            LAPTOP,
            name="Slate 14 laptop",
            category="computers",
            kind="laptop",
            price=Decimal("999.00"),
        ),
    ]
    await services.catalog.import_products(
        [{**row, "created_at": now, "updated_at": now} for row in rows]
    )
    for customer_id, name in ((ANNA, "Anna Berg"), (BEN, "Ben Okafor")):
        email = f"{customer_id}@example.org"
        await services.customers.create(customer_id=customer_id, name=name, email=email)
        await services.customers.add_address(customer_id, PORTLAND)


@dataclass(frozen=True)
class Stage:
    services: Services
    clock: FixedClock

    @property
    def orders(self) -> OrderService:
        return self.services.orders

    async def placed(self, *items: NewItem, customer_id: str = ANNA, **options: Any) -> Order:
        chosen = list(items) or [NewItem(LAMP)]
        return (await self.orders.place_order(customer_id, chosen, **options)).order

    async def paid(self, *items: NewItem, customer_id: str = ANNA, **options: Any) -> Order:
        order = await self.placed(*items, customer_id=customer_id, **options)
        return (await self.orders.pay(customer_id, order.id)).order

    async def reached(self, state: str, *items: NewItem, customer_id: str = ANNA) -> Order:
        order = await self.paid(*items, customer_id=customer_id)
        for step, hours in (
            ("packed", 6),
            ("shipped", 4),
            ("delivered", 72),
            ("returned", 120),
            ("refunded", 24),
        ):
            if order.state == state:
                break
            self.clock.advance(hours=hours)
            order = await self.orders.advance(order.id, step, by="test")
        return order

    async def stock(self, product_id: str) -> int:
        return await self.services.catalog.stock(product_id)

    def later(self, **delta: float) -> None:
        self.clock.set(self.clock.now() + timedelta(**delta))
