"""The actions and the rules agree on which intent begins which task and which are digressions."""

from __future__ import annotations

from typing import Any

import yaml

from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from closer.kit.settings import ROOT


def rules() -> list[list[dict[str, Any]]]:
    files = sorted((ROOT / "data" / "rules").glob("*.yml"))
    return [
        rule["steps"] for file in files for rule in yaml.safe_load(file.read_text("utf-8"))["rules"]
    ]


def test_an_intent_begins_the_task_that_the_actions_know() -> None:
    begins = {
        steps[0]["intent"]: steps[1]["action"].removesuffix("_form")
        for steps in rules()
        if "intent" in steps[0]
        and any(step.get("active_loop") == steps[1].get("action") for step in steps[2:])
    }
    assert begins == TASK_OF_INTENT


def test_a_digression_is_answered_by_a_rule_and_then_the_task_goes_on() -> None:
    answered = {
        steps[0]["intent"].split("/")[0]
        for steps in rules()
        if "intent" in steps[0] and not any("active_loop" in step for step in steps)
    }
    assert answered >= DIGRESSIONS
    assert not DIGRESSIONS & set(TASK_OF_INTENT)
