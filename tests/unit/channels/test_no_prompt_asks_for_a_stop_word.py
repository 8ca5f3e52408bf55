"""What the assistant says never asks for a word that ends text messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from closer.messaging.stop_words import STOP

ROOT = Path(__file__).parents[3]
_ASKS = re.compile(
    rf"\b(?:reply|replying|answer|text|send|type|write|say)\s+(?:with\s+|back\s+)?[\"'“‘*]*(?:{'|'.join(STOP)})\b",
    re.IGNORECASE,
)


def _texts() -> list[str]:
    found = []
    for path in [ROOT / "domain.yml", *sorted((ROOT / "data" / "responses").glob("*.yml"))]:
        responses = (yaml.safe_load(path.read_text("utf-8")) or {}).get("responses") or {}
        found += [item["text"] for items in responses.values() for item in items if "text" in item]
    return found


def test_responses_never_ask_for_a_word_that_is_an_opt_out() -> None:
    texts = _texts()
    assert len(texts) > 300
    assert [text for text in texts if _ASKS.search(text)] == []


@pytest.mark.parametrize(
    "text", ["Reply CANCEL to stop.", "Just say *stop* and I'm quiet", "answer with 'end'"]
)
def test_such_a_prompt_would_be_found(text: str) -> None:
    assert _ASKS.search(text)
