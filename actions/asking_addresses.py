"""Asks for what is open about an address: its parts, or what it is for."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions.address_shapes import missing_parts
from actions.base import CloserAction
from actions.context import TurnContext
from actions.order_slots import choice_buttons


class AskAddress(CloserAction):
    """Asks for an address, or for the parts of it that are missing."""

    action_name = "action_ask_address"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Name what is missing."""
        draft = ctx.slot("address_draft") or {}
        if not draft:
            ctx.say("utter_ask_address_whole")
            return []
        lacking = missing_parts(draft)
        if lacking == ["number"]:
            ctx.say("utter_ask_house_number", street=draft["street"])
        elif lacking == ["country"]:
            ctx.say("utter_ask_address_country")
        else:
            whole = "street" if draft.get("number") else "street with house number"
            names = {"street": whole, "number": "house number"}
            ctx.say(
                "utter_ask_address_parts",
                parts=_listed([names.get(part, part) for part in lacking]),
            )
        return []


class AskTarget(CloserAction):
    """Asks whether an order, the account or both are meant."""

    action_name = "action_ask_address_target"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer the three."""
        titles = {"Just an order": "this order", "My account": "my account", "Both": "both"}
        ctx.say("utter_ask_which_address", buttons=choice_buttons(titles))
        return []


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
