"""Counts the events of conversations as they come from the event stream (`closer.conversations.consumer`).

The counts commit together with the note that their events were seen, so an event that comes again is not counted
again. Only a person's own message says on which channel it was; what follows in the same turn counts there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from closer.conversations.consumer import ConversationEvent
from closer.conversations.service import ConversationService
from closer.insights.records import Key, Kind
from closer.insights.service import InsightService

#: The feed's name as a consumer of the stream.
CONSUMER = "insights"
#: Events of one step at most, and how long they gather before it if there are fewer: counting can wait, turns cannot.
BATCH = 500
GATHER_S = 1.0
#: The channel of what nobody can tell the channel of any more.
UNKNOWN = "unknown"
#: What Rasa's and our fallback name a message that was not understood.
FALLBACK_INTENT = "nlu_fallback"
#: What `actions.handoff` says when it has queued a conversation.
QUEUED = frozenset({"utter_handoff_waiting", "utter_handoff_closed"})

_CUSTOM = "action_"
_LISTEN = "action_listen"
# Rasa's own, which it runs by itself.
_HOUSEKEEPING = frozenset(
    {
        _LISTEN,
        "action_session_start",
        "action_extract_slots",
        "action_deactivate_loop",
        "action_revert_fallback_events",
        "action_restart",
        "action_back",
        "action_unlikely_intent",
        "action_default_ask_affirmation",
        "action_default_ask_rephrase",
        "action_two_stage_fallback",
    }
)
_RESULT, _READY = "task_result", "ready"
_CHANNEL_CHARS, _NAME_CHARS = 32, 128


@dataclass(frozen=True)
class _Turn:
    """What is known of the turn whose events are being read; they come one after another, maybe in two batches.

    Attributes:
        save_id: Names it.
        channel: Where it happens, once known.
        starting: Whether a new session is taking over the values of the one before.
    """

    save_id: str = ""
    channel: str | None = None
    starting: bool = False

    def after(self, event: ConversationEvent) -> _Turn:
        """Return what is known after another event."""
        known = self if event.save_id == self.save_id else _Turn(event.save_id)
        if event.type == "user":
            channel = event.data.get("input_channel")
            return replace(known, channel=str(channel) if channel else known.channel)
        if event.type == "session_started":
            return replace(known, starting=True)
        ends = event.type == "action" and event.data.get("name") == _LISTEN
        return replace(known, starting=False) if ends else known


class InsightFeed:
    """A handler of events that counts them.

    Args:
        insights: Takes the counts.
        conversations: Tell the channel of a turn whose beginning was read before a restart.
    """

    def __init__(self, insights: InsightService, conversations: ConversationService) -> None:
        self._insights = insights
        self._conversations = conversations
        self._turn = _Turn()

    async def __call__(self, events: Sequence[ConversationEvent]) -> None:
        """Count events, in the caller's transaction."""
        turn, counts = self._turn, Counter[Key]()
        for event in events:
            turn = turn.after(event)
            for kind, name in _counted(event, starting=turn.starting):
                if turn.channel is None:
                    turn = replace(turn, channel=await self._channel_of(event.conversation_id))
                channel = str(turn.channel)[:_CHANNEL_CHARS]
                counts[Key(event.at.date(), channel, kind, name[:_NAME_CHARS])] += 1
        await self._insights.add(counts)
        self._turn = turn

    async def _channel_of(self, conversation_id: str) -> str:
        heard = await self._conversations.last_heard(conversation_id)
        return max(heard, key=lambda channel: heard[channel], default=UNKNOWN)


def _counted(event: ConversationEvent, *, starting: bool) -> Iterator[tuple[Kind, str]]:
    """Yield what an event counts as: kind and name."""
    data = event.data
    if event.type == "user":
        yield Kind.MESSAGE, ""
        yield from _understood((data.get("parse_data") or {}).get("intent") or {})
    elif event.type == "bot":
        yield Kind.REPLY, ""
        if (data.get("metadata") or {}).get("utter_action") in QUEUED:
            yield Kind.HANDOFF, ""
    elif event.type == "action":
        name = str(data.get("name") or "")
        if name.startswith(_CUSTOM) and name not in _HOUSEKEEPING:
            yield Kind.ACTION, name
    elif event.type == "slot" and data.get("name") == _RESULT and not starting:
        yield from _ended(data.get("value") or {})


def _understood(intent: dict[str, Any]) -> Iterator[tuple[Kind, str]]:
    name = intent.get("full_retrieval_intent_name") or intent.get("name")
    if name:
        yield Kind.INTENT, str(name)
    if name == FALLBACK_INTENT:
        yield Kind.FALLBACK, ""


def _ended(result: dict[str, Any]) -> Iterator[tuple[Kind, str]]:
    if result.get("task"):
        done = result.get("outcome") == _READY
        yield Kind.TASK_DONE if done else Kind.TASK_GIVEN_UP, str(result["task"])
