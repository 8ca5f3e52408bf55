"""Tasks that wait for another one to end: interrupted ones, and further wishes of the same message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rasa_sdk.events import EventType, FollowupAction

from actions.context import TurnContext

if TYPE_CHECKING:
    from actions.forms import Task
    from actions.wishes import Wish


_SAYS_NO = re.compile(r"\W*(?:no|nope|nah)\b(?! (?:idea|clue))", re.IGNORECASE)
_CAME_BACK = "came_back"


def put_aside(ctx: TurnContext, task: Task, other: str) -> None:
    """Keep a task's values while another is done; one that was come back to before is only offered, or given up if it has none.

    Args:
        ctx: The turn.
        task: The task that is interrupted.
        other: The task that interrupts it.
    """
    values = {slot: ctx.slot(slot) for slot in (*task.slots, "task_data")}
    if _SAYS_NO.match(ctx.text) and all(ctx.slot(slot) is None for slot in task.slots):
        return  # "no, I have one, just add an address": it was never begun
    kept = [
        item
        for item in ctx.slot("interrupted") or []
        if is_new(item) or item["task"] not in (other, task.name)
    ]
    if not came_back(ctx):
        kept.append({"task": task.name, "slots": values})
    elif any(ctx.slot(slot) is not None for slot in task.slots):
        kept.append({"task": task.name, "slots": values, "offer": True})
    ctx.set("interrupted", kept)


def come_back(ctx: TurnContext) -> None:
    """Note that a task is gone on with after an interruption."""
    ctx.set("task_data", {**(ctx.slot("task_data") or {}), _CAME_BACK: True})


def came_back(ctx: TurnContext) -> bool:
    """Say whether the task in progress was come back to after an interruption."""
    return bool((ctx.slot("task_data") or {}).get(_CAME_BACK))


def queue(ctx: TurnContext, wishes: Sequence[Wish], *, quiet: bool = False) -> None:
    """Have further wishes follow when the task in progress has ended, the first one first.

    Args:
        ctx: The turn.
        wishes: What is wished for.
        quiet: Whether the first is begun without a word, as what was meant all along.
    """
    waiting = [_item(wish) for wish in reversed(wishes)]
    if waiting and quiet:
        waiting[-1]["quiet"] = True
    ctx.set("interrupted", [*(ctx.slot("interrupted") or []), *waiting])


def _item(wish: Wish) -> dict[str, Any]:
    item: dict[str, Any] = {"task": wish.task, "said": wish.clause}
    if wish.values:
        item["values"] = wish.values
    if wish.second_best:
        item["unless_cancelled"] = True
    return item


def queue_values(
    ctx: TurnContext, task: str, values: dict[str, Any], *, quiet: bool = False
) -> None:
    """Have a task follow with values that are known already.

    Args:
        ctx: The turn.
        task: The task's name.
        values: Its slots.
        quiet: Whether it is begun without a word, as what was meant all along.
    """
    item = {"task": task, "values": values, "quiet": quiet}
    ctx.set("interrupted", [*(ctx.slot("interrupted") or []), item])


def begin_with(ctx: TurnContext, task: str) -> list[EventType]:
    """Begin a task with the message that was heard, though its intent names another or none."""
    ctx.set("resuming", {"task": task, "said": ctx.heard, "quiet": True})
    return [FollowupAction(f"{task}_form")]


def hand_over(ctx: TurnContext, task: Task, other: str, **values: Any) -> None:
    """Leave the message that was heard to another task, whose it is, with values that are known already."""
    item = {"task": other, "values": values, "said": ctx.heard, "quiet": True}
    ctx.set("interrupted", [*(ctx.slot("interrupted") or []), item])
    task.finish(ctx, "answered")


def is_new(item: dict[str, Any]) -> bool:
    """Say whether something that waits has not been begun yet."""
    return "said" in item or "values" in item


def go_on(ctx: TurnContext) -> list[EventType]:
    """Go on with what waits, the latest first; nothing if there is none."""
    stack = list(ctx.slot("interrupted") or [])
    if not stack:
        return []
    back = stack.pop()
    if back.get("offer"):
        return _offer(ctx, back, stack)
    ctx.fresh.update({**back.get("slots", {}), "interrupted": stack, "resuming": back})
    return [FollowupAction(f"{back['task']}_form")]


def _offer(ctx: TurnContext, back: dict[str, Any], stack: list[dict[str, Any]]) -> list[EventType]:
    """Ask whether to go on with a task of before signing in: it may be long ago, or not be wanted any more."""
    from actions.forms import spoken_title  # noqa: PLC0415 - forms stand on this module

    resuming = {"task": back["task"], "slots": back["slots"]}
    ctx.say("utter_offer_waiting_task", task=spoken_title(back["task"]))
    ctx.offer(f"{back['task']}_form", {**back["slots"], "resuming": resuming})
    ctx.set("interrupted", stack)
    return []
