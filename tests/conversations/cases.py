"""Reads conversation cases (YAML) and plays them: what is said, what must come back, what must be stored."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.conversations.harness import Bot
from tests.conversations.state import check_state

FOLDER = Path(__file__).parent


def case_files() -> list[Path]:
    """Return all case files, in folders by behaviour."""
    return sorted(path for path in FOLDER.glob("*/*.yml") if not path.name.startswith("test_"))


def load_case(path: Path) -> dict[str, Any]:
    """Return a case as plain data."""
    return yaml.safe_load(path.read_text("utf-8"))


async def play(bot: Bot, case: dict[str, Any]) -> None:
    """Play a case; an assertion that fails shows the transcript so far."""
    customer = case.get("customer")
    for number, step in enumerate(case["steps"], start=1):
        text = await _filled(bot, str(step["user"]))
        more = {"payload": step["payload"]} if "payload" in step else {}
        result = await bot.hears(text, customer=customer, channel=case.get("channel", "web"), **more)
        said = "\n".join(_everything(reply) for reply in result.replies)
        where = f"step {number} ({step['user']!r})\n" + "\n".join(bot.transcript)
        _check_step(step, result, said, where)
    await check_state(bot.services, customer, case.get("then", []), "\n".join(bot.transcript))


def _check_step(step: dict[str, Any], result: Any, said: str, where: str) -> None:
    assert said or step.get("silent"), f"nothing was said at {where}"
    for words in _listed(step.get("says")):
        assert re.search(words, said, re.IGNORECASE), f"{words!r} is not in {said!r} at {where}"
    for words in _listed(step.get("not_says")):
        assert not re.search(words, said, re.IGNORECASE), f"{words!r} is in {said!r} at {where}"
    if "task" in step:
        name = result.task.name if result.task else None
        assert name == step["task"], f"the task is {name}, not {step['task']} at {where}"
    if "asks" in step:
        asked = result.task.step if result.task else None
        assert asked == step["asks"], f"asked for {asked}, not {step['asks']} at {where}"
    if "intent" in step:
        assert result.intent.name == step["intent"], f"understood {result.intent.name} at {where}"


def _everything(reply: Any) -> str:
    cards = [f"{card.title} {card.subtitle or ''} " + " ".join(f"{f.label} {f.value}" for f in card.facts) for card in reply.cards]
    return "\n".join([reply.text or "", *(button.title for button in reply.buttons), *cards])


async def _filled(bot: Bot, text: str) -> str:
    return text.replace("{code}", await bot.last_code()) if "{code}" in text else text


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
