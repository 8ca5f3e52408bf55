"""Tasks as Rasa forms: one base that handles what every task has in common.

A `Task` names its slots and does its work in `perform`. For each, two actions are registered: `validate_<task>_form`,
which reads the customer's answers, and `action_submit_<task>`, which runs when the form ends. Common to all:

* several values at once, corrections of a value given before, an interruption by another task, a digression, refusal
  (see `actions.hearing`);
* several wishes in one message, done one after another (see `actions.wishes` and `actions.waiting`);
* three invalid answers in a row (offers a person); "never mind" (see `actions.steering`);
* proof of identity by one-time code before anything private (see `actions.identity`);
* a failing back end: apology, the request is kept as a ticket.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk.events import EventType, FollowupAction

from actions.base import CloserAction
from actions.closed_accounts import is_closed
from actions.context import TurnContext
from actions.hearing import fill, hear
from actions.identity import IDENTITY_SLOTS, settle_proof, steps_of_proof, told_who
from actions.situation import Situation
from actions.slot_types import OfferPersonSlot, SlotType
from actions.talk import remember_order
from actions.tone import swears
from actions.waiting import come_back, go_on, is_new, queue
from actions.wishes import answer_aside, preferred, shared_out, wants_person
from closer.kit.errors import (
    CloserError,
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    Unavailable,
)
from closer.kit.logging import get_logger

_log = get_logger(__name__)


#: All tasks by name; a task enters when its class is made.
TASKS: dict[str, Task] = {}

#: Slots that any task may ask for, besides its own.
COMMON_SLOTS: dict[str, SlotType] = {**IDENTITY_SLOTS, "offer_person": OfferPersonSlot()}

STRIKES = 3

_OFFER = "offer_person"
HOUSEKEEPING: dict[str, Any] = {
    "confirmed": None,
    "task_outcome": None,
    "task_data": None,
    "task_summary": None,
    "strikes": 0,
    "offer_person": None,
    "resuming": None,
    "requested_slot": None,
}


class Task:
    """A task of the assistant.

    Attributes:
        name: The task's name: its form is `<name>_form`.
        title: What the task is called when speaking of it ("cancelling an order").
        slots: How each slot is read, in the order of asking.
        needs_identity: Whether the customer's identity must be proven first.
        ticket_category: Where a request that could not be served is kept.
        keeps: Slots that stay filled after the task (what "it" may mean next).
        consoles: Whether it begins with a word of regret for somebody who swears; some say sorry in their own words.
        open_to_closed: Whether the holder of a closed account may still have it done, after proof by code.
        ends_with_goodbye: Whether it is given up when the customer says goodbye.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    slots: ClassVar[dict[str, SlotType]] = {}
    needs_identity: ClassVar[bool] = True
    ticket_category: ClassVar[str] = "order"
    keeps: ClassVar[tuple[str, ...]] = ("order_id",)
    consoles: ClassVar[bool] = True
    open_to_closed: ClassVar[bool] = False
    ends_with_goodbye: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.name:
            return
        task = cls()
        TASKS[cls.name] = task
        module = {"__module__": cls.__module__}
        validate = {**module, "action_name": f"validate_{cls.name}_form", "task": task}
        submit = {**module, "action_name": f"action_submit_{cls.name}", "task": task}
        cls.validation = type(f"Validate{cls.__name__}Form", (ValidateTask,), validate)
        cls.submission = type(f"Submit{cls.__name__}", (SubmitTask,), submit)

    validation: ClassVar[type[CloserAction]]
    submission: ClassVar[type[CloserAction]]

    async def begin(self, ctx: TurnContext) -> None:
        """Look at the first message and fill what it tells beyond plain values."""

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Return the slots that this run needs, in order; by default all. May set slots and `task_summary`."""
        return list(self.slots)

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer a question about the task itself while it is in progress; False if it is about something else."""
        return False

    async def perform(self, ctx: TurnContext) -> None:
        """Do the work and say what was done. Runs in one transaction."""
        raise NotImplementedError

    def revise(self, ctx: TurnContext) -> None:
        """Look things up anew after a value was corrected."""
        ctx.set("task_data", None)

    def slot_type(self, slot: str) -> SlotType:
        """Return how a slot is read."""
        return self.slots.get(slot) or COMMON_SLOTS[slot]

    def finish(self, ctx: TurnContext, outcome: str) -> None:
        """End the form now, without asking further, with an outcome that `submit` handles."""
        ctx.set("task_outcome", outcome)

    @property
    def form(self) -> str:
        """The form's name."""
        return f"{self.name}_form"

    def forgotten(self) -> dict[str, Any]:
        """Return the slots' values after the task has ended."""
        return {**{slot: None for slot in self.slots if slot not in self.keeps}, **HOUSEKEEPING}


