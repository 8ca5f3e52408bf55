"""Who writes: the customer, or somebody who says that they are somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from actions.speaker import is_another


def _said(text: str, place: str = "web") -> dict[str, Any]:
    return {"event": "user", "text": text, "metadata": {"place": place}}


@pytest.mark.parametrize(
    "text",
    [
        "hi this is her husband",
        "its maya's son here, where is order 12345",
        "I'm writing on behalf of my mother",
        "this is my wife's account but when does it come",
        "I am not the account holder",
        "hello, im amara’s daughter writing for her",
    ],
)
def test_somebody_else_is_heard(text: str) -> None:
    assert is_another([_said(text)], "web")


@pytest.mark.parametrize(
    "text",
    [
        "my husband asks when it comes",
        "can you send it to my husband",
        "this one is for my wife",
        "it's my husband's order that is late",
        "that's my sister's favourite",
        "it's my brother's friend who gets it",
        "i'm not happy with it",
    ],
)
def test_who_only_speaks_of_others_is_the_customer(text: str) -> None:
    assert not is_another([_said(text)], "web")


def test_the_newest_word_counts_at_its_place_until_a_code_proved_otherwise() -> None:
    husband, herself = _said("this is her husband"), _said("this is maya now")
    proof = {"event": "slot", "name": "verified_customer_id", "value": {"web": "user123"}}
    assert is_another([_said("cancel it"), husband], "web")
    assert not is_another([herself, husband], "web")
    assert not is_another([proof, husband], "web")
    assert not is_another([husband], "voice")
