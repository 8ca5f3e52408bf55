"""SQL of the history that people read, of the receipts of actions, and of erasing a conversation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, func, select, update

from closer.conversations import tables
from closer.conversations.tables import action_runs, entries
from closer.conversations.turn import Entry, to_json
from closer.kit.db import Database, from_db, metadata
from closer.kit.person_keys import PersonErased, PersonKeys

#: Entries of one turn at most.
_LONGEST_TURN = 12
_CONTENT, _OUTCOME = "conversation_entries.content", "action_runs.outcome"


# Built once, because it runs with every message.
_LAST_SAID = (
    select(entries.c.message_id, entries.c.content)
    .where(entries.c.conversation_id == bindparam("conversation"), entries.c.sender == "assistant")
    .order_by(entries.c.id.desc())
    .limit(_LONGEST_TURN)
)


class EntryRepository:
    """The history that people read."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def add(self, conversation_id: str, items: Sequence[Entry]) -> None:
        """Append entries; one that is there already stays as it is."""
        await self.add_all([(conversation_id, entry) for entry in items])

    async def add_all(self, items: Sequence[tuple[str, Entry]]) -> None:
        """Append entries to several conversations."""
        if not items:
            return
        sealers = await self._keys.sealers({conversation_id for conversation_id, _ in items})
        rows = [
            {
                "id": entry.id,
                "conversation_id": conversation_id,
                "at": entry.at,
                "sender": entry.sender,
                "channel": entry.channel,
                "message_id": entry.message_id,
                "content": sealers[conversation_id].json(to_json(entry), _CONTENT),
            }
            for conversation_id, entry in items
        ]
        async with self._db.transaction() as connection:
            await connection.execute(self._db.insert_new(entries), rows)

    async def last(
        self, conversation_id: str, limit: int, before: str | None = None
    ) -> list[Entry]:
        """Return the last entries before an id, oldest first."""
        query = select(entries.c.content).where(entries.c.conversation_id == conversation_id)
        if before:
            query = query.where(entries.c.id < before)
        found = await self._read(query.order_by(entries.c.id.desc()).limit(limit))
        return found[::-1]

    async def last_turn(self, conversation_id: str) -> list[Entry]:
        """Return what the assistant said last, the entries of one turn, oldest first."""
        async with self._db.reading() as connection:
            rows = (await connection.execute(_LAST_SAID, {"conversation": conversation_id})).all()
        own = [row.content for row in rows if row.message_id == rows[0].message_id]
        return await self._opened(own[::-1])

    async def after(self, conversation_id: str, after: str, limit: int) -> list[Entry]:
        """Return the entries after an id, oldest first."""
        query = (
            select(entries.c.content)
            .where(entries.c.conversation_id == conversation_id, entries.c.id > after)
            .order_by(entries.c.id)
            .limit(limit)
        )
        return await self._read(query)

    async def last_heard(self, conversation_id: str) -> dict[str, datetime]:
        """Return when the person last said something, by channel."""
        query = (
            select(entries.c.channel, func.max(entries.c.at))
            .where(entries.c.conversation_id == conversation_id, entries.c.sender == "customer")
            .group_by(entries.c.channel)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {channel: from_db(at) for channel, at in rows}

    async def move(self, source: str, target: str) -> None:
        """Hand a visitor's entries over to the customer that the visitor turned out to be."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(entries)
                .where(entries.c.conversation_id == source)
                .values(conversation_id=target)
            )

    async def _read(self, query: Any) -> list[Entry]:
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return await self._opened(rows)

    async def _opened(self, contents: Sequence[str]) -> list[Entry]:
        opener = await self._keys.opener(contents)
        found = []
        for content in contents:
            try:
                found.append(Entry.parse_obj(opener.json(content, _CONTENT)))
            except PersonErased:
                continue
        return found


class ActionRunRepository:
    """Receipts of actions, so that an action run again for the same message does nothing twice."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def find(
        self, conversation_id: str, message_id: str, action: str, ordinal: int
    ) -> Any | None:
        """Return what the action answered when it ran for this message, or None."""
        mine = _run(conversation_id, message_id, action, ordinal)
        async with self._db.reading() as connection:
            row = await connection.execute(select(action_runs.c.outcome).where(mine))
            outcome = row.scalar()
        if outcome is None:
            return None
        return (await self._keys.opener([outcome])).json(outcome, _OUTCOME)

    async def reserve(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, *, at: datetime
    ) -> bool:
        """Take the place of a run; False if it ran before. Waits while another one is running in a transaction."""
        values = {
            "conversation_id": conversation_id,
            "message_id": message_id,
            "action": action,
            "ordinal": ordinal,
            "at": at,
        }
        statement = self._db.insert_new(action_runs).values(values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def keep(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, *, outcome: Any
    ) -> None:
        """Keep what an action answered, in the place that it has reserved."""
        sealer = await self._keys.sealer(conversation_id)
        statement = (
            update(action_runs)
            .where(_run(conversation_id, message_id, action, ordinal))
            .values(outcome=sealer.json(outcome, _OUTCOME))
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)


class ConversationEraser:
    """Deletes conversations from every table of this slice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def erase(self, conversation_ids: Collection[str]) -> dict[str, int]:
        """Delete all rows of some conversations; return how many by table."""
        deleted: dict[str, int] = {}
        async with self._db.transaction() as connection:
            for table in _tables():
                mine = table.c.conversation_id.in_(sorted(conversation_ids))
                done: Any = await connection.execute(table.delete().where(mine))
                deleted[table.name] = int(done.rowcount)
        return deleted


def _tables() -> list[Any]:
    """Return every table of the slice that has rows of conversations, also one that is added later."""
    own = {item.name for item in vars(tables).values() if isinstance(item, Table)}
    return [
        table
        for table in metadata.sorted_tables
        if table.name in own and "conversation_id" in table.c
    ]


def _run(conversation_id: str, message_id: str, action: str, ordinal: int) -> Any:
    return and_(
        action_runs.c.conversation_id == conversation_id,
        action_runs.c.message_id == message_id,
        action_runs.c.action == action,
        action_runs.c.ordinal == ordinal,
    )
