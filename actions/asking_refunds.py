"""Asks for what is open about a refund: which things, how many of them, and why."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.order_slots import find_order
from actions.refund_goods import offered_lines


class AskRefundItem(CloserAction):
    """Asks which things go back, offering those of the order."""

    action_name = "action_ask_get_refund_form_item"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer each item and all of them."""
        order = await find_order(ctx, str(ctx.slot("order_id")))
        buttons = [
            {
                "title": f"{item.quantity} \u00d7 {item.name}"[:40]
                if item.quantity > 1
                else item.name[:40],
                "payload": item.name,
            }
            for item in order.items[:6]
        ]
        ctx.say(
            "utter_ask_which_refund_items",
            buttons=[*buttons, {"title": "Everything", "payload": "everything"}],
        )
        return []


class AskRefundPieces(CloserAction):
    """Asks how many pieces of a thing go back."""

    action_name = "action_ask_get_refund_form_quantity"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer the numbers, and all."""
        counting = (ctx.slot("task_data") or {}).get("counting")
        item = next(each for each in offered_lines(ctx)[1] if each.line == counting)
        fewer = [{"title": str(n), "payload": str(n)} for n in range(1, min(item.quantity, 4))]
        ctx.say(
            "utter_ask_refund_pieces",
            buttons=[*fewer, {"title": f"All {item.quantity}", "payload": "all of them"}],
            item=item.name,
            count=str(item.quantity),
        )
        return []


class AskRefundReason(CloserAction):
    """Asks for the reason; when it is too late for a mere change of mind, whether something is wrong."""

    action_name = "action_ask_get_refund_form_reason"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Ask."""
        late = (ctx.slot("task_data") or {}).get("late")
        ctx.say("utter_ask_refund_fault" if late else "utter_ask_refund_reason")
        return []
