"""Right after a change of the account: taking it back ("undo that"), or putting it right ("ah no, it's Müller")."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import EventType, FollowupAction

from actions.confirming import asks_how, said
from actions.context import TurnContext
from actions.name_parts import with_part
from actions.slot_types import Answer

#: A change may be put right for so many messages.
_MESSAGES = 4
_BACK = re.compile(
    r"\b(?:undo|revert|changed? my mind|take (?:it|that) back|withdraw|put (?:it|that) back|change (?:it|that) back|back to (?:what|how|the old)"
    r"|(?:don'?t|do not) (?:do (?:it|that)|erase|delete|close|want (?:it|that))|cancel (?:it|that)|stop (?:it|that)|(?:was|by) (?:a )?mistake"
    r"|(?:turn|switch|put) (?:it|that|them|this|those) (?:back )?on|(?:turn|switch) (?:it|that|them) back|back on|opt (?:me )?back in|allow (?:it|that) again"
    r"|never ?mind|forget (?:it|that)|reopen|not what i (?:wanted|meant))\b"
)
_RIGHT = re.compile(
    r"\b(?:i mean|i meant|meant|actually|sorry|oops|typo|wrong|should be|rather|instead|correction|misspell\w*|mistake)\b"
    r"|^\W*(?:ah|oh|hm+|wait)?\W*(?:no|nope|not)\b"
)
_LEAD = re.compile(
    r"^\W*(?:(?:ah|oh|hm+|wait|no|nope|sorry|oops|actually|i mean|i meant|meant|it'?s|it is|it should be|should be|rather|spelled|spelt|is)\b[\s,.:]*)+",
    re.IGNORECASE,
)


def remember_change(
    ctx: TurnContext, task: str, back: dict[str, Any] | None, now: Any = None
) -> None:
    """Keep what a task has just changed.

    Args:
        ctx: The turn.
        task: The task.
        back: What the same task is begun with to take it back; None if that is impossible.
        now: The new value.
    """
    change = {"task": task, "back": back, "now": now, "message_id": ctx.message_id}
    ctx.set("last_change", change)


def put_right(ctx: TurnContext) -> list[EventType] | None:
    """Begin what a message outside of any task wants done about the last change; None if it is about something else."""
    change = _changed_lately(ctx)
    if change is None or ctx.active_form:
        return None
    if (values := _corrected(ctx, change)) is not None:
        return _begin(ctx, change["task"], values)
    if not (_BACK.search(said(ctx)) or ctx.intent == "stop"):
        return None
    ctx.set("last_change", None)
    if change["back"] is None:
        from actions.forms import spoken_title  # noqa: PLC0415 - forms' tasks stand on this module

        ctx.say("utter_done_for_good", task=spoken_title(change["task"]))
        return []
    if asks_how(said(ctx)):
        back = {"task": change["task"], "values": change["back"], "quiet": True}
        ctx.offer(f"{change['task']}_form", {"resuming": back})
        ctx.say("utter_shall_i_do_that")
        return []
    ctx.say("utter_taking_back")
    return _begin(ctx, change["task"], change["back"])


def taken_back(ctx: TurnContext) -> tuple[str, dict[str, Any]] | None:
    """Return the task and values that undo the last change, if words that sound like another wish mean that: "turn that back on"."""
    change = _changed_lately(ctx)
    if change is None or not change["back"] or not _BACK.search(said(ctx)):
        return None
    ctx.set("last_change", None)
    return change["task"], change["back"]


def _changed_lately(ctx: TurnContext) -> dict[str, Any] | None:
    """Return the customer's last change, if it was made in the last few messages."""
    change: dict[str, Any] | None = ctx.slot("last_change")
    if ctx.customer_id is None or not change:
        return None
    return change if change["message_id"] in ctx.latest_messages(_MESSAGES + 1) else None


def _begin(ctx: TurnContext, task: str, values: dict[str, Any]) -> list[EventType]:
    ctx.set("resuming", {"task": task, "values": values, "quiet": True})
    return [FollowupAction(f"{task}_form")]


def _corrected(ctx: TurnContext, change: dict[str, Any]) -> dict[str, Any] | None:
    """Return the values of a correction of what was changed: another tier, another new name."""
    from actions.forms import TASKS  # noqa: PLC0415 - forms' tasks stand on this module

    if not _RIGHT.search(said(ctx)) or change["back"] is None:
        return None
    slots = TASKS[change["task"]].slots
    if change["task"] == "switch_account":
        tier = slots["account_type"].read(ctx, Answer(slot="account_type", asked=True))
        return {"account_type": tier} if tier else None
    if change["task"] != "edit_account":
        return None
    field = change["back"]["account_field"]
    rest = _LEAD.sub("", ctx.text.strip())
    with ctx.narrowed(
        {"text": rest, "intent": {"name": "inform"}, "entities": ctx.heard["entities"]}
    ):
        ctx.fresh["account_field"] = field
        value = slots["new_value"].read(ctx, Answer(slot="new_value", asked=True))
        del ctx.fresh["account_field"]
    if value is None:
        return None
    if field == "name":
        value = {**value, "value": with_part(str(change["now"]), str(value["value"]), ctx.text)}
    return {"account_field": field, "new_value": value}
