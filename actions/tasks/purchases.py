"""Closing the sale: an order at once for a known customer, or the cart with its checkout link."""

from __future__ import annotations

import re
from typing import Any

from actions.basket import (
    LINE_SLOTS,
    goods_of,
    hear_of_lines,
    lines_kept,
    spoken_lines,
    take_back,
    take_next,
    waits,
)
from actions.bought import bought_item
from actions.change_or_buy import in_its_place, wants_other_variant
from actions.context import TurnContext
from actions.goods_named import product_in_talk
from actions.hearing import fill
from actions.option_slot import OptionSlot
from actions.ordering import can_charge, place, spoken_total
from actions.product_slots import ProductSlot, is_settled, put_in_focus
from actions.purchase_slots import (
    BuyingSlot,
    DeliverToSlot,
    DeliveryMethodSlot,
    PaymentSlot,
    QuantitySlot,
)
from actions.refund_words import wants_money_back
from actions.shopping_talk import (
    also,
    just_put_in_cart,
    recounts_cart,
    takes_what_was_shown,
)
from actions.stock_telling import say_sold_out
from actions.talk import in_talk
from actions.tasks.carts import cart_owner, say_in_cart
from actions.tasks.shopping import ProductTask
from actions.tasks.tier_slot import tier_spoken_of
from actions.variant_slots import VariantSlot, keep_open, open_variants
from actions.waiting import hand_over
from closer.catalog.records import Product
from closer.orders.payment_methods import payment_method

_CART = re.compile(
    r"\b(?:cart|basket|trolley|check ?out link|later|(?:my|your|shopping|in|into|in the|into the) bag)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:re-?order|re-?buy|again|another)\b|\bthe same\b|\bas last time\b|\blike last time\b",
    re.IGNORECASE,
)
_MY = re.compile(r"\bmy\b", re.IGNORECASE)
_ONES = re.compile(r"\b(?:ones?|it|them|same|another|colou?r|size)\b", re.IGNORECASE)
_TILL = re.compile(r"\b(check(?:ing)? ?out|to pay|till)\b", re.IGNORECASE)


