"""The skill's interaction model and what the connector reads of it."""

from __future__ import annotations

import json
from typing import Any

from channels import alexa_request
from channels.alexa_request import read_request
from closer.kit.settings import ROOT
from tests.fakes.alexa_caller import encoded, request


def _model() -> dict[str, Any]:
    text = (ROOT / "deploy" / "alexa" / "skill-en-US.json").read_text("utf-8")
    return dict(json.loads(text)["interactionModel"]["languageModel"])


def test_every_intent_of_the_model_is_read() -> None:
    known = {*alexa_request._WORDS, *alexa_request._ENDS, "AMAZON.FallbackIntent", "AskIntent"}
    assert {intent["name"] for intent in _model()["intents"]} == known


def test_whatever_is_said_comes_in_the_one_slot() -> None:
    [ask] = [intent for intent in _model()["intents"] if intent["samples"]]
    [slot] = ask["slots"]
    assert ask["samples"] == ["{" + slot["name"] + "}"]
    # A type of Amazon's that takes any words must not stand alone in a sample; one's own may.
    assert slot["type"] in {kind["name"] for kind in _model()["types"]}
    data = request(intent=ask["name"])
    data["request"]["intent"]["slots"] = {slot["name"]: {"name": slot["name"], "value": "hello"}}
    assert read_request(encoded(data)).words == "hello"


def test_the_invocation_name_is_one_that_amazon_takes() -> None:
    words = _model()["invocationName"].split()
    assert len(words) >= 2
    assert all(word.isalpha() and word.islower() for word in words)
