"""A proof of identity ends with its session."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.sessions import VERIFIED, opened

SLOTS = [AnySlot(VERIFIED, mappings=[{}]), AnySlot("product", mappings=[{}])]
PROVEN: list[Event] = [
    UserUttered("123456"),
    SlotSet(VERIFIED, "ann"),
    SlotSet("product", "P-1"),
    ActionExecuted("action_listen"),
]
NEW_SESSION: list[Event] = [
    ActionExecuted("action_session_start"),
    SessionStarted(),
    SlotSet(VERIFIED, "ann"),
    SlotSet("product", "P-1"),
    ActionExecuted("action_listen"),
]


async def after(events: list[Event]) -> DialogueStateTracker:
    tracker = DialogueStateTracker.from_events("c", events, SLOTS)

    async def fetch(_: str) -> DialogueStateTracker:
        return tracker

    processor: Any = SimpleNamespace(fetch_tracker_and_update_session=fetch)
    return await opened(processor, "c")


@pytest.mark.parametrize(
    ("events", "proven"),
    [(PROVEN, "ann"), ([*PROVEN, *NEW_SESSION], None), ([*NEW_SESSION, UserUttered("hi")], "ann")],
)
async def test_a_proof_lasts_as_long_as_its_session(
    events: list[Event], proven: str | None
) -> None:
    tracker = await after(events)
    assert tracker.get_slot(VERIFIED) == proven
    assert tracker.get_slot("product") == "P-1"


async def test_without_a_proof_nothing_is_added() -> None:
    tracker = await after(NEW_SESSION[:2])
    assert [event.type_name for event in tracker.events] == ["action", "session_started"]
