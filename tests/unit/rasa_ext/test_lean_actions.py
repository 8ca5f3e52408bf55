"""What a custom action is sent, what it may answer, and what comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.core.actions.action import ActionBotResponse, ActionExecutionRejection, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from rasa_ext.event_codec import events_from
from rasa_ext.lean_actions import TURNS_SENT, LeanFormAction, LeanRemoteAction, lean

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [track]
slots:
  note: {type: text, influence_conversation: false, mappings: [{type: custom}]}
forms:
  track_form: {required_slots: [note]}
responses:
  utter_ready: [{text: "ready, {name}"}]
  utter_bye: [{text: bye}]
  utter_why_note: [{text: so that we remember}]
  utter_invalid_note: [{text: a few words please}]
actions: [action_work, validate_track_form, action_ask_note]
"""
)


class Server(EndpointConfig):
    """Keeps what it is asked and answers as told."""

    def __init__(self, answer: Any = None) -> None:
        super().__init__("http://actions.invalid/webhook")
        self.answer = {"events": [], "responses": []} if answer is None else answer
        self.calls: list[dict[str, Any]] = []

    async def request(self, *_: Any, **kwargs: Any) -> Any:
        self.calls.append(json.loads(json.dumps(kwargs["json"])))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def conversation(turns: int) -> DialogueStateTracker:
    events: list[Event] = [ActionExecuted("action_listen")]
    for turn in range(turns):
        parsed = {
            "intent": {"name": "track", "confidence": 0.9},
            "entities": [],
            "response_selector": {"all": "x" * 5000},
            "text": f"t{turn}",
        }
        said = UserUttered(f"t{turn}", parsed["intent"], [], parsed, message_id=f"m{turn}")
        events += [said, ActionExecuted("action_work"), BotUttered("so", {"custom": "y" * 3000})]
        events.append(ActionExecuted("action_listen"))
    events.insert(3, SlotSet("note", "from the first turn"))
    return DialogueStateTracker.from_events("c", events, slots=DOMAIN.slots)


async def run(server: Server, tracker: DialogueStateTracker) -> list[Event]:
    nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
    action = LeanRemoteAction("action_work", server)
    return await action.run(CollectingOutputChannel(), nlg, tracker, DOMAIN)


async def test_an_action_gets_the_last_turns_and_all_slots() -> None:
    server = Server()
    await run(server, conversation(40))
    [call] = server.calls
    said = [event["text"] for event in call["tracker"]["events"] if event["event"] == "user"]
    assert said == [f"t{turn}" for turn in range(40 - TURNS_SENT, 40)]
    assert call["tracker"]["slots"]["note"] == "from the first turn"
    assert call["tracker"]["latest_message"]["message_id"] == "m39"
    assert call["tracker"]["latest_message"]["intent"]["name"] == "track"
    assert call["next_action"] == "action_work"


async def test_a_call_stays_small_in_a_long_conversation() -> None:
    server = Server()
    await run(server, conversation(5))
    await run(server, conversation(200))
    short, long = (len(json.dumps(call)) for call in server.calls)
    assert long < 12_000
    assert short < long


async def test_an_action_knows_the_names_of_the_responses_that_explain_values() -> None:
    server = Server()
    await run(server, conversation(1))
    assert set(server.calls[0]["domain"]["responses"]) == {"utter_why_note", "utter_invalid_note"}


async def test_an_action_sees_what_happened_and_not_how_the_model_decided() -> None:
    server = Server()
    tracker = conversation(1)
    tracker.update(DefinePrevUserUtteredFeaturization(False))
    await run(server, tracker)
    events = server.calls[0]["tracker"]["events"]
    assert [event["event"] for event in events] == "action user action slot bot action".split()
    for event in (event for event in events if event["event"] != "user"):
        assert set(event) <= {"event", "timestamp", "name", "value", "text"}


async def test_events_and_replies_come_back() -> None:
    answer = {
        "events": [{"event": "slot", "name": "note", "value": "new"}],
        "responses": [{"response": "utter_ready", "name": "Ada"}, {"text": "and this"}],
    }
    events = await run(Server(answer), conversation(1))
    assert [event.text for event in events if isinstance(event, BotUttered)] == [
        "ready, Ada",
        "and this",
    ]
    assert events[-1] == SlotSet("note", "new")


@pytest.mark.parametrize(
    "answer", [[], "words", {"events": {}}, {"events": [{"no": "kind"}]}, {"responses": ["text"]}]
)
async def test_an_answer_that_is_none_is_an_error(answer: Any) -> None:
    with pytest.raises(RasaException, match="something else"):
        await run(Server(answer), conversation(1))


async def test_an_action_that_will_not_run_is_rejected() -> None:
    body = json.dumps({"action_name": "action_work", "error": "not now"})
    with pytest.raises(ActionExecutionRejection, match="not now"):
        await run(Server(ClientResponseError(400, "bad", body)), conversation(1))


async def test_a_failing_action_is_an_error() -> None:
    with pytest.raises(RasaException, match="500"):
        await run(Server(ClientResponseError(500, "bad", "{}")), conversation(1))


async def test_a_form_is_validated_and_asks_by_lean_actions() -> None:
    answer = {"events": [{"event": "slot", "name": "requested_slot", "value": "note"}]}
    server = Server(answer)
    tracker = conversation(30)
    tracker.update(ActiveLoop("track_form"))
    form = LeanFormAction("track_form", server)
    nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
    await form.run(CollectingOutputChannel(), nlg, tracker, DOMAIN)
    assert [call["next_action"] for call in server.calls] == [
        "validate_track_form",
        "action_ask_note",
    ]
    assert all(set(call["domain"]) == {"responses"} for call in server.calls)


def test_only_custom_actions_and_forms_change() -> None:
    assert type(lean(RemoteAction("action_work", None))) is LeanRemoteAction
    assert type(lean(FormAction("track_form", None))) is LeanFormAction
    response = ActionBotResponse("utter_bye")
    assert lean(response) is response


def test_events_are_read_as_rasa_reads_them() -> None:
    data = [event.as_dict() for event in conversation(3).events]
    data += [
        {"event": "rewind"},
        {"event": "restart", "timestamp": 5.0},
        {"event": "followup", "name": "action_work"},
        {"event": "active_loop", "name": None},
        {"event": "topic"},
        {"no": "event"},
    ]
    theirs = [event for event in deserialise_events(data) if event]
    ours = events_from(data)
    assert [type(event) for event in ours] == [type(event) for event in theirs]
    assert [event.as_dict() | {"timestamp": 0} for event in ours] == [
        event.as_dict() | {"timestamp": 0} for event in theirs
    ]


def test_an_unknown_event_is_an_error() -> None:
    with pytest.raises(ValueError, match="Unknown event"):
        events_from([{"event": "no such thing"}])
