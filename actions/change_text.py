"""Which item, variant or product of the shop a wish to change an order means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from actions.bought import KEPT, as_spelled, likeness, named_surely, only_of_department
from actions.context import TurnContext
from actions.product_choice import chosen, common_name, difference
from actions.product_slots import put_in_focus
from actions.slot_types import Invalid
from actions.talk import in_talk
from closer.catalog.records import Product
from closer.catalog.words import stem, words_of
from closer.orders.records import Order, OrderItem

_OLD = re.compile(
    r"\b(?:instead of|rather than|not(?: the)?|from)\s+(?:the |a |my )?[\w.-]+(?:\s+(?:one|size|bottle))?(?=\s+to\b|[\s,.!]|$)",
    re.IGNORECASE,
)
#: What does not fit is not wanted: "43 is too small, make that 44", "M doesn't fit", whatever it is too much of and however that is spelled.
_NO_FIT = re.compile(
    r"\b(?:size |the )?[\w.]+ (?:is|are|was|were|might be|may be|will be|would be|seems?|looks?|runs?|turned out|feels?) (?:a bit |a little |way |much |far |probably |definitely )*too \w+"
    r"|\b(?:size |the )?[\w.]+ (?:do(?:es)?n'?t|do(?:es)? not|won'?t|will not|didn'?t) fit\b",
    re.IGNORECASE,
)
_ADD_WORDS = re.compile(
    r"\b(?:add\w*|includ\w*|put in|throw in|to (?:my |the |that |this )?order|order|another|one more|extra|please|pls)\b|#?\d{4,}",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"\b(?:another|one more|second|extra|again|back)\b", re.IGNORECASE)
_FILLING = re.compile(
    r"\b(?:yes|yeah|and|now|then|also|just|can|could|would|you|i|we|want|need|get|have|like|add|put|it|that|this|them|those|these|one|ones|more|another"
    r"|extra|second|again|back|in|to|of|the|my|order|same|please|pls|thanks?|actually|wait|sorry|after all)\b",
    re.IGNORECASE,
)
_SIZE_WORDS = {
    "xs": "XS",
    "small": "S",
    "medium": "M",
    "large": "L",
    "xl": "XL",
    "s": "S",
    "m": "M",
    "l": "L",
}


#: What is missing of a product to be added whose colour or edition is still to be chosen.
VERSION = "version"


@dataclass(frozen=True)
class AddedProduct:
    """A product that is to be added, as the slot keeps it."""

    value: dict[str, Any]


def line_like(order: Order, text: str) -> OrderItem | None:
    """Return the line that a text speaks of, if it is one only; what is to be kept is not meant."""
    text = KEPT.sub(" ", text)
    ranked = sorted(order.items, key=lambda item: -likeness(item.name, text))
    best = likeness(ranked[0].name, text)
    rival = likeness(ranked[1].name, text) if len(ranked) > 1 else 0
    if best:
        return ranked[0] if best > rival else None
    if (meant := as_spelled(text, order.items)) != text:
        return line_like(order, meant)
    return only_of_department(text, order.items)


def item_of(ctx: TurnContext, order: Order) -> OrderItem | None:
    """Return the line in the slot, if it is this order's."""
    chosen = ctx.slot("item") or {}
    if chosen.get("order_id") != order.id:
        return None
    return next((item for item in order.items if item.line == chosen["line"]), None)


def spoken_item(product: dict[str, Any]) -> str:
    """Return a product with its chosen options in words."""
    options = ", ".join(f"{name} {value}" for name, value in product["options"].items())
    return f"{product['name']} ({options})" if options else str(product["name"])


def lately_touched(ctx: TurnContext, order: Order) -> OrderItem | None:
    """Return the line that was just changed in this order: what "one" and "it" mean next."""
    product = _touched_in(ctx, order) or {}
    return next((item for item in order.items if item.product_id == product.get("id")), None)


def _touched_in(ctx: TurnContext, order: Order) -> dict[str, Any] | None:
    """Return the product that was just changed in an order, or the only one of an order just made."""
    talk = in_talk(ctx)
    if talk.get("order_id") != order.id:
        return None
    return dict(talk.get("touched") or {}) or None


def _names_goods(text: str) -> bool:
    """Say whether anything but "another one, please" is said."""
    return any(len(word) > 2 for word in words_of(_FILLING.sub(" ", text)))


async def variant_like(ctx: TurnContext, item: OrderItem, text: str) -> dict[str, Any] | None:
    """Return the variant or option of an item that a text asks for, if it asks for another than there is."""
    family = await ctx.services.catalog.variants(item.product_id)
    wanted = _OLD.sub(" ", text)
    words = {stem(word) for word in words_of(wanted)}
    names = {product.id: {stem(word) for word in words_of(product.name)} for product in family}
    common = set.intersection(*names.values())
    ranked = sorted(family, key=lambda p: (-len((names[p.id] - common) & words), p.id))
    others = [p for p in ranked if p.id != item.product_id and (names[p.id] - common) & words]
    current = next((p for p in family if p.id == item.product_id), None)
    product = others[0] if others else current
    if product is None:
        return None
    options = {**item.options, **options_in(product, wanted, dict(item.options))}
    return (
        None
        if product.id == item.product_id and options == dict(item.options)
        else product_value(product, options)
    )


async def only_with_variant(ctx: TurnContext, order: Order, text: str) -> OrderItem | None:
    """Return the only line that there is in what a text asks for: just the shoes come in size 42."""
    fitting = [item for item in order.items if await variant_like(ctx, item, text) is not None]
    return fitting[0] if len(fitting) == 1 else None


