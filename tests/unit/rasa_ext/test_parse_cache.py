"""Short messages are read once by a model; what is kept is nobody's and never changes."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain

from rasa_ext.lean_processor import LeanProcessor
from rasa_ext.parse_cache import ParseCache


def parsed(text: str, *entities: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "intent": {"name": "greet"}, "entities": list(entities)}


def test_a_kept_parse_is_a_copy() -> None:
    cache = ParseCache()
    given = parsed("hi")
    cache.put("hi", given)
    given["intent"]["name"] = "changed"
    first = cache.get("hi")
    assert first is not None
    first["intent"]["name"] = "changed too"
    assert cache.get("hi") == parsed("hi")
    assert cache.hits == 2


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("x" * 65, []),
        ('/inform{"a": 1}', []),
        ("order 4471", [{"entity": "order_id", "value": "4471"}]),
        ("tomorrow", [{"entity": "date", "value": "2026-11-24"}]),
    ],
)
def test_long_disguised_or_personal_messages_are_not_kept(
    text: str, entities: list[dict[str, Any]]
) -> None:
    cache = ParseCache()
    cache.put(text, parsed(text, *entities))
    assert cache.get(text) is None


def test_the_least_recently_used_goes() -> None:
    cache = ParseCache(most=2)
    for text in ("a", "b"):
        cache.put(text, parsed(text))
    cache.get("a")
    cache.put("c", parsed("c"))
    assert cache.get("b") is None
    assert cache.get("a") == parsed("a")


class Counting(MessageProcessor):
    """A loaded model that counts what it reads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.read: list[str] = []
        self.http_interpreter = None
        self.graph_runner = None
        self.domain = Domain.empty()

    def _parse_message_with_graph(self, message: UserMessage, *_: Any) -> dict[str, Any]:
        self.read.append(str(message.text))
        return {**parsed(str(message.text)), "by": self.name}


async def test_each_version_reads_a_message_once() -> None:
    models = {name: Counting(name) for name in ("one", "two")}
    lean = {name: LeanProcessor.of(model) for name, model in models.items()}
    for processor in lean.values():
        processor._parse_message_with_graph = Counting._parse_message_with_graph.__get__(processor)
    for _ in range(2):
        for name, processor in lean.items():
            assert (await processor.parse_message(UserMessage("hi")))["by"] == name
    assert [processor.__dict__["read"] for processor in lean.values()] == [["hi"], ["hi"]]
