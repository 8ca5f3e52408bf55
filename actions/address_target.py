"""What an address is for, from the first words: an order, the account, or both; and what to make of a "default"."""

from __future__ import annotations

import re

from actions.address_text import names_address
from actions.context import TurnContext
from actions.negation import NT
from actions.talk import in_talk

TARGETS = {
    "order": (
        r"(?:just |only )?(?:for |on )?(?:the |this |that |my |one )?(?:orders?|parcel|package|delivery(?! address)|shipment|purchase)",
        "this time",
        "just this once",
        "just this one",
    ),
    "file": (
        r"(?:my |the )?(?:account|profile)",
        r"on file",
        r"(?:saved|default|main|standard|stored|usual) (?:shipping |delivery )?address",
        r"(?:change|update|correct|edit|fix) (?:my |our )?home addy?(?:ress)?",
        r"my address book",
        r"where (?:i|we) live",
        r"(?:all )?future orders",
        r"from now on",
        r"for good|permanently",
    ),
    "both": (
        r"both(?: of them)?",
        r"order and (?:my |the )?(?:account|profile)",
        r"account and (?:my |the )?order",
        "everywhere",
    ),
}
_ORDER = re.compile(r"\b(?:order|parcel|package|shipment)\b", re.IGNORECASE)
#: "send it to another address": what is under way is meant, whatever is on file.
_SENDS = re.compile(
    r"\b(?:send|ship|deliver|post|mail|redirect|re-?route|forward|divert|bring)\w*\s+(?:\w+\s+){0,2}?(?:it|that|this|them|those|these|elsewhere|somewhere)\b"
    r"|\b(?:it|that|this)\s+(?:\w+\s+)?(?:go|goes|going|come|be (?:sent|shipped|delivered|redirected))\b.*\b(?:to|else\w*|elsewhere|instead)\b"
    r"|\b(?:have|get) (?:it|that|this) (?:sent|shipped|delivered)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(?:my|our)\s+(?:\w+\s+){0,2}?ad+res+e?s?\b|\bmoved?\b|\bmoving\b", re.IGNORECASE
)
#: "I moved, ... also for order 12346": the order beside the address on file.
_ORDER_TOO = re.compile(
    r"\b(?:also|too|as well)\b[\s,]*(?:please |pls )?(?:for|on|to) (?:(?:my|the|that|this) )?(?:\w+ )?(?:order|parcel|package)\b"
    r"|\b(?:for|on) (?:(?:my|the|that|this) )?(?:open |current )?order(?: #?[\w-]*\d[\w-]*)? (?:too|as well|also)\b",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"\b(?:i|we|i've|we've|i have|we have|just) (?:just |have )?(?:moved|relocated)\b",
    re.IGNORECASE,
)
#: From then on all orders are meant, beside the one that is named.
_HENCEFORTH = r"\b(?:from now on|in (?:the )?future|for (?:all )?(?:my )?future orders|for all my orders|every time|always|for good|permanently)\b"
_FROM_NOW_ON = re.compile(_HENCEFORTH, re.IGNORECASE)
_DEFAULT = re.compile(
    r"\b(?:default|main|primary|standard|usual)(?: (?:address|one))?[\s.!]*(?:please|pls|now|then|too|instead)?[\s.!]*$"
    rf"|{_HENCEFORTH}",
    re.IGNORECASE,
)

_NEGATED = re.compile(rf"(?:\b(?:not|never|without)\b|{NT}|^\W*no\b(?!,))[^.,;!?]*$", re.IGNORECASE)


def settle_target(ctx: TurnContext) -> None:
    """Fill from the first message what the address is for, and the order if it is the one just spoken of."""
    target = next(
        (name for name in ("file", "both") if _names(name, ctx.text)),
        None,
    )
    if target is None and _MOVED.search(ctx.text):
        target = "both" if _ORDER_TOO.search(ctx.text) else _after_moving(ctx)
    if target == "file" and ctx.slot("order_id") and _FROM_NOW_ON.search(ctx.text):
        target = "both"  # "send the mat to ..., and use that from now on"
    spoken = in_talk(ctx).get("order_id")
    sends = _SENDS.search(ctx.text) is not None
    about_it = spoken is not None and (sends or not _MINE.search(ctx.text))
    if target is None and ctx.slot("order_id") is None and about_it:
        ctx.set("order_id", spoken)
    if target is None and (ctx.slot("order_id") or sends or _ORDER.search(ctx.text)):
        target = "order"
    if target:
        ctx.set("address_target", target)


def _after_moving(ctx: TurnContext) -> str | None:
    """Return that the account is meant by somebody who has moved and says where, unless something is to be sent or an order is spoken of."""
    sends = ctx.slot("order_id") or _SENDS.search(ctx.text) or _ORDER.search(ctx.text)
    return "file" if names_address(ctx.text) and not sends else None


def asks_default(text: str) -> bool:
    """Say whether an address is to be the default one: "make it my default"."""
    found = _DEFAULT.search(text)
    return found is not None and not is_negated(text, found.start())


def is_negated(text: str, at: int) -> bool:
    """Say whether what stands at a place of a text is not wanted: "not the default one"."""
    return _NEGATED.search(text[:at]) is not None


def _names(target: str, text: str) -> bool:
    return any(re.search(rf"\b(?:{word})\b", text, re.IGNORECASE) for word in TARGETS[target])
