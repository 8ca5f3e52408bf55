"""A long conversation with the real actions: the same answers as with the whole history, and the history for people."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.exporter import Exporter
from rasa.server import get_test_stories, update_conversation_with_events
from rasa.shared.core.events import SlotSet, UserUttered

from rasa_ext.tracker_store import CloserTrackerStore
from tests.conversations.harness import Bot, Stage

pytestmark = pytest.mark.rasa

SAID = [
    "hi",
    "where is my order",
    "what payment methods do you take",
    "12345",
    "yes",
    "thanks",
    "cancel my order",
    "no wait, how long does delivery take",
    "12346",
    "no",
    "asdf qwer",
    "never mind",
    "are you a bot",
    "i want to return something from order 12345",
    "stop",
    "what did i order so far",
    "i have a complaint",
    "the parcel was wet",
    "help",
    "forget it",
]


def whole_history(bot: Bot) -> None:
    """Let the bot read everything in each turn."""
    store = CloserTrackerStore(domain=bot.agent.domain, services=bot.services, window_turns=10_000)
    bot.agent.tracker_store = store
    assert bot.agent.processor is not None
    bot.agent.processor.tracker_store = store


async def course(bot: Bot) -> list[tuple[object, ...]]:
    """Return what was decided turn by turn; the wording of a reply is drawn by lot."""
    steps: list[tuple[object, ...]] = []
    for text in SAID * 2:
        turn = await bot.hears(text, customer="user123")
        steps.append((text, turn.intent.name, turn.actions, turn.task, len(turn.replies)))
    await bot.services.close()
    return steps


async def test_the_window_changes_no_answer(stage: Stage, tmp_path: Path) -> None:
    folders = [tmp_path / "whole", tmp_path / "part"]
    for folder in folders:
        folder.mkdir()
    bot = await stage.bot(folders[0])
    whole_history(bot)
    expected = await course(bot)
    assert await course(await stage.bot(folders[1])) == expected


async def test_story_export_and_added_events_of_a_long_conversation(bot: Bot) -> None:
    for number in range(20):
        await bot.hears(("hi", "thanks")[number % 2], customer="user123")
    processor, store = bot.agent.processor, bot.agent.tracker_store
    assert processor is not None
    assert isinstance(store, CloserTrackerStore)

    assert await store.exists("user123")  # as the endpoint of the story does
    story = await get_test_stories(processor, "user123", None)
    assert story.count("user: |-") == 20
    sessions = await get_test_stories(processor, "user123", None, fetch_all_sessions=True)
    assert sessions.count("user: |-") == 20

    assert bot.agent.domain is not None
    added = [SlotSet("order_id", "12345")]
    tracker = await update_conversation_with_events(  # as POST .../tracker/events does
        "user123", processor, bot.agent.domain, list(added)
    )
    await store.save(tracker)
    await bot.hears("hi", customer="user123")

    published = await exported(store)
    assert [event["text"] for event in published if event["event"] == "user"] == [
        *["hi", "thanks"] * 10,
        "hi",
    ]
    assert ("order_id", "12345") in [
        (event["name"], event["value"]) for event in published if event["event"] == "slot"
    ]
    full = await store.retrieve_full_tracker("user123")
    assert full is not None
    assert sum(isinstance(event, UserUttered) for event in full.events) == 21


async def exported(store: CloserTrackerStore) -> list[dict[str, object]]:
    """Return what `rasa export` publishes."""
    exporter = Exporter(store, None, "endpoints.yml")  # type: ignore[arg-type]
    return [event async for event in exporter._fetch_events_within_time_range()]
