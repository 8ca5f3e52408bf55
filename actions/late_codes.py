"""A proof that comes late: where a colleague was offered instead, or when the task was already left to one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasa_sdk.events import EventType, FollowupAction

from actions.code_slots import SentCodeSlot
from actions.context import TurnContext
from actions.identity import step_of_proof
from actions.slot_types import Answer
from closer.security.verification import CODE_TTL

if TYPE_CHECKING:
    from actions.forms import Task

_BARE_CODE = re.compile(
    r"\W*(?:(?:ok(?:ay)?|wait|ah|oh|got it|found it|here(?: it is)?|it'?s|it is|(?:the|my) code(?: is)?|code)\W+)*(?:\d[\s-]?){4,8}\W*",
    re.IGNORECASE,
)


def proof_retried(ctx: TurnContext, task: Task) -> str | None:
    """Return the slot of a proof that a message answers although a colleague was offered; None if it answers none."""
    email = ctx.entity("email") is not None or "@" in ctx.text
    if task.needs_identity and ctx.customer_id is None and email:
        return "identity_email"
    code = _open_code(ctx, task)
    if code is not None and task.slot_type(code).read(ctx, Answer(slot=code, asked=True)):
        return code
    unproven = task.needs_identity and any(map(str.isdigit, ctx.text))
    return step_of_proof(ctx) if unproven else None


def keep_for_code(ctx: TurnContext, task: Task) -> None:
    """Keep a task that is left to a colleague for want of a code: the code may still come."""
    code = _open_code(ctx, task)
    if code is not None:
        values = {slot: ctx.slot(slot) for slot in (*task.slots, "task_data")}
        until = (ctx.services.clock.now() + CODE_TTL).timestamp()
        kept = {"task": task.name, "code": code, "slots": values, "until": until}
        ctx.set("task_for_code", kept)


async def code_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Judge a code that comes after its task was left to a colleague, and take the task up again; None if it is no such code."""
    from actions.forms import TASKS  # noqa: PLC0415 - forms stand on this module
    from actions.hearing import fill  # noqa: PLC0415 - hearing stands on this module

    kept = ctx.slot("task_for_code")
    if not kept or ctx.active_form or not _BARE_CODE.fullmatch(ctx.text.strip()):
        return None
    if kept["until"] < ctx.services.clock.now().timestamp():
        return None
    task, code = TASKS[kept["task"]], kept["code"]
    ctx.fresh.update({**kept["slots"], "task_for_code": None, "resuming": kept})
    await fill(ctx, code, task.slot_type(code), asked=True)
    return [FollowupAction(task.form)]


def _open_code(ctx: TurnContext, task: Task) -> str | None:
    """Return the slot of a code that was sent for a task and has not been given yet."""
    slots = ["identity_code"] if task.needs_identity and ctx.customer_id is None else task.slots
    for slot in slots:
        kind = task.slot_type(slot)
        if isinstance(kind, SentCodeSlot) and ctx.slot(slot) is None and kind.awaited(ctx):
            return slot
    return None
