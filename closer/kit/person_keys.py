"""A key per person: what concerns somebody is sealed under their key, and erasing the key erases it everywhere.

A sealed text names its key, so content may lie anywhere (tables, backups, an event broker, another person's page of
results) and is readable as long as the key is kept. What concerns nobody is sealed under the installation's key.
Keys are cached for a minute: a turn of somebody who spoke a moment ago costs no query. See docs/adr/0007.
"""

from __future__ import annotations

import base64
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select, update

from closer.kit import quick_json
from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.crypto import DecryptionFailed, seal, unseal
from closer.kit.db import Database
from closer.kit.ids import new_id
from closer.kit.person_tables import person_keys
from closer.kit.unit_of_work import Statements

T = TypeVar("T")

_PREFIX = "pk"
_WRAPPING = "person_keys.wrapped"
_KEPT_S = 60.0
_MOST_KEPT = 20_000
_KEY_BYTES = 32


class PersonErased(DecryptionFailed):
    """The key is gone: the person was erased, and the content with them."""

    code = "person_erased"


@dataclass(frozen=True)
class Sealer:
    """Seals under one key; `purpose` binds a value to its column."""

    _seal: Callable[[str, str], str]

    def text(self, value: str, purpose: str) -> str:
        """Return a sealed text."""
        return self._seal(value, purpose)

    def json(self, value: Any, purpose: str) -> str:
        """Return sealed plain data."""
        return self._seal(quick_json.dumps(value), purpose)


class Opener:
    """Opens what was sealed under the keys that it holds, or under the installation's."""

    def __init__(self, keys: Mapping[str, AESGCM]) -> None:
        self._keys = keys

    def text(self, token: str, purpose: str) -> str:
        """Return the text of a token.

        Raises:
            PersonErased: if its key is gone.
            DecryptionFailed: if it was changed or sealed for another purpose.
        """
        key_id, _, encoded = token.partition(".")
        if not _is_persons(key_id):
            return process_cipher().decrypt(token, purpose)
        key = self._keys.get(key_id)
        if key is None:
            raise PersonErased("the key of this content is gone")
        return unseal(key, encoded, purpose)

    def json(self, token: str, purpose: str) -> Any:
        """Return the plain data of a token."""
        return quick_json.loads(self.text(token, purpose))


