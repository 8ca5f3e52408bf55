"""Where a dialogue stands, read from its log without Rasa: the task in progress, what it asks for, the values given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from closer.conversations.dialogue_log import DialogueLog, Recent

_FORM = "_form"
_STEP = "requested_slot"


@dataclass
class Standing:
    """Where a dialogue stands.

    Attributes:
        loop: The active form.
        slots: The values that are set.
    """

    loop: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> str | None:
        """The task in progress."""
        return self.loop.removesuffix(_FORM) if self.loop else None

    @property
    def step(self) -> str | None:
        """The slot that is asked for."""
        return self.slots.get(_STEP) if self.loop else None


async def standing(log: DialogueLog, conversation_id: str) -> Standing:
    """Return where a conversation stands; nothing is in progress in an unknown one."""
    recent = await log.recent(conversation_id)
    return Standing() if recent is None else standing_of(recent)


def standing_of(recent: Recent) -> Standing:
    """Return where the recent part of a conversation has led to."""
    found = Standing()
    if recent.window.state is not None:
        state = recent.window.state["start"]["state"]
        found.loop = (state["active_loop"] or {}).get("name")
        found.slots = {name: value for name, value in state["slots"].items() if value is not None}
        _apply(found, recent.window.state["older"])
    _apply(found, recent.events)
    return found


def _apply(found: Standing, events: Iterable[Mapping[str, Any]]) -> None:
    for event in events:
        kind = event.get("event")
        if kind == "slot":
            if event.get("value") is None:
                found.slots.pop(event["name"], None)
            else:
                found.slots[event["name"]] = event["value"]
        elif kind == "active_loop":
            found.loop = event.get("name")
        elif kind in ("restart", "reset_slots", "session_started"):
            found.slots = {}
            found.loop = found.loop if kind == "reset_slots" else None
