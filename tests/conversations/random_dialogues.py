"""Random dialogues for the real policies: intents are drawn, actions answer with the events that real ones may answer.

Drawn are tasks with forms (filled, corrected, refused, given up), questions between, messages not understood, going
back, starting over, expired sessions, follow-up actions and pauses.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

Predict = Callable[[], PolicyPrediction]
_MOST_ACTIONS = 9


class RandomDialogue:
    """Gives the events of one random dialogue, turn by turn.

    Args:
        domain: The assistant's domain.
        seed: Of the dialogue.
    """

    def __init__(self, domain: Domain, seed: int) -> None:
        self._domain = domain
        self._dice = random.Random(seed)
        self._forms = sorted(domain.form_names)
        self._tasks = [name for name in domain.intents if f"{name}_form" in self._forms]
        self._others = [name for name in domain.intents if name not in self._tasks]
        self._slots = sorted(slot.name for slot in domain.slots if slot.name != REQUESTED_SLOT)
        self._said = 0
        # Each dialogue has a temper: some stay with questions that only rules answer, some go back all the time.
        self._temper = self._dice.choice(["tasks", "questions", "mixed", "mixed", "goes back"])

    def opening(self) -> list[Event]:
        """Return how a session begins."""
        return [
            ActionExecuted(ACTION_SESSION_START_NAME),
            SessionStarted(),
            *(SlotSet(name, self._value()) for name in self._some_slots(2)),
            ActionExecuted(ACTION_LISTEN_NAME),
        ]

    def before_message(self, tracker: DialogueStateTracker) -> list[Event]:
        """Return what happens between two turns: mostly nothing."""
        chance = self._dice.random()
        if chance < 0.02:
            carried = [
                SlotSet(name, slot.value)
                for name, slot in tracker.slots.items()
                if slot.value is not None
            ]
            return [
                ActionExecuted(ACTION_SESSION_START_NAME),
                SessionStarted(),
                *carried,
                ActionExecuted(ACTION_LISTEN_NAME),
            ]
        if chance < 0.03:
            return [Restarted(), *self.opening()]
        if chance < 0.05:  # a person had the conversation for a while
            return [ConversationPaused(), BotUttered("I am Ann."), ConversationResumed()]
        if chance < 0.08:
            return [SlotSet(name, self._value()) for name in self._some_slots(1)]
        return []

    def message(self, tracker: DialogueStateTracker) -> UserUttered:
        """Return what the customer says."""
        self._said += 1
        if tracker.active_loop_name and self._dice.random() < 0.6:
            intent = self._dice.choice(["inform", "affirm", "deny", "inform", "stop"])
        elif self._temper == "questions" or (self._temper == "mixed" and self._dice.random() < 0.5):
            intent = self._dice.choice(["faq", "chitchat", "faq", "help", "thank", "out_of_scope"])
        elif self._dice.random() < 0.6:
            intent = self._dice.choice(self._tasks)
        else:
            intent = self._dice.choice(self._others)
        parse = {"name": intent, "confidence": round(self._dice.uniform(0.5, 1.0), 3)}
        return UserUttered(
            f"message {self._said}",
            parse,
            [{"entity": "order_id", "value": "12345", "start": 0, "end": 5}]
            if self._dice.random() < 0.3
            else [],
            {"intent_ranking": [parse], "response_selector": {"default": {}}},
            message_id=f"m{self._said}",
        )

    def turn(self, tracker: DialogueStateTracker, predict: Predict) -> Iterator[list[Event]]:
        """Give the events of each action of a turn, up to and including the last `action_listen`."""
        if tracker.is_paused():
            return
        if self._temper == "goes back" and self._dice.random() < 0.25:
            back = [UserUtteranceReverted() for _ in range(self._dice.randint(1, 3))]
            yield [ActionExecuted("action_back"), *back]
            yield [ActionExecuted(ACTION_LISTEN_NAME)]
            return
        for _ in range(_MOST_ACTIONS):
            prediction = predict()
            action = self._domain.action_names_or_texts[prediction.max_confidence_index]
            rejected, events = self._answer(action, tracker)
            if rejected:
                yield [ActionExecutionRejected(action)]
                continue
            executed = ActionExecuted(
                action,
                prediction.policy_name,
                prediction.max_confidence,
                hide_rule_turn=prediction.hide_rule_turn,
            )
            yield [*prediction.events, executed, *events]
            if action == ACTION_LISTEN_NAME:
                return
        yield [ActionExecuted(ACTION_LISTEN_NAME)]

    def _answer(self, action: str, tracker: DialogueStateTracker) -> tuple[bool, list[Event]]:
        dice = self._dice
        loop = tracker.active_loop_name
        if action in self._forms:
            return self._form(action, tracker)
        if action == "action_continue":
            return False, [FollowupAction(loop)] if loop else []
        if action == "action_stop_task":
            return False, [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)]
        if action == "action_default_fallback":
            return False, [BotUttered("What?"), UserUtteranceReverted()]
        if action == ACTION_LISTEN_NAME:
            return False, []
        events: list[Event] = [BotUttered("Well.")]
        if dice.random() < 0.2:
            events += [SlotSet(name, self._value()) for name in self._some_slots(2)]
        if dice.random() < 0.02:
            events.append(ActionReverted())
        elif dice.random() < 0.05:
            events.append(FollowupAction(ACTION_LISTEN_NAME))
        return False, events

    def _form(self, form: str, tracker: DialogueStateTracker) -> tuple[bool, list[Event]]:
        dice = self._dice
        asked = self._domain.required_slots_for_form(form) or ["order_id"]
        if tracker.active_loop_name != form:
            return False, [
                ActiveLoop(form),
                SlotSet(REQUESTED_SLOT, asked[0]),
                BotUttered("Which?"),
            ]
        if tracker.is_active_loop_interrupted:
            return False, [BotUttered("Which, again?")]
        heard = tracker.latest_message.intent.get("name") if tracker.latest_message else None
        if heard not in ("inform", "affirm", "deny") and dice.random() < 0.8:
            return True, []
        if dice.random() < 0.3:
            return False, [SlotSet(REQUESTED_SLOT, None), ActiveLoop(None)]
        filled = SlotSet(dice.choice(asked), self._value())
        return False, [filled, SlotSet(REQUESTED_SLOT, dice.choice(asked)), BotUttered("And?")]

    def _some_slots(self, most: int) -> list[str]:
        return self._dice.sample(self._slots, self._dice.randint(0, most))

    def _value(self) -> str | None:
        return self._dice.choice([None, "12345", "blue", "yes"])
