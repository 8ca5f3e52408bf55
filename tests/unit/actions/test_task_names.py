"""Tasks have one name, in the dialogue and where it is announced."""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from actions.forms import TASKS
from closer.conversations.task_names import task_name


def test_a_task_is_called_the_same_everywhere() -> None:
    ActionExecutor().register_package("actions")
    assert {name: task_name(name) for name in TASKS} == {
        name: task.title for name, task in TASKS.items()
    }
