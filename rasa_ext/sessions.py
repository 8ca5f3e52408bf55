"""Opens a conversation for a turn. A proof of identity by one-time code lasts as long as the session that it was given in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

#: By place, the customer whose identity was proven there in this session.
VERIFIED = "verified_customer_id"


async def opened(processor: MessageProcessor, conversation_id: str) -> DialogueStateTracker:
    """Load a conversation and begin a new session if the last one is over.

    Who comes back after an hour may be somebody else with the same phone: other values are carried over, the proof is
    not. (Who is signed in needs none.)
    """
    tracker = await processor.fetch_tracker_and_update_session(conversation_id)
    proven = VERIFIED in tracker.slots and tracker.get_slot(VERIFIED) is not None
    if proven and _session_is_new(tracker):
        tracker.update(SlotSet(VERIFIED, None))
    return tracker


def ever_proven(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return who proved their identity by code in a conversation, in sessions that are over too.

    Args:
        events: All that the dialogue's log holds of it.
    """
    found: set[str] = set()
    for event in events:
        if event.get("event") == "slot" and event.get("name") == VERIFIED and event.get("value"):
            found.update(event["value"].values())
    return found


def _session_is_new(tracker: DialogueStateTracker) -> bool:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, SessionStarted):
            return True
    return False