class PlaceOrder(ProductTask):
    """Orders one or several products once variants, the price with delivery and the way to pay were agreed on."""

    name = "place_order"
    title = "your purchase"
    slots = {
        "product": ProductSlot(),
        "product_variant": VariantSlot(),
        "product_options": OptionSlot(),
        "quantity": QuantitySlot(),
        "deliver_to": DeliverToSlot(),
        "delivery_method": DeliveryMethodSlot(),
        "payment_method": PaymentSlot(),
        "confirmed": BuyingSlot(),
    }

    async def begin(self, ctx: TurnContext) -> None:
        """Take what was in focus as the product, and note whether the cart was asked for."""
        if wants_money_back(ctx.text):
            hand_over(ctx, self, "get_refund")
            return
        if ctx.entity("product") is None and (chosen := tier_spoken_of(ctx)):
            hand_over(ctx, self, "switch_account", account_type=chosen)  # "ok i'll take that one"
            return
        if await recounts_cart(ctx):
            hand_over(ctx, self, "change_cart")
            return
        if _MY.search(ctx.text) and await wants_other_variant(ctx):
            hand_over(ctx, self, "change_order")  # "I need my shoes in 42, not 41"
            return
        if await self._same_again(ctx):
            return
        if ctx.entity("product") is None and not await in_its_place(ctx):
            await _speak_of_returned(ctx)
        named = ctx.slot("product")
        await super().begin(ctx)
        data = ctx.slot("task_data") or {}
        unnamed = ctx.slot("product") is None and "choices" not in data
        if unnamed and (ctx.intent == "affirm" or takes_what_was_shown(ctx)):
            ctx.set("product", ctx.slot("product_in_focus"))
        if named is None and ctx.slot("product") is not None:
            await self._read_line(ctx)
        goes_on = not lines_kept(ctx) and also(ctx.text) and await just_put_in_cart(ctx)
        cart = data.get("cart") or _CART.search(ctx.text) or goes_on
        ctx.set("task_data", {**data, "cart": bool(cart)})
        if ctx.slot("product") or "choices" in data or not _TILL.search(ctx.text):
            return
        if (await ctx.services.carts.view(cart_owner(ctx))).lines:  # "how do I pay for it all"
            hand_over(ctx, self, "checkout")

    async def _read_line(self, ctx: TurnContext) -> None:
        """Read what is told of a product that was only now found to be meant: its size, how many."""
        for slot in LINE_SLOTS:
            if ctx.slot(slot) is None:
                await fill(ctx, slot, self.slots[slot], asked=False)

    @staticmethod
    async def _same_again(ctx: TurnContext) -> bool:
        """Take what was bought before where the same is wanted again: variant, size and all."""
        if ctx.customer_id is None or not _AGAIN.search(ctx.text):
            return False
        found = bought_item(ctx.text, await ctx.services.orders.latest(ctx.customer_id, 20))
        if found is None:
            return False
        product = await ctx.services.catalog.get(found[1].product_id)
        put_in_focus(ctx, product, [product])
        ctx.set("product", product.id)
        ctx.set("product_options", dict(found[1].options) or None)
        return True

    def revise(self, ctx: TurnContext) -> None:
        """Keep whether it goes in the cart, the variants to choose from, and the lines that are settled."""
        data = ctx.slot("task_data") or {}
        kept = ("cart", "variants", "lines")
        ctx.set("task_data", {name: data[name] for name in kept if name in data})

    async def take_up(self, ctx: TurnContext) -> bool:
        """Hear which of several lines is meant, and what is added."""
        return await hear_of_lines(ctx, self)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for what is open of each thing, one after another; name the total before ordering."""
        open_slots = await self._open_of_line(ctx)
        while (not open_slots or _not_sold(ctx)) and await take_next(ctx, self):
            open_slots = await self._open_of_line(ctx)
        if open_slots or ctx.slot("task_outcome"):
            if open_slots and lines_kept(ctx) and not _asked_before(ctx):
                ctx.say("utter_line_noted", items=await spoken_lines(ctx))
            return open_slots
        if (ctx.slot("task_data") or {}).get("cart") or not await can_charge(ctx):
            return []
        ctx.set("task_summary", await spoken_total(ctx))
        return ["confirmed"]

    async def _open_of_line(self, ctx: TurnContext) -> list[str]:
        """Return what is still open of the thing in the slots; one that cannot be had is left out if there are others."""
        if ctx.slot("product") is None:
            gone = _not_sold(ctx) and lines_kept(ctx) and not waits(ctx)
            return await self._without_it(ctx) if gone else ["product"]
        product = await self._variant(ctx)
        if product is None:
            return ["product_variant"]
        if not product.in_stock:
            return await self._sold_out(ctx, product)
        ctx.set("product", product.id)
        ctx.set("product_variant", {"id": product.id, "name": product.name})
        if ctx.slot("quantity") is None:
            ctx.set("quantity", 1)
        if _options_open(ctx, product):
            ctx.set("task_summary", _question(product))
            return ["product_options"]
        return []

    async def _sold_out(self, ctx: TurnContext, product: Product) -> list[str]:
        """Say that something is sold out, with what is like it where nothing else is bought."""
        if not (lines_kept(ctx) or waits(ctx)):
            await say_sold_out(ctx, product)
            self.finish(ctx, "impossible")
            return []
        ctx.say("utter_out_of_stock", product=product.name)
        ctx.set("product", None)
        ctx.refused_value = True
        return ["product"] if waits(ctx) else await self._without_it(ctx)

    async def _without_it(self, ctx: TurnContext) -> list[str]:
        """Go on without what cannot be had; alone it ends the purchase."""
        if not take_back(ctx):
            self.finish(ctx, "impossible")
            return []
        return await self._open_of_line(ctx)

    async def perform(self, ctx: TurnContext) -> None:
        """Order, or put it in the cart and hand over the link."""
        if ctx.slot("confirmed") and ctx.customer_id:
            await place(ctx)
            return
        owner, goods = cart_owner(ctx), await goods_of(ctx)
        for item, product in goods:
            cart = await ctx.services.carts.add(owner, product.id, item.quantity, item.options)
        if ctx.customer_id and (method := ctx.slot("payment_method")):
            ctx.say("utter_pay_at_checkout", method=payment_method(method).name)
        await say_in_cart(ctx, owner, cart, [product for _, product in goods])

    async def _variant(self, ctx: TurnContext) -> Product | None:
        """Return what is to be bought, or None while its variant is still to be chosen."""
        product = await ctx.services.catalog.get(ctx.slot("product"))
        family = {v.id: v for v in await ctx.services.catalog.variants(product.id)}
        ids = open_variants(ctx)
        if not ids or not set(ids) <= set(family):
            settled = is_settled(ctx, product.id)
            ids = [product.id] if settled else list(ctx.slot("last_products"))
            keep_open(ctx, [family[i] for i in ids if i in family])
            if (ctx.slot("product_variant") or {}).get("id") not in family:
                ctx.set("product_variant", None)
        can_be_had = [i for i in ids if i in family and family[i].in_stock]
        if len(can_be_had) > 1 and ctx.slot("product_variant") is None:
            keep_open(ctx, [family[i] for i in can_be_had])
            return None
        if product.in_stock or not can_be_had or is_settled(ctx, product.id):
            return product
        put_in_focus(ctx, family[can_be_had[0]], [family[can_be_had[0]]])
        return family[can_be_had[0]]


async def _speak_of_returned(ctx: TurnContext) -> None:
    """Let "the black ones" be of the thing that the refund just asked for is about."""
    product_id = await product_in_talk(ctx) if in_talk(ctx).get("about") == "get_refund" else None
    if product_id is not None and _ONES.search(ctx.text):
        family = await ctx.services.catalog.variants(product_id)
        put_in_focus(ctx, await ctx.services.catalog.get(product_id), family)


def _not_sold(ctx: TurnContext) -> bool:
    """Whether what was named is not to be found in the shop."""
    return ctx.slot("product") is None and ctx.refused_value


def _asked_before(ctx: TurnContext) -> bool:
    """Whether something of a line was asked for before this message, so that what is settled was named then."""
    return ctx.tracker.slots.get("requested_slot") in LINE_SLOTS and (
        ctx.slot("product") == ctx.tracker.slots.get("product")
    )


def _options_open(ctx: TurnContext, product: Product) -> bool:
    chosen: dict[str, Any] = ctx.slot("product_options") or {}
    if any(chosen.get(name) not in choices for name, choices in product.options.items()):
        chosen = {n: c[0] for n, c in product.options.items() if len(c) == 1} | {
            name: value for name, value in chosen.items() if value in product.options.get(name, [])
        }
        ctx.set("product_options", chosen if len(chosen) == len(product.options) else None)
    return bool(product.options) and ctx.slot("product_options") is None


def _question(product: Product) -> str:
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in product.options.items())
