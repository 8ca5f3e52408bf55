"""A copy of one's data that is wanted before the data or the account goes: "delete my account, but first send me all my data"."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.forms import Task
from actions.waiting import queue
from actions.wishes import Wish

_SENDS = r"(?:send|give|get|e-?mail|mail|export|download|let me have)"
_DATA = r"(?:cop(?:y|ies)|data|information|info|everything you (?:have|know|store))"
_COPY_FIRST = re.compile(
    rf"\W*\b(?:but |and |after |once )*(?:first|before (?:that|this|you do(?: (?:it|that|so))?))\b.{{0,25}}\b{_SENDS}\b.{{0,25}}\b{_DATA}\b"
    rf"|\W*\b(?:but |and )*{_SENDS}\b.{{0,25}}\b{_DATA}\b.{{0,25}}\b(?:first|before (?:that|this|you do))\b",
    re.IGNORECASE,
)
_EXPORT = "request_data_export"
_ACCOUNT = re.compile(r"\b(?:ac+o?u?nt|profile|membership)\b", re.IGNORECASE)


def copy_goes_first(ctx: TurnContext, task: Task) -> bool:
    """Have the copy come first and the task that was begun follow; say whether that is wanted."""
    if _COPY_FIRST.search(ctx.text) is None:
        return False
    rest = _COPY_FIRST.sub(" ", ctx.text).strip(" ,.;")
    name = "delete_account" if _ACCOUNT.search(rest) else task.name
    copy = {"text": ctx.text, "intent": {"name": _EXPORT, "confidence": 1.0}, "entities": []}
    removal = {"text": rest, "intent": {"name": name, "confidence": 1.0}, "entities": []}
    queue(ctx, [Wish(_EXPORT, copy), Wish(name, removal)], quiet=True)
    task.finish(ctx, "passed_on")
    return True
