"""What was just given or answered: the address that "it" and "there" mean, and the action before this message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from actions.context import TurnContext

_THERE = re.compile(
    r"\bthere\b(?!'s| is| are)|\b(?:to|at) (?:that|this|the same) (?:address|place)\b"
    r"|\b(?:use|take|apply|have|put) (?:it|that|this|the (?:same|new)(?: (?:one|address))?|(?:that|this) (?:one|address)) (?:also |as well )?(?:for|on|with)\b",
    re.IGNORECASE,
)
#: What answers questions about delivery in general.
DELIVERY = ("action_delivery_options", "action_delivery_period")
#: How many messages back something counts as just spoken of.
LATELY = 4


def address_just_given(ctx: TurnContext) -> dict[str, Any] | None:
    """Return the parts of the complete address that was given in the last few messages of this session."""
    found = (dict(value) for value in _lately(ctx, "address") if isinstance(value, dict))
    return next((parts for parts in found if parts.get("street") and parts.get("city")), None)


def means_just_given(text: str) -> bool:
    """Say whether "there", or "use it for", means an address that was told before."""
    return _THERE.search(text) is not None


def told_lately(ctx: TurnContext, slot: str) -> Any | None:
    """Return the value that a slot had last in the last few messages, also if its task has ended since."""
    return next(_lately(ctx, slot), None)


def last_action(ctx: TurnContext, *names: str) -> bool:
    """Say whether one of some actions answered the message before this one."""
    return any(
        heard and event.get("event") == "action" and event.get("name") in names
        for heard, event in ctx.events_back(1)
    )


def answered_lately(ctx: TurnContext, *names: str) -> bool:
    """Say whether one of some actions answered one of the last few messages."""
    return any(
        heard and event.get("event") == "action" and event.get("name") in names
        for heard, event in ctx.events_back(LATELY)
    )


def speak_of(ctx: TurnContext, order_id: str) -> None:
    """Let "it" mean an order that was asked about in passing, unless a task is in progress: that keeps its own."""
    if not ctx.active_form:
        ctx.set("order_id", order_id)


def _lately(ctx: TurnContext, slot: str) -> Iterator[Any]:
    """Go through the values that a slot had lately, the newest first."""
    for _, event in ctx.events_back(LATELY):
        if event.get("event") == "slot" and event.get("name") == slot and event.get("value"):
            yield event["value"]
