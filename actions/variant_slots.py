"""Choosing a variant of a product that is to be bought: its colour, edition or pack, where that is a product of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.change_words import pieces_instead, pieces_more
from actions.context import TurnContext
from actions.intents import KIN, TASK_OF_INTENT
from actions.order_slots import meant_elsewhere
from actions.product_cards import product_button
from actions.product_choice import chooses, chosen, common_name, difference, named_among
from actions.product_slots import put_in_focus
from actions.shopping_list import as_further, further_thing
from actions.slot_types import Answer, Filled, Invalid, SlotType
from actions.waiting import queue
from actions.wishes import Wish
from closer.catalog.records import Product
from closer.catalog.words import stem, words_of
from closer.conversations.value_numbers import number_of

#: What a wish for another variant, way to pay or address may be taken for while something is bought.
NEARBY = frozenset({"change_order"}).union(*(family for family in KIN if "place_order" in family))
REFUSES = re.compile(r"^\W*(?:no|nope|nah|none|neither)\b", re.IGNORECASE)
#: Other goods than those whose variant is asked for must be named as surely.
_SURELY_NAMED = 0.5
#: "2 in fig", "ok then three of the cedar": so many of a variant that is named right behind.
_SO_MANY = re.compile(
    r"\W*(?:(?:ok(?:ay)?|yes|yeah|then|please|i'?ll (?:take|have)|i'?d like|give me|make (?:it|that)|let'?s do|go with|take)\W+)*"
    r"(\d{1,2}|[a-z]{3,6}) (?:pieces? |pairs? )?(?:of )?(?:the |in the |in )?([\w-]+)",
    re.IGNORECASE,
)
_LONE_NUMBER = re.compile(r"(?<![\w.-])\d+(?![\w.-]|\s?[a-z]{1,4}\b)", re.IGNORECASE)


class VariantSlot(SlotType):
    """One of a product's variants: its id and name."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that may choose one."""
        if counts_pieces(ctx):
            return None
        if answer.asked:
            said = str(ctx.entity("product") or "") if ctx.text.startswith("/") else ctx.text
            plain = ctx.intent == "affirm" and len(said.split()) <= 2
            elsewhere = meant_elsewhere(ctx, "place_order") and not _names_one(ctx, said)
            return None if plain or elsewhere or ctx.intent in ("help", "repeat") else said
        other = TASK_OF_INTENT.get(ctx.intent)
        meant_here = other is None or other in NEARBY
        return ctx.text if ctx.slot("product") and meant_here else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Take the one that is meant; several narrow the choice, and words that choose nothing change nothing."""
        before, asked = ctx.slot("product_variant"), ctx.slot("requested_slot") == "product_variant"
        product = await ctx.services.catalog.get(str(ctx.slot("product")))
        family = await ctx.services.catalog.variants(product.id)
        if asked:
            offered = [v for v in family if v.id in open_variants(ctx)]
            picked = [v for v in family if v.id == value] or chosen(value, offered)
            picked = picked or named_among(value, family)
        else:
            picked = chosen(_LONE_NUMBER.sub(" ", value), family, product)
            just_chosen = _just_chosen(ctx, family)  # "the other one" is not another once more
            if not picked or product in picked or just_chosen:
                return Filled(before)
        if not picked and asked and REFUSES.search(value):
            ctx.set("confirmed", False)
            return Filled(before)
        if asked and await _another_thing(ctx, family) and not picked:
            ctx.refused_value = True  # nothing else is made of it
            return Filled(before)
        if not picked:
            unclear = chooses(value) or ctx.intent == "affirm"
            said = "utter_invalid_product_variant" if unclear else "utter_no_such_variant"
            return Invalid(said, product=common_name(family))
        can_be_had = [variant for variant in picked if variant.in_stock]
        if not can_be_had:
            return Invalid("utter_variant_sold_out", product=picked[0].name)
        return Filled(_taken(ctx, can_be_had))

    def spoken(self, value: Any) -> str:
        """Return the variant's name."""
        return str(value["name"]) if value else ""


def _just_chosen(ctx: TurnContext, family: Sequence[Product]) -> bool:
    """Whether the message has chosen another variant of the same product already."""
    before = ctx.tracker.slots.get("product")
    return before != ctx.slot("product") and before in {variant.id for variant in family}


