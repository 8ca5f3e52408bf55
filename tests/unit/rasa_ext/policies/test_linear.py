"""The light learned policy on a small assistant: what it learns, keeps, generalises and leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates, TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph

from rasa_ext.policies.linear import ACTIVE_FORM, LinearPolicy, features_of

DOMAIN = """
version: "3.1"
intents: [greet, buy, track, faq, chat, thank]
forms:
  buy_form: {required_slots: []}
  track_form: {required_slots: []}
responses:
  utter_hello: [{text: hello}]
  utter_faq: [{text: so it is}]
  utter_chat: [{text: indeed}]
  utter_welcome: [{text: welcome}]
actions: [action_submit_buy, action_submit_track]
"""

STORIES = """
version: "3.1"
stories:
  - story: bought
    steps:
      - intent: greet
      - action: utter_hello
      - intent: buy
      - action: buy_form
      - active_loop: buy_form
      - active_loop: null
      - action: action_submit_buy
      - intent: thank
      - action: utter_welcome
  - story: bought with a question
    steps:
      - intent: buy
      - action: buy_form
      - active_loop: buy_form
      - intent: faq
      - action: utter_faq
      - action: buy_form
      - active_loop: null
      - action: action_submit_buy
  - story: bought with small talk
    steps:
      - intent: chat
      - action: utter_chat
      - intent: buy
      - action: buy_form
      - active_loop: buy_form
      - intent: chat
      - action: utter_chat
      - action: buy_form
      - active_loop: null
      - action: action_submit_buy
  - story: tracked
    steps:
      - intent: faq
      - action: utter_faq
      - intent: track
      - action: track_form
      - active_loop: track_form
      - active_loop: null
      - action: action_submit_track
      - intent: thank
      - action: utter_welcome
"""

RULES = """
version: "3.1"
rules:
  - rule: never learned from a rule
    steps:
      - intent: greet
      - action: utter_chat
