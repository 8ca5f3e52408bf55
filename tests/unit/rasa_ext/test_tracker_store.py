"""The tracker store: nothing lost, nothing twice, a bounded part for a turn and everything for people."""

from __future__ import annotations

import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from closer.conversations.dialogue_log import OvertakenTurn
from closer.kit.db import Database
from closer.kit.settings import load_settings
from closer.services import Services
from rasa_ext.tracker_store import CloserTrackerStore

DOMAIN = Domain.from_yaml(
    """
    intents: [greet, buy]
    slots:
      colour: {type: text, mappings: [{type: custom}]}
    responses:
      utter_hello: [{text: hello}]
    """
)


@pytest.fixture
def store(db: Database) -> CloserTrackerStore:
    services = Services(load_settings())
    services.__dict__["db"] = db
    return CloserTrackerStore(domain=DOMAIN, services=services)


def opening() -> list[Event]:
    return [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
    ]


def turn(number: int, *more: Event) -> list[Event]:
    return [
        UserUttered(f"message {number}", {"name": "greet"}, message_id=f"m{number}"),
        ActionExecuted("utter_hello"),
        BotUttered("hello"),
        *more,
        ActionExecuted("action_listen"),
    ]


async def load(store: CloserTrackerStore, name: str = "c") -> DialogueStateTracker:
    return await store.get_or_create_tracker(name, append_action_listen=False)


def add(tracker: DialogueStateTracker, events: list[Event]) -> None:
    for event in events:
        tracker.update(event, DOMAIN)


async def played(store: CloserTrackerStore, turns: int) -> DialogueStateTracker:
    tracker = await load(store)
    add(tracker, opening())
    for number in range(turns):
        add(tracker, turn(number, SlotSet("colour", f"colour {number}")))
        await store.save(tracker)
        tracker = await load(store)
    return tracker


def said(tracker: DialogueStateTracker | None) -> list[str | None]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_a_tracker_comes_back_as_it_was_saved(store: CloserTrackerStore) -> None:
    tracker = await load(store)
    add(tracker, [*opening(), *turn(0, SlotSet("colour", "blue"))])
    await store.save(tracker)
    again = await load(store)
    assert [event.as_dict() for event in again.events] == [
        event.as_dict() for event in tracker.events
    ]
    assert again.get_slot("colour") == "blue"


async def test_a_long_conversation_is_read_in_part_and_kept_in_full(
    store: CloserTrackerStore,
) -> None:
    tracker = await played(store, 60)
    assert len(tracker.events) < 100
    assert said(tracker)[-6:] == [f"message {number}" for number in range(54, 60)]
    assert tracker.get_slot("colour") == "colour 59"
    full = await store.retrieve_full_tracker("c")
    assert said(full) == [f"message {number}" for number in range(60)]


async def test_what_was_set_long_ago_is_remembered(store: CloserTrackerStore) -> None:
    tracker = await load(store)
    add(tracker, [*opening(), SlotSet("colour", "blue")])
    for number in range(40):
        add(tracker, turn(number))
        await store.save(tracker)
        tracker = await load(store)
    assert tracker.get_slot("colour") == "blue"
    assert not any(isinstance(event, SlotSet) for event in list(tracker.events)[-30:])


async def test_saving_again_adds_nothing(store: CloserTrackerStore) -> None:
    tracker = await load(store)
    add(tracker, [*opening(), *turn(0)])
    await store.save(tracker)
    await store.save(tracker)
    assert len((await store.retrieve_full_tracker("c")).events) == len(tracker.events)  # type: ignore[union-attr]


async def test_a_save_that_is_rolled_back_can_be_tried_again(store: CloserTrackerStore) -> None:
    tracker = await load(store)
    add(tracker, [*opening(), *turn(0)])
    with pytest.raises(RuntimeError):
        async with store._db.transaction():
            await store.save(tracker)
            raise RuntimeError("what ends the turn fails")
    assert await store.retrieve("c") is None
    await store.save(tracker)
    assert said(await store.retrieve("c")) == ["message 0"]


async def test_a_turn_that_was_overtaken_is_refused(store: CloserTrackerStore) -> None:
    await played(store, 2)
    first, second = await load(store), await load(store)
    add(first, turn(10))
    add(second, turn(20))
    await store.save(first)
    with pytest.raises(OvertakenTurn):
        await store.save(second)
    assert said(await store.retrieve("c")) == ["message 0", "message 1", "message 10"]


