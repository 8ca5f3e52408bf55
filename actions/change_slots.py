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
from actions.change_words import EMPTY, kind_in, number_in, pieces_more
from actions.context import TurnContext
from actions.negation import NT
from actions.order_slots import choice_buttons, find_order, meant_elsewhere
from actions.slot_types import Answer, ConfirmSlot, Filled, Invalid, SlotType
from closer.kit.errors import NotFound
from closer.orders.pricing import MAX_PER_LINE
from closer.orders.records import OrderItem

_NOT_WANTED = re.compile(rf"(?:{NT}|do not|no longer) (?:want|need)", re.IGNORECASE)
_DENIES = re.compile(rf"{NT}|\bnot\b|\bkeep\b|\bleave\b", re.IGNORECASE)
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


def other_change(ctx: TurnContext) -> str | None:
    """Return the kind of change that a message puts in the place of the one in progress, None if it does not."""
    before, kind = ctx.slot("change_kind"), kind_in(ctx.text)
    if before is None or kind in (None, before) or _meant_elsewhere(ctx):
        return None
    if (before, kind, ctx.slot("requested_slot")) == ("swap", "quantity", "product"):
        return None  # "43 instead": among sizes a number is one
    counted = kind == "add" and ctx.slot("quantity") is not None and pieces_more(ctx.text)
    merely_no = kind == "remove" and _NOT_WANTED.search(ctx.text) and not ctx.entity("product")
    return None if counted or merely_no else kind


def _begin_anew(ctx: TurnContext, kind: str) -> None:
    """Put another change in the place of the one in progress; its words tell the rest."""
    ctx.set("change_kind", kind)
    ctx.set("task_data", {"said": ctx.text})
    ctx.set("product", None)
    ctx.set("quantity", None)


class ChangeSlot(SlotType):
    """An answer about a change; to want everything out is one, too, however it sounds."""

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether everything is to be taken out."""
        return kind_in(ctx.text) == EMPTY


class ChangeConfirmSlot(ConfirmSlot):
    """Yes or no to a change; "remove it all" and "no, make the bottle two" are neither."""

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether everything is to be taken out."""
        return kind_in(ctx.text) == EMPTY

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False."""
        said = None if self.claims(ctx) else super().read(ctx, answer)
        if said is not False or ctx.text.startswith("/"):
            return said
        same = kind_in(ctx.text) == ctx.slot("change_kind") and not _DENIES.search(ctx.text)
        return None if same or other_change(ctx) else said


class KindSlot(ChangeSlot):
    """What kind of change: add, remove, quantity, swap, or everything out."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the kind that the answer names; everything is out whatever was asked."""
        if ctx.slot("requested_slot") and kind_in(ctx.text) == EMPTY:
            return EMPTY
        if not answer.asked:
            return other_change(ctx) if ctx.slot("requested_slot") else None
        if _meant_elsewhere(ctx):
            return None
        return kind_in(ctx.text) or (None if number_in(ctx.text) is None else "quantity")

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Keep the words too: they may name the item."""
        if (before := ctx.slot("change_kind")) is not None and value != EMPTY:
            order = await find_order(ctx, str(ctx.slot("order_id")))
            item, adding = line_like(order, ctx.text), ctx.slot("product") or {}
            if (before, value) == ("add", "quantity") and (
                item is None or item.product_id == adding.get("id")
            ):
                return Filled(before)  # so many are to be added
            if (before, value) == ("swap", "quantity") and _counts_swapped(ctx, item):
                ctx.set("quantity", number_in(ctx.text))
                return Filled(before)  # so many of the other colour
            if item is not None:
                ctx.set("item", {"order_id": order.id, "line": item.line})
        _begin_anew(ctx, value)
        return Filled(value)

    def spoken(self, value: Any) -> str:
        """Return the kind in words where the question does not name it."""
        return "everything out" if value == EMPTY else ""


def _counts_swapped(ctx: TurnContext, item: OrderItem | None) -> bool:
    """Whether a number of pieces is told of what is to be swapped: "and make it 2"."""
    same = item is None or item.line == (ctx.slot("item") or {}).get("line")
    chosen = isinstance(ctx.slot("product"), dict)
    return same and chosen and number_in(ctx.text) is not None


class ItemSlot(ChangeSlot):
    """A line of the order."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that name it; beside the confirming question they may name another."""
        alters = ctx.slot("requested_slot") == "confirmed" and ctx.slot("item") is not None
        corrects = alters and ctx.slot("change_kind") in ("remove", "quantity")
        told = (answer.asked or corrects) and not self.claims(ctx) and not _meant_elsewhere(ctx)
        return ctx.text if told else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Find the line; the answer may ask for another change of it."""
        order = await find_order(ctx, str(ctx.slot("order_id")))
        item = line_like(order, str(value))
        asked = ctx.slot("requested_slot") == "item"
        if item is None:
            return Invalid("utter_item_not_in_order") if asked else Filled(ctx.slot("item"))
        if asked and (kind := other_change(ctx)):
            _begin_anew(ctx, kind)
        return Filled({"order_id": order.id, "line": item.line})

    def spoken(self, value: Any) -> str:
        """Return nothing: the question names the item."""
        return ""


class TargetSlot(ChangeSlot):
    """The product to add, or the variant to swap for: id, name, price and options."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that name it; beside the confirming question they may name another."""
        if self.claims(ctx):
            return None
        if answer.asked:
            return None if _meant_elsewhere(ctx) or other_change(ctx) else ctx.text
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

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> int | None:
        """Return the number when asked, or beside the confirming question."""
        if answer.asked:
            return number_in(ctx.text) if not _meant_elsewhere(ctx) else None
        if ctx.slot("requested_slot") == "confirmed" and ctx.slot("quantity") is not None:
            if (more := pieces_more(ctx.text)) is not None:
                return int(ctx.slot("quantity")) + more
            return None if _meant_elsewhere(ctx) else number_in(ctx.text)
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
