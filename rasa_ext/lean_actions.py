"""Custom actions and forms as Rasa runs them, without what costs time and changes nothing.

Rasa posts the whole conversation and the whole domain to each action and checks the answer against a JSON schema that it
compiles anew each time. Here an action gets the last turns in brief, the values of all slots and the names of the responses
that explain values.
"""

from __future__ import annotations

import asyncio
import copy
import json
from functools import lru_cache
from typing import Any

import aiohttp
import rasa
from rasa.core.actions.action import (
    Action,
    ActionExecutionRejection,
    RemoteAction,
    action_for_name_or_text,
)
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError

from rasa_ext.event_codec import events_from
from rasa_ext.policies.states import forget

#: Messages of the customer, with all that happened since, that an action gets to see.
TURNS_SENT = 12
_DETAILS = ("response_selector", "text_tokens")
_EXPLAINING = ("utter_why_", "utter_invalid_")
#: What is left out of an event that an action sees: how the model decided, and which model it was.
_INNER = {"policy", "confidence", "action_text", "hide_rule_turn", "metadata"}


class LeanRemoteAction(RemoteAction):
    """A custom action; sends what actions read."""

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        state = tracker.current_state()
        state["events"] = [_brief(event) for event in _last_turns(tracker) if _tells(event)]
        said = state["latest_message"] or {}
        state["latest_message"] = {
            name: value for name, value in said.items() if name not in _DETAILS
        }
        return {
            "next_action": self._name,
            "sender_id": tracker.sender_id,
            "tracker": state,
            "domain": {"responses": dict.fromkeys(_explaining(tuple(domain.responses)))},
            "version": rasa.__version__,
        }

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """Have the action server run the action.

        Raises:
            ActionExecutionRejection: if the action will not run now.
            RasaException: if there is no action server, or it failed.
        """
        if self.action_endpoint is None:
            raise RasaException(f"no action server is configured to run {self._name!r}")
        call = self._action_call_format(tracker, domain)
        try:
            answer = await self.action_endpoint.request(json=call, method="post")
        except ClientResponseError as error:
            if error.status == 400:
                refused = json.loads(error.text)
                raise ActionExecutionRejection(
                    refused["action_name"], refused.get("error")
                ) from error
            raise RasaException(f"the action {self._name!r} failed: {error.status}") from error
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise RasaException(f"the action {self._name!r} was not reached: {error}") from error
        self._validate_action_result(answer)
        said = await self._utter_responses(
            answer.get("responses", []), output_channel, nlg, tracker
        )
        return [*said, *events_from(answer.get("events", []))]

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        answer = result if isinstance(result, dict) else {"events": None}
        events, responses = answer.get("events", []), answer.get("responses", [])
        fine = (
            isinstance(events, list)
            and isinstance(responses, list)
            and all(isinstance(event, dict) and "event" in event for event in events)
            and all(isinstance(response, dict) for response in responses)
        )
        if not fine:
            raise RasaException(f"action {self._name!r} answered something else than events")
        return True


def copied(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Return a copy of a tracker as it stands, without replaying its events."""
    twin = copy.copy(tracker)
    twin.events = copy.copy(tracker.events)
    twin.slots = {name: _slot_copied(slot) for name, slot in tracker.slots.items()}
    twin.active_loop = copy.copy(tracker.active_loop)
    forget(twin)
    return twin


def _slot_copied(slot: Slot) -> Slot:
    """Return what `copy.copy` would, without asking the slot how it is copied: there are a hundred of them."""
    twin: Slot = object.__new__(type(slot))
    vars(twin).update(vars(slot))
    return twin


class LeanFormAction(FormAction):
    """A form whose validation and questions are lean actions."""

    async def validate_slots(
        self,
        slot_candidates: dict[str, Any],
        tracker: DialogueStateTracker,
        domain: Domain,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
    ) -> list[Event]:
        """Have the form's validation action look at the values found; no such action, no validation."""
        name = f"validate_{self.name()}"
        if name not in domain.action_names_or_texts:
            return []
        found = [SlotSet(slot, value) for slot, value in slot_candidates.items()]
        situation = self._temporary_tracker(tracker, found, domain)
        action = LeanRemoteAction(name, self.action_endpoint)
        return await action.run(output_channel, nlg, situation, domain)

    def _temporary_tracker(
        self, current_tracker: DialogueStateTracker, additional_events: list[Event], domain: Domain
    ) -> DialogueStateTracker:
        twin = copied(current_tracker)
        asked = SlotSet(REQUESTED_SLOT, self.get_slot_to_fill(current_tracker))
        for event in (asked, ActionExecuted(self.name()), *additional_events):
            twin.update(event)
        return twin

    async def _ask_for_slot(
        self,
        domain: Domain,
        nlg: NaturalLanguageGenerator,
        output_channel: OutputChannel,
        slot_name: str,
        tracker: DialogueStateTracker,
    ) -> list[Event]:
        name = self._name_of_utterance(domain, slot_name)
        if not name:
            return []
        action = lean(action_for_name_or_text(name, domain, self.action_endpoint))
        return await action.run(output_channel, nlg, tracker, domain)


def lean(action: Action) -> Action:
    """Return the lean form of a custom action or a form; any other action as it is."""
    if type(action) is RemoteAction:
        return LeanRemoteAction(action.name(), action.action_endpoint)
    if type(action) is FormAction:
        return LeanFormAction(action.name(), action.action_endpoint)
    return action


def _last_turns(tracker: DialogueStateTracker) -> list[Event]:
    events: list[Event] = []
    turns = 0
    for event in reversed(tracker.events):
        if turns == TURNS_SENT:
            break
        events.append(event)
        turns += isinstance(event, UserUttered)
    return events[::-1]


@lru_cache(maxsize=8)
def _explaining(responses: tuple[str, ...]) -> list[str]:
    """Return the responses that say why a value is needed or what it looks like; only forms ask whether one exists."""
    return [name for name in responses if name.startswith(_EXPLAINING)]


def _tells(event: Event) -> bool:
    """Whether an event is more than how policies saw a message."""
    return not isinstance(event, DefinePrevUserUtteredFeaturization)


def _brief(event: Event) -> dict[str, Any]:
    if isinstance(event, UserUttered):
        return {
            "event": "user",
            "timestamp": event.timestamp,
            "text": event.text,
            "message_id": event.message_id,
            "input_channel": event.input_channel,
            "metadata": event.metadata,
            "parse_data": {"intent": event.intent, "entities": event.entities},
        }
    if isinstance(event, BotUttered):
        return {"event": "bot", "timestamp": event.timestamp, "text": event.text}
    return {name: value for name, value in event.as_dict().items() if name not in _INNER}
