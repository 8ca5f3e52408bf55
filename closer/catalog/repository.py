"""SQL of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from closer.catalog.records import Product
from closer.catalog.tables import products
from closer.kit.db import Database
from closer.kit.money import Money


def _product(row: Mapping[Any, Any]) -> Product:
    values = {name: row[name] for name in Product.__dataclass_fields__}
    values["price"] = Money(row["price"], row["currency"])
    values["related"] = tuple(row["related"])
    return Product(**values)


class ProductRepository:
    """Rows of products."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, product_id: str) -> Product | None:
        """Return a product by id or stock-keeping unit."""
        code = product_id.strip().upper()
        query = select(products).where((products.c.id == code) | (products.c.sku == code))
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _product(row) if row else None

    async def many(self, product_ids: Iterable[str]) -> dict[str, Product]:
        """Return products by id; unknown ids are left out."""
        wanted = list(dict.fromkeys(product_ids))
        if not wanted:
            return {}
        query = select(products).where(products.c.id.in_(wanted))
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings()
            return {row["id"]: _product(row) for row in rows}

    async def all(self) -> list[Product]:
        """Return all products in order of id."""
        async with self._db.reading() as connection:
            rows = (await connection.execute(select(products).order_by(products.c.id))).mappings()
            return [_product(row) for row in rows]

    async def version(self) -> tuple[int, datetime | None]:
        """Return what changes when a product's description does: the number of rows and the last change."""
        query = select(func.count(), func.max(products.c.updated_at)).select_from(products)
        async with self._db.reading() as connection:
            count, last = (await connection.execute(query)).one()
        return int(count), last

    async def popular(self, category: str | None, limit: int, *, in_stock: bool) -> list[Product]:
        """Return what sells best."""
        query = select(products).order_by(products.c.popularity.desc(), products.c.id).limit(limit)
        if category is not None:
            query = query.where(products.c.category == category)
        if in_stock:
            query = query.where(products.c.stock > 0)
        async with self._db.reading() as connection:
            return [_product(row) for row in (await connection.execute(query)).mappings()]

    async def counts(self) -> dict[str, int]:
        """Return the number of products by category."""
        query = select(products.c.category, func.count()).group_by(products.c.category)
        async with self._db.reading() as connection:
            return {row[0]: int(row[1]) for row in await connection.execute(query)}

    async def family(self, family: str) -> list[Product]:
        """Return the variants of one product, the cheapest first."""
        query = (
            select(products)
            .where(products.c.family == family)
            .order_by(products.c.price, products.c.id)
        )
        async with self._db.reading() as connection:
            return [_product(row) for row in (await connection.execute(query)).mappings()]

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert products."""
        async with self._db.transaction() as connection:
            await connection.execute(products.insert(), [dict(row) for row in rows])

    async def take(self, product_id: str, quantity: int) -> bool:
        """Take pieces off the stock; return False, and take none, if there are not enough."""
        statement: Any = (
            update(products)
            .where(products.c.id == product_id, products.c.stock >= quantity)
            .values(stock=products.c.stock - quantity)
        )
        async with self._db.transaction() as connection:
            outcome: Any = await connection.execute(statement)
            return bool(outcome.rowcount == 1)

    async def put_back(self, product_id: str, quantity: int) -> bool:
        """Add pieces to the stock; return False for an unknown product."""
        statement: Any = (
            update(products)
            .where(products.c.id == product_id)
            .values(stock=products.c.stock + quantity)
        )
        async with self._db.transaction() as connection:
            outcome: Any = await connection.execute(statement)
            return bool(outcome.rowcount == 1)
