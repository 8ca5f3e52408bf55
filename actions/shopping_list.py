"""Several things to be bought in one message: "two mats in plum, a jump rope and the insoles"."""

from __future__ import annotations

import re
from typing import Any

from actions.bought import named_surely
from actions.change_words import kind_in, number_in
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
    r"\b(?:and|also|plus)\b(?:\W+(?:also|then|an?|the|some|one|two|three|four|five|six|\d+|of|pairs?|sets?|packs?|more|another|i|we|want|need|take|add|please|pls|would|like|'?d|'?ll))*\W*$",
    re.IGNORECASE,
)
_ADDS = re.compile(
    r"\W*(?:(?:oh|ok(?:ay)?|yes|yeah|hm+|wait|please|then)\W+)*(?:and|also|plus|add)\b(?:\s+(?:also|then|please))*\s*",
    re.IGNORECASE,
)
#: What comes before goods that are meant instead of those just named.
_TAKES_BACK = re.compile(
    r"\W*(?:(?:no|sorry|oh|oops|wait|actually|rather|i mean|i meant|make (?:it|that)|or rather|better)\W+)+",
    re.IGNORECASE,
)
#: The number of pieces right before what it counts.
_NUMBER_BEFORE = re.compile(
    r"(?<![\w.,$#-])(\d{1,2}|[a-z]{3,6})\s?x?\s+(?:[a-z-]+\s+){0,2}$", re.IGNORECASE
)
_EACH = re.compile(
    r"\b(one|two|three|four|five|an?|another|\d)\s+(?:pairs? |(?!of\b|in\b)[a-z-]+ )?(?:in|size|of the) (?:an? |the |size )?([\w.-]+(?: (?!and\b|one\b|two\b|three\b|another\b|please\b|pls\b)[\w.-]+){0,2})",
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
    at = 0
    for clause in ctx.clauses or [ctx.heard]:  # "4 toys, a leash" is in one piece
        at = max(at, ctx.text.find(str(clause["text"]), at))
        for part in await _parts(ctx, clause, at):
            named = _goods_of(part["entities"])
            a_thing = not found or named or _A_THING.match(str(part["text"]))
            rather = bool(found) and await _puts_right(ctx, found[-1], part)
            if not a_thing or not (rather or _may_be_bought(part)):
                continue
            if rather:
                part = _with_number_of(found.pop(), part)  # noqa: PLW2901 - the part as it is meant
            found.append(part)
    if sum(bool(_goods_of(part["entities"])) for part in found) <= 1 and (
        each := _each_of(ctx, goods)
    ):
        return each
    return found if len(found) > 1 else []


def several_of_one(text: str) -> bool:
    """Say whether a text tells of one thing in several sizes or colours: "one in 41 and another in 44"."""
    return len(_EACH.findall(text)) > 1


def _each_of(ctx: TurnContext, goods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a clause for each size or colour of one thing: "two pairs of the boots, one in 39 and one in 44"."""
    begins, ends = goods[-1]["start"], goods[-1]["end"]
    told = [
        each
        for each in _EACH.finditer(ctx.text)
        if each.start() >= ends or (each.start() < begins and each.start(2) >= ends)
    ]
    if len({item["value"] for item in goods}) > 1 or len(told) < 2:
        return []
    base = ctx.text[: max(told[0].start(), ends)].rstrip(" ,:;-")
    return [
        {
            **ctx.heard,
            "text": f"{base} in {each[2]}",
            "entities": [
                goods[0],
                {"entity": "quantity", "value": number_in(each[1]) or 1, "start": 0, "end": 0},
            ],
        }
        for each in told
    ]


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


async def _parts(ctx: TurnContext, clause: dict[str, Any], at: int) -> list[dict[str, Any]]:
    """Return the parts of a clause, which begins at a place of the message, that name one thing each, with what is told of it."""
    text = str(clause["text"])
    listed, begins = [], 0
    for joint in [*_LISTED.finditer(text), None]:
        part = text[begins : joint.start() if joint else len(text)]
        values = _values_in(ctx, at + begins, part)
        if _goods_of(values) or await _names_thing(ctx, part):
            listed.append({**clause, "text": part, "entities": values})
        begins = joint.end() if joint else begins
    if len(listed) >= 2:
        return listed
    values = _values_in(ctx, at, text)
    if not _goods_of(values) and not await _names_thing(ctx, text):
        return []
    found = clause["entities"] or _goods_of(values)
    kinds = {item["entity"] for item in found}
    more = [item for item in values if item["entity"] not in kinds and item["entity"] != "product"]
    return [{**clause, "entities": [*found, *more]}]


async def _names_thing(ctx: TurnContext, part: str) -> bool:
    """Whether a part of a list names something that the shop sells, though it was not seen to: "a 5 band resistance set"."""
    if not _A_THING.match(part):
        return False
    meant = await surely_meant(ctx, part)
    return meant is not None and named_surely(part, meant.name)


async def _puts_right(ctx: TurnContext, before: dict[str, Any], part: dict[str, Any]) -> bool:
    """Whether a part takes back the one before it for the same goods: "one cream hoodie... sorry the hoodie in gray"."""
    if not _TAKES_BACK.match(str(part["text"])):
        return False
    meant = await surely_meant(ctx, _name_in(part))
    return meant is not None and named_surely(str(before["text"]), meant.name)


def _with_number_of(before: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with the number of pieces that was told before it, if it tells none itself."""
    if any(item["entity"] == "quantity" for item in part["entities"]):
        return part
    told = [item for item in before["entities"] if item["entity"] == "quantity"]
    return {**part, "entities": [*part["entities"], *told]}


def _name_in(part: dict[str, Any]) -> str:
    goods = _goods_of(part["entities"])
    return str(goods[0]["value"] if goods else part["text"])


def _goods_of(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in values if item["entity"] == "product"]


def _values_in(ctx: TurnContext, at: int, part: str) -> list[dict[str, Any]]:
    """Return those values of the message that stand in a part of it, which begins at a place, each where it is in the part."""
    found = [
        {**item, "start": item["start"] - at, "end": item["end"] - at}
        for item in ctx.heard["entities"] or []
        if at <= item["start"] and item["end"] <= at + len(part)
    ]
    goods = _goods_of(found)
    if not goods or any(item["entity"] == "quantity" for item in found):
        return found
    led = _NUMBER_BEFORE.search(part[: goods[0]["start"]])
    number = number_in(led[1]) if led else None
    if led is None or number is None:
        return found
    return [
        {"entity": "quantity", "value": number, "start": led.start(1), "end": led.end(1)},
        *found,
    ]
