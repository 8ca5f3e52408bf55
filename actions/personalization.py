"""What makes the assistant personal: greeting and farewell by name, the order that is on its way, recommendations."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.conversation import PERSON, button_for
from actions.product_slots import price_limit, product_card
from closer.recommendations.records import Recommendation

_SHOWN = 3


class Greet(CloserAction):
    """`greet`: by name when the customer is known, with the order that is on its way."""

    action_name = "action_greet"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Greet; only a proven customer hears of an order."""
        name = await first_name(ctx)
        if (ctx.tracker.active_loop or {}).get("name"):
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
        """Say farewell."""
        name = await first_name(ctx)
        if name:
            ctx.say("utter_goodbye_name", name=name)
        else:
            ctx.say("utter_goodbye")
        return []


class Recommend(CloserAction):
    """`recommend_product`: ranked by what the customer and others bought, within what the message asks for."""

    action_name = "action_recommend"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Show up to three products with a reason each; they can then be named "the first one"."""
        category = ctx.services.catalog.match_category(
            " ".join(map(str, ctx.entities("category", "product"))) or ctx.text
        )
        found = await ctx.services.recommendations.recommend(
            ctx.customer_id,
            category=category.id if category else None,
            price_max=price_limit(ctx),
            text=" ".join(map(str, ctx.entities("product"))) or None,
            limit=_SHOWN,
        )
        if not found:
            ctx.say("utter_nothing_to_recommend")
            return []
        ctx.set("last_products", [item.product.id for item in found])
        ctx.offer("place_order_form", {"product": found[0].product.id})
        ctx.say(
            "utter_recommendations", cards=[_card(item) for item in found], reasons=_spoken(found)
        )
        return []


async def first_name(ctx: TurnContext) -> str | None:
    """Return the name to address the customer by, or None for a stranger."""
    if not ctx.likely_customer_id:
        return None
    customer = await ctx.services.customers.get(ctx.likely_customer_id)
    return customer.first_name


def _card(item: Recommendation) -> object:
    return product_card(item.product, subtitle=item.reason)


def _spoken(found: list[Recommendation]) -> str:
    return "; ".join(f"{item.product.name} for {item.product.price}" for item in found)
