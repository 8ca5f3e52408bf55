"""Before buying: details of a product, what tells several apart, and whether one can be had."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.after_refund import goes_back_too, is_faulty_and_bought
from actions.change_text import options_in
from actions.confirming import asks_sum
from actions.context import TurnContext
from actions.ended import INVOICES, ended_lately
from actions.forms import Task
from actions.goods_named import names_beside, product_in_talk, surely_meant
from actions.order_parts import unwanted
from actions.product_cards import product_card
from actions.product_choice import common_name, difference, lacks_colour, named_among
from actions.product_slots import (
    ProductSlot,
    chosen_of_shown,
    compared,
    is_settled,
    only_describes,
    settle,
    shown_before,
    spoken_of,
    without_small_words,
)
from actions.slot_types import Filled
from actions.stock_telling import say_sold_out, say_what_there_is
from actions.stock_wishes import note_wish, wants_to_be_told
from actions.talk import in_talk, order_listed
from actions.waiting import hand_over
from closer.catalog.records import Product
from closer.catalog.words import stem, words_of
from closer.orders.pricing import MAX_PER_LINE

_SURE = 0.6
_HOW_MANY = re.compile(r"\bhow many\b|\bleft\b", re.IGNORECASE)
_SIZE = re.compile(
    r"\b(?:in|size)\s+(?:an? )?(\d{2}(?:\.5)?|xxs|xs|s|m|l|xl|xxl|small|medium|large)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(r"\b(?:price|cost\w*|how much|expensive)\b", re.IGNORECASE)
_CARDS = 4


class ProductTask(Task):
    """A task about one product, which may be named in the first message without being marked."""

    needs_identity = False
    ticket_category = "product"
    keeps = ("product_in_focus",)

    async def begin(self, ctx: TurnContext) -> None:
        """Look for a product's name anywhere in the message."""
        asked_which = "choices" in (ctx.slot("task_data") or {})
        if ctx.slot("product") is not None or ctx.refused_value or asked_which:
            return
        words = without_small_words(ctx.text)
        if ctx.intent == "affirm" or not words:
            return
        if not await ctx.services.catalog.telling_words(words):
            return  # what merely resembles a product's name does not name it
        shown = await shown_before(ctx)
        beside = not shown or await names_beside(ctx, words, shown)
        if not beside and not await ctx.services.catalog.naming_words(words):
            describes = await only_describes(ctx, words)
            if describes or len(await chosen_of_shown(ctx, ctx.text, shown)) == 1:
                chosen = {
                    "choosing": ctx.text,
                    "named": words,
                }  # "a black one" is of what was shown
                found = await self.slots["product"].check(ctx, chosen)
                ctx.set("product", found.value if isinstance(found, Filled) else None)
            return
        picked = named_among(words, shown) if not beside and len(shown) > 1 else []
        meant = picked[0] if len(picked) == 1 else await surely_meant(ctx, words)
        if meant is not None:
            ctx.set("product", (await settle(ctx, meant, words)).id)
        elif beside and shown:  # other goods than those shown, but which?
            named = await ctx.services.catalog.naming_words(words)
            found = await self.slots["product"].check(ctx, " ".join(named))
            ctx.set("product", found.value if isinstance(found, Filled) else None)


class AskingTask(ProductTask):
    """A question about a product; one that names none is about the product spoken of before."""

    slots = {"product": ProductSlot()}

    async def begin(self, ctx: TurnContext) -> None:
        """Take what is spoken of if no other product is named."""
        await super().begin(ctx)
        unnamed = not ctx.refused_value and "choices" not in (ctx.slot("task_data") or {})
        if ctx.slot("product") is None and unnamed:
            ctx.set("product", spoken_of(ctx) or await product_in_talk(ctx))

    async def meant(self, ctx: TurnContext) -> tuple[Product, list[Product]]:
        """Return the product that is meant, and its variants while the choice among them is open."""
        product = await ctx.services.catalog.get(ctx.slot("product"))
        if is_settled(ctx, product.id):
            return product, [product]
        family = {v.id: v for v in await ctx.services.catalog.variants(product.id)}
        still_open = [family[i] for i in ctx.slot("last_products") if i in family]
        return product, still_open or [product]


class ProductInfo(AskingTask):
    """Tells what is known about a product, first of all what was asked."""

    name = "product_info"
    title = "the details of a product"

    async def begin(self, ctx: TurnContext) -> None:
        """Note which of the products shown are to be compared; the sum of an invoice is none of a product."""
        if asks_sum(ctx) and ended_lately(ctx) in INVOICES:
            hand_over(ctx, self, "check_invoice")
            return
        if await unwanted(ctx):
            hand_over(ctx, self, "cancel_order")
            return
        if ctx.confidence < _SURE and in_talk(ctx).get("listed") and order_listed(ctx):
            hand_over(ctx, self, "track_order")  # "and the last one" of the orders shown
            return
        too = ctx.confidence < _SURE and await goes_back_too(ctx)
        if too or await is_faulty_and_bought(ctx):
            hand_over(ctx, self, "get_refund")
            return
        if products := await compared(ctx):
            ids = [product.id for product in products]
            ctx.set("task_data", {"compared": ids})
            if not set(ids) <= set(ctx.tracker.slots.get("last_products") or []):
                ctx.set("last_products", ids)
            ctx.set("product", ids[0])
            return
        await super().begin(ctx)

    async def perform(self, ctx: TurnContext) -> None:
        """Answer what was asked, and show the card."""
        if ids := (ctx.slot("task_data") or {}).get("compared"):
            await _compare(ctx, ids)
            return
        product, variants = await self.meant(ctx)
        asked = _asked_facts(ctx.text, product)
        ctx.offer("place_order_form", {"product_in_focus": product.id})
        if not asked and _PRICE.search(ctx.text):
            ctx.say(
                "utter_product_price",
                cards=[product_card(product)],
                product=common_name(variants) if len(variants) > 1 else product.name,
                price=_prices(variants),
            )
            return
        facts = asked or product.attributes
        if len(variants) > 1:
            differing = {
                v for variant in variants for v in difference(variant, variants).split(", ")
            }
            facts = (
                {n: v for n, v in facts.items() if str(v) not in differing} if not asked else facts
            )
        told = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items())
        ctx.say(
            "utter_product_facts" if asked else "utter_product_info",
            cards=[product_card(product, product.description)],
            product=common_name(variants) if len(variants) > 1 else product.name,
            facts=told,
            price=_prices(variants),
        )
        if not asked and len(variants) > 1:
            ctx.say("utter_comes_in", choices=_choices(variants))


