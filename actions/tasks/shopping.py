"""Buying: details of a product, whether it is in stock, and closing the sale."""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.forms import Task
from actions.order_slots import order_card
from actions.product_slots import (
    ProductSlot,
    QuantitySlot,
    place_in_list,
    product_card,
    without_small_words,
)
from actions.slot_types import Answer, ConfirmSlot, SlotType
from closer.catalog.records import Product
from closer.kit.errors import Conflict
from closer.orders.records import NewItem

_CART = re.compile(r"\b(cart|basket|bag|trolley|check ?out link|later)\b", re.IGNORECASE)
_SURE = 0.5


class OptionSlot(SlotType):
    """What must be chosen with a product, such as its size; only for products that have a choice."""

    def read(self, ctx: TurnContext, answer: Answer) -> dict[str, str] | None:
        """Return the choices that the message names, when all that are needed are named."""
        offered: dict[str, list[str]] = (ctx.slot("task_data") or {}).get("options") or {}
        if not offered:
            return None
        return chosen_in(ctx.text, offered)

    def spoken(self, value: Any) -> str:
        """Return the choices as words."""
        return ", ".join(value.values())


class ProductTask(Task):
    """A task about one product, which may be named in the first message without being marked."""

    needs_identity = False
    ticket_category = "product"
    keeps = ("product_in_focus",)

    async def begin(self, ctx: TurnContext) -> None:
        """Look for a product's name anywhere in the message."""
        if ctx.slot("product") is not None or ctx.intent == "affirm":
            return
        shown: list[str] = ctx.slot("last_products") or []
        place = place_in_list(ctx.text)
        if shown and place is not None and -len(shown) <= place < len(shown):
            ctx.set("product", shown[place])
            ctx.set("product_in_focus", shown[place])
            return
        match = await ctx.services.catalog.match(without_small_words(ctx.text))
        if match is not None and match.confidence >= _SURE:
            ctx.set("product", match.product.id)
            ctx.set("product_in_focus", match.product.id)
            ctx.set("last_products", [match.product.id])


class ProductInfo(ProductTask):
    """Tells what is known about a product, first of all what was asked."""

    name = "product_info"
    title = "the details of a product"
    slots = {"product": ProductSlot()}

    async def perform(self, ctx: TurnContext) -> None:
        """Answer the attribute that was asked for, and show the card."""
        product = await ctx.services.catalog.get(ctx.slot("product"))
        asked = {
            name: value for name, value in product.attributes.items() if _mentions(ctx.text, name)
        }
        facts = asked or product.attributes
        told = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in facts.items())
        ctx.offer("place_order_form", {"product_in_focus": product.id})
        ctx.say(
            "utter_product_facts" if asked else "utter_product_info",
            cards=[product_card(product, product.description)],
            product=product.name,
            facts=told,
            price=str(product.price),
        )


class CheckStock(ProductTask):
    """Tells whether a product can be had, and what else could be when not."""

    name = "check_stock"
    title = "availability"
    slots = {"product": ProductSlot()}

    async def perform(self, ctx: TurnContext) -> None:
        """Say the truth of the stock."""
        product = await ctx.services.catalog.get(ctx.slot("product"))
        if product.in_stock:
            ctx.offer("place_order_form", {"product_in_focus": product.id})
            said = "utter_in_stock" if product.stock > 5 else "utter_few_in_stock"
            ctx.say(
                said, cards=[product_card(product)], product=product.name, stock=str(product.stock)
            )
            return
        await say_sold_out(ctx, product)


