"""SQL of the inbox: messages as they were accepted, and what came of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, or_, select, text, update
from sqlalchemy.sql import Select

from closer.conversations.records import ClaimLost, InboxRecord
from closer.conversations.tables import inbox
from closer.conversations.turn import InboundMessage, TurnResult, to_json
from closer.kit.db import Database
from closer.kit.person_keys import Opener, PersonErased, PersonKeys
from closer.kit.unit_of_work import Later

_MESSAGE, _RESULT = "inbox.message", "inbox.result"
_OPEN = ("received", "processing")
# Of several transactions on PostgreSQL that touch a conversation's messages, one after the other; in order of the names, so
# that none waits for another that waits for it.
_LINE_UP = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 1766)) FROM "
    "(SELECT unnest(CAST(:names AS text[])) AS name ORDER BY 1) AS names"
)


# Built once: to put a statement together takes longer than to run it, and these run with every message.
_C = inbox.c
_MINE = _C.conversation_id == bindparam("conversation")
_NOW = bindparam("now", type_=_C.lease_until.type)
_FREE = or_(_C.state == "received", and_(_C.state == "processing", _C.lease_until < _NOW))

_ONE = select(inbox).where(
    _MINE, _C.channel == bindparam("channel"), _C.message_id == bindparam("message")
)
_OLDEST_OPEN = (
    select(inbox)
    .where(_MINE, or_(*(_C.state == state for state in _OPEN)))
    .order_by(_C.received_at, _C.id)
    .limit(1)
)
_LATEST_OPEN = (
    select(_C.conversation_id, func.max(_C.received_at))
    .where(
        _C.conversation_id.in_(bindparam("conversations", expanding=True)),
        or_(*(_C.state == state for state in _OPEN)),
    )
    .group_by(_C.conversation_id)
)


def _claim() -> Any:
    """Return an UPDATE that takes a free row unless one of its conversation is held."""
    other = inbox.alias().c
    held = exists().where(
        and_(
            other.conversation_id == bindparam("conversation"),
            other.state == "processing",
            other.lease_until >= _NOW,
        )
    )
    return (
        update(inbox)
        .where(_C.id == bindparam("record"), _FREE, ~held)
        .values(
            state="processing",
            owner=bindparam("owner_now"),
            lease_until=bindparam("until", type_=_C.lease_until.type),
            attempts=_C.attempts + 1,
        )
    )


_CLAIM = _claim()
_SETTLE = update(inbox).where(
    _C.id == bindparam("record"),
    _C.state == "processing",
    _C.owner == bindparam("held_by"),
)


class InboxRepository:
    """Rows of the inbox."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def add(self, records: Sequence[InboxRecord]) -> Later:
        """Store messages that are not there yet; return how many that are."""
        sealers = await self._keys.sealers({item.message.conversation_id for item in records})
        rows = [
            {
                "id": record.id,
                "channel": record.message.channel,
                "conversation_id": record.message.conversation_id,
                "message_id": record.message.message_id,
                "state": record.state,
                "message": sealers[record.message.conversation_id].json(
                    to_json(record.message), _MESSAGE
                ),
                "received_at": record.received_at,
                "attempts": 0,
            }
            for record in records
        ]
        async with self._db.transaction() as connection:
            return connection.later(self._db.insert_new(inbox), rows)

    async def known(self, ids: Collection[str]) -> set[str]:
        """Return which of some ids there are."""
        async with self._db.reading() as connection:
            found = await connection.execute(select(inbox.c.id).where(inbox.c.id.in_(ids)))
            return set(found.scalars())

    async def latest_open(self, conversation_ids: Collection[str]) -> dict[str, datetime]:
        """Return when the last message that waits in each conversation was received; left out where none waits."""
        async with self._db.reading() as connection:
            names = {"conversations": list(conversation_ids)}
            rows = (await connection.execute(_LATEST_OPEN, names)).all()
        return {str(name): latest for name, latest in rows}

    async def line_up(self, conversation_ids: Collection[str]) -> None:
        """Let other processes that store or claim in these conversations wait for the end of this transaction.

        Otherwise the order of places would not be that of the commits. SQLite has one writer at a time anyway.
        """
        if not self._db.is_sqlite:
            async with self._db.transaction() as connection:
                await connection.execute(_LINE_UP, {"names": sorted(set(conversation_ids))})

    async def find(self, message: InboundMessage) -> InboxRecord | None:
        """Return the row of a message."""
        return await self._first(
            _ONE,
            conversation=message.conversation_id,
            channel=message.channel,
            message=message.message_id,
        )

    async def oldest_open(self, conversation_id: str) -> InboxRecord | None:
        """Return the message of a conversation that is next, whether or not somebody works on it."""
        return await self._first(_OLDEST_OPEN, conversation=conversation_id)

    async def claim(self, record: InboxRecord, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a row for processing, in a transaction of its own.

        Returns:
            False if it is finished, or another holds it or one of its conversation.
        """
        conversation = record.message.conversation_id
        values = {"record": record.id, "conversation": conversation, "owner_now": owner}
        moments = {"now": now, "until": now + lease}
        async with self._db.transaction() as connection:
            await self.line_up([conversation])
            claim = connection.later(_CLAIM, values | moments)
        return claim.rowcount == 1

    async def claimed(self) -> list[tuple[str, str]]:
        """Return the id and the claim of each row that is being processed."""
        query = select(inbox.c.id, inbox.c.owner).where(
            inbox.c.state == "processing", inbox.c.owner.isnot(None)
        )
        async with self._db.reading() as connection:
            return [(row.id, row.owner) for row in await connection.execute(query)]

    async def end_lease(self, record_id: str, owner: str, now: datetime) -> None:
        """Let a claim's lease on a row be over; nothing happens if another has claimed it since."""
        statement = (
            update(inbox)
            .where(inbox.c.id == record_id, inbox.c.state == "processing", inbox.c.owner == owner)
            .values(lease_until=now - timedelta(seconds=1))
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def finish(self, record: InboxRecord, result: TurnResult, now: datetime) -> None:
        """Mark a row done and keep its result.

        Raises:
            ClaimLost: at the latest when the transaction commits: another process has taken the message over.
        """
        sealer = await self._keys.sealer(record.message.conversation_id)
        kept = sealer.json(to_json(result), _RESULT)
        values = {"state": "done", "result": kept, "finished_at": now, "error": None}
        async with self._db.transaction() as connection:
            connection.later(_SETTLE, _settled(record, values), _still_ours)

    async def release(self, record: InboxRecord, state: str, error: str) -> bool:
        """Give a row back after a failure: `received` to be tried again, `failed` for good."""
        values = {"state": state, "lease_until": None, "error": error}
        async with self._db.transaction() as connection:
            outcome: Any = await connection.execute(_SETTLE, _settled(record, values))
            return bool(outcome.rowcount == 1)

    async def move_open(self, source: str, target: str) -> int:
        """Make a visitor's unfinished messages the customer's, whoever is at them; return how many there were.

        A process that is at one loses its claim, so that what it does for the visitor does not count.
        """
        moved = 0
        async with self._db.transaction() as connection:
            query = select(inbox.c.id).where(
                inbox.c.conversation_id == source, inbox.c.state.in_(_OPEN)
            )
            for record_id in (await connection.execute(query)).scalars().all():
                record = await self._first(select(inbox).where(inbox.c.id == record_id))
                if record is None:
                    continue
                message = record.message.copy(
                    update={"conversation_id": target, "customer_id": target}
                )
                if await self.find(message) is not None:  # the customer has said this very thing
                    await self.drop(record_id)
                    continue
                sealed = (await self._keys.sealer(target)).json(to_json(message), _MESSAGE)
                values = {"state": "received", "owner": None, "lease_until": None}
                await connection.execute(
                    update(inbox)
                    .where(inbox.c.id == record_id)
                    .values(conversation_id=target, message=sealed, **values)
                )
                moved += 1
        return moved

    async def drop(self, record_id: str) -> None:
        """Remove a row that nobody can read any more."""
        async with self._db.transaction() as connection:
            await connection.execute(inbox.delete().where(inbox.c.id == record_id))

    async def waiting(self, now: datetime, limit: int) -> list[str]:
        """Return the conversations that have messages nobody works on, the longest waiting first."""
        query = (
            select(inbox.c.conversation_id)
            .where(inbox.c.state.in_(_OPEN), _FREE)
            .order_by(inbox.c.received_at, inbox.c.id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            rows = await connection.execute(query, {"now": now})
            return list(dict.fromkeys(rows.scalars()))

    async def _first(self, query: Select, **values: Any) -> InboxRecord | None:
        async with self._db.reading() as connection:
            row = (await connection.execute(query, values)).mappings().first()
        if row is None:
            return None
        opener = await self._keys.opener([row["message"], row["result"]])
        try:
            return _record(row, opener)
        except PersonErased:  # written by a process that did not know yet
            await self.drop(row["id"])
            return None


def _settled(record: InboxRecord, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ends a claim."""
    return {**values, "owner": None, "record": record.id, "held_by": record.owner}


def _still_ours(rowcount: int) -> None:
    if rowcount != 1:
        raise ClaimLost("another process took the message over")


def _record(row: Mapping[Any, Any], opener: Opener) -> InboxRecord:
    result = row["result"]
    return InboxRecord(
        id=row["id"],
        state=row["state"],
        message=InboundMessage.parse_obj(opener.json(row["message"], _MESSAGE)),
        result=TurnResult.parse_obj(opener.json(result, _RESULT)) if result else None,
        attempts=row["attempts"],
        received_at=row["received_at"],
        owner=row["owner"],
    )
