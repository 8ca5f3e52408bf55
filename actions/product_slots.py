"""Reading which product is meant, and showing products."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from actions.context import TurnContext
from actions.slot_types import Answer, Filled, Invalid, SlotType
from closer.catalog.records import Product
from closer.catalog.words import stem, words_of
from closer.conversations.turn import Button, Card, Fact, Image
from closer.conversations.value_numbers import number_of

_ORDINALS = {
    "first": 0, "1st": 0, "one": 0, "second": 1, "2nd": 1, "two": 1, "third": 2, "3rd": 2, "three": 2, "last": -1,
}  # fmt: skip
_ORDINAL = re.compile(
    r"\b(?:number |no\.? ?|option )?(first|1st|second|2nd|third|3rd|last)\b(?: one)?", re.IGNORECASE
)
_NUMBERED = re.compile(r"\b(?:number|no\.?|option) (one|two|three|[1-3])\b", re.IGNORECASE)
_THAT = re.compile(r"\b(it|that( one)?|this( one)?|them|these|those)\b", re.IGNORECASE)
_LIMIT = re.compile(
    r"\b(?:under|below|less than|up to|max(?:imum)?|at most|cheaper than|no more than) \D{0,2}(\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_SURE = 0.6
_SMALL_WORDS = frozenset(
    """a about an and any anything are available availability big buy can could cost costs customer detail details do
    does for from get give go got great has have hello hey hi how i i'd i'll i'm if in info information interested is
    it like long look looking may me more much my need now of on one ones or order out please pls purchase sell send
    should show size so some stock still take tell than thanks thank that the there these they this to today two three
    u ur us want wanna wants was we what what's when where which will with would you your back again i've buying
    ordering me pieces piece pcs x times another new""".split()
)


class ProductSlot(SlotType):
    """A product of the shop: by its name, its number, or as one of those shown before."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a product's id, or the customer's words for it."""
        shown: list[str] = ctx.slot("last_products") or []
        if found := ctx.entity("product"):
            return str(found)
        if (
            shown
            and (place := place_in_list(ctx.text)) is not None
            and -len(shown) <= place < len(shown)
        ):
            return shown[place]
        if shown and not answer.asked and _THAT.search(ctx.text):
            return ctx.slot("product_in_focus") or shown[0]
        if not answer.asked or ctx.intent in (
            "stop",
            "deny",
            "contact_human_agent",
            "help",
            "repeat",
        ):
            return None
        return ctx.text.strip() or None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a product that is surely meant; offer the likeliest ones otherwise."""
        match = await ctx.services.catalog.match(str(value))
        if match is None:
            alike = (await ctx.services.catalog.search(str(value), limit=3)) if str(value) else []
            if not alike:
                return Invalid("utter_product_not_found")
            return Invalid("utter_which_product", buttons=[product_button(item) for item in alike])
        if match.confidence < _SURE and match.others:
            likely = [match.product, *match.others][:4]
            return Invalid("utter_which_product", buttons=[product_button(item) for item in likely])
        meant = await _variant_named(ctx, match.product)
        ctx.set("product_in_focus", meant.id)
        ctx.set("last_products", [meant.id])
        return Filled(meant.id)


async def _variant_named(ctx: TurnContext, product: Product) -> Product:
    """Return the variant whose telling words ("brick red") stand anywhere in the message."""
    family = await ctx.services.catalog.variants(product.id)
    names = {variant.id: {stem(word) for word in words_of(variant.name)} for variant in family}
    common = set.intersection(*names.values())
    said = {stem(word) for word in words_of(ctx.text)}
    ranked = sorted(family, key=lambda v: (-len((names[v.id] - common) & said), v.id != product.id))
    return ranked[0]


#: A number of pieces given again: "make it 3", "only two please".
_MAKE_IT = re.compile(
    r"\b(?:make (?:it|that)|change (?:it|that) to|i(?:'ll| will)? (?:take|want)|just|only)\s+(\d{1,2}|[a-z]{3,6})"
    r"(?:\s+(?:of (?:them|these|those)|pieces|please|pls|then|instead|now))*\W*$",
    re.IGNORECASE,
)


class QuantitySlot(SlotType):
    """How many pieces."""

    def read(self, ctx: TurnContext, answer: Answer) -> int | None:
        """Return the number of pieces that the message names."""
        found = ctx.entity("quantity")
        if found is None and (match := _MAKE_IT.search(ctx.text)):
            found = number_of(match.group(1))
        if found is None and answer.asked:
            match = re.search(r"\d+", ctx.text)
            found = match.group(0) if match else None
        try:
            return int(str(found)) if found is not None else None
        except ValueError:
            return None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept 1 to 99; a number in a product's name ("Boom Two") is none of pieces."""
        match = await ctx.services.catalog.match(without_small_words(ctx.text))
        if match is not None and _in_name(ctx, match.product.name, int(value)):
            return Filled(ctx.slot("quantity"))
        return Filled(value) if 1 <= value <= 99 else Invalid("utter_quantity_out_of_range")


def _in_name(ctx: TurnContext, name: str, value: int) -> bool:
    """Whether a number in a message stands in a product's name, behind another word of it."""
    return any(
        re.search(rf"\b{re.escape(one)}\s+{re.escape(number)}\b", ctx.text, re.IGNORECASE)
        for one, number in zip(name.split(), name.split()[1:], strict=False)
        if number_of(number) == value
    )


def without_small_words(text: str) -> str:
    """Return what may name a product in a sentence: the words that are not about asking and buying."""
    return " ".join(
        word for word in re.findall(r"[\w.'-]+", text) if word.lower() not in _SMALL_WORDS
    )


def place_in_list(text: str) -> int | None:
    """Return which of a list shown before is meant ("the second one"), counting from 0; -1 is the last."""
    if match := _ORDINAL.search(text):
        return _ORDINALS[match.group(1).lower()]
    if match := _NUMBERED.search(text):
        said = match.group(1).lower()
        return int(said) - 1 if said.isdigit() else _ORDINALS[said]
    return None


def price_limit(ctx: TurnContext) -> Decimal | None:
    """Return the highest price that the message allows, or None."""
    match = _LIMIT.search(ctx.text)
    return Decimal(match.group(1)) if match else None


def product_button(product: Product) -> dict[str, str]:
    """Return a quick reply that names a product."""
    return {"title": product.name[:48], "payload": f'/inform{{"product":"{product.id}"}}'}


def product_card(product: Product, subtitle: str | None = None) -> Card:
    """Return a product as a card with what can be done next."""
    stock = (
        "In stock"
        if product.stock > 5
        else f"Only {product.stock} left"
        if product.in_stock
        else "Out of stock"
    )
    facts = [Fact(label="Price", value=str(product.price)), Fact(label="Availability", value=stock)]
    facts.append(Fact(label="Rating", value=f"{product.rating:.1f} of 5 ({product.reviews})"))
    named = f'{{"product":"{product.id}"}}'
    buttons = [Button(title="Details", payload=f"/product_info{named}")]
    if product.in_stock:
        buttons.insert(0, Button(title="Buy", payload=f"/place_order{named}"))
    image = Image(url=f"/media/products/{product.id}.svg", alt=product.name)
    return Card(
        kind="product",
        title=product.name,
        subtitle=subtitle,
        image=image,
        facts=facts,
        buttons=buttons,
    )
