"""A small catalogue for tests that need no database."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from closer.catalog.records import Product
from closer.kit.money import Money

_AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def product(number: int, name: str, kind: str, category: str = "home", **values: Any) -> Product:
    defaults: dict[str, Any] = {
        "id": f"P-{number:04d}",
        "sku": f"S-{number:02d}",
        "family": name,
        "name": name,
        "category": category,
        "kind": kind,
        "brand": "Lumen",
        "description": "",
        "attributes": {},
        "options": {},
        "price": Money(Decimal(20)),
        "stock": 5,
        "rating": 4.0,
        "reviews": 1,
        "popularity": 0.5,
        "related": (),
        "created_at": _AT,
        "updated_at": _AT,
    }
    return Product(**{**defaults, **values})


def shelf() -> list[Product]:
    """Return the demo shop's products."""
    import random

    from scripts.seed.catalog import product_rows

    rows = product_rows(random.Random("test"))
    names = Product.__dataclass_fields__
    plain = [{k: v for k, v in row.items() if k in names} for row in rows]
    return [
        Product(
            **{
                **row,
                "price": Money(row["price"]),
                "related": tuple(row["related"]),
                "created_at": _AT,
                "updated_at": _AT,
            }
        )
        for row in plain
    ]
