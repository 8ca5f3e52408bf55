"""Threads of mail: each mail that we send has a Message-ID of ours, by which an answer tells what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.notifications.records import DIALOGUE_KINDS
from closer.notifications.tables import notifications

_ID_CHARS = 32


@dataclass(frozen=True)
class MailThread:
    """The mail of ours that a mail answers.

    Attributes:
        kind: Its kind of notification.
        customer_id: Whom it concerned.
        conversation_id: The conversation that it belonged to.
    """

    kind: str
    customer_id: str | None
    conversation_id: str | None

    @property
    def from_dialogue(self) -> bool:
        """Whether it was the assistant's answer: then the dialogue knows already what the thread is about."""
        return self.kind in DIALOGUE_KINDS


class MailThreads:
    """Finds our mails by their ids.

    Args:
        db: The database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, references: Sequence[str], address_hash: str) -> MailThread | None:
        """Return the last of these mails that we sent to a mailbox; what went to others is not told."""
        if not references:
            return None
        table = notifications.c
        query = select(table.mail_id, table.kind, table.customer_id, table.conversation_id).where(
            table.mail_id.in_(list(references)), table.address_hash == address_hash
        )
        async with self._db.reading() as connection:
            found = {row.mail_id: row for row in await connection.execute(query)}
        row = next((found[one] for one in reversed(references) if one in found), None)
        return MailThread(row.kind, row.customer_id, row.conversation_id) if row else None


def mail_id(key: str, sender: str) -> str:
    """Return the Message-ID of a mail; the same key is the same mail, also when it is sent again.

    Args:
        key: Its idempotency key.
        sender: The address that it comes from, whose domain makes the id our own.
    """
    hashed = process_cipher().lookup_hash(f"mail:{key}")[:_ID_CHARS]
    return f"<mail.{hashed}@{sender.rpartition('@')[2]}>"
