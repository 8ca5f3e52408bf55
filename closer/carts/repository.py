"""SQL of carts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from closer.carts.records import StoredCart, StoredLine
from closer.carts.tables import cart_lines, carts
from closer.kit.db import Database
from closer.kit.ids import new_id

_C = carts.c
_L = cart_lines.c


def _cart(row: Mapping[Any, Any]) -> StoredCart:
    names = ("id", "owner_id", "state", "order_id", "created_at", "updated_at")
    return StoredCart(**{name: row[name] for name in names})


def _line(row: Mapping[Any, Any]) -> StoredLine:
    return StoredLine(
        row["product_id"], row["options_key"], row["options"], row["quantity"], row["added_at"]
    )


class CartRepository:
    """Rows of carts and their lines."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def open_one(self, owner_id: str) -> StoredCart | None:
        """Return the open cart of a person."""
        return await self._one(select(carts).where(_C.open_key == owner_id))

    async def find(self, cart_id: str, *, lock: bool = False) -> StoredCart | None:
        """Return a cart; `lock` holds it until the transaction ends."""
        query = select(carts).where(_C.id == cart_id)
        return await self._one(query.with_for_update() if lock else query)

    async def lock_open(self, owner_id: str, now: datetime) -> StoredCart:
        """Return the open cart of a person, made if there is none, held until the commit."""
        values = {
            "id": new_id("cart"),
            "owner_id": owner_id,
            "open_key": owner_id,
            "state": "open",
            "created_at": now,
            "updated_at": now,
        }
        async with self._db.transaction() as connection:
            await connection.execute(self._db.insert_new(carts).values(**values))
            found = await self._one(select(carts).where(_C.open_key == owner_id).with_for_update())
        if found is None:  # pragma: no cover - it was made or was there
            raise RuntimeError("a cart vanished")
        return found

    async def lines(self, cart_id: str) -> Sequence[StoredLine]:
        """Return a cart's lines in the order in which they were put in."""
        query = (
            select(cart_lines)
            .where(_L.cart_id == cart_id)
            .order_by(_L.added_at, _L.product_id, _L.options_key)
        )
        async with self._db.reading() as connection:
            return [_line(row) for row in (await connection.execute(query)).mappings()]

    async def put(self, cart_id: str, line: StoredLine) -> None:
        """Write a line; one of the same product and options gets its quantity."""
        values = {
            "cart_id": cart_id,
            "product_id": line.product_id,
            "options_key": line.options_key,
            "options": dict(line.options),
            "quantity": line.quantity,
            "added_at": line.added_at,
        }
        statement = self._db.insert(cart_lines).values(**values)
        statement = statement.on_conflict_do_update(
            index_elements=["cart_id", "product_id", "options_key"],
            set_={"quantity": line.quantity},
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def remove(
        self, cart_id: str, product_id: str | None = None, options_key: str | None = None
    ) -> None:
        """Remove a product's lines, one of them, or all lines."""
        statement = delete(cart_lines).where(_L.cart_id == cart_id)
        if product_id is not None:
            statement = statement.where(_L.product_id == product_id)
        if options_key is not None:
            statement = statement.where(_L.options_key == options_key)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def change(self, cart_id: str, **values: Any) -> bool:
        """Change an open cart; True if it was open."""
        statement = update(carts).where(_C.id == cart_id, _C.state == "open").values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def abandon(self, untouched_since: datetime) -> int:
        """Close open carts that nobody touched; return how many."""
        statement = (
            update(carts)
            .where(_C.state == "open", _C.updated_at < untouched_since)
            .values(state="abandoned", open_key=None)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def of_owner(self, owner_id: str) -> Sequence[StoredCart]:
        """Return all carts of a person."""
        query = select(carts).where(_C.owner_id == owner_id).order_by(_C.id)
        async with self._db.reading() as connection:
            return [_cart(row) for row in (await connection.execute(query)).mappings()]

    async def erase(self, owner_id: str) -> int:
        """Delete a person's carts; return how many there were."""
        own = select(_C.id).where(_C.owner_id == owner_id).scalar_subquery()
        async with self._db.transaction() as connection:
            await connection.execute(delete(cart_lines).where(_L.cart_id.in_(own)))
            done: Any = await connection.execute(delete(carts).where(_C.owner_id == owner_id))
            return int(done.rowcount)

    async def _one(self, query: Any) -> StoredCart | None:
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _cart(row) if row else None
