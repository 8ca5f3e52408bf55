"""The gate on the product's trained model, and what it compares before anything is loaded."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest
import yaml

from closer.kit.settings import ROOT
from closer.lifecycle.archives import ArchiveFacts, inspect
from tests.support import current_model


@pytest.fixture(scope="module")
def facts() -> ArchiveFacts:
    return inspect(current_model())


def test_the_products_model_passes_and_nothing_outside_is_touched() -> None:
    from rasa.core.agent import Agent
    from rasa.core.tracker_store import InMemoryTrackerStore
    from rasa.shared.core.domain import Domain

    from rasa_ext.model_gate import try_out
    from rasa_ext.model_loading import ModelLoader, release

    store = InMemoryTrackerStore(Domain.empty())
    loader = ModelLoader(Agent(tracker_store=store))
    model = loader.load("v1", current_model())
    other = loader.load("v2", current_model())
    report = try_out(model)
    assert report["answered"] == 6
    assert report["slowest_ms"] > 0
    assert store.store == {}
    assert model.agent.tracker_store.domain.form_names
    assert other.agent.tracker_store is not model.agent.tracker_store
    release(other)
    assert model.agent.tracker_store.domain.form_names  # the other one's end does not touch it
    assert try_out(model)["answered"] == 6


def test_a_model_that_looks_further_back_than_conversations_are_loaded_is_refused() -> None:
    from rasa.core.agent import Agent

    from closer.kit.settings import load_settings
    from closer.services import Services
    from rasa_ext.model_gate import GateFailed, try_out
    from rasa_ext.model_loading import ModelLoader
    from rasa_ext.model_reach import too_far
    from rasa_ext.tracker_store import CloserTrackerStore

    services = Services(load_settings())
    usual = ModelLoader(Agent(tracker_store=CloserTrackerStore(services=services)))
    assert too_far(usual.load("v1", current_model()).agent) == []
    narrow = CloserTrackerStore(services=services, window_states=2)
    model = ModelLoader(Agent(tracker_store=narrow)).load("v2", current_model())
    with pytest.raises(GateFailed, match=r"looks back \d+ states, the window 2.*window_states"):
        try_out(model)


def test_every_custom_action_of_the_domain_is_one_that_the_action_server_has(
    facts: ArchiveFacts,
) -> None:
    from rasa_sdk.executor import ActionExecutor

    from rasa_ext.model_gate import check_domain

    executor = ActionExecutor()
    executor.register_package("actions")
    declared = frozenset(yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))["actions"])
    mine = dataclasses.replace(facts, actions=declared)
    assert check_domain(mine, None, known_actions=set(executor.actions))["actions"] == []


def test_a_custom_action_that_nobody_has_is_named(facts: ArchiveFacts) -> None:
    from rasa_ext.model_gate import GateFailed, check_domain

    known = set(facts.actions) - {"action_stop_task"}
    with pytest.raises(GateFailed, match="does not know: action_stop_task"):
        check_domain(facts, facts, known_actions=known)
    assert "not compared" in check_domain(facts, facts, known_actions=None)["actions"]


def test_what_is_missing_passes_only_by_somebodys_decision(facts: ArchiveFacts) -> None:
    from rasa_ext.model_gate import GateFailed, check_domain

    less = dataclasses.replace(facts, forms=facts.forms - {"track_order_form"})
    with pytest.raises(GateFailed, match="lacks what serves now: forms track_order_form"):
        check_domain(less, facts)
    report = check_domain(less, facts, accepts_missing=True)
    assert report["missing"] == {"forms": ["track_order_form"]}
    assert check_domain(less, None)["missing"] == {}


def test_a_shallow_copy_of_the_tracker_store_has_a_domain_of_its_own(tmp_path: Path) -> None:
    from rasa.shared.core.domain import Domain

    from closer.kit.settings import load_settings
    from closer.services import Services
    from rasa_ext.tracker_store import CloserTrackerStore

    domain = Domain.from_dict({"intents": ["greet"]})
    store = CloserTrackerStore(domain=domain, services=Services(load_settings(data_dir=tmp_path)))
    other = copy.copy(store)
    other.domain = Domain.empty()
    assert store.domain is domain
