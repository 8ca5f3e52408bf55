"""Several things to be bought in one message: "two mats in plum, a jump rope and the insoles"."""

from __future__ import annotations

import re
from typing import Any

from actions.bought import named_surely
from actions.change_words import kind_in
from actions.context import TurnContext
from actions.goods_named import surely_meant

BUYING = "place_order"
#: What a further thing sounds like where it stands alone: "and a kettle".
_NAMES_GOODS = frozenset(
    {
        BUYING,
        "inform",
        "nlu_fallback",
        "check_stock",
        "recommend_product",
        "product_info",
        "view_cart",
    }
)
#: "Add the helmet", of a message that buys.
_CHANGES = ("change_order", "change_cart")
_ORDER = re.compile(r"\border\b", re.IGNORECASE)
_A_THING = re.compile(
    r"\W*(?:(?:and|also|then)\s+)*(?:an?|the|some|one|two|three|four|five|six|\d+ ?x?|another)\b",
    re.IGNORECASE,
)
#: What leads from the purchase in progress to a further thing: "plum, and also a ...".
_AND_A = re.compile(
    r"\b(?:and|also|plus)\b(?:\W+(?:also|then|an?|the|some|one|two|three|four|\d+|another|i|we|want|need|take|add|please|pls|would|like|'?d|'?ll))*\W*$",
    re.IGNORECASE,
)
_ADDS = re.compile(
    r"\W*(?:(?:oh|ok(?:ay)?|yes|yeah|hm+|wait|please|then)\W+)*(?:and|also|plus|add)\b(?:\s+(?:also|then|please))*\s*",
    re.IGNORECASE,
)
_SURE = 0.6
_LISTED = re.compile(r"\s*[,;+&]\s*|\s+plus\s+")


async def things_to_buy(ctx: TurnContext) -> list[dict[str, Any]]:
    """Return a clause for each thing that a message buys; none if it is one thing only."""
    goods = [item for item in ctx.heard["entities"] or [] if item["entity"] == "product"]
    if not goods:
        return []
    found: list[dict[str, Any]] = []
    for clause in ctx.clauses or [ctx.heard]:  # "4 toys, a leash" is in one piece
        for part in await _parts(ctx, clause, goods):
            named = any(item["entity"] == "product" for item in part["entities"])
            a_thing = not found or named or _A_THING.match(str(part["text"]))
            if a_thing and _may_be_bought(part):
                found.append(part)
    return found if len(found) > 1 else []


def further_thing(ctx: TurnContext) -> dict[str, Any] | None:
    """Return, as a message of its own, what is to be bought beside the purchase in progress: "plum, and also a jump rope"."""
    items = ctx.heard["entities"] or []
    for item in items:
        led = _AND_A.search(ctx.text[: item["start"]]) if item["entity"] == "product" else None
        if led is not None:
            at = led.start()
            told = [
                {**each, "start": each["start"] - at, "end": each["end"] - at}
                for each in items
                if each["start"] >= at
            ]
            return {**ctx.heard, "text": ctx.text[at:], "entities": told}
    return None


async def names_further_thing(ctx: TurnContext) -> bool:
    """Say whether a message adds something that the shop sells, though it was not seen to: "oh and 2 skillets"."""
    led = _ADDS.match(ctx.text)
    return led is not None and await _names_thing(ctx, ctx.text[led.end() :])


def as_further(ctx: TurnContext) -> dict[str, Any]:
    """Return the message as one that adds something, though it does not say "and"."""
    led = "and "
    told = [
        {**each, "start": each["start"] + len(led), "end": each["end"] + len(led)}
        for each in ctx.heard["entities"] or []
    ]
    return {**ctx.heard, "text": led + ctx.text, "entities": told}


def _may_be_bought(part: dict[str, Any]) -> bool:
    """Whether nothing in a part of a message says that the goods are not to be bought."""
    unsure, name = float(part["intent"]["confidence"] or 0.0) < _SURE, str(part["intent"]["name"])
    text = str(part["text"])
    adds = name in _CHANGES and kind_in(text) in (None, "add") and not _ORDER.search(text)
    return unsure or adds or name in _NAMES_GOODS


async def _parts(
    ctx: TurnContext, clause: dict[str, Any], goods: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the parts of a clause that name one thing each, with what is told of it."""
    text, named = str(clause["text"]), _named(ctx, str(clause["text"]), goods)
    others = [item for item in ctx.heard["entities"] if item["entity"] != "product"]
    listed = [
        (part, _named(ctx, part, goods))
        for part in _LISTED.split(text)
        if _named(ctx, part, goods) or await _names_thing(ctx, part)
    ]
    if len(listed) < 2:
        if not named and not await _names_thing(ctx, text):
            return []
        found = clause["entities"] or named
        kinds = {item["entity"] for item in found}
        more = [item for item in _named(ctx, text, others) if item["entity"] not in kinds]
        return [{**clause, "entities": [*found, *more]}]
    return [
        {**clause, "text": part, "entities": [*things, *_named(ctx, part, others)]}
        for part, things in listed
    ]


async def _names_thing(ctx: TurnContext, part: str) -> bool:
    """Whether a part of a list names something that the shop sells, though it was not seen to: "a 5 band resistance set"."""
    if not _A_THING.match(part):
        return False
    meant = await surely_meant(ctx, part)
    return meant is not None and named_surely(part, meant.name)


def _named(ctx: TurnContext, part: str, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those values of the message that stand in a part of it."""
    return [item for item in items if ctx.text[item["start"] : item["end"]] in part]
