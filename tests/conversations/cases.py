"""Reads conversation cases (YAML) and plays them: what is said, what must come back, what must be stored."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from closer.kit.errors import Unavailable
from tests.conversations.harness import Bot
from tests.conversations.state import arrange, check_state

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
    name = (await bot.services.customers.get(customer)).first_name if customer else ""
    if "at" in case:
        bot.clock.set(case["at"])
    await arrange(bot.services, case.get("given", []))
    take_down(bot, case.get("down", []))
    for number, step in enumerate(case["steps"], start=1):
        said = step["user"]
        # Near a threshold the same data did not read alike on every machine: of several words, those that are unclear here.
        text = await (
            bot.first_unclear(said) if isinstance(said, list) else _filled(bot, str(said))
        )
        bot.clock.advance(seconds=60 * step.get("wait_minutes", 0))
        take_down(bot, step.get("down", []))
        more = {"payload": step["payload"]} if "payload" in step else {}
        if "proven" in case:
            more["proven"] = case["proven"]
        result = await bot.hears(
            text, customer=customer, channel=case.get("channel", "web"), **more
        )
        where = f"step {number} ({text!r})\n" + "\n".join(bot.transcript)
        check_step(_named(step, name), result, where)
    await check_state(bot.services, customer, case.get("then", []), "\n".join(bot.transcript))


def take_down(bot: Bot, methods: list[str]) -> None:
    """Let service methods, such as `orders.latest`, fail as if the back end were away."""

    async def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("the back end is away")

    for method in methods:
        service, name = method.split(".")
        setattr(getattr(bot.services, service), name, away)


def check_step(step: dict[str, Any], result: Any, where: str) -> None:
    """Compare a turn with what a step of a case wants to hear."""
    said = "\n".join(_everything(reply) for reply in result.replies)
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
    if "buttons" in step:
        titles = [button.title for reply in result.replies for button in reply.buttons]
        wanted, order = step["buttons"], sorted if isinstance(step["user"], list) else list
        assert order(titles) == order(wanted), f"the buttons are {titles} at {where}"
    if "intent" in step:
        assert result.intent.name == step["intent"], f"understood {result.intent.name} at {where}"


def _everything(reply: Any) -> str:
    cards = [
        f"{card.title} {card.subtitle or ''} "
        + " ".join(f"{f.label} {f.value}" for f in card.facts)
        for card in reply.cards
    ]
    return "\n".join([reply.text or "", *(button.title for button in reply.buttons), *cards])


async def _filled(bot: Bot, text: str) -> str:
    """Put in the last one-time code for `{code}`, and the number of an order's invoice for `{invoice:12344}`."""
    for order_id in re.findall(r"\{invoice:([\w-]+)\}", text):
        order = await bot.services.orders.get(order_id)
        invoice = await bot.services.orders.invoice(order.customer_id, order_id)
        text = text.replace(f"{{invoice:{order_id}}}", invoice.id)
    return text.replace("{code}", await bot.last_code()) if "{code}" in text else text


def _named(step: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        **step,
        "says": [words.replace("{first_name}", name) for words in _listed(step.get("says"))],
    }


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