"""


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


@pytest.fixture(scope="module")
def trackers(domain: Domain) -> list[TrackerWithCachedStates]:
    reader = YAMLStoryReader(domain)
    steps = reader.read_from_string(STORIES) + reader.read_from_string(RULES)
    return TrainingDataGenerator(StoryGraph(steps), domain, augmentation_factor=5).generate()


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage(tmp_path)


def make(kind: type[Policy], storage: LocalModelStorage, **settings: Any) -> Policy:
    config = {**kind.get_default_config(), **settings}
    return kind(config, storage, Resource(kind.__name__), ExecutionContext(GraphSchema({})))


def trained(
    storage: LocalModelStorage,
    trackers: list[TrackerWithCachedStates],
    domain: Domain,
    kind: type[Policy] = LinearPolicy,
    **settings: Any,
) -> Policy:
    policy = make(kind, storage, **settings)
    policy.train(trackers, domain)
    return policy


def heard(intent: str) -> UserUttered:
    return UserUttered(intent={"name": intent})


def listen() -> ActionExecuted:
    return ActionExecuted("action_listen")


def after(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("somebody", [listen(), *events])


def unseen_digression() -> DialogueStateTracker:
    """Small talk while tracking: the stories know digressions only while buying."""
    return after(
        heard("track"),
        ActionExecuted("track_form"),
        ActiveLoop("track_form"),
        listen(),
        heard("chat"),
        ActionExecuted("utter_chat"),
    )


def best(policy: Policy, tracker: DialogueStateTracker, domain: Domain) -> str | None:
    chances = policy.predict_action_probabilities(tracker, domain).probabilities
    return domain.action_names_or_texts[chances.index(max(chances))] if max(chances) else None


def test_it_reproduces_its_stories(storage, trackers, domain):
    policy = trained(storage, trackers, domain)
    assert best(policy, after(heard("track")), domain) == "track_form"
    ended = [ActionExecuted("track_form"), ActiveLoop("track_form"), ActiveLoop(None)]
    assert best(policy, after(heard("track"), *ended), domain) == "action_submit_track"
    waits = [ActionExecuted("buy_form"), ActiveLoop("buy_form")]
    assert best(policy, after(heard("buy"), *waits), domain) == "action_listen"


def test_it_goes_back_to_a_form_after_a_digression_that_memoization_does_not_know(
    storage, trackers, domain
):
    linear = trained(storage, trackers, domain)
    memory = trained(storage, trackers, domain, MemoizationPolicy, max_history=6)
    assert best(memory, unseen_digression(), domain) is None
    assert best(linear, unseen_digression(), domain) == "track_form"


def test_a_stored_policy_predicts_the_same(storage, trackers, domain):
    policy = trained(storage, trackers, domain)
    context = ExecutionContext(GraphSchema({}))
    config = LinearPolicy.get_default_config()
    loaded = LinearPolicy.load(config, storage, Resource(LinearPolicy.__name__), context)
    for tracker in (after(heard("buy")), after(heard("thank")), unseen_digression()):
        chances = policy.predict_action_probabilities(tracker, domain).probabilities
        assert loaded.predict_action_probabilities(tracker, domain).probabilities == chances


def test_all_actions_share_the_chances_and_rules_are_not_learned(storage, trackers, domain):
    policy = trained(storage, trackers, domain)
    chances = policy.predict_action_probabilities(after(heard("greet")), domain).probabilities
    assert len(chances) == domain.num_actions
    assert sum(chances) == pytest.approx(1.0, abs=0.01)  # less what has no form to go back to
    assert best(policy, after(heard("greet")), domain) == "utter_hello"


def test_it_abstains_when_unsure(storage, trackers, domain):
    policy = trained(storage, trackers, domain, threshold=0.9999)
    assert best(policy, unseen_digression(), domain) is None


def test_it_abstains_when_it_learned_nothing(storage, trackers, domain):
    rules = [tracker for tracker in trackers if tracker.is_rule_tracker]
    assert rules
    assert best(trained(storage, rules, domain), after(heard("buy")), domain) is None
    config, context = LinearPolicy.get_default_config(), ExecutionContext(GraphSchema({}))
    loaded = LinearPolicy.load(config, storage, Resource("never stored"), context)
    assert best(loaded, after(heard("buy")), domain) is None


def test_two_actions_are_enough_to_learn(storage, domain):
    text = "stories: [{story: a, steps: [{intent: greet}, {action: utter_hello}]}]"
    steps = YAMLStoryReader(domain).read_from_string(f'version: "3.1"\n{text}')
    few = TrainingDataGenerator(StoryGraph(steps), domain, augmentation_factor=0).generate()
    policy = trained(storage, few, domain)
    assert best(policy, after(heard("greet")), domain) == "utter_hello"
    greeted = after(heard("greet"), ActionExecuted("utter_hello"))
    assert best(policy, greeted, domain) == "action_listen"


def test_an_action_that_another_domain_does_not_have_is_ignored(storage, trackers, domain):
    policy = trained(storage, trackers, domain)
    smaller = Domain.from_yaml(DOMAIN.replace("  track_form: {required_slots: []}\n", ""))
    chances = policy.predict_action_probabilities(after(heard("track")), smaller).probabilities
    assert len(chances) == smaller.num_actions
    assert sum(chances) < 0.5
    assert best(policy, after(heard("buy")), smaller) == "buy_form"


def test_features_tell_a_form_that_ran_from_one_that_waits():
    form = {"active_loop": {"name": "buy_form"}}
    ran = features_of([{**form, "prev_action": {"action_name": "buy_form"}}])
    waits = features_of([{**form, "prev_action": {"action_name": "utter_faq"}}])
    assert "0:form:just ran" in ran
    assert "0:form:waits" in waits
    assert "0:form:none" in features_of([{}])
    assert features_of([]) == {}
    assert not any(ACTIVE_FORM in name for name in ran)


def test_older_turns_weigh_less():
    old, new = {"user": {"intent": "greet"}}, {"user": {"intent": "buy"}}
    features = features_of([old, old, new])
    assert features["0:user.intent=buy"] > features["1:user.intent=greet"]
    assert features["1:user.intent=greet"] > features["2:user.intent=greet"] > 0
    assert "1:user.intent=greet&user.intent=buy" in features
