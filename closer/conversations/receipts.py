"""Receipts of actions: an action that runs again for the same message answers as it did and does nothing twice."""

from __future__ import annotations

from typing import Any

from closer.conversations.history_repository import ActionRunRepository
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.person_keys import PersonKeys


class ActionReceipts:
    """Keeps what an action answered for a message.

    In one transaction with the work: `reserve` first, which waits for another run of the same action that is under
    way, then the work, then `keep`. If `reserve` says no, the work is done: `find` gives its answer. Work that changes
    nothing needs no transaction; what it answered is kept by `add`.

    Args:
        db: The database.
        clock: The time.
        keys: Seal the answers.
    """

    def __init__(self, db: Database, clock: Clock, keys: PersonKeys) -> None:
        self._runs = ActionRunRepository(db, keys)
        self._clock = clock

    async def find(
        self, conversation_id: str, message_id: str, action: str, ordinal: int
    ) -> Any | None:
        """Return the answer of an earlier run, or None.

        Args:
            conversation_id: The conversation.
            message_id: The message that the action answers.
            action: The action's name.
            ordinal: Its place in the turn.
        """
        return await self._runs.find(conversation_id, message_id, action, ordinal)

    async def reserve(
        self, conversation_id: str, message_id: str, action: str, ordinal: int
    ) -> bool:
        """Begin a run in the caller's transaction; False if the action has run."""
        return await self._runs.reserve(
            conversation_id, message_id, action, ordinal, at=self._clock.now()
        )

    async def add(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, outcome: Any
    ) -> bool:
        """Keep the answer of a run that has changed nothing, in a transaction of its own; False if the action has run before."""
        return await self._runs.add(
            conversation_id, message_id, action, ordinal, at=self._clock.now(), outcome=outcome
        )

    async def keep(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, outcome: Any
    ) -> None:
        """Keep the answer (plain JSON data) of a reserved run."""
        await self._runs.keep(conversation_id, message_id, action, ordinal, outcome=outcome)