class PlaceOrder(ProductTask):
    """Closes the sale: orders at once for a known customer, or fills the cart and gives the checkout link."""

    name = "place_order"
    title = "your purchase"
    slots = {
        "product": ProductSlot(),
        "product_options": OptionSlot(),
        "quantity": QuantitySlot(),
        "confirmed": ConfirmSlot(),
    }

    async def begin(self, ctx: TurnContext) -> None:
        """Take what was in focus as the product, and note whether the cart was asked for."""
        await super().begin(ctx)
        if ctx.slot("product") is None and ctx.intent == "affirm":
            ctx.set("product", ctx.slot("product_in_focus"))
        ctx.set("task_data", {"cart": bool(_CART.search(ctx.text)), "said": ctx.text})

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the product and its options; name the total and the day before ordering."""
        if ctx.slot("product") is None:
            return ["product"]
        product = await ctx.services.catalog.get(ctx.slot("product"))
        if not product.in_stock:
            await say_sold_out(ctx, product)
            self.finish(ctx, "impossible")
            return []
        data = dict(ctx.slot("task_data") or {})
        ctx.set("task_data", {**data, "options": product.options, "question": _question(product)})
        if ctx.slot("quantity") is None:
            ctx.set("quantity", 1)
        if product.options and ctx.slot("product_options") is None:
            ctx.set("product_options", chosen_in(str(data.get("said") or ""), product.options))
        if product.options and ctx.slot("product_options") is None:
            ctx.set("task_summary", _question(product))
            return ["product_options"]
        if ctx.customer_id is None or data.get("cart"):
            return []
        ctx.set("task_summary", await self._summary(ctx, product))
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Order, or hand over the checkout link."""
        product = await ctx.services.catalog.get(ctx.slot("product"))
        options, quantity = ctx.slot("product_options") or {}, int(ctx.slot("quantity"))
        if ctx.slot("confirmed") and ctx.customer_id:
            item = NewItem(product.id, quantity, options)
            done = await ctx.services.orders.place_order(
                ctx.customer_id, [item], idempotency_key=ctx.key()
            )
            ctx.set("order_id", done.order.id)
            ctx.say(
                "utter_ordered",
                cards=[order_card(done.order)],
                order_id=done.order.id,
                total=str(done.order.total),
                date=f"{done.order.deliver_until:%A}, {done.order.deliver_until.day} {done.order.deliver_until:%B}",
            )
            return
        owner = ctx.customer_id or ctx.conversation_id
        cart = await ctx.services.carts.add(owner, product.id, quantity, options)
        link = await ctx.services.carts.checkout_link(owner)
        ctx.say(
            "utter_in_cart",
            product=product.name,
            count=str(cart.count),
            total=str(cart.subtotal),
            link=link.url,
        )

    async def _summary(self, ctx: TurnContext, product: Product) -> str:
        addresses = await ctx.services.customers.addresses(str(ctx.customer_id))
        home = next(
            (address for address in addresses if address.is_default),
            addresses[0] if addresses else None,
        )
        if home is None:
            raise Conflict("there is no delivery address in your account yet; please add one first")
        quantity = int(ctx.slot("quantity"))
        chosen = (
            f" ({', '.join(ctx.slot('product_options').values())})"
            if ctx.slot("product_options")
            else ""
        )
        return f"{quantity} × {product.name}{chosen}, {product.price * quantity} plus delivery, to {home.one_line}"


async def say_sold_out(ctx: TurnContext, product: Product) -> None:
    """Say that a product is out of stock, and show its other variants, or else what is like it."""
    variants = [v for v in await ctx.services.catalog.variants(product.id) if v.in_stock]
    similar = [] if variants else await ctx.services.recommendations.similar(product.id, 3)
    others = variants[:3] or [item.product for item in similar]
    ctx.set("last_products", [item.id for item in others])
    said = "utter_out_of_stock_others" if others else "utter_out_of_stock"
    ctx.say(said, cards=[product_card(item) for item in others], product=product.name)


def chosen_in(text: str, offered: dict[str, list[str]]) -> dict[str, str] | None:
    """Return the choices that a text names, if it names all that are needed."""
    chosen = {name: value for name, values in offered.items() if (value := _named(text, values))}
    return chosen if len(chosen) == len(offered) else None


def _question(product: Product) -> str:
    return "; ".join(f"{name}: {', '.join(values)}" for name, values in product.options.items())


def _named(text: str, values: list[str]) -> str | None:
    for value in sorted(values, key=len, reverse=True):
        if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text, re.IGNORECASE):
            return value
    return None


def _mentions(text: str, attribute: str) -> bool:
    words = {"screen": "screen|display", "storage": "storage|memory|gb", "battery": "battery|last"}
    pattern = words.get(attribute, attribute.replace("_", "|"))
    return re.search(rf"\b({pattern})", text, re.IGNORECASE) is not None
