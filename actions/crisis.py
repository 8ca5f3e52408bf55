"""Somebody who speaks of dying or of hurting themselves: no shop matter goes on then."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.conversation import PERSON


class Crisis(CloserAction):
    """`crisis`: answers humanly, says at once where help is, offers a person; the task in progress is not spoken of."""

    action_name = "action_crisis"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Say where help is."""
        ctx.offer("action_handoff")
        ctx.say("utter_crisis", buttons=[PERSON])
        return []
