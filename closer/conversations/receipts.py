"""Receipts of actions: an action that runs again for the same message answers as it did and does nothing twice."""

from __future__ import annotations

from typing import Any

from closer.conversations.repository import ActionRunRepository
from closer.kit.clock import Clock
from closer.kit.db import Database


class ActionReceipts:
    """Keeps what an action answered for a message.

    Args:
        db: The database; open a transaction around the work and `keep` so that both commit together.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._runs = ActionRunRepository(db)
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

    async def keep(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, outcome: Any
    ) -> None:
        """Keep an answer (plain JSON data)."""
        await self._runs.add(
            conversation_id, message_id, action, ordinal, outcome=outcome, at=self._clock.now()
        )
