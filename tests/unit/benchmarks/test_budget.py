"""The budget of a turn: every policy has a row, and the stages with the rest are the whole turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.budget import rows
from benchmarks.profile_turn import REST, STAGES, WHOLE, Watch, watch_policies
from rasa_ext.graph_runner import SequentialGraphRunner


class APolicy:
    def predict_action_probabilities(self) -> str:
        return "listen"


def a_node(component: Any) -> Any:
    return SimpleNamespace(_component=component, _fn=lambda: "done")


def test_each_policy_of_the_products_runner_is_watched() -> None:
    nodes = {"rules": a_node(APolicy()), "tokenizer": a_node(object())}
    runner = SequentialGraphRunner(SimpleNamespace(nodes={}), nodes)  # type: ignore[arg-type]
    watch = Watch()
    watch_policies(watch, runner)
    assert [node._fn() for node in nodes.values()] == ["done", "done"]
    watch.end_turn()
    assert list(watch.turns) == ["  rules"]


async def test_waiting_for_a_lock_is_measured_and_holding_it_is_not() -> None:
    class Locks:
        @asynccontextmanager
        async def lock(self, name: str) -> AsyncIterator[str]:
            yield name

    locks, watch = Locks(), Watch()
    watch.around_entry(locks, "lock", "lock")
    async with locks.lock("c1") as held:
        assert held == "c1"
        watch.end_turn()
        assert len(watch.turns["lock"]) == 1
    watch.end_turn()
    assert len(watch.turns["lock"]) == 1


def test_stages_and_rest_are_the_turn() -> None:
    watch = Watch()
    for stage in STAGES:
        watch.add(stage, 0.002)
    watch.add("  rules", 0.001)
    watch.end_whole(0.025)
    means = watch.means()
    assert sum(means[stage] for stage in (*STAGES, REST)) == pytest.approx(means[WHOLE])
    shown = {row.name: row.ours for row in rows(means)}
    assert shown["stage policies, mean"] == [pytest.approx(2.0)]
    assert shown["within: rules, mean"] == [pytest.approx(1.0)]
    assert list(shown)[-1] == "whole turn, mean"
