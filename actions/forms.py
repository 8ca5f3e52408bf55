"""Tasks as Rasa forms: one base that handles what every task has in common.

A `Task` names its slots and does its work in `perform`. For each, two actions are registered: `validate_<task>_form`,
which reads the customer's answers, and `action_submit_<task>`, which runs when the form ends. Common to all:

* several values at once, and corrections of a value given before;
* an interruption by another task, which is finished first and then this one resumed;
* a digression (FAQ, chit-chat, help), which a rule answers before the question is put again;
* "never mind", refusal to give a value, three invalid answers in a row (offers a person);
* proof of identity by one-time code before anything private (see `actions.identity`);
* a failing back end: apology, the request is kept as a ticket.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, EventType, FollowupAction, SlotSet

from actions.base import CloserAction
from actions.context import TurnContext
from actions.identity import IDENTITY_SLOTS
from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from actions.slot_types import Answer, ConfirmSlot, Filled, Invalid, SlotType
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


class OfferPersonSlot(ConfirmSlot):
    """Whether a person is wanted; to ask for one is a yes."""

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False, None if it is neither."""
        return (
            True
            if ctx.intent == "contact_human_agent" and answer.asked
            else super().read(ctx, answer)
        )


#: All tasks by name; a task enters when its class is made.
TASKS: dict[str, Task] = {}

#: Slots that any task may ask for, besides its own.
COMMON_SLOTS: dict[str, SlotType] = {**IDENTITY_SLOTS, "offer_person": OfferPersonSlot()}

STRIKES = 3
#: A task intent less sure than this does not interrupt the task in progress.
INTERRUPTING_CONFIDENCE = 0.5

