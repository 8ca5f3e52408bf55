"""A form's end: the work is done, or it is said how the task ended; then what waits goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rasa_sdk.events import EventType, FollowupAction

from actions.base import CloserAction
from actions.context import TurnContext
from actions.late_codes import keep_for_code
from actions.talk import remember_order
from actions.waiting import go_on
from closer.kit.errors import CloserError, Conflict, InvalidInput, NotFound, Unavailable
from closer.kit.money import Money

if TYPE_CHECKING:
    from actions.forms import Task


#: Outcomes of a task that was none: what was spoken of before is still meant.
_LEFT = ("answered", "passed_on")


class SubmitTask(CloserAction):
    """Ends a task: does the work, or says how it ended; then resumes what it interrupted."""

    task: ClassVar[Task]
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Act on the outcome that the form ended with."""
        outcome = ctx.slot("task_outcome") or "stopped"
        if outcome == "ready":
            try:
                await self.task.perform(ctx)
            except (NotFound, InvalidInput, Conflict) as error:
                outcome = "impossible"
                ctx.say("utter_task_impossible", detail=error.detail)
        elif outcome == "declined":
            ctx.say("utter_task_declined", task=self.task.spoken_title)
        elif outcome == "not_permitted":
            ctx.say("utter_not_permitted")
        elif outcome == "backend_down":
            await self._keep_request(ctx)
        if outcome == "handoff":  # the person takes care of what waits, too
            ctx.set("interrupted", None)
            keep_for_code(ctx, self.task)
            self._after(ctx, outcome)
            return [FollowupAction("action_handoff")]
        return self._after(ctx, outcome)

    async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
        """Apologise and keep the request as a ticket."""
        if isinstance(error, CloserError) and not isinstance(error, Unavailable):
            ctx.say("utter_task_impossible", detail=error.detail)
        else:
            await self._keep_request(ctx)
        return self._after(ctx, "failed")

    async def _keep_request(self, ctx: TurnContext) -> None:
        given = {slot: ctx.slot(slot) for slot in self.task.slots if ctx.slot(slot) is not None}
        ticket = await ctx.services.tickets.create(
            customer_id=ctx.likely_customer_id,
            conversation_id=ctx.conversation_id,
            subject=f"To be done: {self.task.spoken_title}",
            category=self.task.ticket_category,
            comment=f"{ctx.text}\n{given}",
            priority="high",
            idempotency_key=ctx.key("backend", self.task.name),
        )
        ctx.say("utter_backend_down_ticket", ticket_id=ticket.id)

    def _after(self, ctx: TurnContext, outcome: str) -> list[EventType]:
        """Forget the task's values and go on with what waits."""
        result: dict[str, Any] = {"task": self.task.name, "outcome": outcome}
        if ctx.cost is not None and outcome == "ready":
            result["cost"] = _in_words(ctx.cost)
        ctx.set("task_result", result)
        if outcome not in _LEFT or "order_id" in self.task.slots:
            remember_order(ctx, self.task.name, self.task.slots, done=outcome == "ready")
        ctx.fresh.update({**self.task.forgotten(), "fallback_count": 0})
        ctx.fresh.setdefault("last_change", None)  # only what was changed last is put right
        return go_on(ctx)


def _in_words(cost: Money) -> tuple[str, str]:
    """Return which way money goes, and how much: more from the customer, back to them, or nothing."""
    amount = str(Money(abs(cost.amount), cost.currency))
    return ("more" if cost.amount > 0 else "back" if cost.amount < 0 else "nothing", amount)
