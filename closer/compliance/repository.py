"""SQL of privacy requests, exports and consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from closer.compliance.records import Consent, ContactConsent, PrivacyEvent, PrivacyRequest
from closer.compliance.tables import (
    consents,
    contact_consents,
    privacy_exports,
    privacy_history,
    privacy_requests,
)
from closer.kit.db import Database

_P = privacy_requests.c
_FIELDS = ["id", "sort_key", "customer_id", "kind", "state", "reason", "channel", "attempts"]
_FIELDS += ["result", "created_at", "due_at", "completed_at"]


def _record(row: Mapping[Any, Any]) -> PrivacyRequest:
    return PrivacyRequest(**{name: row[name] for name in _FIELDS})


class PrivacyRepository:
    """Rows of privacy requests."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> bool:
        """Store a request; False if its id is taken or one of its kind is open."""
        statement = self._db.insert_new(privacy_requests).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def find(self, request_id: str, *, lock: bool = False) -> PrivacyRequest | None:
        """Return a request without its history."""
        query = select(privacy_requests).where(_P.id == request_id)
        return await self._one(query.with_for_update() if lock else query)

    async def open_one(self, open_key: str) -> PrivacyRequest | None:
        """Return the open request of a customer and kind."""
        return await self._one(select(privacy_requests).where(_P.open_key == open_key))

    async def latest(
        self, customer_id: str, kinds: Sequence[str], state: str
    ) -> PrivacyRequest | None:
        """Return the newest request of some kinds in a state."""
        query = select(privacy_requests).where(
            _P.customer_id == customer_id, _P.kind.in_(kinds), _P.state == state
        )
        return await self._one(query.order_by(_P.sort_key.desc()).limit(1))

    async def with_history(self, request: PrivacyRequest) -> PrivacyRequest:
        """Return the request with its steps, the oldest first."""
        table = privacy_history.c
        query = select(privacy_history).where(table.request_id == request.id).order_by(table.seq)
        async with self._db.reading() as connection:
            steps = [
                PrivacyEvent(row["at"], row["actor"], row["state"], row["note"])
                for row in (await connection.execute(query)).mappings()
            ]
        return replace(request, history=tuple(steps))

    async def change(self, request_id: str, values: dict[str, Any]) -> None:
        """Change a request."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(privacy_requests).where(_P.id == request_id).values(**values)
            )

    async def add_step(
        self, request_id: str, at: datetime, actor: str, state: str, note: str
    ) -> None:
        """Append to a request's history."""
        values = {"request_id": request_id, "at": at, "actor": actor[:160], "state": state}
        async with self._db.transaction() as connection:
            await connection.execute(privacy_history.insert().values(**values, note=note[:200]))

    async def claim(
        self, now: datetime, lease_until: datetime, request_id: str | None = None
    ) -> PrivacyRequest | None:
        """Take the next request (or a certain one) to be carried out; it is this caller's until the lease ends."""
        ready = or_(
            and_(_P.state == "verified", or_(_P.lease_until.is_(None), _P.lease_until < now)),
            and_(_P.state == "in_progress", _P.lease_until < now),
        )
        query = (
            select(_P.id)
            .where(ready)
            .order_by(_P.due_at, _P.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if request_id is not None:
            query = query.where(_P.id == request_id)
        async with self._db.transaction() as connection:
            chosen = (await connection.execute(query)).scalar()
            if chosen is None:
                return None
            values = {
                "state": "in_progress",
                "lease_until": lease_until,
                "attempts": _P.attempts + 1,
            }
            await connection.execute(
                update(privacy_requests).where(_P.id == chosen).values(**values)
            )
            return await self.find(chosen)

    async def forget_reasons(self, customer_id: str) -> None:
        """Empty what a customer gave as reasons."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(privacy_requests).where(_P.customer_id == customer_id).values(reason=None)
            )

    async def erased_since(self, since: datetime) -> list[str]:
        """Return the customers who were erased since a moment."""
        query = select(_P.customer_id).where(
            _P.kind == "data_deletion", _P.state == "completed", _P.completed_at >= since
        )
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def page(self, limit: int, after: str | None, **wanted: Any) -> list[PrivacyRequest]:
        """Return requests, the newest first; a sequence as a value means any of them."""
        query = select(privacy_requests).order_by(_P.sort_key.desc()).limit(limit)
        for name, value in wanted.items():
            if isinstance(value, tuple):
                query = query.where(_P[name].in_(value)) if value else query
            elif value is not None:
                query = query.where(_P[name] == value)
        if after:
            query = query.where(_P.sort_key < after)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def _one(self, query: Any) -> PrivacyRequest | None:
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None


class ExportRepository:
    """Rows of exports."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, **values: Any) -> None:
        """Store an export; an earlier one of the same request is replaced."""
        changed = {name: value for name, value in values.items() if name != "request_id"}
        statement = self._db.insert(privacy_exports).values(**values, downloads=0)
        statement = statement.on_conflict_do_update(index_elements=["request_id"], set_=changed)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def set_token(self, request_id: str, token_hash: str) -> bool:
        """Give an export another token; False if there is no export."""
        statement = (
            update(privacy_exports)
            .where(privacy_exports.c.request_id == request_id)
            .values(token_hash=token_hash)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def fetch(self, token_hash: str, now: datetime) -> tuple[str, Any] | None:
        """Return the request and the document behind a token, and count the download."""
        table = privacy_exports.c
        match = and_(table.token_hash == token_hash, table.expires_at > now)
        async with self._db.transaction() as connection:
            row = (
                (await connection.execute(select(privacy_exports).where(match))).mappings().first()
            )
            if row is None:
                return None
            await connection.execute(
                update(privacy_exports).where(match).values(downloads=table.downloads + 1)
            )
            return str(row["request_id"]), row["document"]

    async def purge(self, now: datetime) -> int:
        """Delete exports whose time is over; return how many."""
        statement = delete(privacy_exports).where(privacy_exports.c.expires_at <= now)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def erase(self, customer_id: str) -> int:
        """Delete a customer's exports; return how many there were."""
        statement = delete(privacy_exports).where(privacy_exports.c.customer_id == customer_id)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)


class ConsentRepository:
    """Rows of the consent ledger; they are only ever added."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, customer_id: str, consent: Consent) -> None:
        """Append what somebody allowed or forbade."""
        values = {
            "customer_id": customer_id,
            "purpose": consent.purpose,
            "granted": consent.granted,
            "source": consent.source[:160],
            "at": consent.at,
        }
        async with self._db.transaction() as connection:
            await connection.execute(consents.insert().values(**values))

    async def ledger(self, customer_id: str) -> list[Consent]:
        """Return all that somebody allowed or forbade, the oldest first."""
        query = (
            select(consents).where(consents.c.customer_id == customer_id).order_by(consents.c.seq)
        )
        async with self._db.reading() as connection:
            return [
                Consent(row["purpose"], row["granted"], row["source"], row["at"])
                for row in (await connection.execute(query)).mappings()
            ]


class ContactConsentRepository:
    """Rows of the ledger of addresses; they are only ever added."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, channel: str, address_hash: str, consent: ContactConsent) -> None:
        """Append what was said about an address."""
        values = {
            "channel": channel,
            "address_hash": address_hash,
            "granted": consent.granted,
            "source": consent.source[:160],
            "at": consent.at,
        }
        async with self._db.transaction() as connection:
            await connection.execute(contact_consents.insert().values(**values))

    async def last(self, channel: str, address_hash: str) -> ContactConsent | None:
        """Return what was said last."""
        rows = await self._rows(channel, address_hash, limit=1)
        return rows[0] if rows else None

    async def all(self, channel: str, address_hash: str) -> list[ContactConsent]:
        """Return all that was said, the oldest first."""
        return (await self._rows(channel, address_hash))[::-1]

    async def _rows(
        self, channel: str, address_hash: str, limit: int | None = None
    ) -> list[ContactConsent]:
        table = contact_consents.c
        query = select(table.granted, table.source, table.at).where(
            table.channel == channel, table.address_hash == address_hash
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query.order_by(table.seq.desc()).limit(limit))).all()
        return [ContactConsent(*row) for row in rows]
