"""Whoever dies at whatever step of a turn that cancels an order: one answer, one cancellation, each event once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from closer.kit.pagination import PageRequest
from closer.services import Services
from tests.integration.crash.conftest import CUSTOMER, LATER, NOW, PHONE, Theatre, message

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(900)]

YES = message(2, "yes please")
#: Of how many steps of a victim CI tries one.
_SOME = 12


@dataclass(frozen=True)
class State:
    """All that a turn may change, without ids and moments that differ from run to run."""

    order: tuple[Any, ...]
    said: list[tuple[str, str | None]]
    dialogue: list[tuple[str, str | None]]
    published: int
    unfinished: list[str]
    outbox: list[tuple[str, str, str]]
    delivered: list[tuple[str, str]]
    rows: dict[str, int]


def state_of(theatre: Theatre, database: Path) -> State:
    """Read the state of a database."""

    async def read() -> State:
        services = theatre.services(database)
        try:
            return await _read(services)
        finally:
            await services.close()

    return asyncio.run(read())


async def _read(services: Services) -> State:
    order = await services.orders.get("12347")
    history = await services.conversations.history(CUSTOMER, PageRequest(limit=100))
    events = await services.dialogues.since(CUSTOMER, 0)
    sent = (await services.notifications.list(PageRequest(limit=100))).items
    kept = await services.sandbox.latest(100)
    published = await services.broker_outbox.next(1000)
    counts = {}
    async with services.db.reading() as connection:
        for table in ("refunds", "order_events", "payments", "tickets", "action_runs", "inbox"):
            query = text(f"SELECT count(*) FROM {table}")
            counts[table] = int((await connection.execute(query)).scalar_one())
    return State(
        order=(order.state, str(order.fee), str(order.refunded)),
        said=[(entry.sender, entry.text) for entry in history.items],
        dialogue=[(e["event"], e.get("text") or e.get("name")) for e in events],
        published=len(published.events),
        unfinished=await services.conversations.waiting(),
        outbox=sorted((item.kind, item.address, item.state) for item in sent),
        delivered=sorted((item.address, item.text) for item in kept),
        rows=counts,
    )


@dataclass(frozen=True)
class Undisturbed:
    """How the turn goes when nobody dies.

    Attributes:
        state: The state at the end.
        steps: The names of each process's steps.
    """

    state: State
    steps: dict[str, list[str]]


@pytest.fixture(scope="module")
def undisturbed(theatre: Theatre) -> Undisturbed:
    database, steps = theatre.copy(), {}
    for victim in ("rasa", "actions"):  # counted in a run each, because only the victim counts
        database = theatre.copy()
        played = theatre.play(database, YES, victim=victim)
        assert "answer" in played, played
        steps[victim] = played["steps"]
    delivered = theatre.play(database, at=NOW, victim="delivery", deliver=True)
    assert delivered["answer"]["sent"] >= 2, delivered
    steps["delivery"] = delivered["steps"]
    return Undisturbed(state_of(theatre, database), steps)


def check(theatre: Theatre, undisturbed: Undisturbed, victim: str, step: int) -> None:
    """Let a process die before a step, start everything again, and compare with the undisturbed run."""
    name = f"{victim} died before step {step}: {undisturbed.steps[victim][step - 1]}"
    database = theatre.copy()
    if victim == "delivery":
        theatre.play(database, YES)
        disturbed = theatre.play(database, victim=victim, step=step, deliver=True)
        assert disturbed["killed"], name
    else:
        disturbed = theatre.play(database, YES, victim=victim, step=step)
        assert disturbed["killed"] == (victim == "rasa"), (name, disturbed)
        assert "answer" not in disturbed or victim == "actions", (name, disturbed)
    assert len(disturbed["steps"]) == step, name
    # Everything is started again: what was accepted is taken up, and a sender who got no answer asks once more.
    again = theatre.play(database, YES, at=LATER, replay=True)
    assert "answer" in again, (name, again)
    theatre.play(database, at=LATER, deliver=True)
    assert state_of(theatre, database) == undisturbed.state, name


def test_the_undisturbed_turn_cancels_and_answers_by_text_message(
    theatre: Theatre, undisturbed: Undisturbed
) -> None:
    state, before = undisturbed.state, state_of(theatre, theatre.prepared)
    assert state.order == ("cancelled", "$2.70", "$51.25")
    assert [text for address, text in state.delivered if address == PHONE and "cancelled" in text]
    assert state.unfinished == []
    assert (before.order[0], state.rows["refunds"] - before.rows["refunds"]) == ("paid", 1)
    assert sum(kind == "user" for kind, _ in state.dialogue) == 2
    for victim, needed in (
        ("rasa", ("commit", "call", "answered", "insert into tracker_events")),
        ("actions", ("commit", "answer", "insert into refunds", "insert into action_runs")),
        ("delivery", ("commit", "update notifications", "insert into sandbox_messages")),
    ):
        assert set(needed) <= set(undisturbed.steps[victim]), undisturbed.steps[victim]


@pytest.mark.parametrize("victim", ["rasa", "actions", "delivery"])
def test_death_at_some_steps_loses_and_doubles_nothing(
    theatre: Theatre, undisturbed: Undisturbed, victim: str
) -> None:
    steps = undisturbed.steps[victim]
    last_commit = len(steps) - steps[::-1].index("commit")
    for step in sorted({*range(3, len(steps), _SOME), last_commit, last_commit + 1}):
        check(theatre, undisturbed, victim, step)


@pytest.mark.nightly
@pytest.mark.parametrize("victim", ["rasa", "actions", "delivery"])
def test_death_at_every_step_loses_and_doubles_nothing(
    theatre: Theatre, undisturbed: Undisturbed, victim: str
) -> None:
    steps = undisturbed.steps[victim]
    for step in range(1, len(steps) + 1):
        check(theatre, undisturbed, victim, step)
    print(f"{victim}: died before each of {len(steps)} steps")
