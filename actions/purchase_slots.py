"""The slots of a purchase beside the product: size, number of pieces, where it goes, how it is paid."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from actions.address_shapes import missing_parts
from actions.address_slots import concluded_country
from actions.address_text import read_address
from actions.change_words import pieces_instead
from actions.context import TurnContext
from actions.order_slots import meant_elsewhere
from actions.product_slots import without_small_words
from actions.slot_types import Answer, ConfirmSlot, Filled, Invalid, SlotType
from actions.variant_slots import NEARBY, counts_pieces, more_of_it, pieces_of_choice
from closer.catalog.records import Product
from closer.catalog.words import stem, words_of
from closer.conversations.value_numbers import number_of
from closer.customers.records import Address
from closer.orders.delivery import METHODS
from closer.orders.payment_methods import PAYMENT_METHODS
from closer.orders.pricing import MAX_PER_LINE

_PIECES = re.compile(
    r"\b(?:pieces?|pcs|pairs?|of (?:them|these|those)|items|copies)\b|\d ?x\b|\bx ?\d",
    re.IGNORECASE,
)
_SO_MANY_PIECES = re.compile(
    r"\b([a-z]{3,6}|\d{1,2}) (?:pieces?|pcs|pairs?|items|copies)\b", re.IGNORECASE
)
_COUNTS = frozenset({"piece", "pair", "set"})
#: "2x jump rope", "jump rope x3", and no measure.
_TIMES = re.compile(
    r"(?<![\d.x] )\b(\d{1,2}) ?x\b(?! ?\d)|(?<!\d )\bx ?(\d{1,2})\b(?! ?(?:cm|mm|m|inch)\b)",
    re.IGNORECASE,
)
#: "take two", "ok i'll have three of them please".
_TAKES = re.compile(
    r"\W*(?:(?:ok|yes|and|then|please|pls|i|i'?ll|i'?d|let me|just)\W+)*(?:take|have|get|buy|order|want|need)(?: me)? ([a-z]{3,6}|\d{1,2})"
    r"(?: of (?:them|it|those|these))?(?: (?:please|pls|then))*\W*",
    re.IGNORECASE,
)
#: A message this sure to be for something else tells no number of pieces by the way.
_SURE = 0.5
#: Where one of these is asked for, a lone number is no number of pieces.
_CHOICES = ("product_options", "product_variant")
_PLACE = re.compile(
    r"\b(?:to|at) (?:my |the |our )?(office|work(?:place)?|job|home|house|flat|parents|mum|mom|dad)\b"
    r"|\b(?:my |the )?(office|work|home) address\b",
    re.IGNORECASE,
)
_SAME_PLACE = {
    "office": "work",
    "workplace": "work",
    "job": "work",
    "house": "home",
    "flat": "home",
}
_METHODS = re.compile(
    rf"\b(?:{'|'.join(re.escape(m.name) for m in PAYMENT_METHODS)}|amex|pay ?pal|giftcard|wire transfer)\b",
    re.IGNORECASE,
)
_WAYS = {
    "express": re.compile(
        r"\b(?:express|next[- ]day|overnight|fast(?:er|est)? (?:delivery|shipping))\b",
        re.IGNORECASE,
    ),
    "pickup": re.compile(r"\bpick-?up point\b|\bto a pick-?up\b", re.IGNORECASE),
    "standard": re.compile(
        r"\b(?:standard|normal|regular) (?:delivery|shipping|post)\b", re.IGNORECASE
    ),
}
#: "Great, order", "place the order then please".
_ORDERS = re.compile(
    r"\W*(?:(?:yes|yep|ok(?:ay)?|great|good|perfect|fine|cool|super|lovely|right|then|so|please|pls|go ahead|just|now|and|i'?ll|let'?s|can you|could you)\W+)*"
    r"(?:order|buy|take|get|place|send|book|purchase|have)(?:\W+(?:it|them|that|those|these|all|the order|my order|everything|both|me|now|then|please|pls|thanks))*\W*",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(r"\btoo (?:expensive|dear|pricey|costly)\b|\bcan'?t afford\b", re.IGNORECASE)
_ASKS_ABOUT = re.compile(
    r"\b(?:how|what|which|costs?|price|extra|long)\b|\bdo (?:you|u) (?:have|offer|do|ship|deliver)\b|\bis (?:there|express)\b",
    re.IGNORECASE,
)
_METHOD_NAMES = {"giftcard": "gift card", "wire transfer": "bank transfer", "pay pal": "paypal"}


class QuantitySlot(SlotType):
    """How many pieces."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> int | None:
        """Return the number of pieces that the message names, or that it comes to with those it adds."""
        if (more := more_of_it(ctx)) is not None:
            return int(ctx.slot("quantity")) + more
        if (chosen := pieces_of_choice(ctx)) is not None:
            return chosen
        instead = number_of(pieces_instead(ctx.text) or "")
        if instead is None and ctx.confidence >= _SURE and meant_elsewhere(ctx, *NEARBY):
            return None
        found = ctx.entity("quantity")
        found = instead if found is None else found
        if found is None and (times := _TIMES.search(ctx.text)):
            found = times[1] or times[2]
        if found is None and (taken := _TAKES.fullmatch(ctx.text)):
            found = number_of(taken[1])
        if found is None and answer.asked:
            match = re.search(r"\d+", ctx.text)
            found = match.group(0) if match else None
        choosing = ctx.slot("requested_slot") in _CHOICES and not _PIECES.search(ctx.text)
        if choosing and not counts_pieces(ctx):
            return None
        try:
            return int(str(found)) if found is not None else None
        except ValueError:
            return None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept what the shop sells to one person; a size, or a number in a product's name, is none of pieces."""
        if await self._means_something_else(ctx, int(value)):
            return Filled(ctx.slot("quantity"))
        if 1 <= value <= MAX_PER_LINE:
            return Filled(value)
        return Invalid("utter_too_many_pieces", most=str(MAX_PER_LINE))

    async def _means_something_else(self, ctx: TurnContext, value: int) -> bool:
        if any(number_of(told) == value for told in _SO_MANY_PIECES.findall(ctx.text)):
            return False  # "two pairs of the Stride 2"
        if str(value) in read_address(ctx.text).get("street", "").split():
            return True  # a house number
        match = await ctx.services.catalog.match(without_small_words(ctx.text))
        for meant in {match.product.id if match else None, ctx.slot("product")} - {None}:
            family = await ctx.services.catalog.variants(str(meant))
            told = [f"{variant.name}. {_attributes(variant)}" for variant in family]
            if any(_in_name(ctx.text, words, value) for words in told):
                return True
        product_id = ctx.slot("product") or (match.product.id if match else None)
        if not product_id or _PIECES.search(ctx.text):
            return False
        product = (await ctx.services.catalog.get_many([product_id])).get(product_id)
        return product is not None and _is_size(product, value)


