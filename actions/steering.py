"""Stopping the task in progress, and coming back to it after a digression."""

from __future__ import annotations

import re

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet

from actions.base import CloserAction
from actions.context import TurnContext
from actions.forms import HOUSEKEEPING, TASKS
from actions.shopping_talk import shopping_follow_up
from actions.waiting import go_on, queue
from actions.wishes import wishes_of

_CANCEL = re.compile(r"\bcancel\b", re.IGNORECASE)
_CANCELLING = "cancel_order_form"


class StopTask(CloserAction):
    """`stop`: ends the task in progress, or says that there is none."""

    action_name = "action_stop_task"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Forget the task and whatever it interrupted; an offered cancellation is accepted by "ok, cancel it"."""
        form = (ctx.tracker.active_loop or {}).get("name") or ""
        task = TASKS.get(form.removesuffix("_form"))
        offer = ctx.offered or {}
        if task is None and offer.get("action") == _CANCELLING and _CANCEL.search(ctx.text):
            ctx.fresh.update({**(offer.get("slots") or {}), "pending_offer": None})
            return [FollowupAction(_CANCELLING)]
        if task is None and (events := await shopping_follow_up(ctx)):
            return events  # "take it out" after the cart was shown
        ctx.say("utter_task_stopped" if task else "utter_nothing_to_stop")
        ctx.fresh.update(
            {
                **(task.forgotten() if task else HOUSEKEEPING),
                "interrupted": None,
                "pending_offer": None,
            }
        )
        return [ActiveLoop(None), SlotSet("requested_slot", None)]


class ContinueTask(CloserAction):
    """After a digression: puts the open question of the task again, or begins what else the message wished for."""

    action_name = "action_continue"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Hand back to the active form, if there is one."""
        form = (ctx.tracker.active_loop or {}).get("name")
        if form:
            return [FollowupAction(form)]
        wishes = wishes_of(ctx)
        queue(ctx, wishes)
        return go_on(ctx) if wishes else []
