"""Runs one turn in the Rasa agent and reads from the tracker what came of it.

Replies are taken from the tracker's events, not from an output channel: what is stored is what is said. The caller
saves the turn in the transaction in which it keeps the result, so that both are there or neither.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from closer.conversations.service import ConversationService
from closer.conversations.turn import Entity, Entry, InboundMessage, Intent, TaskState, TurnResult
from closer.customers.identity import place_of
from closer.kit.errors import Unavailable
from rasa_ext.action_endpoint import TurnAborted, in_turn
from rasa_ext.clauses import clauses_of, crisis_in
from rasa_ext.serving import Agents, Serving

FORM_SUFFIX = "_form"
SUBMIT_PREFIX = "action_submit_"


class ActionFailed(Exception):
    """An action cannot be run, though the action server is there: trying for hours would not help."""


class SilentChannel(OutputChannel):
    """An output channel that only has a name: replies are read from the tracker."""

    def __init__(self, channel: str) -> None:
        self._channel = channel

    def name(self) -> str:
        """Return the customer's channel, by which responses choose their variant."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Say nothing."""


class Turn:
    """A turn that was run and is not saved yet.

    Attributes:
        result: What came of the message.
    """

    def __init__(self, result: TurnResult, save: Callable[[], Awaitable[None]]) -> None:
        self.result = result
        self._save = save

    async def save(self) -> None:
        """Append the turn's events to the tracker's, in the caller's transaction."""
        await self._save()


class TurnRunner:
    """Runs turns.

    Args:
        agents: Choose the model of each turn.
        conversations: Makes the entries of the replies.
    """

    def __init__(self, agents: Agents, conversations: ConversationService) -> None:
        self._agents = agents
        self._conversations = conversations

    @asynccontextmanager
    async def turn(self, message: InboundMessage, text: str) -> AsyncIterator[Turn]:
        """Run the dialogue for a message, alone in its conversation until the block ends.

        Args:
            message: The message.
            text: What the dialogue is to read: neutralised text, or the payload of an offered button.

        Raises:
            Unavailable: if no model is loaded, or the action server is away.
            ActionFailed: if the action server failed at an action.
        """
        stages: dict[str, float] = {}
        async with self._agents.lock_store.lock(message.conversation_id):
            with _timed(stages, "load"):
                serving = await self._agents.begin(message.conversation_id)
            try:
                await self._dialogue(serving, message, text, stages)
                yield Turn(self._result(serving, message, stages), partial(_save, serving))
            finally:
                self._agents.end(serving)

    async def _dialogue(
        self,
        serving: Serving,
        message: InboundMessage,
        text: str,
        stages: dict[str, float],
    ) -> None:
        processor, tracker = serving.agent.processor, serving.tracker
        assert processor is not None
        channel = SilentChannel(message.channel)
        with _timed(stages, "parse"):
            clauses = await clauses_of(processor, text)
        parsed = None
        if crisis := crisis_in(clauses):
            parsed = {**await processor.parse_message(UserMessage(text=text)), "intent": crisis}
        user_message = UserMessage(
            text=text,
            parse_data=parsed,
            output_channel=channel,
            sender_id=message.conversation_id,
            input_channel=message.channel,
            message_id=message.message_id,
            metadata={
                **self._metadata(message),
                **serving.as_metadata(),
                **({"clauses": clauses} if clauses else {}),
            },
        )
        with _timed(stages, "parse"):
            await processor._handle_message_with_tracker(user_message, tracker)
        running = in_turn.set(True)
        try:
            with _timed(stages, "act"):
                tracker = await processor.run_action_extract_slots(channel, tracker)
                await processor._run_prediction_loop(channel, tracker)
        except TurnAborted as error:  # nothing is saved: the inbox runs the turn again
            if not error.outage:
                raise ActionFailed(str(error)) from error
            raise Unavailable("the action server is away") from error
        finally:
            in_turn.reset(running)

    def _metadata(self, message: InboundMessage) -> dict[str, Any]:
        return {
            "customer_id": message.customer_id,
            "proven": message.proven,
            "channel": message.channel,
            "place": _place(message),
            "context": message.context,
            "media": len(message.media),
            **({"sender": message.address} if _unknown_mailbox(message) else {}),
            **({"household": list(message.household)} if message.household else {}),
        }

    def _result(
        self,
        serving: Serving,
        message: InboundMessage,
        stages: dict[str, float],
    ) -> TurnResult:
        events = _events_of_turn(serving.tracker, message.message_id)
        user = next((event for event in events if isinstance(event, UserUttered)), None)
        actions = [
            event.action_name
            for event in events
            if isinstance(event, ActionExecuted)
            and event.action_name not in (ACTION_LISTEN_NAME, None)
        ]
        parsed: dict[str, Any] = user.parse_data if user else {}
        return TurnResult(
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            replies=self._entries(message, events),
            intent=Intent.parse_obj(parsed.get("intent") or {}),
            intent_ranking=[
                Intent.parse_obj(item) for item in parsed.get("intent_ranking", [])[:3]
            ],
            entities=[
                _entity(item, parsed.get("text") or "") for item in parsed.get("entities", [])
            ],
            actions=actions,
            task=_task(serving, actions),
            model_version=serving.version,
            stages_ms={name: round(value, 2) for name, value in stages.items()},
        )

    def _entries(self, message: InboundMessage, events: list[Event]) -> list[Entry]:
        spoken = [event for event in events if isinstance(event, BotUttered)]
        return [
            self._conversations.entry(
                "assistant",
                message.channel,
                ordinal,
                message_id=message.message_id,
                **_content(event),
            )
            for ordinal, event in enumerate(spoken)
        ]