async def alternatives(ctx: TurnContext, item: OrderItem) -> list[str]:
    """Return what an item can be swapped for: variants in stock, and its own other options in one entry."""
    family = await ctx.services.catalog.variants(item.product_id)
    own = {
        name: choices
        for p in family
        if p.id == item.product_id
        for name, choices in p.options.items()
    }
    names = [p.name for p in family if p.id != item.product_id and p.stock >= item.quantity]
    options = [f"{name} {', '.join(choices)}" for name, choices in own.items() if len(choices) > 1]
    return [*names[:6], *options]


async def added_product(ctx: TurnContext, order: Order, text: str) -> AddedProduct | Invalid:
    """Return the product that is to be added, with all its options, or what is to be said instead."""
    data = ctx.slot("task_data") or {}
    if adding := data.get("adding"):
        product = await ctx.services.catalog.get(adding["id"])
    else:
        if (more := await _one_more(ctx, order, text)) is not None:
            return more
        match = await ctx.services.catalog.match(_to_add(ctx, order, text))
        if match is None or match.confidence < 0.35:
            return Invalid("utter_product_not_found")
        product = match.product
    adding = adding or {}
    text = f"{adding.get('said', '')} {text}".strip()
    if adding.get("missing", VERSION) == VERSION:
        product, open_ones = await _variant_to_add(ctx, product, text)
        if len(open_ones) > 1:
            apart = [difference(variant, open_ones) for variant in open_ones]
            value = {**product_value(product, {}), "name": common_name(open_ones), "said": text}
            return AddedProduct({**value, "missing": VERSION, "choices": apart})
    if not product.in_stock:
        return Invalid("utter_variant_sold_out", product=product.name)
    options = {name: choices[0] for name, choices in product.options.items() if len(choices) == 1}
    options |= options_in(product, text, {})
    missing = [name for name in product.options if name not in options]
    value = product_value(product, options)
    return AddedProduct(
        {**value, "missing": missing[0], "choices": product.options[missing[0]]}
        if missing
        else value
    )


def _to_add(ctx: TurnContext, order: Order, text: str) -> str:
    """Return the words for what is to be added: "a kettle" of "add a kettle to my espresso machine order"."""
    if text.strip() == ctx.text.strip():
        named = [str(name) for name in ctx.entities("product")]
        new = [name for name in named if not any(named_surely(name, i.name) for i in order.items)]
        if len(new) == 1 and len(named) > 1:
            return new[0]
    return _ADD_WORDS.sub(" ", text)


async def _variant_to_add(
    ctx: TurnContext, product: Product, text: str
) -> tuple[Product, list[Product]]:
    """Return the variant that a text means, and all that there are to choose from if it leaves that open."""
    family = [v for v in await ctx.services.catalog.variants(product.id) if v.in_stock]
    picked = chosen(text, family) if len(family) > 1 else family
    open_ones = picked or family or [product]
    put_in_focus(ctx, open_ones[0], open_ones)
    return open_ones[0], open_ones


async def _one_more(ctx: TurnContext, order: Order, text: str) -> AddedProduct | None:
    """Return what "another one" or "put it back" means: goods of the order by name, what was just changed, the only ones."""
    if not _AGAIN.search(text):
        return None
    item = line_like(order, text)
    if item is None and not _names_goods(text):
        if touched := _touched_in(ctx, order):
            return AddedProduct(touched)
        item = order.items[0] if len(order.items) == 1 else None
    if item is None:
        return None
    other = await variant_like(ctx, item, text)  # "another bottle, but green"
    product = await ctx.services.catalog.get(item.product_id)
    return AddedProduct(other or product_value(product, dict(item.options)))


def options_in(product: Product, text: str, current: dict[str, str]) -> dict[str, str]:
    """Return the options that a text names, or another size relative to the one there is."""
    fitting = _NO_FIT.sub(" ", text.casefold().replace("\u2019", "'"))
    tokens = re.findall(r"\w+(?:\.\w+)*", re.sub(r"'\w+", "", fitting))  # "i'm" is no M
    if re.search(r"\b(?:extra|x)[ -]large\b", text, re.IGNORECASE):
        tokens = ["xl"]
    found: dict[str, str] = {}
    for name, choices in product.options.items():
        folded = {choice.casefold(): choice for choice in choices}
        named = [
            folded.get(token)
            or folded.get(_SIZE_WORDS.get(token, "").casefold())
            or _range_with(token, choices)
            for token in tokens
        ]
        chosen = [choice for choice in named if choice and choice != current.get(name)]
        step = (
            1
            if re.search(r"\b(?:bigger|larger|size up)\b", text)
            else -1
            if re.search(r"\b(?:smaller|size down)\b", text)
            else 0
        )
        if chosen:
            found[name] = chosen[-1] if name not in current else chosen[0]
        elif (
            step
            and current.get(name) in choices
            and 0 <= choices.index(current[name]) + step < len(choices)
        ):
            found[name] = choices[choices.index(current[name]) + step]
    return found


def _range_with(token: str, choices: list[str]) -> str | None:
    """Return the choice that spans a size: 40 is in 39-42."""
    if not token.isdigit():
        return None
    spans = ((choice, re.fullmatch(r"(\d+)-(\d+)", choice)) for choice in choices)
    return next(
        (choice for choice, span in spans if span and int(span[1]) <= int(token) <= int(span[2])),
        None,
    )


def product_value(product: Product, options: dict[str, str]) -> dict[str, Any]:
    """Return a product with its chosen options as a slot keeps it."""
    return {
        "id": product.id,
        "name": product.name,
        "price": str(product.price.amount),
        "stock": product.stock,
        "options": options,
    }
