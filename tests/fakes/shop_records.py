"""A few products and orders, made by the services themselves."""

from __future__ import annotations

from decimal import Decimal

from closer.catalog.tables import products
from closer.customers.records import NewAddress
from closer.orders.records import NewItem
from closer.services import Services


async def add_products(services: Services) -> None:
    now = services.clock.now()
    shared = {
        "category": "electronics",
        "kind": "headphones",
        "brand": "Fjell",
        "description": "Closed headphones with a soft band.",
        "attributes": {"colour": "moss"},
        "options": {},
        "currency": "USD",
        "rating": 4.5,
        "reviews": 12,
        "related": [],
        "created_at": now,
        "updated_at": now,
    }
    rows = [
        {
            **shared,
            "id": "P-0001",
            "sku": "FJ-1",
            "family": "f1",
            "name": "Fjell Quiet headphones",
            "stock": 40,
        }
        | {"price": Decimal("79.90"), "popularity": 0.9},
        {
            **shared,
            "id": "P-0002",
            "sku": "FJ-2",
            "family": "f2",
            "name": "Fjell Trail headphones",
            "stock": 0,
        }
        | {"price": Decimal("39.50"), "popularity": 0.5},
    ]
    async with services.db.transaction() as connection:
        for row in rows:
            await connection.execute(
                services.db.insert(products).values(row).on_conflict_do_nothing()
            )


async def add_order(services: Services, customer_id: str, quantity: int = 1) -> str:
    """Place and pay an order; return its id."""
    await add_products(services)
    if not await services.customers.addresses(customer_id):
        address = NewAddress(
            street="Storgata 5", city="Portland", region="OR", postcode="97201", country="US"
        )
        await services.customers.add_address(customer_id, address)
    placed = await services.orders.place_order(customer_id, [NewItem("P-0001", quantity)])
    await services.orders.pay(customer_id, placed.order.id)
    return placed.order.id
