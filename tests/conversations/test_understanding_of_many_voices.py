"""The trained model on messages that it was never trained nor tuned on: intents of the tasks, and ids amid noise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.training_data.loading import load_data

from benchmarks.nlu_noise import NOISE, noisy
from tests.conversations.harness import Bot

MESSAGES = Path(__file__).resolve().parent.parent / "nlu"
IDS = ("order_id", "invoice_id")

# Every third message and every kind of noise on a few of them keep this under ten seconds.
SAMPLE, NOISY_SAMPLE = 3, 18

Changed = Callable[[str], str]


def written(name: str) -> list[Any]:
    return list(load_data(str(MESSAGES / f"{name}.yml")).nlu_examples)


async def share_right(bot: Bot, messages: list[Any], change: Changed = str) -> float:
    right = [
        (await bot.agent.parse_message(change(message.get("text"))))["intent"]["name"]
        == message.get("intent")
        for message in messages
    ]
    return sum(right) / len(right)


async def test_tasks_are_understood_in_many_voices(bot):
    messages = written("voices")[::SAMPLE]
    assert {message.get("intent") for message in messages} >= {"cancel_order", "review"}
    assert await share_right(bot, messages) >= 0.96


@pytest.mark.parametrize(("who", "least"), [("strangers", 0.96), ("strangers_in_noise", 0.95)])
async def test_strangers_are_understood(bot, who, least):
    messages = written(who)[::SAMPLE]
    assert await share_right(bot, messages) >= least


@pytest.mark.parametrize(
    ("kind", "least"),
    [("typos", 0.8), ("held keys", 0.85), ("no vowels", 0.75), ("by ear", 0.8), ("run on", 0.8), ("shorthand", 0.85)],
)  # fmt: skip
async def test_tasks_are_understood_in_spite_of_noise(bot, kind, least):
    assert kind in NOISE
    sample = written("voices")[::NOISY_SAMPLE]
    assert await share_right(bot, sample, lambda text: noisy(text, kind)) >= least


async def test_ids_are_found_amid_noise(bot):
    right = of = 0
    for message in written("ids"):
        text = message.get("text")
        found = (await bot.agent.parse_message(text))["entities"]
        got = {(e["start"], e["end"], e["entity"]) for e in found if e["entity"] in IDS}
        marked = {(e["start"], e["end"], e["entity"]) for e in message.get("entities")}
        right += len(got & marked)
        of += len(got | marked)
    assert right / of >= 0.95
