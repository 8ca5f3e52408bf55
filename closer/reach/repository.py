"""SQL of reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from closer.kit.db import Database
from closer.reach.records import Join
from closer.reach.tables import (
    channel_messages,
    channel_switches,
    contact_addresses,
    session_aliases,
    visitor_joins,
)

Row = Mapping[Any, Any]
_OF_PEOPLE = (
    contact_addresses,
    session_aliases,
    channel_messages,
    channel_switches,
    visitor_joins,
)


class ReachRepository:
    """Rows of addresses, aliases, messages and switches."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add_address(self, values: Mapping[str, Any]) -> bool:
        """Store an address; False if the customer has it already."""
        return await self._insert(contact_addresses, values)

    async def addresses(self, customer_id: str) -> list[Row]:
        """Return a customer's further addresses, the oldest first."""
        column = contact_addresses.c
        query = select(contact_addresses).where(column.customer_id == customer_id)
        return await self._all(query.order_by(column.created_at, column.id))

    async def owners(self, kind: str, hashes: Collection[str]) -> list[tuple[str, str]]:
        """Return which customers proved that one of these addresses is theirs, each with the address's hash."""
        column = contact_addresses.c
        query = select(column.address_hash, column.customer_id).where(
            column.address_hash.in_(hashes),
            column.kind == kind,
            column.verified_at.isnot(None),
        )
        async with self._db.reading() as connection:
            return [(hashed, owner) for hashed, owner in await connection.execute(query)]

    async def change_address(self, address_id: str, **values: Any) -> None:
        """Change columns of an address."""
        own = contact_addresses.c.id == address_id
        async with self._db.transaction() as connection:
            await connection.execute(update(contact_addresses).where(own).values(**values))

    async def remove_address(self, address_id: str) -> None:
        """Delete an address."""
        async with self._db.transaction() as connection:
            await connection.execute(
                delete(contact_addresses).where(contact_addresses.c.id == address_id)
            )

    async def bind_alias(self, alias: str, customer_id: str, at: datetime) -> str:
        """Keep for whom a session is named unless that is known; return whose it is."""
        values = {"alias": alias, "customer_id": customer_id, "created_at": at}
        query = select(session_aliases.c.customer_id).where(session_aliases.c.alias == alias)
        async with self._db.transaction() as connection:
            await self._insert(session_aliases, values)
            return str((await connection.execute(query)).scalar_one())

    async def add_message(self, values: Mapping[str, Any]) -> bool:
        """Store a message; False if its request was made before."""
        return await self._insert(channel_messages, values)

    async def note_notification(self, message_id: str, notification_id: str) -> None:
        """Keep by which notification a message goes out."""
        own = channel_messages.c.id == message_id
        async with self._db.transaction() as connection:
            await connection.execute(
                update(channel_messages).where(own).values(notification_id=notification_id)
            )

    async def message(self, **by: str) -> Row | None:
        """Return a message by a column."""
        return await self._first(channel_messages, by)

    async def add_switch(self, values: Mapping[str, Any]) -> bool:
        """Store a switch; False if its request was made before."""
        return await self._insert(channel_switches, values)

    async def change_switch(self, switch_id: str, **values: Any) -> None:
        """Change columns of a switch."""
        own = channel_switches.c.id == switch_id
        async with self._db.transaction() as connection:
            await connection.execute(update(channel_switches).where(own).values(**values))

    async def switch(self, request_key: str) -> Row | None:
        """Return the switch of a request."""
        return await self._first(channel_switches, {"request_key": request_key})

    async def last_switch(self, customer_id: str) -> Row | None:
        """Return a customer's latest switch."""
        query = select(channel_switches).where(channel_switches.c.customer_id == customer_id)
        found = await self._all(query.order_by(channel_switches.c.id.desc()).limit(1))
        return found[0] if found else None

    async def of_customer(self, customer_id: str) -> dict[str, list[Row]]:
        """Return all rows of a customer by table."""
        return {
            table.name: await self._all(select(table).where(table.c.customer_id == customer_id))
            for table in _OF_PEOPLE
        }

    async def erase(self, customer_id: str) -> int:
        """Delete all rows of a customer; return how many there were."""
        count = 0
        async with self._db.transaction() as connection:
            for table in _OF_PEOPLE:
                own = table.c.customer_id == customer_id
                done: Any = await connection.execute(table.delete().where(own))
                count += int(done.rowcount)
        return count

    async def _insert(self, table: Any, values: Mapping[str, Any]) -> bool:
        statement = self._db.insert_new(table).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def _first(self, table: Any, by: Mapping[str, str]) -> Row | None:
        query = select(table)
        for column, value in by.items():
            query = query.where(table.c[column] == value)
        found = await self._all(query.limit(1))
        return found[0] if found else None

    async def _all(self, query: Any) -> list[Row]:
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).mappings().all())


class JoinRepository:
    """Rows of joined visitors."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def ask(self, visitor_id: str, customer_id: str, at: datetime) -> Join:
        """Keep who a visitor is; the first answer stays."""
        values = {"visitor_id": visitor_id, "customer_id": customer_id}
        statement = self._db.insert_new(visitor_joins).values(state="asked", asked_at=at, **values)
        async with self._db.transaction() as connection:
            await connection.execute(statement)
            found = await self.find(visitor_id)
        assert found is not None
        return found

    async def find(self, visitor_id: str) -> Join | None:
        """Return what is known of a visitor."""
        found = await self._joins(visitor_joins.c.visitor_id == visitor_id, 1)
        return found[0] if found else None

    async def waiting(self, limit: int) -> list[Join]:
        """Return what was asked for and is not done, the oldest first."""
        return await self._joins(visitor_joins.c.state == "asked", limit)

    async def settle(self, visitor_id: str, state: str, at: datetime) -> None:
        """Note what came of it."""
        own = visitor_joins.c.visitor_id == visitor_id
        async with self._db.transaction() as connection:
            await connection.execute(
                update(visitor_joins).where(own).values(state=state, done_at=at)
            )

    async def _joins(self, condition: Any, limit: int) -> list[Join]:
        column = visitor_joins.c
        query = select(column.visitor_id, column.customer_id, column.state, column.asked_at)
        query = query.where(condition).order_by(column.asked_at).limit(limit)
        async with self._db.reading() as connection:
            return [Join(**row) for row in (await connection.execute(query)).mappings()]
