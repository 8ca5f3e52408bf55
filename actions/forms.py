"""Tasks as Rasa forms: one base that handles what every task has in common.

A `Task` names its slots and does its work in `perform`. For each, two actions are registered: `validate_<task>_form`,
which reads the customer's answers, and `action_submit_<task>`, which runs when the form ends. Common to all:

* several values at once, corrections of a value given before, an interruption by another task, a digression, refusal
  (see `actions.hearing`);
* several wishes in one message, done one after another (see `actions.wishes` and `actions.waiting`);
* three invalid answers in a row (offers a person); "never mind" (see `actions.steering`);
* proof of identity by one-time code before anything private (see `actions.identity`);
* a failing back end: apology, the request is kept as a ticket.

The two actions are in `actions.form_reading` and `actions.form_ending`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import CloserAction
from actions.context import TurnContext
from actions.form_ending import SubmitTask
from actions.form_reading import ValidateTask
from actions.identity import IDENTITY_SLOTS
from actions.slot_types import OfferPersonSlot, SlotType

#: All tasks by name; a task enters when its class is made.
TASKS: dict[str, Task] = {}

#: Slots that any task may ask for, besides its own.
COMMON_SLOTS: dict[str, SlotType] = {**IDENTITY_SLOTS, "offer_person": OfferPersonSlot()}

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

    async def take_up(self, ctx: TurnContext) -> bool:
        """Take up an answer as a whole before it is read into the slots; True if nothing more is to be read."""
        return False

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer a question about the task itself while it is in progress; False if it is about something else."""
        return False

    async def perform(self, ctx: TurnContext) -> None:
        """Do the work and say what was done. Runs in one transaction."""
        raise NotImplementedError

    def revise(self, ctx: TurnContext) -> None:
        """Look things up anew after a value was corrected."""
        ctx.set("task_data", None)

    async def abandon(self, ctx: TurnContext) -> None:
        """Undo what was stored on the way when the task is stopped."""

    def slot_type(self, slot: str) -> SlotType:
        """Return how a slot is read."""
        return self.slots.get(slot) or COMMON_SLOTS[slot]

    @property
    def spoken_title(self) -> str:
        """What the task is called when speaking of it."""
        return self.title or self.name.replace("_", " ")

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


def spoken_title(task: str) -> str:
    """Return what a task is called when speaking of it."""
    return TASKS[task].spoken_title
