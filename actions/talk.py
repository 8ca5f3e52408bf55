"""What the conversation has just been about: the order that "it", "cancel that" and "one more" mean.

Each task that ends leaves its order here; after a few messages about other things it is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

from actions.bought import items_named, means_newest, place_named
from actions.change_words import EMPTY, kind_in, number_in
from actions.context import TurnContext
from actions.intents import TASK_OF_INTENT
from actions.negation import NT
from actions.slot_types import NO_ORDER

#: An order is spoken of for so many messages after the one that it was last dealt with in.
_STAYS = 3
_SLOT = "order_in_talk"

#: Wishes that are about the order in talk even where they do not point at it ("I want my money back").
_IMPLYING = frozenset({"track_order", "cancel_order", "change_order", "get_refund"})
_POINTS = re.compile(
    r"\bit\b(?!')|\b(that|this|the same)( one)?\b(?= order| purchase|\W*$)|\b(that|this|the same) one\b|\b(them|those|these)\b",
    re.IGNORECASE,
)
_ANY_OTHER = re.compile(
    r"\b(an|another|other|different|new|older|previous|earlier|which|any|some|one of (my|the|our)) (\w+ )?(orders?|parcels?|packages?|purchases?)\b"
    r"|\b(orders|parcels|packages|purchases)\b|\b(cancel|track) (them )?(both|all)\b",
    re.IGNORECASE,
)
_ANOTHER_ONE = re.compile(r"\b(another|a different|an older|the previous) one\b", re.IGNORECASE)
_CALLS_OFF = re.compile(
    r"\b(?:cancel|abort|scrap|bin|ditch|annul|revoke)\s+(?:\w+\s+){0,2}?(?:it|that|this|them|both|all|everything|orders?|one|thing|lot)\b"
    r"|\bcall (?:it|that|this|them|\w+ order) off\b|\bcall off (?:it|that|this|\w+ order)\b|\bpull the plug\b",
    re.IGNORECASE,
)
#: Of an order that was told of just now: "i dont need that anymore".
_UNNEEDED = re.compile(
    r"\W*(?:(?:actually|oh|ok(?:ay)?|hm+|well|but|and|so|sorry|no)\W+)*i (?:don'?t|do not|no longer) (?:really )?(?:need|want) (?:it|that|this|them)(?: one| order)?"
    r"(?: (?:any ?more|after all|now))+\W*",
    re.IGNORECASE,
)
_ALL_OFF = re.compile(
    r"\bcancel (?:them )?(?:both|all)(?: of (?:them|those))?(?: please| pls)?\W*$", re.IGNORECASE
)
_ASKING = r"\W*(?:(?:please|pls|just|can|could|you|u|i|want|to|wanna|need)\W+)*"
#: A part of a message that calls an order off in so many words.
_ORDER_OFF = re.compile(
    rf"{_ASKING}(?:cancel|bin|ditch|scrap|kill|axe|call off)\b.{{0,40}}\border\b",
    re.IGNORECASE,
)
#: "Cancel the monitor": goods and nothing else.
_GOODS_OFF = re.compile(
    rf"{_ASKING}(?:cancel|scrap|call off) (?:the|my|that|those|these) [\w' -]{{3,30}}\W*$"
    r"(?<!membership)(?<!subscription)(?<!account)(?<!newsletter)(?<!refund)(?<!return)(?<!appointment)(?<!call)",
    re.IGNORECASE,
)
#: "Everything that hasn't been sent", "whatever is still with you".
NOT_SENT_YET = re.compile(
    rf"\b(?:everything|all|anything|whatever)\b.{{0,20}}(?:\b(?:not|yet to|still)\b|{NT}).{{0,20}}\b(?:left|leave|ship\w*|sent|gone|go out|dispatch\w*|posted|packed|with you|open)\b",
    re.IGNORECASE,
)
_CALLS_OFF_ALL = re.compile(
    r"\b(?:cancel|scrap|bin|ditch|abort|kill|call off|stop)\b", re.IGNORECASE
)
_CANCEL = re.compile(r"\bcancel\b", re.IGNORECASE)
_IN_CART = re.compile(r"\b(?:cart|basket|trolley|bag)\b", re.IGNORECASE)
_TAKES_BACK = re.compile(
    r"\bun-?cancel\w*|\b(?:undo|reverse|revoke|reinstate|restore|revive|reactivate)\b|\b(?:want|get|have|bring|put|take) (?:it|that|the order|my order) back\b"
    r"|\btake back\b.*\bcancel\w*",
    re.IGNORECASE,
)
_NOT_AN_ORDER = re.compile(
    rf"\b(?:my|the|a|that|this) (?:\w+ )?(?:request|appointment|call|refund|return|newsletter|subscription|account|ticket|complaint|review)\b|{NT} (?:\w+ )?cancel|\b(?:not|never) (?:\w+ )?cancel",
    re.IGNORECASE,
)
_MORE_OF_IT = re.compile(
    r"\b(?:too|as well|instead|in (?:a )?(?:size )?\d{1,2}|in (?:a |an )?(?:x?s|m|x*l|small|medium|large))\b",
    re.IGNORECASE,
)
_NOTHING_MORE = re.compile(r"\b(?:any|no)thing\b|\bno more\b", re.IGNORECASE)
_OLDER = re.compile(
    r"\b(?:before (?:that|those|them|then)|older|earlier|previous)(?: (?:ones?|orders?))?\W*$",
    re.IGNORECASE,
)
_ONE_BEFORE = re.compile(
    r"\bthe (?:one|invoice|bill|receipt|order) before\b|\bthe previous (?:one|invoice|bill|receipt|order)\b",
    re.IGNORECASE,
)
_DATA = re.compile(
    r"\b(data|accounts?|profile|info|information|personal\w*|details|privacy|gdpr|records?|history|forget|forgotten|erasure|me|myself|addresses|chats?|conversations?|know)\b",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"\b(?:meant|mean|sorry|rather|actually|oops|typo|wrong (?:one|number|order))\b", re.IGNORECASE
)
_CORRECTABLE = ("track_order", "cancel_order", "change_order", "get_refund")
_CHANGES = ("change_order", "place_order")


class Good(NamedTuple):
    """A line of the order in talk."""

    line: int
    name: str


def keep_in_talk(ctx: TurnContext, order_id: str | None, about: str, **more: Any) -> None:
    """Remember what the conversation is about now.

    Args:
        ctx: The turn.
        order_id: The order; None if none was named yet.
        about: The task, done or offered.
        more: What else a message that follows may refer to.
    """
    ctx.set(_SLOT, {"order_id": order_id, "about": about, "message_id": ctx.message_id, **more})


def remember_order(ctx: TurnContext, task: str, slots: Collection[str], *, done: bool) -> None:
    """Remember the order of a task that has ended, unless the task itself did so; a task without one is another topic."""
    if ctx.fresh.get(_SLOT):
        return
    about_order = "order_id" in slots or ctx.fresh.get("order_id")
    order_id = ctx.slot("order_id") if about_order else None
    if order_id in (None, NO_ORDER, "last"):
        ctx.set(_SLOT, None)
        return
    keep_in_talk(ctx, str(order_id), task, done=done)


def in_talk(ctx: TurnContext) -> dict[str, Any]:
    """Return what the conversation was about in its last messages; empty if nothing."""
    talk = ctx.slot(_SLOT)
    lately = ctx.latest_messages(_STAYS + 1)
    return dict(talk) if talk and talk.get("message_id") in lately else {}


def order_pointed_at(ctx: TurnContext) -> str | None:
    """Return the order in talk if a message that begins a task is about it: it points at it, or names no other."""
    talk = in_talk(ctx)
    if (listed := order_listed(ctx)) is not None:
        return listed
    order_id = talk.get("order_id")
    other = _ANY_OTHER.search(ctx.text) or (
        ctx.intent != "change_order" and _ANOTHER_ONE.search(ctx.text)
    )
    if not order_id or other:
        return None
    implied = ctx.intent in _IMPLYING or ctx.intent not in TASK_OF_INTENT
    return str(order_id) if implied or _POINTS.search(ctx.text) else None


def order_listed(ctx: TurnContext) -> str | None:
    """Return the order that a place in the list just shown means ("the second one")."""
    listed = in_talk(ctx).get("listed") or []
    place = place_named(ctx.text, of_orders=True)
    if place is None and means_newest(ctx.text):
        place = 0  # the newest stands first
    return str(listed[place]) if place is not None and place < len(listed) else None


def calls_off(text: str, *, goods: bool) -> bool:
    """Say whether a part of a message calls an order off in so many words.

    Args:
        text: The part.
        goods: Whether it names goods, which are called off with their order.
    """
    return bool(_ORDER_OFF.match(text) or (goods and _GOODS_OFF.match(text)))


def takes_back(text: str) -> bool:
    """Say whether a text wants a cancellation undone."""
    return _TAKES_BACK.search(text) is not None


def looks_further_back(text: str) -> bool:
    """Say whether a text asks for the orders before those that were shown."""
    return _OLDER.search(text) is not None


def one_before(text: str) -> bool:
    """Say whether a text means the one of a row that is older than the one just dealt with."""
    return _ONE_BEFORE.search(text) is not None


def speaks_of_data(text: str) -> bool:
    """Say whether a text that wants something erased speaks of data, not of goods."""
    return _DATA.search(text.replace("_", " ")) is not None


def order_follow_up(ctx: TurnContext) -> str | None:
    """Return the task that a message goes on with which names none: "ok, cancel it then", "and the jeans in 32"."""
    about = in_talk(ctx).get("about")
    if about in _CORRECTABLE and ctx.entity("order_id") and _MEANT.search(ctx.text):
        return str(about)  # "no, I meant 12346", after the answer about another order
    if _wants_cancelled(ctx):
        return "cancel_order"
    if about == "order_history" and order_listed(ctx) and ctx.intent not in TASK_OF_INTENT:
        return "track_order"
    if in_talk(ctx).get("oldest") and looks_further_back(ctx.text):
        return "order_history"
    return "change_order" if goes_on_changing(ctx) else None


def _wants_cancelled(ctx: TurnContext) -> bool:
    """Say whether a message calls off what was offered to be cancelled or spoken of, or wants that undone."""
    offer, talk = ctx.offered or {}, in_talk(ctx)
    if talk.get("about") == "cancel_order" and talk.get("done") and takes_back(ctx.text):
        return True
    if _NOT_AN_ORDER.search(ctx.text):
        return False
    if offer.get("action") == "cancel_order_form" and _CANCEL.search(ctx.text):
        keep_in_talk(ctx, (offer.get("slots") or {}).get("order_id"), "cancel_order")
        return True
    everything = kind_in(ctx.text) == EMPTY and not speaks_of_data(ctx.text)
    unneeded = not ctx.offered and _UNNEEDED.fullmatch(ctx.text)
    if talk and (everything or unneeded or _CALLS_OFF.search(ctx.text)):
        return True
    if everything and _CANCEL.search(ctx.text) and not talk:
        return not _IN_CART.search(ctx.text)
    not_sent = NOT_SENT_YET.search(ctx.text) and _CALLS_OFF_ALL.search(ctx.text)
    return bool(_ALL_OFF.search(ctx.text) or not_sent)


def goes_on_changing(ctx: TurnContext) -> bool:
    """Say whether a message without an intent of its own goes on with the order that was just made or changed."""
    talk = in_talk(ctx)
    if talk.get("about") not in _CHANGES or not talk.get("done"):
        return False
    kind = kind_in(ctx.text)
    if ctx.intent not in ("inform", "nlu_fallback") or ctx.entity("order_id", "email"):
        return False
    if kind is not None:
        return _NOTHING_MORE.search(ctx.text) is None
    goods = [Good(*good) for good in talk.get("goods") or ()]
    says_how = number_in(ctx.text) is not None or _MORE_OF_IT.search(ctx.text)
    return bool(says_how and items_named(ctx.text, goods))
