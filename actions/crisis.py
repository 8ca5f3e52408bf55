"""Somebody who speaks of dying or of hurting themselves: no shop matter goes on then."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.base import CloserAction
from actions.context import TurnContext
from actions.forms import HOUSEKEEPING, TASKS
from actions.meanings import PERSON


class Crisis(CloserAction):
    """`crisis`: answers humanly, says at once where help is, offers a person; the task in progress is dropped."""

    action_name = "action_crisis"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Say where help is."""
        task = TASKS.get(ctx.active_form.removesuffix("_form"))
        ctx.fresh.update({**(task.forgotten() if task else HOUSEKEEPING), "interrupted": None})
        ctx.offer("action_handoff")
        ctx.say("utter_crisis", buttons=[PERSON])
        return [ActiveLoop(None), SlotSet("requested_slot", None)]
