"""The rules of tickets."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.kit.errors import Conflict, InvalidInput
from closer.tickets import policy
from closer.tickets.records import Ticket

NOW = datetime(2026, 3, 10, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("priority", "hours"), [("urgent", 4), ("high", 24), ("normal", 48), ("low", 120)]
)
def test_the_due_time_goes_by_priority(priority: str, hours: int) -> None:
    assert policy.due_at(priority, NOW) == NOW + timedelta(hours=hours)


@given(st.sampled_from(policy.STATES), st.sampled_from(policy.STATES))
def test_only_the_tables_transitions_are_allowed(old: str, new: str) -> None:
    if new in policy.TRANSITIONS[old]:
        policy.check_transition(old, new)
    else:
        with pytest.raises(Conflict):
            policy.check_transition(old, new)


def test_closed_is_the_end_and_every_state_can_reach_it() -> None:
    assert policy.TRANSITIONS["closed"] == frozenset()
    assert all(
        "closed" in nexts for state, nexts in policy.TRANSITIONS.items() if state != "closed"
    )


def test_an_unknown_state_is_invalid() -> None:
    with pytest.raises(InvalidInput):
        policy.check_transition("open", "lost")


@pytest.mark.parametrize(
    ("state", "overdue"), [("open", True), ("pending", True), ("resolved", False)]
)
def test_only_open_tickets_are_overdue(state: str, overdue: bool) -> None:
    ticket = Ticket("TCK-1", "1", None, None, "s", "other", "low", state, None, NOW, NOW, NOW, None)
    assert ticket.overdue(NOW + timedelta(seconds=1)) is overdue
    assert not ticket.overdue(NOW)
