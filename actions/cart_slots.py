"""Reading what is to be changed in a cart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.bought import items_named
from actions.change_words import number_in
from actions.context import TurnContext
from actions.goods_named import names_others
from actions.slot_types import Answer, Filled, Invalid, SlotType
from closer.carts.records import Cart, CartLine
from closer.carts.rules import MAX_PER_LINE

_ALL = re.compile(
    r"\b(empt\w+|clear\w*|wipe|scrap|dump|everything|all of (?:it|them)|it all|them all|the lot|whole|start (?:\w+ ){0,3}over|nothing"
    r"|both)\b",
    re.IGNORECASE,
)
_KEEP = re.compile(r"\b(?:only|just|keep|except|but|leave)\b", re.IGNORECASE)
_COUNT = re.compile(
    r"\b(?:make|only|just|change|set|want|need|instead|quantity|should be|how many|reduce)\b",
    re.IGNORECASE,
)
_NUMBER_WANTED = re.compile(
    r"\b(?:quantit\w+|how many|the (?:number|amount)|more of|fewer|less of)\b", re.IGNORECASE
)
_ONE_LESS = re.compile(r"\b(?:one (?:of|too many|less)|remove one|take one)\b", re.IGNORECASE)
_ONE_MORE = re.compile(r"\b(?:one more|another(?: one)?|add one)\b", re.IGNORECASE)


_PUTS_IN = re.compile(
    r"\b(?:put|add|throw|stick|pop|place)\b(?!.*\bout\b).*\b(?:in|into|to)\b.*\b(?:cart|basket|bag|trolley)\b",
    re.IGNORECASE,
)
_TAKES_OUT = re.compile(
    r"\b(?:remov\w*|delet\w*|out|off|drop|minus|without|lose|kick|rid|never|not|isn'?t|didn'?t|don'?t|dont|no longer|take|back)\b",
    re.IGNORECASE,
)


#: Something by a name, not "the last one".
_THE_THING = re.compile(
    r"\b(?:the|my|those|these)\s+(?!last|latest|newest|first|second|third|other|one|ones|item|thing|cart|basket|bag|trolley|quantity|number|amount|same|rest|whole)"
    r"[a-z]{3,}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Named:
    line: int
    name: str
    found: CartLine


class CartChangeSlot(SlotType):
    """What is to be done: `{"all": True}`, or which lines get how many pieces."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that say it."""
        return (
            ctx.text if ctx.intent not in ("stop", "help", "repeat") or not answer.asked else None
        )

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Find the lines; None if the words leave open which one."""
        text, asked = (
            str(ctx.entity("product") or value),
            ctx.slot("requested_slot") == "cart_change",
        )
        cart = await ctx.services.carts.view(ctx.customer_id or ctx.conversation_id)
        named = [_Named(n, line.product.name, line) for n, line in enumerate(cart.lines)]
        lines = [one.found for one in items_named(str(value), named)] if named else []
        lines = lines or ([one.found for one in items_named(text, named)] if named else [])
        if _ALL.search(str(value)) and not (_KEEP.search(str(value)) and lines) and len(lines) != 1:
            return Filled({"all": True})
        if not lines and await names_others(ctx, [line.product for line in cart.lines]):
            return Invalid("utter_not_in_cart")
        if not lines:
            lines = _of_kind(cart, str(value)) or _only_line(ctx, cart)
        said = str((ctx.slot("task_data") or {}).get("said") or value)
        ctx.set("task_data", {"said": said})
        if not lines:
            return Invalid("utter_not_in_cart") if asked else Filled(None)
        return Filled({"lines": [_changed(line, said) for line in lines]})


class AskCartChange(CloserAction):
    """Asks which line of the cart is meant."""

    action_name = "action_ask_change_cart_form_cart_change"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer its lines."""
        cart = await ctx.services.carts.view(ctx.customer_id or ctx.conversation_id)
        buttons = [
            {
                "title": line.product.name[:48],
                "payload": f'/inform{{"product":"{line.product.name}"}}',
            }
            for line in cart.lines[:6]
        ]
        ctx.say("utter_ask_which_in_cart", buttons=buttons, items=spoken_cart(cart))
        return []


def puts_in(text: str) -> bool:
    """Say whether a text wants something put in the cart, rather than taken out or counted anew."""
    return _PUTS_IN.search(text) is not None and _TAKES_OUT.search(text) is None


def spoken_cart(cart: Cart) -> str:
    """Return what is in a cart as words."""
    return "; ".join(
        spoken_goods(line.quantity, line.product.name, line.options) for line in cart.lines
    )


def spoken_goods(quantity: int, name: str, options: Mapping[str, str]) -> str:
    """Return a line of goods in words: "2 × a thing (42)"."""
    chosen = f" ({', '.join(options.values())})" if options else ""
    return f"{quantity} × {name}{chosen}"


def _of_kind(cart: Cart, text: str) -> list[CartLine]:
    """Return the only line of a kind of goods that the words name: "the book"."""
    words = set(re.findall(r"[a-z]{3,}", text.lower()))
    found = [
        line
        for line in cart.lines
        if words & {line.product.kind.lower(), *_singulars(line.product.category.lower())}
    ]
    return found if len(found) == 1 else []


def _singulars(category: str) -> set[str]:
    return {category, category.removesuffix("s")}


def _only_line(ctx: TurnContext, cart: Cart) -> list[CartLine]:
    """Return the only line there is, or the one that was spoken of, unless a thing is named."""
    if _THE_THING.search(ctx.text):
        return []
    if len(cart.lines) == 1:
        return list(cart.lines)
    return [line for line in cart.lines if line.product.id == ctx.slot("product_in_focus")]


def _changed(line: CartLine, said: str) -> dict[str, Any]:
    """Return a line with the pieces that it is to have: none, the number that the words name, or one yet to be asked for."""
    number, quantity = number_in(said), None
    if _TAKES_OUT.search(said) and not _NUMBER_WANTED.search(said):
        quantity = 0
    if _ONE_LESS.search(said):
        quantity = line.quantity - 1
    elif _ONE_MORE.search(said):
        quantity = line.quantity + 1
    elif number is not None and (_COUNT.search(said) or len(said.split()) <= 2):
        quantity = min(number, MAX_PER_LINE)
    return {"product": line.product.id, "options": dict(line.options), "quantity": quantity}