async def test_two_first_turns_at_once_leave_one(store: CloserTrackerStore) -> None:
    trackers = [await load(store) for _ in range(2)]
    for number, tracker in enumerate(trackers):
        add(tracker, [*opening(), *turn(number)])
    outcomes = await asyncio.gather(
        *(store.save(tracker) for tracker in trackers), return_exceptions=True
    )
    assert sorted(isinstance(outcome, OvertakenTurn) for outcome in outcomes) == [False, True]
    assert len(said(await store.retrieve("c"))) == 1


async def test_a_new_session_hides_the_one_before(store: CloserTrackerStore) -> None:
    tracker = await played(store, 30)
    add(tracker, [*opening(), *turn(100)])
    await store.save(tracker)
    tracker = await load(store)
    assert said(tracker) == ["message 100"]
    assert tracker.get_slot("colour") is None
    assert len(said(await store.retrieve_full_tracker("c"))) == 31


async def test_a_restart_forgets_what_was_before(store: CloserTrackerStore) -> None:
    tracker = await played(store, 20)
    add(tracker, [Restarted()])
    await store.save(tracker)
    tracker = await load(store)
    assert tracker.applied_events() == []
    assert tracker.followup_action == "action_session_start"


async def test_going_back_again_and_again_reaches_what_is_no_longer_in_the_window(
    store: CloserTrackerStore,
) -> None:
    tracker = await load(store)
    add(tracker, opening())
    whole = DialogueStateTracker("c", DOMAIN.slots)
    add(whole, list(tracker.events))
    for number in range(60):
        events = turn(number, SlotSet("colour", f"colour {number}"))
        if number >= 35:  # each message takes back itself and the one before
            events = [
                UserUttered("back", {"name": "greet"}),
                UserUtteranceReverted(),
                UserUtteranceReverted(),
                ActionExecuted("action_listen"),
            ]
        add(tracker, events)
        add(whole, events)
        await store.save(tracker)
        tracker = await load(store)
        assert tracker.get_slot("colour") == whole.get_slot("colour"), number
    assert whole.get_slot("colour") == "colour 9"


async def test_events_put_in_from_outside_are_stored_once(store: CloserTrackerStore) -> None:
    events = [*opening(), *turn(0), *turn(1)]
    for _ in range(2):
        await store.save(DialogueStateTracker.from_events("c", events, DOMAIN.slots))
    assert said(await store.retrieve_full_tracker("c")) == ["message 0", "message 1"]
    await store.save(DialogueStateTracker.from_events("c", [*events, *turn(2)], DOMAIN.slots))
    assert said(await store.retrieve("c")) == ["message 0", "message 1", "message 2"]


async def test_events_put_in_from_outside_replace_what_differs(store: CloserTrackerStore) -> None:
    tracker = await played(store, 30)
    full = await store.retrieve_full_tracker("c")
    assert full is not None
    kept = [event.as_dict() for event in full.events][: 3 + 5 * 4]
    given = DialogueStateTracker.from_dict("c", kept, DOMAIN.slots)
    add(given, turn(100))
    await store.save(given)
    after = await load(store)
    assert said(after) == ["message 0", "message 1", "message 2", "message 3", "message 100"]
    add(tracker, turn(31))
    with pytest.raises(OvertakenTurn):
        await store.save(tracker)  # loaded before the replacement


async def test_whoever_asks_whether_it_exists_gets_the_whole_session(
    store: CloserTrackerStore,
) -> None:
    await played(store, 40)
    assert await store.exists("c")
    assert len(said(await store.retrieve("c"))) == 40
    assert len(said(await store.retrieve("c"))) < 20
    assert not await store.exists("nobody")


async def test_a_save_that_is_repeated_after_it_committed_publishes_nothing_twice(
    store: CloserTrackerStore,
) -> None:
    tracker = await store.get_or_create_tracker("ann", append_action_listen=False)
    for event in [*opening(), *turn(1)]:
        tracker.update(event)
    unknowing = tracker.closer_stored  # as after a commit whose answer was lost
    await store.save(tracker)
    first = await store._broker.next(100)
    tracker.closer_stored = unknowing
    await store.save(tracker)
    assert (await store._broker.next(100)).events == first.events
    assert len(first.events) == len(tracker.events)