async def _another_thing(ctx: TurnContext, family: Sequence[Product]) -> bool:
    """Have other goods that are named ("and a water bottle") bought after this; say whether there are any."""
    name, further = ctx.entity("product"), further_thing(ctx)
    match = await ctx.services.catalog.match(str(name)) if name else None
    if match is None or match.confidence < _SURELY_NAMED or match.product in family:
        return False
    head, waiting = stem(words_of(str(name))[-1]), list(ctx.slot("interrupted") or [])
    others = [item for item in waiting if not _buys(item, head)]
    if further is None and others == waiting:
        return False
    ctx.set("interrupted", others)  # "rather two bottles" takes the place of one
    queue(ctx, [Wish("place_order", further or as_further(ctx))])
    return True


def _buys(item: dict[str, Any], head: str) -> bool:
    """Whether what waits is a purchase of the goods with that name."""
    said = item.get("said") or {}
    named = [e["value"] for e in said.get("entities") or [] if e["entity"] == "product"]
    heads = {stem(words_of(str(each))[-1]) for each in named if words_of(str(each))}
    return item["task"] == "place_order" and head in heads


def _taken(ctx: TurnContext, picked: Sequence[Product]) -> dict[str, str] | None:
    """Settle on a variant; of several one is still to be chosen."""
    put_in_focus(ctx, picked[0], picked)
    keep_open(ctx, picked)
    ctx.set("confirmed", None)
    if len(picked) > 1:
        return None
    ctx.set("product", picked[0].id)
    return {"id": picked[0].id, "name": picked[0].name}


def more_of_it(ctx: TurnContext) -> int | None:
    """Return how many pieces a message adds to what is about to be bought; None if it is about anything else."""
    if ctx.slot("quantity") is None:
        return None
    return pieces_more(ctx.text, str((ctx.slot("product_variant") or {}).get("name") or ""))


def counts_pieces(ctx: TurnContext) -> bool:
    """Say whether a message tells a number of pieces ("make it two") where it might choose a variant."""
    if ctx.slot("requested_slot") == "product_options":  # there a number is rather a size
        return False
    told = number_of(pieces_instead(ctx.text) or "") is not None
    return more_of_it(ctx) is not None or (told and not _names_one(ctx, ctx.text))


def pieces_of_choice(ctx: TurnContext) -> int | None:
    """Return the number of pieces that is told with the variant: "2 in fig", "three of the cedar please"."""
    if ctx.slot("requested_slot") != "product_variant" or not (led := _SO_MANY.match(ctx.text)):
        return None
    number = number_of(led[1])
    told = number is not None and not _names_one(ctx, led[1]) and _names_one(ctx, led[2])
    return number if told else None


def open_variants(ctx: TurnContext) -> list[str]:
    """Return the variants that there are to choose from."""
    return list((ctx.slot("task_data") or {}).get("variants") or {})


def keep_open(ctx: TurnContext, variants: Sequence[Product]) -> None:
    """Remember which variants there are to choose from, and what tells them apart."""
    told = {variant.id: difference(variant, variants) for variant in variants}
    ctx.set("task_data", {**(ctx.slot("task_data") or {}), "variants": told})


def _names_one(ctx: TurnContext, said: str) -> bool:
    """Whether words name anything that tells the open variants apart."""
    told: dict[str, str] = (ctx.slot("task_data") or {}).get("variants") or {}
    telling = {stem(word) for name in told.values() for word in words_of(name)}
    return said in told or bool(telling & {stem(word) for word in words_of(said)})


class AskVariant(CloserAction):
    """Asks which variant, naming those that can be had, with their prices where these differ."""

    action_name = "action_ask_place_order_form_product_variant"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer what there is to choose from."""
        found = await ctx.services.catalog.get_many(open_variants(ctx))
        variants = list(found.values())
        if not variants:
            ctx.say("utter_ask_product")
            return []
        prices = len({variant.price.amount for variant in variants}) > 1
        titles = {
            variant.id: difference(variant, variants) + (f" ({variant.price})" if prices else "")
            for variant in variants
        }
        ctx.say(
            "utter_ask_variant",
            product=common_name(variants),
            choices="; ".join(titles.values()),
            buttons=[product_button(variant, titles[variant.id]) for variant in variants[:6]],
        )
        return []
