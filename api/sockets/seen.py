"""Which entries a socket was sent already, and what else there is in the history."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from closer.conversations.service import ConversationService
from closer.conversations.turn import Entry
from closer.kit.pagination import PageRequest

HISTORY = 50
_LOOK_BACK = 10
_KEPT = 1000
_BATCH = 200
_MOST = 1000


class SeenEntries:
    """Remembers the ids of the last entries sent.

    Args:
        conversations: The history.
        conversation_id: Whose.
    """

    def __init__(self, conversations: ConversationService, conversation_id: str) -> None:
        self._conversations = conversations
        self._conversation_id = conversation_id
        self._ids: OrderedDict[str, None] = OrderedDict()

    def first_time(self, entry_id: str) -> bool:
        """Say whether an entry is new to the socket, and remember it."""
        if entry_id in self._ids:
            return False
        self._ids[entry_id] = None
        while len(self._ids) > _KEPT:
            self._ids.popitem(last=False)
        return True

    async def start(self, after: str | None) -> list[Entry]:
        """Return what a new socket begins with: what came after an entry, or the last of all."""
        entries = await self._last() if after is None else await self._after(after)
        return self._new_of(entries)

    async def missed(self) -> list[Entry]:
        """Return what is new in the history.

        It looks back well before the last entry seen: entries of two processes may be stored out of order.
        """
        known = sorted(self._ids)
        if len(known) < _LOOK_BACK:
            return self._new_of(await self._last())
        return self._new_of(await self._after(known[-_LOOK_BACK]))

    def _new_of(self, entries: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in entries if self.first_time(entry.id)]

    async def _after(self, entry_id: str) -> list[Entry]:
        found: list[Entry] = []
        while len(found) < _MOST:
            batch = await self._conversations.since(self._conversation_id, entry_id, _BATCH)
            found += batch
            if len(batch) < _BATCH:
                break
            entry_id = batch[-1].id
        return found

    async def _last(self) -> list[Entry]:
        return list(
            (await self._conversations.history(self._conversation_id, PageRequest(HISTORY))).items
        )
