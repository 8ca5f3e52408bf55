"""What makes the assistant personal: greeting and farewell by name, and the order that is on its way."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.follow_up import call_follow_up
from actions.in_line import tell_place
from actions.meanings import PERSON, button_for
from actions.tasks.name_slot import goes_by
from actions.waiting import begin_with

#: "anyone there?", "hello??"
_ANYBODY = re.compile(
    r"\b(?:any ?(?:one|body)|some ?(?:one|body)|you(?: guys)?) (?:still )?(?:there|here|around)\b|\?\s*$",
    re.IGNORECASE,
)


class Greet(CloserAction):
    """`greet`: by name when the customer is known, with the order that is on its way."""

    action_name = "action_greet"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Greet; only a proven customer hears of an order, and who waits for a colleague and asks for a sign hears of that."""
        if _ANYBODY.search(ctx.text) and await tell_place(ctx):
            return []
        name = await first_name(ctx)
        if ctx.active_form:
            ctx.say("utter_hello_again")
            return []
        orders = await ctx.services.orders.latest(ctx.customer_id, 3) if ctx.customer_id else []
        open_order = next(
            (order for order in orders if order.state in ("paid", "packed", "shipped")), None
        )
        menu = [button_for(task) for task in ("track_order", "get_refund", "recommend_product")]
        if name and open_order:
            ctx.set("order_id", open_order.id)
            ctx.say(
                "utter_greet_order",
                name=name,
                order_id=open_order.id,
                state=open_order.state_words,
                buttons=menu,
            )
        elif name:
            ctx.say("utter_greet_name", name=name, buttons=menu)
        else:
            ctx.say("utter_greet", buttons=[*menu, PERSON])
        return []


class Goodbye(CloserAction):
    """`goodbye`: by name when the customer is known."""

    action_name = "action_goodbye"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Say farewell, unless the time for an offered call or a name sounds like it: "tomorrow", "i go by amara bello now"."""
        if (booked := call_follow_up(ctx)) is not None:
            return booked
        if goes_by(ctx.text):
            return begin_with(ctx, "edit_account")
        name = await first_name(ctx)
        if name:
            ctx.say("utter_goodbye_name", name=name)
        else:
            ctx.say("utter_goodbye")
        return []


async def first_name(ctx: TurnContext) -> str | None:
    """Return the name to address the customer by, or None for a stranger."""
    if not ctx.likely_customer_id:
        return None
    customer = await ctx.services.customers.get(ctx.likely_customer_id)
    return customer.first_name
