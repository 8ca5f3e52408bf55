"""The bot that no case may let pass: it answers everything alike, does nothing and keeps nothing.

To make it hard, its one answer holds whatever the case wants to hear anywhere, and it may claim to be at any one step of
any task. Only a case that wants different things at different steps, or a change in what is stored, fails it.
"""

from __future__ import annotations

import sre_constants as op
import sre_parse
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any


def constant_answers(steps: list[dict[str, Any]]) -> Iterator[Any]:
    """Return the answers that such a bot may give to a case's steps."""
    wanted = [words for step in steps for words in _listed(step.get("says"))]
    text = "\n".join(dict.fromkeys(example(words) for words in wanted)) or "All right."
    buttons = next((step["buttons"] for step in steps if step.get("buttons")), [])
    reply = SimpleNamespace(
        text=text, buttons=[SimpleNamespace(title=title) for title in buttons], cards=[]
    )
    intent = next((step["intent"] for step in steps if "intent" in step), None)
    for task in _tasks(steps):
        yield SimpleNamespace(replies=[reply], task=task, intent=SimpleNamespace(name=intent))


def example(expression: str) -> str:
    """Return a text that a regular expression matches, by its first alternatives."""
    return "".join(_matching(sre_parse.parse(expression)))


def _tasks(steps: list[dict[str, Any]]) -> Iterator[Any]:
    yield None
    names = dict.fromkeys(step.get("task") for step in steps if step.get("task"))
    asked = dict.fromkeys(step["asks"] for step in steps if step.get("asks"))
    for name in names or [None]:
        for slot in (*asked, None):
            yield SimpleNamespace(name=name, step=slot)


def _matching(items: Iterable[Any]) -> Iterator[str]:
    for kind, value in items:
        if kind is op.LITERAL:
            yield chr(value)
        elif kind in (op.ANY, op.NOT_LITERAL):
            yield "-"
        elif kind is op.IN:
            yield _one_of(value)
        elif kind is op.BRANCH:
            yield from _matching(value[1][0])
        elif kind is op.SUBPATTERN:
            yield from _matching(value[3])
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            yield from list(_matching(value[2])) * value[0]


def _one_of(choices: list[Any]) -> str:
    kind, value = choices[0]
    if kind is op.CATEGORY:
        return {op.CATEGORY_DIGIT: "1", op.CATEGORY_SPACE: " "}.get(value, "x")
    return chr(value[0] if kind is op.RANGE else value) if kind is not op.NEGATE else "-"


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
