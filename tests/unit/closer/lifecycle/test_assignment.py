"""Conversations are shared out evenly, stay where they are, and only join a growing canary."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from closer.lifecycle.assignment import Traffic, bucket_of, choose, share_out
from closer.lifecycle.records import BLUE_GREEN, CANARY, SHADOW, STABLE, Deployment

conversations = st.text(min_size=1, max_size=40)
percents = st.floats(min_value=0.01, max_value=100)


def canary(percent: float, revision: int = 2) -> Traffic:
    return Traffic(revision, "v1", candidate="v2", percent=percent)


def deployment(strategy: str, percent: float = 100.0, baseline: str | None = "v1") -> Deployment:
    now = datetime(2026, 3, 1, tzinfo=timezone.utc)
    return Deployment(2, strategy, "v2", baseline, percent, False, "deploy", "anna", "", now)


@given(conversations, percents, st.integers(2, 99))
def test_a_conversation_stays_on_its_arm(conversation: str, percent: float, revision: int) -> None:
    assert choose(canary(percent), conversation) == choose(canary(percent, revision), conversation)


@given(conversations, percents, percents)
def test_a_growing_canary_loses_nobody(conversation: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if choose(canary(low), conversation)[1] == "candidate":
        assert choose(canary(high), conversation) == ("v2", "candidate")


@given(conversations)
def test_all_conversations_are_on_a_canary_of_everybody(conversation: str) -> None:
    assert choose(canary(100), conversation) == ("v2", "candidate")


def test_the_share_is_what_was_asked_for() -> None:
    for percent in (1, 10, 50):
        arms = [choose(canary(percent), f"user_{n}")[1] for n in range(20_000)]
        assert abs(arms.count("candidate") / 20_000 - percent / 100) < 0.01


def test_the_next_candidate_gets_another_sample() -> None:
    people = [f"user_{n}" for n in range(2_000)]
    first = {name for name in people if bucket_of("v2", name) < 1_000}
    second = {name for name in people if bucket_of("v3", name) < 1_000}
    assert (
        len(first & second) < 60
    )  # 1 % of them would be chance; the same people again would be 10 %


def test_a_candidate_that_is_not_loaded_gets_nobody() -> None:
    for strategy in (CANARY, SHADOW):
        traffic = share_out(deployment(strategy, 50), {"v1"})
        assert traffic == Traffic(2, "v1", percent=50 if strategy == CANARY else 0)
        assert traffic is not None
        assert choose(traffic, "user_1") == ("v1", "stable")
    for strategy in (STABLE, BLUE_GREEN):
        assert share_out(deployment(strategy), {"v1"}) == Traffic(2, "v1")


def test_nothing_changes_while_none_of_the_versions_can_serve() -> None:
    assert share_out(deployment(STABLE), {"v0"}) is None
    assert share_out(deployment(CANARY, 10), {"v2"}) is None
    assert share_out(deployment(STABLE, baseline=None), set()) is None


def test_blue_stays_ready_behind_green() -> None:
    assert share_out(deployment(BLUE_GREEN), {"v1", "v2"}) == Traffic(2, "v2", standby="v1")


def test_a_shadow_answers_nobody() -> None:
    traffic = share_out(deployment(SHADOW, 0), {"v1", "v2"})
    assert traffic == Traffic(2, "v1", shadow="v2")
    assert traffic is not None
    assert traffic.roles == {"v1": "main", "v2": "shadow"}
    assert choose(traffic, "user_1") == ("v1", "stable")


def test_everybody_names_the_versions_that_are_needed() -> None:
    assert deployment(STABLE).wanted == ["v2"]
    assert deployment(BLUE_GREEN).wanted == ["v2", "v1"]
    assert deployment(CANARY).wanted == ["v1", "v2"]
    assert deployment(SHADOW).wanted == ["v1", "v2"]
