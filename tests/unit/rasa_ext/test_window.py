"""The window stays small, whatever kind of turns a long conversation has."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    FollowupAction,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext import window
from rasa_ext.window import WindowSize

DOMAIN = Domain.from_yaml(
    """
    intents: [greet, buy]
    slots:
      colour: {type: text, mappings: [{type: custom}]}
      size: {type: text, mappings: [{type: custom}]}
    forms:
      buy_form: {required_slots: []}
    responses:
      utter_hello: [{text: hello}]
    """
)
SIZE = WindowSize()


def did(name: str) -> ActionExecuted:
    return ActionExecuted(name, hide_rule_turn=True)


def heard(number: int, intent: str = "greet") -> list[Event]:
    said = UserUttered(f"message {number}", {"name": intent}, message_id=f"m{number}")
    return [said, DefinePrevUserUtteredFeaturization(False)]


def asked(number: int) -> list[Event]:
    """A question that a rule answers."""
    return [
        *heard(number),
        did("utter_hello"),
        BotUttered("hello"),
        SlotSet("colour", f"colour {number}"),
        FollowupAction("utter_hello"),
        did("utter_hello"),
        SlotSet("size", None if number % 3 else str(number)),
        did("action_listen"),
    ]


def grow(turns: int, turn: object) -> list[int]:
    """Play a conversation and cut it as the store does; return the lengths of the heads."""
    events: list[Event] = [did("action_session_start"), SessionStarted(), did("action_listen")]
    head, lengths = 0, []
    for number in range(turns):
        events += turn(number)  # type: ignore[operator]
        if window.is_long(events, head, SIZE):
            cut = window.compact(events, DOMAIN, SIZE)
            assert cut is not None, "nothing stands for the whole"
            events = cut.head + events[cut.kept :]
            head = len(cut.head)
            lengths.append(head)
    tracker = DialogueStateTracker.from_events("ann", events, DOMAIN.slots)
    assert tracker.get_slot("colour") == f"colour {turns - 1}"
    return lengths


def test_turns_that_only_rules_deal_with_do_not_add_up() -> None:
    lengths = grow(120, asked)
    assert len(lengths) > 10
    assert max(lengths) <= 8, lengths


def tasked(number: int) -> list[Event]:
    """A form that rules begin and end."""
    if number % 2 == 0:
        return [
            *heard(number, "buy"),
            did("buy_form"),
            ActiveLoop("buy_form"),
            SlotSet("requested_slot", "colour"),
            did("action_listen"),
        ]
    return [
        *heard(number),
        did("buy_form"),
        SlotSet("colour", f"colour {number}"),
        SlotSet("requested_slot", None),
        ActiveLoop(None),
        did("utter_hello"),
        did("action_listen"),
    ]


def test_tasks_that_only_rules_deal_with_do_not_add_up() -> None:
    lengths = grow(120, tasked)
    assert len(lengths) > 10
    assert max(lengths) <= 20, lengths
