"""What has just ended or was just asked: the task and the message that this one may belong to."""

from __future__ import annotations

from actions.context import TurnContext
from actions.spoken_of import last_action

#: So many messages later a task has not just ended any more.
_LATELY = 3
INVOICES = ("get_invoice", "check_invoice")


def ended_lately(ctx: TurnContext) -> str | None:
    """Return the task that ended last, if that was a message or two ago in this session."""
    for _, event in ctx.events_back(_LATELY):
        name = str(event.get("name") or "")
        if event.get("event") == "action" and name.startswith("action_submit_"):
            return name.removeprefix("action_submit_")
    return None


def told_before(ctx: TurnContext) -> str:
    """Return the message before this one if it was answered by asking what is meant, or in vain called an order off."""
    result = ctx.slot("task_result") or {}
    in_vain = (result.get("task"), result.get("outcome")) == ("cancel_order", "impossible")
    refused = in_vain and last_action(ctx, "action_submit_cancel_order")
    named = (result.get("task"), result.get("outcome")) in [(each, "answered") for each in INVOICES]
    refused = refused or (
        named and last_action(ctx, *(f"action_submit_{each}" for each in INVOICES))
    )
    asked = last_action(
        ctx, "action_inform", "action_clarify", "action_out_of_scope"
    ) and not _did_something(ctx)
    if not (refused or asked):
        return ""
    return next((str(event.get("text") or "") for event in ctx.said_before(2)), "")


def _did_something(ctx: TurnContext) -> bool:
    """Whether a task ended with the message before this one."""
    return any(
        heard and str(event.get("name") or "").startswith("action_submit_")
        for heard, event in ctx.events_back(1)
    )
