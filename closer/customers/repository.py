"""SQL of customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from closer.customers.records import Address, Customer, CustomerChange
from closer.customers.tables import addresses, customer_changes, customers
from closer.kit.db import Database
from closer.kit.errors import Conflict

_CUSTOMER_FIELDS = tuple(Customer.__dataclass_fields__)


def _customer(row: Mapping[Any, Any]) -> Customer:
    return Customer(**{name: row[name] for name in _CUSTOMER_FIELDS})


class CustomerRepository:
    """Rows of customers, addresses and changes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, customer_id: str, *, lock: bool = False) -> Customer | None:
        """Return a customer; `lock` holds the row until the transaction ends."""
        query = select(customers).where(customers.c.id == customer_id)
        if lock:
            query = query.with_for_update()
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _customer(row) if row else None

    async def by_hash(self, column: str, hashes: Iterable[str]) -> dict[str, list[Customer]]:
        """Return the active customers with each of these hashes."""
        query = (
            select(customers)
            .where(customers.c[column].in_(set(hashes)), customers.c.status == "active")
            .order_by(customers.c.id)
        )
        found: dict[str, list[Customer]] = {}
        async with self._db.reading() as connection:
            for row in (await connection.execute(query)).mappings():
                found.setdefault(row[column], []).append(_customer(row))
        return found

    async def closed_by_hash(self, email_hash: str) -> Customer | None:
        """Return the closed customer with a hash."""
        query = select(customers).where(
            customers.c.email_hash == email_hash, customers.c.status == "closed"
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _customer(row) if row else None

    async def ids(self, after: str, limit: int) -> list[str]:
        """Return the ids of active customers in order, those after one."""
        query = (
            select(customers.c.id)
            .where(customers.c.id > after, customers.c.status == "active")
            .order_by(customers.c.id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def count(self) -> int:
        """Return the number of customers."""
        async with self._db.reading() as connection:
            return int(
                (await connection.execute(select(func.count()).select_from(customers))).scalar()
                or 0
            )

    async def add(self, values: dict[str, Any]) -> None:
        """Insert a customer.

        Raises:
            Conflict: if the id or the e-mail address is taken.
        """
        try:
            async with self._db.transaction() as connection, connection.begin_nested():
                await connection.execute(customers.insert().values(values))
        except IntegrityError as error:
            raise Conflict(
                "there is an account with this e-mail address", code="email_taken"
            ) from error

    async def add_all(self, people: list[dict[str, Any]], homes: list[dict[str, Any]]) -> None:
        """Insert customers and addresses."""
        async with self._db.transaction() as connection:
            await connection.execute(customers.insert(), people)
            await connection.execute(addresses.insert(), homes)

    async def forget(self, customer_id: str) -> None:
        """Delete a customer's addresses and the log of changes."""
        async with self._db.transaction() as connection:
            await connection.execute(
                delete(addresses).where(addresses.c.customer_id == customer_id)
            )
            of_customer = customer_changes.c.customer_id == customer_id
            await connection.execute(delete(customer_changes).where(of_customer))

    async def update(self, customer_id: str, values: dict[str, Any]) -> None:
        """Change columns of a customer.

        Raises:
            Conflict: if the new e-mail address is another customer's.
        """
        try:
            async with self._db.transaction() as connection, connection.begin_nested():
                await connection.execute(
                    update(customers).where(customers.c.id == customer_id).values(values)
                )
        except IntegrityError as error:
            raise Conflict(
                "there is an account with this e-mail address", code="email_taken"
            ) from error

    async def addresses(self, customer_id: str) -> list[Address]:
        """Return a customer's addresses, the default first, then by age."""
        query = (
            select(addresses)
            .where(addresses.c.customer_id == customer_id)
            .order_by(addresses.c.is_default.desc(), addresses.c.created_at, addresses.c.id)
        )
        async with self._db.reading() as connection:
            return [Address(**row) for row in (await connection.execute(query)).mappings()]

    async def add_address(self, values: dict[str, Any]) -> None:
        """Insert an address."""
        async with self._db.transaction() as connection:
            await connection.execute(addresses.insert().values(values))

    async def update_address(self, address_id: str, values: dict[str, Any]) -> None:
        """Change columns of an address."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(addresses).where(addresses.c.id == address_id).values(values)
            )

    async def remove_address(self, address_id: str) -> None:
        """Delete an address."""
        async with self._db.transaction() as connection:
            await connection.execute(delete(addresses).where(addresses.c.id == address_id))

    async def make_default(self, customer_id: str, address_id: str) -> None:
        """Let one address of the customer be the default and no other."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(addresses)
                .where(addresses.c.customer_id == customer_id)
                .values(is_default=addresses.c.id == address_id)
            )

    async def add_changes(self, rows: list[dict[str, Any]]) -> None:
        """Append what was changed."""
        if rows:
            async with self._db.transaction() as connection:
                await connection.execute(customer_changes.insert(), rows)

    async def changes(
        self, customer_id: str, since: datetime | None, limit: int
    ) -> list[CustomerChange]:
        """Return the last changes, the newest first."""
        query = select(customer_changes).where(customer_changes.c.customer_id == customer_id)
        if since is not None:
            query = query.where(customer_changes.c.at >= since)
        query = query.order_by(customer_changes.c.id.desc()).limit(limit)
        async with self._db.reading() as connection:
            return [CustomerChange(**row) for row in (await connection.execute(query)).mappings()]
