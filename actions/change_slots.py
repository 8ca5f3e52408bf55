"""The slots of a changed order and how they are asked for."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.cart_words import speaks_of_cart
from actions.change_text import (
    VERSION,
    AddedProduct,
    added_product,
    alternatives,
    item_of,
    line_like,
    spoken_item,
    variant_like,
)
from actions.change_words import EMPTY, kind_in, number_in
from actions.context import TurnContext
from actions.order_slots import choice_buttons, find_order, meant_elsewhere
from actions.slot_types import Answer, ConfirmSlot, Filled, Invalid, SlotType
from closer.kit.errors import NotFound
from closer.orders.pricing import MAX_PER_LINE

#: What was offered is not wanted.
_NONE_OF_THEM = re.compile(
    r"^\W*(?:no|nope|nah|no,? thanks?|no,? thank you|none|neither|none of (?:them|those|these))"
    r"(?:[\s,]+(?:thanks?|thank you|i don'?t (?:like|want) (?:it|them|those|that)|leave it(?: as it is)?|keep it(?: as it is)?))*\W*$",
    re.IGNORECASE,
)


def _meant_elsewhere(ctx: TurnContext) -> bool:
    """Whether a message is no answer here; what is added to an order sounds like buying, a cart is something else."""
    own = () if speaks_of_cart(ctx.text) else ("place_order", "change_cart")
    return meant_elsewhere(ctx, "change_order", *own)


class ChangeSlot(SlotType):
    """An answer about a change; to want everything out is one, too, however it sounds."""

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether everything is to be taken out."""
        return kind_in(ctx.text) == EMPTY


class ChangeConfirmSlot(ConfirmSlot):
    """Yes or no to a change; "remove it all" is neither."""

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether everything is to be taken out."""
        return kind_in(ctx.text) == EMPTY

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False."""
        return None if self.claims(ctx) else super().read(ctx, answer)


class KindSlot(ChangeSlot):
    """What kind of change: add, remove, quantity, swap, or everything out."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the kind that the answer names; everything is out whatever was asked."""
        if ctx.slot("requested_slot") and kind_in(ctx.text) == EMPTY:
            return EMPTY
        if not answer.asked or _meant_elsewhere(ctx):
            return None
        return kind_in(ctx.text) or (None if number_in(ctx.text) is None else "quantity")

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Keep the words too: they may name the item."""
        ctx.set("task_data", {"said": ctx.text})
        return Filled(value)

    def spoken(self, value: Any) -> str:
        """Return the kind in words; only taking everything out is ever said."""
        return "everything out"


class ItemSlot(ChangeSlot):
    """A line of the order."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that name it."""
        told = answer.asked and not self.claims(ctx) and not _meant_elsewhere(ctx)
        return ctx.text if told else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Find the line."""
        order = await find_order(ctx, str(ctx.slot("order_id")))
        item = line_like(order, str(value))
        if item is None:
            return Invalid("utter_item_not_in_order")
        return Filled({"order_id": order.id, "line": item.line})


class TargetSlot(ChangeSlot):
    """The product to add, or the variant to swap for: id, name, price and options."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that name it; beside the confirming question they may name another."""
        if self.claims(ctx):
            return None
        if answer.asked:
            return None if _meant_elsewhere(ctx) else ctx.text
        return (
            ctx.text
            if ctx.slot("requested_slot") == "confirmed" and isinstance(ctx.slot("product"), dict)
            else None
        )

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Find it; what names nothing new leaves the slot as it is."""
        if ctx.slot("requested_slot") == "product" and _NONE_OF_THEM.match(value):
            ctx.set("task_outcome", "declined")
            return Filled(None)
        before = ctx.slot("product")
        adding = ctx.slot("change_kind") == "add"
        try:
            order = await find_order(ctx, str(ctx.slot("order_id")))
        except NotFound:
            return Filled(before)
        if adding and before is None:
            added = await added_product(ctx, order, str(value))
            return Filled(added.value) if isinstance(added, AddedProduct) else added
        item = None if adding else item_of(ctx, order)
        variant = await variant_like(ctx, item, str(value)) if item else None
        if variant is None or item is None:
            kept = item is None or before is not None
            return (
                Filled(before)
                if kept
                else Invalid("utter_no_such_variant", product=item.name if item else "")
            )
        if variant["id"] != item.product_id and variant["stock"] < item.quantity:
            return Invalid("utter_variant_sold_out", product=variant["name"])
        return Filled(variant)

    def spoken(self, value: Any) -> str:
        """Return the product's name with its options."""
        return spoken_item(value)


class PiecesSlot(ChangeSlot):
    """A number of pieces."""

    def read(self, ctx: TurnContext, answer: Answer) -> int | None:
        """Return the number when asked, or beside the confirming question."""
        if answer.asked:
            return number_in(ctx.text) if not _meant_elsewhere(ctx) else None
        if ctx.slot("requested_slot") == "confirmed" and ctx.slot("quantity") is not None:
            return number_in(ctx.text)
        return None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept what one person can buy; 0 takes the item off."""
        return (
            Filled(value)
            if 0 <= int(value) <= MAX_PER_LINE
            else Invalid("utter_too_many_pieces", most=str(MAX_PER_LINE))
        )


class AskKind(CloserAction):
    """Asks what to change."""

    action_name = "action_ask_change_order_form_change_kind"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer the kinds of change."""
        titles = {
            "Add something": "add",
            "Remove something": "remove",
            "Change a quantity": "quantity",
        }
        buttons = choice_buttons({**titles, "Another size or colour": "swap"})
        ctx.say("utter_ask_what_to_change", buttons=buttons, order_id=str(ctx.slot("order_id")))
        return []


class AskItem(CloserAction):
    """Asks which item of the order."""

    action_name = "action_ask_change_order_form_item"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer its lines."""
        order = await find_order(ctx, str(ctx.slot("order_id")))
        buttons = choice_buttons({item.name[:40]: item.name for item in order.items[:6]})
        ctx.say(
            "utter_ask_which_item",
            buttons=buttons,
            items="; ".join(item.name for item in order.items),
        )
        return []


class AskTarget(CloserAction):
    """Asks what to add, or which variant to swap for."""

    action_name = "action_ask_change_order_form_product"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Name the variants and sizes that can be had."""
        if ctx.slot("change_kind") == "add":
            adding = (ctx.slot("task_data") or {}).get("adding")
            if adding:
                choices = ", ".join(adding["choices"])
                ctx.say(
                    "utter_ask_variant" if adding["missing"] == VERSION else "utter_which_option",
                    product=adding["name"],
                    option=adding["missing"],
                    choices=choices,
                )
            else:
                ctx.say("utter_ask_what_to_add")
            return []
        order = await find_order(ctx, str(ctx.slot("order_id")))
        item = item_of(ctx, order)
        if item is None:
            return []
        choices = "; ".join(await alternatives(ctx, item))
        ctx.say("utter_ask_which_variant", item=item.name, choices=choices)
        return []
