"""The indexed rule policy and the shared states predict what Rasa's own do, on conversations of every shape."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Event,
    FollowupAction,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.generator import TrackerWithCachedStates, TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph

from rasa_ext.policies import rules as rules_module
from rasa_ext.policies.memoization import SharedMemoizationPolicy
from rasa_ext.policies.rules import IndexedRulePolicy, RuleIndex

DOMAIN = """
version: "3.1"
intents: [greet, buy, track, faq, stop, thank]
entities: [city]
slots:
  known: {type: bool, influence_conversation: true, mappings: [{type: custom}]}
  tier: {type: categorical, values: [gold, free], mappings: [{type: custom}]}
  note: {type: text, influence_conversation: false, mappings: [{type: custom}]}
forms:
  buy_form: {required_slots: [note]}
  track_form: {required_slots: [note]}
responses:
  utter_hello: [{text: hello}]
  utter_again: [{text: you again}]
  utter_gold: [{text: gold}]
  utter_faq: [{text: so it is}]
  utter_welcome: [{text: welcome}]
  utter_begin: [{text: at last}]
  utter_read: [{text: read}]
actions: [action_submit_buy, action_submit_track, action_continue]
"""

TRAINING = """
version: "3.1"
stories:
  - story: thanked in the middle
    steps:
      - intent: greet
      - action: utter_hello
      - intent: thank
      - action: utter_welcome
      - intent: thank
      - action: utter_hello
rules:
  - rule: a known customer
    condition: [{slot_was_set: [{known: true}]}]
    steps: [{intent: greet}, {action: utter_again}]
  - rule: an unknown customer
    condition: [{slot_was_set: [{known: null}]}]
    steps: [{intent: greet}, {action: utter_hello}]
  - rule: gold
    condition: [{slot_was_set: [{tier: gold}]}]
    steps: [{intent: thank}, {action: utter_gold}, {action: utter_welcome}]
  - rule: at the beginning
    conversation_start: true
    steps: [{intent: track}, {action: utter_begin}, {action: track_form}, {active_loop: track_form}]
  - rule: buying begins
    steps: [{intent: buy}, {action: buy_form}, {active_loop: buy_form}]
  - rule: buying ends
    condition: [{active_loop: buy_form}]
    steps:
      - action: buy_form
      - active_loop: null
      - slot_was_set: [{requested_slot: null}]
      - action: action_submit_buy
  - rule: a question while buying
    condition: [{active_loop: buy_form}]
    steps: [{intent: faq}, {action: utter_faq}, {action: buy_form}, {active_loop: buy_form}]
  - rule: a question
    steps: [{intent: faq}, {action: utter_faq}]
  - rule: enough
    condition: [{active_loop: buy_form}]
    steps: [{intent: stop}, {action: action_deactivate_loop}, {active_loop: null}]
