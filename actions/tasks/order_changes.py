"""Changing an order until it is packed: adding, removing, another quantity, another size or colour."""

from __future__ import annotations

import re
from typing import Any

from actions.change_doing import carry_out, sum_up
from actions.change_or_buy import offer_return, task_of_goods
from actions.change_slots import ChangeConfirmSlot, ItemSlot, KindSlot, PiecesSlot, TargetSlot
from actions.change_text import (
    AddedProduct,
    added_product,
    alternatives,
    item_of,
    lately_touched,
    line_like,
    only_with_variant,
    product_value,
    variant_like,
)
from actions.change_words import EMPTY, kind_in, number_in, pieces_less
from actions.context import TurnContext
from actions.forms import Task
from actions.order_cards import order_card
from actions.order_slots import OrderSlot, known_order, order_meant
from actions.talk import in_talk, keep_in_talk
from actions.waiting import hand_over, queue_values
from closer.kit.money import Money
from closer.orders.pricing import MAX_PER_LINE
from closer.orders.records import Order, OrderItem

_AGAIN = re.compile(r"\b(?:again|after all|back out)\b", re.IGNORECASE)


class ChangeOrder(Task):
    """Changes one thing of an order, with the difference in price named before."""

    name = "change_order"
    title = "changing your order"
    slots = {
        "order_id": OrderSlot(buys=True),
        "change_kind": KindSlot(),
        "item": ItemSlot(),
        "product": TargetSlot(),
        "quantity": PiecesSlot(),
        "confirmed": ChangeConfirmSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order can still be changed."""
        return order.is_open

    async def begin(self, ctx: TurnContext) -> None:
        """Keep the first message: it may name the item, the number and the variant; "remove it" may be about a cart."""
        ctx.set("task_data", {"said": ctx.text})
        if (task := await task_of_goods(ctx)) is not None:
            hand_over(ctx, self, task)

    def revise(self, ctx: TurnContext) -> None:
        """Look things up anew; the words that ask for another change tell it."""
        if "change_kind" not in ctx.fresh:
            super().revise(ctx)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Find out what to change, piece by piece, and what that costs."""
        order = await self._order(ctx)
        if order is None:
            return [] if ctx.slot("task_outcome") else ["order_id"]
        said = str((ctx.slot("task_data") or {}).get("said") or "")
        if ctx.slot("change_kind") is None:
            ctx.set("change_kind", await self._kind(ctx, order, said))
        kind = ctx.slot("change_kind")
        if kind is None:
            return ["change_kind"]
        if kind == EMPTY:
            queue_values(ctx, "cancel_order", {"order_id": order.id}, quiet=True)
            self.finish(ctx, "passed_on")
            return []
        missing = await (
            self._to_add(ctx, order, said) if kind == "add" else self._to_alter(ctx, order, said)
        )
        if missing or ctx.slot("task_outcome"):
            return missing
        sum_up(ctx, order)
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Change the order and say what it costs now; "another one" then means what was changed."""
        touched = await self._touched(ctx)
        change = await carry_out(ctx)
        ctx.cost = change.difference
        amount = Money(abs(change.difference.amount), change.difference.currency)
        if change.order.state == "placed" or change.difference.amount == 0:
            money = "utter_change_total"
        else:
            money = (
                "utter_change_charged" if change.difference.amount > 0 else "utter_change_refunded"
            )
        ctx.say("utter_order_changed", cards=[order_card(change.order)], order_id=change.order.id)
        ctx.say(money, amount=str(amount), total=str(change.order.total))
        keep_in_talk(
            ctx,
            change.order.id,
            self.name,
            done=True,
            goods=[[item.line, item.name] for item in change.order.items],
            touched=touched,
            added=ctx.slot("quantity") if ctx.slot("change_kind") == "add" else None,
        )

    async def _order(self, ctx: TurnContext) -> Order | None:
        if ctx.slot("order_id") is None:
            await order_meant(ctx, self.suits)
        if ctx.slot("order_id") is None:
            if not any(map(self.suits, await ctx.services.orders.latest(str(ctx.customer_id), 8))):
                await offer_return(ctx)
                self.finish(ctx, "impossible")
            return None
        order = await known_order(ctx)
        if order is not None and not order.is_open:
            ctx.say("utter_cannot_change", order_id=order.id, state=order.state_words)
            self.finish(ctx, "impossible")
            return None
        return order

    async def _kind(self, ctx: TurnContext, order: Order, said: str) -> str | None:
        """Return the kind of change that the words name, or that a named item with a size or a number means."""
        item = line_like(order, said)
        kind = kind_in(said)
        if item is None or kind not in (None, "quantity"):
            return kind
        if await variant_like(ctx, item, said) is not None:
            return "swap"  # "the mat in ocean blue, and make it two" changes both
        return kind or (None if number_in(said) is None else "quantity")

    async def _touched(self, ctx: TurnContext) -> dict[str, Any]:
        """Return the product that is changed, as a product to be added is kept."""
        if product := ctx.slot("product"):
            return dict(product)
        order = await known_order(ctx)
        item = item_of(ctx, order) if order else None
        if item is None:
            return {}
        return product_value(await ctx.services.catalog.get(item.product_id), dict(item.options))

    async def _to_add(self, ctx: TurnContext, order: Order, said: str) -> list[str]:
        if ctx.slot("product") is None and said:
            more = await added_product(ctx, order, said)
            if isinstance(more, AddedProduct):
                ctx.set("product", more.value)
        if ctx.slot("quantity") is None:
            number = number_in(said)
            ctx.set("quantity", number if number and number <= MAX_PER_LINE else 1)
        product = ctx.slot("product")
        if product and "missing" in product:  # its size is asked for next
            ctx.set("task_data", {"said": "", "adding": product})
            ctx.set("product", None)
        return [] if ctx.slot("product") else ["product"]

    async def _to_alter(self, ctx: TurnContext, order: Order, said: str) -> list[str]:
        item = (
            item_of(ctx, order)
            or line_like(order, said)
            or (order.items[0] if len(order.items) == 1 else None)
            or lately_touched(ctx, order)
            or (await only_with_variant(ctx, order, said) if said else None)
        )
        if item is None:
            ctx.set("item", None)
            return ["item"]
        ctx.set("item", {"order_id": order.id, "line": item.line})
        if ctx.slot("change_kind") == "swap":
            if ctx.slot("product") is None and said:
                ctx.set("product", await variant_like(ctx, item, said))
                if ctx.slot("quantity") is None and kind_in(said) == "quantity":
                    ctx.set("quantity", number_in(said))
            if ctx.slot("product") is None and not await alternatives(ctx, item):
                ctx.say("utter_no_variants", item=item.name)
                self.finish(ctx, "impossible")
            return [] if ctx.slot("product") else ["product"]
        if ctx.slot("change_kind") == "quantity" and ctx.slot("quantity") is None:
            number = number_in(said)
            ctx.set("quantity", number if number is not None and number <= MAX_PER_LINE else None)
        if ctx.slot("change_kind") == "quantity" and ctx.slot("quantity") is None:
            return ["quantity"]
        if ctx.slot("quantity") == 0:
            ctx.set("change_kind", "remove")
        elif ctx.slot("change_kind") == "remove" and said:
            self._take_some(ctx, order, item, said)
        if ctx.slot("change_kind") == "remove" and len(order.items) == 1:
            ctx.say("utter_last_item", order_id=order.id, item=item.name)
            ctx.offer("cancel_order_form", {"order_id": order.id})
            self.finish(ctx, "impossible")
        return []

    @staticmethod
    def _take_some(ctx: TurnContext, order: Order, item: OrderItem, said: str) -> None:
        """Leave the rest of a line of which only some are to go, or those just added: "take it out again"."""
        less = pieces_less(said, item.name, item.quantity)
        if less is None and _AGAIN.search(said) and item == lately_touched(ctx, order):
            less = in_talk(ctx).get("added")
        if less and less < item.quantity:
            ctx.set("change_kind", "quantity")
            ctx.set("quantity", item.quantity - less)