class BuyingSlot(ConfirmSlot):
    """The yes to a purchase; "great, order it" is one."""

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether the message orders, in so many words, what is to be confirmed."""
        return _ORDERS.fullmatch(ctx.text) is not None or super().claims(ctx)

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False; what is too expensive is not bought."""
        too_much = answer.asked and _TOO_MUCH.search(ctx.text)
        return False if too_much else super().read(ctx, answer)


class DeliveryMethodSlot(SlotType):
    """How a purchase is sent: the id of one of the shop's ways."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the way that the message names, unless it only asks about it."""
        if _ASKS_ABOUT.search(ctx.text):
            return None
        return next((way for way, words in _WAYS.items() if words.search(ctx.text)), None)

    def spoken(self, value: Any) -> str:
        """Return the way's name."""
        return f"{method_name(str(value)).lower()}"


class PaymentSlot(SlotType):
    """How a purchase is paid: the id of one of the shop's ways."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the way that the message names, unless it asks about ways to pay."""
        found = _METHODS.search(ctx.text)
        if found is None or ctx.text.rstrip().endswith("?"):
            return None
        said = found.group(0).lower()
        name = _METHOD_NAMES.get(said, said)
        return next((m.id for m in PAYMENT_METHODS if name in (m.name.lower(), m.id)), None)

    def spoken(self, value: Any) -> str:
        """Return the way's name."""
        return next((m.name for m in PAYMENT_METHODS if m.id == value), "")


class DeliverToSlot(SlotType):
    """Where it goes: the id of one of the customer's addresses, or the parts of one for this purchase only."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | dict[str, Any] | None:
        """Return the address that the message tells, or what it calls one that is known."""
        parts = read_address(ctx.text)
        if {"street", "city"} <= parts.keys():
            return {"parts": parts}
        found = _PLACE.search(ctx.text)
        return (found.group(1) or found.group(2)).lower() if found else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Find the address with that label; complete the one that was told."""
        if isinstance(value, dict):
            return await self._told(ctx, dict(value["parts"]))
        label = _SAME_PLACE.get(value, value)
        known = (
            await ctx.services.customers.addresses(str(ctx.customer_id)) if ctx.customer_id else []
        )
        fitting = [a for a in known if _SAME_PLACE.get(a.label.lower(), a.label.lower()) == label]
        if not fitting and label == "home":
            fitting = [address for address in known if address.is_default]
        return Filled(fitting[0].id) if fitting else Invalid("utter_no_such_address", label=value)

    @staticmethod
    async def _told(ctx: TurnContext, parts: dict[str, Any]) -> Filled | Invalid:
        """Conclude the country as it is done for any address; say what is missing."""
        if ctx.customer_id and not parts.get("country"):
            stored = await ctx.services.customers.addresses(ctx.customer_id)
            parts["country"] = concluded_country(parts, stored)
        lacking = missing_parts(parts)
        if lacking:
            return Invalid("utter_ask_address_parts", parts=" and ".join(lacking))
        return Filled({"parts": parts})

    def spoken(self, value: Any) -> str:
        """Return nothing: the summary names the address."""
        return ""


def method_name(method: str) -> str:
    """Return what a way of delivery is called."""
    return next(each.name for each in METHODS if each.id == method)


def home_of(addresses: list[Address], chosen: Any) -> Address | None:
    """Return the address that a purchase goes to: the chosen one, or else the default one."""
    known = isinstance(chosen, str)
    wanted = (a for a in addresses if (a.id == chosen if known else a.is_default))
    return next(wanted, addresses[0] if addresses else None)


def _is_size(product: Product, value: int) -> bool:
    return any(str(value) in choices for choices in product.options.values())


def _attributes(product: Product) -> str:
    return ". ".join(f"{name} {value}" for name, value in product.attributes.items())


def _in_name(text: str, name: str, value: int) -> bool:
    """Whether a number in a text stands beside the same word as in a product's name: "Kite 5", "3 bands"; "3 pieces" counts."""
    said, named = _pairs(text), _pairs(name)
    return any(
        value in (number_of(one), number_of(other)) and not {one, other} & _COUNTS
        for one, other in said & named
    )


def _pairs(text: str) -> set[tuple[str, str]]:
    """Return the words of a text with those behind them, without plural endings."""
    words = [stem(word) for word in words_of(text)]
    return set(pairwise(words))