class CheckStock(AskingTask):
    """Tells whether a product can be had, and what else could be when not."""

    name = "check_stock"
    title = "availability"

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Where several products may be meant, show those that can be had instead of asking."""
        if ctx.slot("product") is None and ctx.refused_value and not ctx.slot("requested_slot"):
            self.finish(ctx, "impossible")  # it was said that there is no such thing
            return []
        choices = (ctx.slot("task_data") or {}).get("choices")
        if ctx.slot("product") is None and choices:
            found = (await ctx.services.catalog.get_many(choices)).values()
            if in_stock := [product for product in found if product.in_stock]:
                say_what_there_is(ctx, in_stock)
                self.finish(ctx, "shown")
                return []
        return ["product"]

    async def perform(self, ctx: TurnContext) -> None:
        """Say the truth of the stock."""
        product, variants = await self.meant(ctx)
        if not product.in_stock:
            await say_sold_out(ctx, product)
            if wants_to_be_told(ctx.text) and ctx.customer_id:
                await note_wish(ctx, product)
            return
        family = await ctx.services.catalog.variants(product.id)
        if lacks_colour(ctx.text, family):
            ctx.say("utter_no_such_variant", product=common_name(family))
        options = options_in(product, ctx.text, {})
        size = _SIZE.search(ctx.text)
        if product.options and size and not options:
            ctx.offer("place_order_form", {"product_in_focus": product.id})
            ctx.say("utter_no_such_size", product=product.name, choices=_question(product))
            return
        chosen = options if len(options) == len(product.options) else {}
        known = {"product_options": chosen or None, "quantity": _pieces(ctx, product)}
        wanted = {name: value for name, value in known.items() if value}
        ctx.offer("place_order_form", {"product_in_focus": product.id, **wanted})
        if _HOW_MANY.search(ctx.text):
            said = "utter_stock_count"
        elif len(variants) > 1:
            said = "utter_in_stock_in"
        elif options:
            said = "utter_in_stock_in_size"
        else:
            said = "utter_in_stock" if product.stock > 5 else "utter_few_in_stock"
        ctx.say(
            said,
            cards=[product_card(variant) for variant in variants[:_CARDS]],
            product=common_name(variants) if len(variants) > 1 else product.name,
            stock=str(product.stock),
            choices=_choices(variants)
            if len(variants) > 1
            else ", ".join(f"{n} {v}" for n, v in options.items()),
        )


async def _compare(ctx: TurnContext, ids: Sequence[str]) -> None:
    """Tell in what some products differ."""
    products = list((await ctx.services.catalog.get_many(ids)).values())
    common = set.intersection(*({*product.attributes.items()} for product in products))
    told = [
        f"{product.name}: {product.price}"
        + "".join(
            f", {name.replace('_', ' ')} {value}"
            for name, value in product.attributes.items()
            if (name, value) not in common
        )
        for product in products
    ]
    ctx.say("utter_compared", cards=[product_card(p) for p in products], products=". ".join(told))


def _pieces(ctx: TurnContext, product: Product) -> int | None:
    """Return how many pieces the question was about; a size is no number of pieces."""
    number = ctx.entity("quantity")
    if number is None or any(str(number) in choices for choices in product.options.values()):
        return None
    return int(number) if str(number).isdigit() and 1 <= int(number) <= MAX_PER_LINE else None


def _asked_facts(text: str, product: Product) -> dict[str, str]:
    """Return the attributes that a text asks for, the words of the product's name aside."""
    name = {stem(word) for word in words_of(product.name)}
    asked = " ".join(word for word in words_of(text) if stem(word) not in name)
    return {n: str(value) for n, value in product.attributes.items() if _mentions(asked, n)}


def _choices(variants: Sequence[Product]) -> str:
    return ", ".join(difference(variant, variants) for variant in variants)


def _prices(variants: Sequence[Product]) -> str:
    """Return the price, or the lowest and the highest of several."""
    ranked = sorted((variant.price for variant in variants), key=lambda price: price.amount)
    return str(ranked[0]) if ranked[0] == ranked[-1] else f"{ranked[0]} to {ranked[-1]}"


def _question(product: Product) -> str:
    return "; ".join(f"{name} {', '.join(values)}" for name, values in product.options.items())


def _mentions(text: str, attribute: str) -> bool:
    words = {
        "screen": "screen|display",
        "storage": "storage|memory|gb",
        "battery": "battery|last",
        "color": "colou?r",
    }
    pattern = words.get(attribute, attribute.replace("_", "|"))
    return re.search(rf"\b({pattern})", text, re.IGNORECASE) is not None