class PersonKeys:
    """Makes, finds, hands over and erases people's keys.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._keys: _Recent[AESGCM] = _Recent()
        self._writers: _Recent[Sealer] = _Recent()

    async def sealer(self, person: str | None) -> Sealer:
        """Return what seals for a person (customer or visitor id), making a key on first use; for nobody if None."""
        if person is None:
            return Sealer(process_cipher().encrypt)
        return (await self.sealers([person]))[person]

    async def sealers(self, people: Collection[str]) -> dict[str, Sealer]:
        """Return what seals for each of several people, making the keys that there are not yet, in few statements."""
        found = {person: self._writers.get(person) for person in people}
        missing = [person for person, sealer in found.items() if sealer is None]
        if missing:
            async with self._db.reading() as connection:
                found |= await self._stored(connection, missing)
            missing = [person for person in missing if found[person] is None]
        if missing:
            rows = [self._new_row(person) for person in missing]
            async with self._db.transaction() as connection:
                adding = self._db.insert_new(person_keys)
                await connection.execute(adding, rows)
                found |= await self._stored(connection, missing)
        return {person: sealer for person, sealer in found.items() if sealer is not None}

    async def opener(self, tokens: Iterable[str | None]) -> Opener:
        """Return what opens the tokens, fetching the keys that are not at hand in one query."""
        wanted = {token.partition(".")[0] for token in tokens if token is not None}
        keys: dict[str, AESGCM] = {}
        missing = []
        for key_id in filter(_is_persons, wanted):
            key = self._keys.get(key_id)
            if key is None:
                missing.append(key_id)
            else:
                keys[key_id] = key
        if missing:
            query = select(person_keys.c.id, person_keys.c.wrapped).where(
                person_keys.c.id.in_(missing)
            )
            async with self._db.reading() as connection:
                for key_id, wrapped in await connection.execute(query):
                    keys[key_id] = _unwrap(key_id, wrapped)
                    self._keys.put(key_id, keys[key_id])
        return Opener(keys)

    async def conversations_of(self, person: str) -> set[str]:
        """Return the ids under which content of a person may lie: their own, and those of visitors they were."""
        query = select(person_keys.c.origin).where(person_keys.c.person == person)
        async with self._db.reading() as connection:
            return {person, *(await connection.execute(query)).scalars()}

    async def hand_over(self, source: str, target: str) -> None:
        """Let a visitor's keys belong to the customer that the visitor turned out to be; content stays as it is."""
        if source == target:
            return
        async with self._db.transaction() as connection:
            await connection.execute(
                update(person_keys)
                .where(person_keys.c.person == source)
                .values(person=target, writes_for=None)
            )
            self._db.after_commit(self._forgetting(source))

    async def erase(self, person: str) -> int:
        """Erase a person's keys, for good; return how many there were.

        Other processes may keep one at hand for up to a minute longer.
        """
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                delete(person_keys).where(person_keys.c.person == person)
            )
            self._db.after_commit(self._forgetting(person))
            return int(done.rowcount)

    async def rewrap(self, limit: int = 500) -> int:
        """Wrap keys anew that an old key of the installation wraps; return how many (0 when all are done)."""
        current = process_cipher().current_key_id
        query = (
            select(person_keys.c.id, person_keys.c.wrapped)
            .where(person_keys.c.wrapped.notlike(f"{current}.%"))
            .limit(limit)
        )
        async with self._db.transaction() as connection:
            rows = (await connection.execute(query)).all()
            for key_id, wrapped in rows:
                plain = process_cipher().decrypt(wrapped, f"{_WRAPPING}:{key_id}")
                again = process_cipher().encrypt(plain, f"{_WRAPPING}:{key_id}")
                await connection.execute(
                    update(person_keys).where(person_keys.c.id == key_id).values(wrapped=again)
                )
        return len(rows)

    async def _stored(self, connection: Statements, people: list[str]) -> dict[str, Sealer]:
        """Return what the stored keys of people seal with, and have it at hand from now on."""
        column = person_keys.c
        query = select(column.writes_for, column.id, column.wrapped).where(
            column.writes_for.in_(people)
        )
        rows = (await connection.execute(query)).all()
        return {person: self._remember(person, key_id, wrapped) for person, key_id, wrapped in rows}

    def _new_row(self, person: str) -> dict[str, Any]:
        key_id = new_id(_PREFIX)
        plain = base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()
        return {
            "id": key_id,
            "person": person,
            "writes_for": person,
            "origin": person,
            "wrapped": process_cipher().encrypt(plain, f"{_WRAPPING}:{key_id}"),
            "created_at": self._clock.now(),
        }

    def _remember(self, person: str, key_id: str, wrapped: str) -> Sealer:
        key = _unwrap(key_id, wrapped)

        def sealing(text: str, purpose: str) -> str:
            return seal(key, key_id, text, purpose)

        sealer = Sealer(sealing)

        async def keep() -> None:
            self._keys.put(key_id, key)
            self._writers.put(person, sealer)

        if self._db.in_transaction:  # a key that is rolled back must not be at hand afterwards
            self._db.after_commit(keep)
        else:
            self._keys.put(key_id, key)
            self._writers.put(person, sealer)
        return sealer

    def _forgetting(self, person: str) -> Callable[[], Any]:
        async def forget() -> None:
            self._writers.drop(person)
            self._keys.clear()

        return forget


class _Recent(Generic[T]):
    """What was used of late: bounded, and looked up again after a minute."""

    def __init__(self) -> None:
        self._items: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, name: str) -> T | None:
        found = self._items.get(name)
        if found is None or found[0] < time.monotonic():
            return None
        return found[1]

    def put(self, name: str, item: T) -> None:
        self._items[name] = (time.monotonic() + _KEPT_S, item)
        self._items.move_to_end(name)
        while len(self._items) > _MOST_KEPT:
            self._items.popitem(last=False)

    def drop(self, name: str) -> None:
        self._items.pop(name, None)

    def clear(self) -> None:
        self._items.clear()


def _unwrap(key_id: str, wrapped: str) -> AESGCM:
    plain = process_cipher().decrypt(wrapped, f"{_WRAPPING}:{key_id}")
    return AESGCM(base64.urlsafe_b64decode(plain))


def _is_persons(key_id: str) -> bool:
    return key_id.startswith(f"{_PREFIX}_")
