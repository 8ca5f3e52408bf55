"""Dialogues as Rasa records them become daily counts: each event once, nobody's words, also through outages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select

from closer.conversations.consumer import EventConsumer
from closer.insights import feed
from closer.insights.feed import InsightFeed
from closer.insights.tables import insight_counts
from closer.kit.settings import ROOT
from closer.services import Services
from closer.worker.delivery import deliver
from rasa_ext.event_broker import make_relay
from rasa_ext.tracker_store import CloserTrackerStore
from tests.fakes.redis_server import RedisServer

EVENING = datetime(2026, 3, 10, 23, 59, 50, tzinfo=timezone.utc)
DAY, NEXT_DAY = date(2026, 3, 10), date(2026, 3, 11)
LEASE = f"closer:consumer:closer_events:{feed.CONSUMER}"

Counts = dict[tuple[str, ...], int]


def user(text: str, intent: str, channel: str = "web", full: str | None = None) -> Event:
    understood = {"name": intent, "confidence": 0.9}
    if full:
        understood["full_retrieval_intent_name"] = full
    parsed = {"text": text, "intent": understood, "entities": [], "intent_ranking": [understood]}
    return UserUttered(text, understood, [], parsed, input_channel=channel, message_id=text)


def bot(text: str, response: str) -> Event:
    return BotUttered(text, {"custom": None}, {"utter_action": response})


LISTEN = ActionExecuted("action_listen")


def opening(*carried_over: Event) -> list[Event]:
    return [ActionExecuted("action_session_start"), SessionStarted(), *carried_over, LISTEN]


def ended(task: str, outcome: str) -> list[Event]:
    result = SlotSet("task_result", {"task": task, "outcome": outcome})
    return [ActiveLoop(None), ActionExecuted(f"action_submit_{task}"), result]


def tracking() -> list[Event]:
    """A turn that asks for an order and is told where it is."""
    return [
        user("where is 4471? I am Mara", "track_order"),
        ActionExecuted("action_extract_slots"),
        ActionExecuted("track_order_form"),
        ActiveLoop("track_order_form"),
        SlotSet("order_id", "4471"),
        *ended("track_order", "ready"),
        bot("It is on its way.", "utter_order_state"),
        LISTEN,
    ]


def asking(channel: str = "web") -> list[Event]:
    """A turn that is not understood, and one that asks for a person, who is not free yet."""
    return [
        user("florp", "nlu_fallback", channel),
        ActionExecuted("action_clarify"),
        bot("What do you mean?", "utter_ask_rephrase"),
        LISTEN,
        user("a person please", "contact_human_agent", channel),
        ActionExecuted("action_handoff"),
        bot("You're next in line", "utter_handoff_waiting"),
        LISTEN,
    ]


async def save(
    services: Services, conversation: str, events: Sequence[Event], at: datetime = EVENING
) -> None:
    """Append a turn to a tracker as the dialogue does, a second an event."""
    store = CloserTrackerStore(domain=Domain.empty(), services=services)
    tracker = await store.retrieve(conversation)
    if tracker is None:
        tracker = await store.create_tracker(conversation, append_action_listen=False)
    assert isinstance(tracker, DialogueStateTracker)
    for number, event in enumerate(events):
        event.timestamp = (at + timedelta(seconds=number)).timestamp()
        tracker.events.append(event)
    await store.save(tracker)


async def publish(services: Services) -> None:
    relay = make_relay(services)
    while await relay.publish_next():
        pass


class Counting:
    """The feed and its consumer, as the delivery process makes them."""

    def __init__(self, services: Services, batch: int = feed.BATCH) -> None:
        self.consumer: EventConsumer = services.event_consumer(feed.CONSUMER, batch=batch)
        self.feed = InsightFeed(services.insights, services.conversations)

    async def all(self) -> None:
        while await self.consumer.step(self.feed, block_ms=1):
            pass


async def counts(services: Services, day: date = DAY) -> Counts:
    table = insight_counts
    async with services.db.reading() as connection:
        rows = await connection.execute(select(table).where(table.c.day == day))
        return {
            (row["channel"], row["kind"], *([row["name"]] if row["name"] else [])): row["count"]
            for row in rows.mappings()
        }


ONE_TRACKING: Counts = {
    ("web", "message"): 1,
    ("web", "intent", "track_order"): 1,
    ("web", "action", "action_submit_track_order"): 1,
    ("web", "task_done", "track_order"): 1,
    ("web", "reply"): 1,
}


async def test_a_turn_is_counted_by_day_and_channel(services: Services) -> None:
    at = EVENING - timedelta(hours=1)
    await save(services, "mara", [*opening(), *tracking()], at)
    await save(services, "ole", asking("sms"), at)
    await publish(services)
    await Counting(services).all()
    assert await counts(services) == {
        **ONE_TRACKING,
        ("sms", "message"): 2,
        ("sms", "intent", "nlu_fallback"): 1,
        ("sms", "intent", "contact_human_agent"): 1,
        ("sms", "fallback"): 1,
        ("sms", "action", "action_clarify"): 1,
        ("sms", "action", "action_handoff"): 1,
        ("sms", "handoff"): 1,
        ("sms", "reply"): 2,
    }
    rows = str(await _rows(services))
    assert not [word for word in ("Mara", "mara", "4471", "florp") if word in rows]


async def test_the_day_is_that_of_the_event_in_utc(services: Services) -> None:
    await save(services, "mara", [*opening(), user("hi", "greet")])
    await save(services, "mara", [bot("Hello", "utter_greet")], EVENING + timedelta(seconds=10))
    await publish(services)
    await Counting(services).all()
    assert ("web", "reply") not in await counts(services)
    assert sum((await counts(services, NEXT_DAY)).values()) == 1


async def test_a_retrieval_intent_counts_under_its_full_name(services: Services) -> None:
    await save(services, "ann", [user("how long?", "faq", full="faq/delivery_time"), LISTEN])
    await save(services, "ann", [user("why?", "faq"), LISTEN])
    await publish(services)
    await Counting(services).all()
    found = {key[2]: value for key, value in (await counts(services)).items() if key[1] == "intent"}
    assert found == {"faq/delivery_time": 1, "faq": 1}


async def test_a_task_that_ends_otherwise_is_given_up_and_a_new_session_ends_none(
    services: Services,
) -> None:
    await save(services, "ann", [user("cancel", "cancel_order"), *ended("cancel_order", "stopped")])
    again = SlotSet("task_result", {"task": "cancel_order", "outcome": "stopped"})
    await save(services, "ann", [*opening(again), user("hi", "greet"), LISTEN])
    await publish(services)
    await Counting(services).all()
    found = await counts(services)
    assert found["web", "task_given_up", "cancel_order"] == 1
    assert not [key for key in found if key[1] == "task_done"]


async def test_what_is_published_twice_counts_once(services: Services) -> None:
    await save(services, "mara", tracking(), EVENING - timedelta(hours=1))
    batch = await services.broker_outbox.next(10)
    relay = make_relay(services)
    await relay._publisher.publish(batch.events)  # and the relay dies before it deletes them
    await relay.publish_next()
    await Counting(services).all()
    await Counting(services).all()
    assert await counts(services) == ONE_TRACKING


async def test_counts_of_several_batches_add_up_wherever_they_cut_a_turn(
    services: Services,
) -> None:
    at = EVENING - timedelta(hours=1)
    for number in range(3):
        await save(services, f"c{number}", [*opening(), *tracking()], at)
    await publish(services)
    await Counting(services, batch=4).all()
    assert await counts(services) == dict.fromkeys(ONE_TRACKING, 3)


async def test_after_a_restart_within_a_turn_its_channel_is_that_of_the_last_message(
    services: Services,
) -> None:
    entry = services.conversations.entry("customer", "alexa", text="where is my order?")
    await services.conversations.append("ann", [entry])
    await save(services, "ann", [user("hello", "greet", "alexa"), bot("Hi", "utter_greet")])
    await save(services, "ben", [bot("Nobody said anything", "utter_greet")])
    await publish(services)
    first = Counting(services, batch=1)
    await first.consumer.step(first.feed)
    await Counting(services).all()
    found = await counts(services)
    assert found["alexa", "reply"] == 1
    assert found[feed.UNKNOWN, "reply"] == 1


async def test_events_of_who_was_erased_are_passed_over_and_their_counts_stay(
    services: Services,
) -> None:
    at = EVENING - timedelta(hours=1)
    await save(services, "mara", tracking(), at)
    await publish(services)
    await Counting(services).all()
    await save(services, "mara", asking(), at)
    await save(services, "ole", [user("hi", "greet", "sms"), LISTEN], at)
    await publish(services)
    await services.person_keys.erase("mara")
    await Counting(services).all()
    assert await counts(services) == {
        **ONE_TRACKING,
        ("sms", "message"): 1,
        ("sms", "intent", "greet"): 1,
    }


async def test_the_delivery_process_counts_through_an_outage_and_leaves_its_lease(
    services: Services, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "GATHER_S", 0.05)
    stopping, relay = asyncio.Event(), make_relay(services)
    task = asyncio.create_task(deliver(services, stopping))
    relay.start()
    try:
        at = EVENING - timedelta(hours=1)
        await save(services, "mara", tracking(), at)
        await _until_counted(services, 1)
        assert await services.redis.get(LEASE) is not None
        redis_server.stop()
        await save(services, "ole", tracking(), at)
        redis_server.start()
        await _until_counted(services, 2)
    finally:
        await relay.stop()
        stopping.set()
        await asyncio.wait_for(task, 10)
    assert await services.redis.get(LEASE) is None


async def test_without_the_stream_in_redis_nothing_is_read(services: Services) -> None:
    services.settings.event_broker = "kafka"
    stopping = asyncio.Event()
    task = asyncio.create_task(deliver(services, stopping))
    await asyncio.sleep(0.2)
    stopping.set()
    await asyncio.wait_for(task, 10)
    assert await services.redis.exists("closer_events") == 0


def test_what_a_queued_conversation_is_told_exists() -> None:
    said = yaml.safe_load((ROOT / "data/responses/contact.yml").read_text())["responses"]
    assert set(said) >= feed.QUEUED


async def _until_counted(services: Services, messages: int) -> None:
    for _ in range(600):
        if (await counts(services)).get(("web", "message")) == messages:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(await counts(services))


async def _rows(services: Services) -> list[Any]:
    async with services.db.reading() as connection:
        return list((await connection.execute(select(insight_counts))).all())
