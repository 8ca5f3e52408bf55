"""A small shop for tests: products and orders with a plain buying structure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from closer.customers.records import NewAddress
from closer.kit.clock import FixedClock
from closer.orders.records import NewItem
from closer.services import Services

PHONE, CASE, CHARGER, LAPTOP, NOVEL, SHAMPOO, SHIRT = (f"P-000{n}" for n in range(1, 8))
_HOME = NewAddress(
    street="5 Elm Street", city="Portland", region="OR", postcode="97205", country="US"
)

_GOODS: dict[str, dict[str, Any]] = {
    PHONE: {
        "name": "Nova smartphone",
        "category": "electronics",
        "kind": "smartphone",
        "price": 500,
    },
    CASE: {"name": "Nova phone case", "category": "electronics", "kind": "phone case", "price": 20},
    CHARGER: {"name": "Volt charger", "category": "electronics", "kind": "charger", "price": 30},
    LAPTOP: {"name": "Slate laptop", "category": "computers", "kind": "laptop", "price": 900},
    NOVEL: {"name": "A quiet novel", "category": "books", "kind": "novel", "price": 12},
    SHAMPOO: {"name": "Clear shampoo", "category": "beauty", "kind": "shampoo", "price": 9},
    SHIRT: {
        "name": "Everyday shirt",
        "category": "clothing",
        "kind": "shirt",
        "price": 25,
        "options": {"size": ["S", "M", "L"]},
    },
}


def row(services: Services, product_id: str, **values: Any) -> dict[str, Any]:
    now = services.clock.now()
    common = {
        "id": product_id,
        "sku": f"SKU-{product_id}",
        "family": f"F-{product_id}",
        "brand": "Lumen",
        "description": "Something useful.",
        "attributes": {},
        "options": {},
        "currency": "USD",
        "stock": 100,
        "rating": 4.0,
        "reviews": 1,
        "popularity": 0.1,
        "related": [],
        "created_at": now,
        "updated_at": now,
    }
    given = {**common, **_GOODS.get(product_id, {}), **values}
    return {**given, "price": Decimal(given["price"])}


async def furnish(services: Services, *more: dict[str, Any]) -> None:
    """Put the goods on the shelves."""
    rows = [row(services, product_id) for product_id in _GOODS]
    await services.catalog.import_products([*rows, *more])


async def customer(services: Services, customer_id: str) -> str:
    """Add a customer with an address."""
    await services.customers.create(
        name=customer_id.title(), email=f"{customer_id}@example.org", customer_id=customer_id
    )
    await services.customers.add_address(customer_id, _HOME)
    return customer_id


async def buy(services: Services, customer_id: str, *product_ids: str) -> str:
    """Order products and return the order's id."""
    items = [
        NewItem(product_id, 1, {"size": "M"} if product_id == SHIRT else {})
        for product_id in product_ids
    ]
    return (await services.orders.place_order(customer_id, items)).order.id


async def past(services: Services, clock: FixedClock, buyers: int = 8) -> None:
    """Let some strangers buy phones with cases, and laptops alone, half a year ago."""
    now = clock.now()
    clock.set(now - timedelta(days=180))
    for number in range(buyers):
        who = await customer(services, f"buyer{number}")
        await buy(services, who, PHONE, CASE)
        await buy(services, who, LAPTOP if number % 2 else NOVEL)
    clock.set(now)