_OFFER = "offer_person"
_HOUSEKEEPING: dict[str, Any] = {
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
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    slots: ClassVar[dict[str, SlotType]] = {}
    needs_identity: ClassVar[bool] = True
    ticket_category: ClassVar[str] = "order"
    keeps: ClassVar[tuple[str, ...]] = ("order_id",)

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

    async def perform(self, ctx: TurnContext) -> None:
        """Do the work and say what was done. Runs in one transaction."""
        raise NotImplementedError

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
        return {**{slot: None for slot in self.slots if slot not in self.keeps}, **_HOUSEKEEPING}


class ValidateTask(CloserAction):
    """Reads the customer's message for the active form and decides what is asked next."""

    task: ClassVar[Task]
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Fill slots, then set `requested_slot` to what is missing, or end the form."""
        news = _Situation(ctx, self.task.form)
        ctx.set("strikes", ctx.slot("strikes") or 0)
        if news.starting:
            await self._start(ctx, news)
        elif news.fresh:
            turned_away = await self._hear(ctx)
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

    async def _start(self, ctx: TurnContext, news: _Situation) -> None:
        ctx.fresh.update(
            {"task_outcome": None, "strikes": 0, "confirmed": None, "offer_person": None}
        )
        if ctx.slot("resuming") == self.task.name:
            ctx.say("utter_resuming_task", task=_spoken(self.task.name))
            ctx.set("resuming", None)
            return
        ctx.set("task_data", None)
        for slot, kind in self.task.slots.items():
            if news.fresh:  # else an accepted offer began it, and may have filled slots
                ctx.set(slot, None)
                await self._fill(ctx, slot, kind, asked=False)
        await self.task.begin(ctx)

    async def _hear(self, ctx: TurnContext) -> list[EventType] | None:
        """Take in an answer. Returns events when the message is for somebody else."""
        asked = str(ctx.slot("requested_slot") or "")
        kind = self.task.slot_type(asked) if asked else None
        if ctx.intent == "stop" and not (kind is not None and kind.claims(ctx)):
            return [ActionExecutionRejected(self.task.form)]
        answered = await self._fill(ctx, asked, kind, asked=True) if kind else False
        unsure = ctx.confidence < INTERRUPTING_CONFIDENCE and not ctx.refused_value
        changed = await self._corrections(ctx, asked) if not answered and unsure else False
        if not (answered or changed) and (elsewhere := self._elsewhere(ctx)) is not None:
            return elsewhere
        if not (changed or ctx.refused_value):
            changed = await self._corrections(ctx, asked)
        if answered or changed:
            ctx.set("strikes", 0)
        elif asked:
            self._strike(ctx, asked)
        return None

    def _elsewhere(self, ctx: TurnContext) -> list[EventType] | None:
        """Return the events of an interruption or digression, or None if the message is meant for this form."""
        intent = ctx.intent
        if intent in DIGRESSIONS:
            return [ActionExecutionRejected(self.task.form)]
        other = TASK_OF_INTENT.get(intent)
        if other is None or other == self.task.name or ctx.confidence < INTERRUPTING_CONFIDENCE:
            return None
        values = {slot: ctx.slot(slot) for slot in (*self.task.slots, "task_data")}
        stack = [
            item
            for item in ctx.slot("interrupted") or []
            if item["task"] not in (other, self.task.name)
        ]
        ctx.set("interrupted", [*stack, {"task": self.task.name, "slots": values}])
        ctx.set("requested_slot", None)
        return [ActionExecutionRejected(self.task.form)]

    async def _fill(self, ctx: TurnContext, slot: str, kind: SlotType, *, asked: bool) -> bool:
        answer = Answer(slot=slot, asked=asked)
        value = kind.read(ctx, answer)
        if value is None:
            return False
        try:
            outcome = await kind.check(ctx, value)
        except (NotFound, InvalidInput, Conflict) as error:
            outcome = Invalid("utter_value_refused", detail=error.detail)
        if isinstance(outcome, Filled):
            ctx.set(slot, outcome.value)
            return True
        ctx.say(outcome.response, **outcome.values)
        ctx.refused_value = True
        return False

    async def _corrections(self, ctx: TurnContext, asked: str) -> bool:
        """Take values for other slots: given along with the answer, or correcting an earlier one."""
        changed = False
        if asked == "identity_code":  # a code is no order number; but another address may be meant
            return await self._fill(
                ctx, "identity_email", IDENTITY_SLOTS["identity_email"], asked=False
            )
        if asked in IDENTITY_SLOTS:
            return False
        for slot, kind in self.task.slots.items():
            if slot == asked or not kind.correctable:
                continue
            before = ctx.slot(slot)
            value = kind.read(ctx, Answer(slot=slot, asked=False))
            if value is None or value == before:
                continue
            if await self._fill(ctx, slot, kind, asked=False) and ctx.slot(slot) != before:
                changed = True
                if before is not None:
                    ctx.set("confirmed", None)
                    ctx.set("task_data", None)
                    ctx.say("utter_corrected", value=kind.spoken(ctx.slot(slot)))
        return changed

    def _strike(self, ctx: TurnContext, asked: str) -> None:
        strikes = int(ctx.slot("strikes") or 0) + 1
        ctx.set("strikes", strikes)
        if ctx.refused_value:
            return
        refused = ctx.intent == "deny"
        specific = f"utter_invalid_{asked}"
        why = f"utter_why_{asked}"
        if refused:
            ctx.say(why if ctx.has_response(why) else "utter_why_value")
        else:
            ctx.say(specific if ctx.has_response(specific) else "utter_invalid_value")

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
            return list(IDENTITY_SLOTS)
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
            ctx.say("utter_task_declined", task=_spoken(self.task.name))
        elif outcome == "not_permitted":
            ctx.say("utter_not_permitted")
        elif outcome == "backend_down":
            await self._keep_request(ctx)
        events = self._after(ctx, outcome)
        return [FollowupAction("action_handoff")] if outcome == "handoff" else events

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
            subject=f"To be done: {_spoken(self.task.name)}",
            category=self.task.ticket_category,
            comment=f"{ctx.text}\n{given}",
            priority="high",
            idempotency_key=f"backend:{ctx.conversation_id}:{ctx.message_id}:{self.task.name}",
        )
        ctx.say("utter_backend_down_ticket", ticket_id=ticket.id)

    def _after(self, ctx: TurnContext, outcome: str) -> list[EventType]:
        """Forget the task's values and go back to what it interrupted."""
        stack = list(ctx.slot("interrupted") or [])
        ctx.set("task_result", {"task": self.task.name, "outcome": outcome})
        ctx.fresh.update({**self.task.forgotten(), "fallback_count": 0})
        if not stack:
            return []
        back = stack.pop()
        ctx.fresh.update({**back["slots"], "interrupted": stack, "resuming": back["task"]})
        return [FollowupAction(f"{back['task']}_form")]


class _Situation:
    """Whether a form is just starting and whether there is a new message for it.

    Rasa appends the form's own name to the copy of the tracker that it sends for validation; that last
    entry does not count.
    """

    def __init__(self, ctx: TurnContext, form: str) -> None:
        actions, started = [], False
        for event in reversed(ctx.tracker.events):
            if event.get("event") == "user":
                break
            if event.get("event") == "action":
                actions.append(event.get("name"))
            if event.get("event") == "active_loop" and event.get("name") == form:
                started = True
        before = actions[1:] if actions and actions[0] == form else actions
        self.fresh = not before
        active = (ctx.tracker.active_loop or {}).get("name")
        self.starting = started or active != form


def _spoken(task: str) -> str:
    return TASKS[task].title or task.replace("_", " ")


class StopTask(CloserAction):
    """`stop`: ends the task in progress, or says that there is none."""

    action_name = "action_stop_task"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Forget the task and whatever it interrupted."""
        form = (ctx.tracker.active_loop or {}).get("name") or ""
        task = TASKS.get(form.removesuffix("_form"))
        ctx.say("utter_task_stopped" if task else "utter_nothing_to_stop")
        ctx.fresh.update(
            {
                **(task.forgotten() if task else _HOUSEKEEPING),
                "interrupted": None,
                "pending_offer": None,
            }
        )
        return [ActiveLoop(None), SlotSet("requested_slot", None)]


class ContinueTask(CloserAction):
    """After a digression: puts the open question of the task again."""

    action_name = "action_continue"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Hand back to the active form, if there is one."""
        form = (ctx.tracker.active_loop or {}).get("name")
        return [FollowupAction(form)] if form else []
