"""Stopping the task in progress or the wait for a person, and coming back to a task after a digression."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet

from actions.asides import answer_aside, called_off
from actions.base import CloserAction
from actions.code_slots import SentCodeSlot
from actions.context import TurnContext
from actions.follow_up import follow_up
from actions.forms import HOUSEKEEPING, TASKS, Task
from actions.in_line import end_wait
from actions.intents import ANSWERS
from actions.late_codes import keep_for_code
from actions.waiting import go_on, queue
from actions.wishes import wishes_of
from actions.wording import NOTHING

#: Words that may be added to a mark; a person who is asked for instead does not wait for them.
_COMMENTS = ("feedback_text", "review_text")
#: What is not asked again of somebody who asks for a person instead; the person sees to it, as to any code.
_FOR_A_PERSON = ("confirmed", "identity_email", "rating", "feedback_text")


class StopTask(CloserAction):
    """`stop`: ends the task in progress, or says that there is none."""

    action_name = "action_stop_task"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Forget the task and whatever it interrupted; without one, "cancel it" cancels the order that was spoken of."""
        form = ctx.active_form
        task = TASKS.get(form.removesuffix("_form"))
        if task is None and await end_wait(ctx):
            return []
        if task is None and (events := await follow_up(ctx)) is not None:
            return events
        if task is not None:
            await task.abandon(ctx)
        without = "utter_offer_declined" if ctx.offered else "utter_nothing_to_stop"
        ctx.say("utter_task_stopped" if task else without)
        ctx.fresh.update(
            {
                **(task.forgotten() if task else HOUSEKEEPING),
                "interrupted": None,
                "pending_offer": None,
            }
        )
        return [ActiveLoop(None), SlotSet("requested_slot", None)]


class StopWaiting(CloserAction):
    """`stop_waiting`: no person is wanted any more."""

    action_name = "action_stop_waiting"
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """End the wait and close its request; of somebody who does not wait, the message may be about what was done just now."""
        if await end_wait(ctx):
            return []
        if (events := await follow_up(ctx)) is not None:
            return events
        ctx.say("utter_no_person_then")
        return []


class ContinueTask(CloserAction):
    """After a digression: puts the open question of the task again, or begins what else the message wished for."""

    action_name = "action_continue"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Hand back to the active form, if there is one; who says goodbye is not asked anything more."""
        form = ctx.active_form
        if ctx.intent in ANSWERS:
            await answer_aside(ctx, but=ctx.intent)
        if form and (task := TASKS.get(form.removesuffix("_form"))) and _is_over(ctx, task):
            if called_off(ctx):
                ctx.say("utter_task_stopped")
            else:
                keep_for_code(ctx, task)  # it may still be found and told
            ctx.fresh.update(task.forgotten())
            return [ActiveLoop(None), SlotSet("requested_slot", None)]
        if form and ctx.intent == "goodbye":
            return []
        if ctx.intent == "contact_human_agent" and ctx.slot("requested_slot") in _COMMENTS:
            ctx.set(ctx.slot("requested_slot"), NOTHING)  # the mark that was given is kept
        if form:
            return [FollowupAction(form)]
        wishes = wishes_of(ctx)
        queue(ctx, wishes, quiet=ctx.intent == "nlu_fallback")
        return go_on(ctx) if wishes else []


def _is_over(ctx: TurnContext, task: Task) -> bool:
    """Whether a task ends with a digression: it was called off in the same breath, a person was asked for instead of a yes or a proof, or it ends with a goodbye."""
    asked = str(ctx.slot("requested_slot") or "")
    instead = ctx.intent == "contact_human_agent" and (
        asked in _FOR_A_PERSON or (asked and isinstance(task.slot_type(asked), SentCodeSlot))
    )
    return instead or called_off(ctx) or (ctx.intent == "goodbye" and task.ends_with_goodbye)