class ValidateTask(CloserAction):
    """Reads the customer's message for the active form and decides what is asked next."""

    task: ClassVar[Task]
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Fill slots, then set `requested_slot` to what is missing, or end the form."""
        news = Situation(ctx, self.task.form)
        ctx.open_to_closed = self.task.open_to_closed
        ctx.set("strikes", ctx.slot("strikes") or 0)
        if news.starting:
            await self._start(ctx, news)
        elif news.fresh:
            turned_away = await hear(ctx, self.task)
            if turned_away:
                return turned_away
        return await self._ask_next(ctx)

    async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
        """End the form; `action_submit_...` apologises and keeps the request."""
        ctx.set(
            "task_outcome", "not_permitted" if isinstance(error, NotPermitted) else "backend_down"
        )
        ctx.set("requested_slot", None)
        return []

    async def _start(self, ctx: TurnContext, news: Situation) -> None:
        ctx.fresh.update(
            {
                "task_outcome": None,
                "strikes": 0,
                "confirmed": None,
                "offer_person": None,
                "pending_offer": None,  # a yes is about this task now
            }
        )
        back = ctx.slot("resuming") or {}
        ctx.set("resuming", None)
        if back.get("task") != self.task.name:
            await self._begin(ctx, read=news.fresh)
        elif not is_new(back):
            come_back(ctx)
            ctx.say("utter_resuming_task", task=spoken_title(self.task.name))
        else:
            if not back.get("quiet"):
                ctx.say("utter_next_task", task=spoken_title(self.task.name))
            with ctx.narrowed(back.get("said")):
                await self._begin(ctx, read="said" in back)
            ctx.fresh.update(back.get("values", {}))

    async def _begin(self, ctx: TurnContext, *, read: bool) -> None:
        """Take what the first message tells; not from a plain yes to an offer, which may have filled slots."""
        ctx.set("task_data", None)
        if read and (rather := preferred(ctx, self.task.name)):
            queue(ctx, rather, quiet=True)
            self.task.finish(ctx, "passed_on")
            return
        own, others = shared_out(ctx, self.task.name) if read else (None, [])
        if own:
            await answer_aside(ctx)
        queue(ctx, others)
        if read and wants_person(ctx):
            self.task.finish(ctx, "handoff")
        elif read and self.task.consoles and swears(ctx.text):
            ctx.say("utter_sorry_upset")
        with ctx.narrowed(own and own.clause):
            for slot, kind in self.task.slots.items():
                if read:
                    ctx.set(slot, None)
                    await fill(ctx, slot, kind, asked=False)
            if ctx.refused_value:  # what was named in vain at once is an invalid answer, too
                ctx.set("strikes", 1)
            ctx.fresh.update(own.values if own else {})
            await self.task.begin(ctx)
        if read and self.task.needs_identity:
            await told_who(ctx, self.task.slots)

    async def _ask_next(self, ctx: TurnContext) -> list[EventType]:
        if ctx.slot(_OFFER) is False:  # wants to go on without a person
            ctx.fresh.update({_OFFER: None, "strikes": 0})
        elif ctx.slot(_OFFER) is True:
            self.task.finish(ctx, "handoff")
        wanted = [] if ctx.slot("task_outcome") else await self._wanted(ctx)
        missing = [slot for slot in wanted if ctx.slot(slot) is None]
        if ctx.slot("task_outcome"):
            missing = []
        elif ctx.slot("confirmed") is False:
            self.task.finish(ctx, "declined")
            missing = []
        elif missing and int(ctx.slot("strikes") or 0) >= STRIKES:
            missing = [_OFFER]
        elif not missing:
            self.task.finish(ctx, "ready")
        ctx.set("requested_slot", missing[0] if missing else None)
        return []

    async def _wanted(self, ctx: TurnContext) -> list[str]:
        if self.task.needs_identity and ctx.customer_id is None:
            return await steps_of_proof(ctx)
        settle_proof(ctx)
        if not self.task.open_to_closed and await is_closed(ctx):
            ctx.say("utter_closed_account_only_privacy")
            self.task.finish(ctx, "impossible")
            return []
        try:
            return await self.task.wanted(ctx)
        except (NotFound, InvalidInput, Conflict) as error:
            ctx.say("utter_task_impossible", detail=error.detail)
            self.task.finish(ctx, "impossible")
            return []


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
            ctx.say("utter_task_declined", task=spoken_title(self.task.name))
        elif outcome == "not_permitted":
            ctx.say("utter_not_permitted")
        elif outcome == "backend_down":
            await self._keep_request(ctx)
        if outcome == "handoff":  # the person takes care of what waits, too
            ctx.set("interrupted", None)
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
            subject=f"To be done: {spoken_title(self.task.name)}",
            category=self.task.ticket_category,
            comment=f"{ctx.text}\n{given}",
            priority="high",
            idempotency_key=ctx.key("backend", self.task.name),
        )
        ctx.say("utter_backend_down_ticket", ticket_id=ticket.id)

    def _after(self, ctx: TurnContext, outcome: str) -> list[EventType]:
        """Forget the task's values and go on with what waits."""
        ctx.set("task_result", {"task": self.task.name, "outcome": outcome})
        remember_order(ctx, self.task.name, self.task.slots, done=outcome == "ready")
        ctx.fresh.update({**self.task.forgotten(), "fallback_count": 0})
        ctx.fresh.setdefault("last_change", None)  # only what was changed last is put right
        return go_on(ctx)


def spoken_title(task: str) -> str:
    """Return what a task is called when speaking of it."""
    return TASKS[task].title or task.replace("_", " ")