def _unknown_mailbox(message: InboundMessage) -> bool:
    """Say whether a mail comes from nobody's mailbox: it may be that of a closed account."""
    return message.channel == "email" and message.customer_id is None and not message.household


def _place(message: InboundMessage) -> str:
    """Return where a message was said; of a number that calls only the call counts, for numbers are forged."""
    call = message.context.get("call") if message.channel == "voice" else None
    return place_of(message.channel, str(call) if call else message.address)


def _task(serving: Serving, actions: list[str]) -> TaskState | None:
    tracker, domain = serving.tracker, serving.agent.domain
    loop = tracker.active_loop_name
    if loop and loop.endswith(FORM_SUFFIX):
        needed = domain.required_slots_for_form(loop) if domain else []
        missing = [slot for slot in needed if tracker.get_slot(slot) is None]
        step = tracker.get_slot(REQUESTED_SLOT)
        return TaskState(name=loop[: -len(FORM_SUFFIX)], step=step, missing=missing)
    if not any(name.startswith(SUBMIT_PREFIX) for name in actions):
        return None
    ended = tracker.get_slot("task_result") or {}
    return TaskState(name=ended.get("task", ""), complete=ended.get("outcome") == "ready")


async def _save(serving: Serving) -> None:
    processor = serving.agent.processor
    assert processor is not None
    await processor.save_tracker(serving.tracker)
    serving.saved = True


def _events_of_turn(tracker: DialogueStateTracker, message_id: str) -> list[Event]:
    events: list[Event] = []
    inside = False
    for event in tracker.events:
        if isinstance(event, UserUttered):
            inside = event.message_id == message_id
        if inside:
            events.append(event)
    return events


def _content(event: BotUttered) -> dict[str, Any]:
    data = {name: value for name, value in (event.data or {}).items() if value}
    custom = data.get("custom") or {}
    content: dict[str, Any] = {"text": event.text, "buttons": data.get("buttons", [])}
    if "image" in data:
        content["image"] = {"url": data["image"]}
    content.update(
        {
            key: custom[key]
            for key in ("cards", "steps", "image", "subject", "buttons")
            if key in custom
        }
    )
    if custom.get("text") and not event.text:
        content["text"] = custom["text"]
    return {name: value for name, value in content.items() if value}


def _entity(item: dict[str, Any], text: str) -> Entity:
    start, end = item.get("start"), item.get("end")
    raw = text[start:end] if start is not None and end is not None else None
    return Entity(entity=item["entity"], value=item.get("value"), raw=raw, start=start, end=end)


@contextmanager
def _timed(stages: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        stages[name] = stages.get(name, 0.0) + (time.perf_counter() - began) * 1000
