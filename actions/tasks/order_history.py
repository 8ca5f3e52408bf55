"""Looking back on orders: the latest, those of a state or a time, and when something was bought."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from actions.bought import bought_item
from actions.context import TurnContext
from actions.days import day_of, first_day, span_of
from actions.forms import Task
from actions.negation import NT
from actions.order_cards import order_card
from actions.talk import in_talk, keep_in_talk, looks_further_back
from closer.conversations.turn import Button, Card
from closer.kit.pagination import PageRequest
from closer.orders.records import Order

_STATES = {
    "cancelled": (r"cancell?ed", ("cancelled",)),
    "open": (
        r"open|pending|current|active|on (?:their|its|the) way|(?:still|yet) (?:coming|to come)|under ?way|waiting for"
        rf"|(?:\bnot\b|{NT}).{{0,12}}\b(?:arrived|delivered|come|came|here|received)",
        ("placed", "paid", "packed", "shipped"),
    ),
    "delivered": (r"delivered|received|arrived", ("delivered",)),
    "returned": (r"returned|refunded", ("returned", "refunded")),
}
_WHEN = re.compile(
    r"\b(when|what (day|date)|which (day|date)|on what (day|date)|how long ago|date of)\b",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"\bhow much (?:did|was|were)\b|\bwhat (?:did|was|were)\b.{0,40}\b(?:pay|paid|cost|costs|spend|spent|price)\b|\b(?:did|have) i (?:pay|paid|spend|spent)\b",
    re.IGNORECASE,
)
_IT = re.compile(r"\b(?:it|that|them|those)\b", re.IGNORECASE)
_SHOWN = 5


class OrderHistory(Task):
    """Shows the last orders, or those in a state or of a time that was named; tells when something was bought."""

    name = "order_history"
    title = "your past orders"
    slots = {}

    async def begin(self, ctx: TurnContext) -> None:
        """Keep the first message: it may name a state, a time or a thing."""
        ctx.set("task_data", {"said": ctx.text, "date": first_day(ctx.entities("date"))})

    async def perform(self, ctx: TurnContext) -> None:
        """Show up to five orders as cards."""
        data = ctx.slot("task_data") or {}
        said = str(data.get("said") or "")
        if _PAID.search(said) and await self._say_bought(ctx, said, "utter_price_paid"):
            return
        if _WHEN.search(said) and await self._say_bought(ctx, said, "utter_when_bought"):
            return
        kind = next(
            (name for name, (words, _) in _STATES.items() if _named(words, said)),
            None,
        )
        since, until = span_of(data.get("date"), said)
        if shown := in_talk(ctx).get("oldest") if looks_further_back(said) else None:
            until = datetime.fromisoformat(shown) - timedelta(microseconds=1)
        page = await ctx.services.orders.list(
            str(ctx.customer_id),
            PageRequest(limit=_SHOWN),
            states=_STATES[kind][1] if kind else (),
            since=since,
            until=until,
        )
        orders = list(page.items)
        if orders:
            self._show(ctx, orders, kind or "", page.total or len(orders))
        elif since or until:
            ctx.say("utter_no_orders_then")
            if since:
                keep_in_talk(ctx, None, self.name, oldest=since.isoformat())
        else:
            ctx.say("utter_no_such_orders" if kind else "utter_no_orders", kind=kind or "")

    async def _say_bought(self, ctx: TurnContext, said: str, response: str) -> bool:
        """Tell when the thing that is named was bought, or for how much; False if nothing bought is named."""
        known = await ctx.services.orders.latest(str(ctx.customer_id), 50)
        found = bought_item(said, known)
        if found is None and _IT.search(said):
            found = bought_item(str(in_talk(ctx).get("item") or ""), known)
        if found is None:
            return False
        order, item = found
        ctx.say(
            response,
            cards=[_card(order)],
            item=item.name,
            price=str(item.unit_price),
            date=f"{day_of(order.placed_at)} {order.placed_at.year}",
            order_id=order.id,
        )
        keep_in_talk(ctx, order.id, self.name, item=item.name)
        return True

    def _show(self, ctx: TurnContext, orders: list[Order], kind: str, count: int) -> None:
        first = orders[0]
        spoken = (
            f"{first.items[0].name if first.items else 'order ' + first.id}, {first.state_words}"
        )
        listed = "; ".join(
            f"{o.id}, {o.items[0].name if o.items else ''}, {o.state_words}" for o in orders[:3]
        )
        ctx.say(
            "utter_orders_of_kind" if kind else "utter_order_history",
            cards=[*map(_card, orders)],
            count=str(count),
            orders="order" if count == 1 else "orders",
            kind=kind,
            list=listed,
            latest=spoken,
        )
        keep_in_talk(
            ctx,
            first.id if len(orders) == 1 else None,
            self.name,
            listed=[order.id for order in orders],
            oldest=orders[-1].placed_at.isoformat(),
        )


def _card(order: Order) -> Card:
    details = Button(title="Details", payload=f'/track_order{{"order_id":"{order.id}"}}')
    return order_card(order, [details])


def _named(words: str, said: str) -> bool:
    return re.search(rf"\b(?:{words})\b", said, re.IGNORECASE) is not None