"""

_SAID = ("greet", "buy", "track", "faq", "stop", "thank")
_DONE = (
    "utter_hello",
    "utter_faq",
    "utter_welcome",
    "utter_gold",
    "buy_form",
    "track_form",
    "action_submit_buy",
    "action_deactivate_loop",
    "action_listen",
)


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


@pytest.fixture(scope="module")
def trackers(domain: Domain) -> list[TrackerWithCachedStates]:
    steps = YAMLStoryReader(domain).read_from_string(TRAINING)
    return TrainingDataGenerator(StoryGraph(steps), domain, augmentation_factor=0).generate()


def made(
    kind: type[MemoizationPolicy], stock: type[MemoizationPolicy], folder: Path, **data: Any
) -> tuple[Any, Any]:
    """Train the stock policy; return it and the one of our kind, loaded from what it stored."""
    storage, resource = LocalModelStorage(folder), Resource("policy")
    context = ExecutionContext(GraphSchema({}), model_id="m")
    own, theirs = dict(kind.get_default_config()), dict(stock.get_default_config())
    stock.create(theirs, storage, resource, context).train(**data)
    loaded = stock.load(dict(theirs), storage, resource, context)
    return loaded, kind.load(own, storage, resource, context)


@pytest.fixture(scope="module")
def policies(
    domain: Domain,
    trackers: list[TrackerWithCachedStates],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[RulePolicy, IndexedRulePolicy]:
    folder = tmp_path_factory.mktemp("rules")
    return made(IndexedRulePolicy, RulePolicy, folder, training_trackers=trackers, domain=domain)


def random_events(rng: random.Random, count: int) -> list[Event]:
    """Return a conversation that no designer would think of."""
    events: list[Event] = [ActionExecuted("action_listen")] if rng.random() < 0.9 else []
    for _ in range(count):
        kind = rng.random()
        if kind < 0.30:
            entities = [{"entity": "city", "value": "Rome"}] if rng.random() < 0.3 else []
            events.append(UserUttered("said", {"name": rng.choice(_SAID)}, entities))
        elif kind < 0.62:
            hidden = rng.random() < 0.3
            events.append(ActionExecuted(rng.choice(_DONE), hide_rule_turn=hidden))
        elif kind < 0.72:
            events.append(ActiveLoop(rng.choice(("buy_form", "track_form", None))))
        elif kind < 0.84:
            value = rng.choice((("known", True), ("known", None), ("tier", "gold"), ("tier", None)))
            events.append(SlotSet(*value))
        else:
            events.append(
                rng.choice(
                    (
                        UserUtteranceReverted(),
                        ActionReverted(),
                        Restarted() if rng.random() < 0.3 else BotUttered("so"),
                        SessionStarted() if rng.random() < 0.3 else BotUttered("so"),
                        AllSlotsReset(),
                        LoopInterrupted(rng.random() < 0.5),
                        ActionExecutionRejected("buy_form"),
                        FollowupAction("utter_faq"),
                        ActionExecuted("action_listen"),
                    )
                )
            )
    return events


def growing(
    rng: random.Random, domain: Domain, length: int
) -> tuple[DialogueStateTracker, list[Event]]:
    """Return a conversation that is looked at while it grows, as in a turn: the same tracker each time."""
    return DialogueStateTracker("c", domain.slots), random_events(rng, length)


def outcome(prediction: PolicyPrediction) -> tuple[Any, ...]:
    return (
        prediction.probabilities,
        prediction.is_no_user_prediction,
        prediction.is_end_to_end_prediction,
        prediction.hide_rule_turn,
        prediction.events,
        prediction.policy_priority,
    )


def compare_rules(
    policies: tuple[RulePolicy, IndexedRulePolicy], domain: Domain, seeds: range
) -> int:
    """Compare predictions after each event of random conversations; return how many a rule decided."""
    stock, indexed = policies
    decided = 0
    for seed in seeds:
        tracker, events = growing(random.Random(seed), domain, 30)
        for event in events:
            tracker.update(event, domain)
            theirs = stock.predict_action_probabilities(tracker, domain)
            ours = indexed.predict_action_probabilities(tracker, domain)
            assert outcome(ours) == outcome(theirs), f"seed {seed}, {len(tracker.events)} events"
            decided += theirs.max_confidence == 1.0
    return decided


def test_the_index_predicts_what_rasa_predicts(
    policies: tuple[RulePolicy, IndexedRulePolicy], domain: Domain
) -> None:
    assert compare_rules(policies, domain, range(60)) > 200


@pytest.mark.nightly
def test_the_index_predicts_what_rasa_predicts_on_many_more(
    policies: tuple[RulePolicy, IndexedRulePolicy], domain: Domain
) -> None:
    assert compare_rules(policies, domain, range(1000, 3000)) > 5000


def test_the_index_finds_the_same_rules(
    policies: tuple[RulePolicy, IndexedRulePolicy], domain: Domain
) -> None:
    stock, _ = policies
    found = 0
    for part in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH):
        index = RuleIndex(stock.lookup[part])
        for seed in range(40):
            tracker, events = growing(random.Random(seed), domain, 25)
            for event in events:
                tracker.update(event, domain)
                states = stock._prediction_states(tracker, domain)
                theirs = stock._get_possible_keys(stock.lookup[part], states)
                assert index.matching(states) == theirs
                found += len(theirs)
    assert found > 200


def test_few_rules_are_looked_at(
    policies: tuple[RulePolicy, IndexedRulePolicy], domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock, indexed = policies
    looked_at: list[object] = []
    fits = rules_module._RuleState.fits

    def counted(self: Any, state: Any) -> bool:
        looked_at.append(self)
        return fits(self, state)

    monkeypatch.setattr(rules_module._RuleState, "fits", counted)
    tracker = DialogueStateTracker.from_events(
        "c",
        [ActionExecuted("action_listen"), UserUttered("?", {"name": "faq"})],
        slots=domain.slots,
    )
    indexed.predict_action_probabilities(tracker, domain)
    assert 0 < len(looked_at) < len(stock.lookup[RULES])


def test_memoization_on_shared_states_predicts_what_rasa_predicts(
    domain: Domain, trackers: list[TrackerWithCachedStates], tmp_path: Path
) -> None:
    stock, shared = made(
        SharedMemoizationPolicy,
        MemoizationPolicy,
        tmp_path,
        training_trackers=trackers,
        domain=domain,
    )
    only = {"rule_only_slots": ["tier"], "rule_only_loops": ["track_form"]}
    for seed in range(60):
        tracker, events = growing(random.Random(seed), domain, 30)
        for event in events:
            tracker.update(event, domain)
            theirs = stock._prediction_states(tracker, domain, rule_only_data=only)
            assert shared._prediction_states(tracker, domain, rule_only_data=only) == theirs
            assert outcome(shared.predict_action_probabilities(tracker, domain, only)) == outcome(
                stock.predict_action_probabilities(tracker, domain, only)
            )
