"""Closing the sale: an order at once for a known customer, or the cart with its checkout link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from actions.address_slots import new_address, one_line
from actions.bought import bought_item
from actions.change_words import pieces_more
from actions.context import TurnContext
from actions.order_slots import order_card
from actions.product_slots import ProductSlot, is_settled, put_in_focus
from actions.purchase_slots import (
    DeliverToSlot,
    DeliveryMethodSlot,
    OptionSlot,
    PaymentSlot,
    QuantitySlot,
    home_of,
    method_name,
)
from actions.refund_words import wants_money_back
from actions.shopping_talk import (
    also,
    goes_on_with_cart,
    just_put_in_cart,
    takes_what_was_shown,
)
from actions.slot_types import ConfirmSlot
from actions.tasks.carts import cart_owner, say_in_cart
from actions.tasks.shopping import ProductTask, say_sold_out
from actions.tasks.tier_slot import tier_spoken_of
from actions.variant_slots import VariantSlot, keep_open, open_variants
from actions.waiting import hand_over
from closer.catalog.records import Product
from closer.customers.records import NewAddress
from closer.kit.errors import Conflict
from closer.orders.payment_methods import payment_method
from closer.orders.pricing import Sums
from closer.orders.records import NewItem

_CART = re.compile(r"\b(cart|basket|bag|trolley|check ?out link|later)\b", re.IGNORECASE)
_STANDARD = "standard"
_AGAIN = re.compile(
    r"\b(?:re-?order|re-?buy|again|another)\b|\bthe same\b|\bas last time\b|\blike last time\b",
    re.IGNORECASE,
)
_TILL = re.compile(r"\b(check(?:ing)? ?out|to pay|till)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Way:
    """A way to pay that needs no more input, and what the customer knows it by."""

    method: str
    masked: str | None

    @property
    def spoken(self) -> str:
        """How it is paid, in words."""
        return f"with your {self.masked}" if self.masked else "by bank transfer"


class PlaceOrder(ProductTask):
    """Orders one product once its variant, its price with delivery and the way to pay were agreed on."""

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
        "confirmed": ConfirmSlot(),
    }

    async def begin(self, ctx: TurnContext) -> None:
        """Take what was in focus as the product, and note whether the cart was asked for."""
        if wants_money_back(ctx.text):
            hand_over(ctx, self, "get_refund")
            return
        if ctx.entity("product") is None and (chosen := tier_spoken_of(ctx)):
            hand_over(ctx, self, "switch_account", account_type=chosen)  # "ok i'll take that one"
            return
        if ctx.entity("product") is None and pieces_more(ctx.text) and await goes_on_with_cart(ctx):
            hand_over(ctx, self, "change_cart")
            return
        if await self._same_again(ctx):
            return
        await super().begin(ctx)
        data = ctx.slot("task_data") or {}
        unnamed = ctx.slot("product") is None and "choices" not in data
        if unnamed and (ctx.intent == "affirm" or takes_what_was_shown(ctx)):
            ctx.set("product", ctx.slot("product_in_focus"))
        cart = _CART.search(ctx.text) or (also(ctx.text) and await just_put_in_cart(ctx))
        ctx.set("task_data", {**data, "cart": bool(cart)})
        if ctx.slot("product") or "choices" in data or not _TILL.search(ctx.text):
            return
        if (await ctx.services.carts.view(cart_owner(ctx))).lines:  # "how do I pay for it all"
            hand_over(ctx, self, "checkout")

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
        """Keep whether it goes in the cart, and the variants to choose from."""
        data = ctx.slot("task_data") or {}
        ctx.set("task_data", {name: data[name] for name in ("cart", "variants") if name in data})

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the product, its variant and its options; name the total before ordering."""
        if ctx.slot("product") is None:
            return ["product"]
        product = await self._variant(ctx)
        if product is None:
            return ["product_variant"]
        if not product.in_stock:
            await say_sold_out(ctx, product)
            self.finish(ctx, "impossible")
            return []
        ctx.set("product", product.id)
        ctx.set("product_variant", {"id": product.id, "name": product.name})
        if ctx.slot("quantity") is None:
            ctx.set("quantity", 1)
        if _options_open(ctx, product):
            ctx.set("task_summary", _question(product))
            return ["product_options"]
        if (ctx.slot("task_data") or {}).get("cart") or not await self._can_charge(ctx):
            return []
        ctx.set("task_summary", await self._summary(ctx, product))
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Order, or put it in the cart and hand over the link."""
        product = await ctx.services.catalog.get(ctx.slot("product"))
        if ctx.slot("confirmed") and ctx.customer_id:
            await self._order(ctx, product)
            return
        owner, quantity = cart_owner(ctx), int(ctx.slot("quantity"))
        cart = await ctx.services.carts.add(
            owner, product.id, quantity, ctx.slot("product_options") or {}
        )
        if ctx.customer_id and (method := ctx.slot("payment_method")):
            ctx.say("utter_pay_at_checkout", method=payment_method(method).name)
        await say_in_cart(ctx, owner, cart, product)

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

    async def _can_charge(self, ctx: TurnContext) -> bool:
        """Say whether it can be ordered here: to an address, and paid in a way that needs no more input."""
        if ctx.customer_id is None:
            return False
        addresses = await ctx.services.customers.addresses(ctx.customer_id)
        return bool(addresses) and await self._way_to_pay(ctx) is not None

    async def _way_to_pay(self, ctx: TurnContext) -> _Way | None:
        """Return the way to pay that was asked for, or the one used last; None if it takes the checkout page."""
        wanted = ctx.slot("payment_method")
        if wanted == "bank_transfer":
            return _Way(wanted, None)
        on_file = await ctx.services.orders.payments_on_file(str(ctx.customer_id))
        payment = next((p for p in on_file if wanted in (None, p.method)), None)
        return _Way(payment.method, payment.masked) if payment else None

    async def _summary(self, ctx: TurnContext, product: Product) -> str:
        addresses = await ctx.services.customers.addresses(str(ctx.customer_id))
        new, home = _elsewhere(ctx), home_of(addresses, ctx.slot("deliver_to"))
        way = await self._way_to_pay(ctx)
        item = self._item(ctx, product)
        sums = await ctx.services.orders.quote(
            str(ctx.customer_id),
            [item],
            home.id if home else None,
            delivery_method=_sent_by(ctx),
            deliver_to=new,
        )
        chosen = f" ({', '.join(item.options.values())})" if item.options else ""
        where = one_line(ctx.slot("deliver_to")["parts"]) if new else home.one_line if home else ""
        return f"{item.quantity} × {product.name}{chosen}, {_spoken(sums, _sent_by(ctx))}, to {where}, paid {way.spoken if way else ''}"

    async def _order(self, ctx: TurnContext, product: Product) -> None:
        """Place the order and take the payment that was agreed on."""
        customer_id = str(ctx.customer_id)
        way = await self._way_to_pay(ctx)
        if way is None:
            raise Conflict("that way to pay is no longer possible")
        addresses = await ctx.services.customers.addresses(customer_id)
        home = home_of(addresses, ctx.slot("deliver_to"))
        done = await ctx.services.orders.place_order(
            customer_id,
            [self._item(ctx, product)],
            home.id if home else None,
            way.method,
            delivery_method=_sent_by(ctx),
            deliver_to=_elsewhere(ctx),
            masked=way.masked,
            idempotency_key=ctx.key(),
        )
        if payment_method(way.method).immediate:
            done = await ctx.services.orders.pay(
                customer_id, done.order.id, idempotency_key=ctx.key("pay")
            )
        order = done.order
        ctx.set("order_id", order.id)
        ctx.say(
            "utter_ordered" if order.state == "paid" else "utter_ordered_unpaid",
            cards=[order_card(order)],
            order_id=order.id,
            total=str(order.total),
            paid=way.spoken,
            date=f"{order.deliver_until:%A}, {order.deliver_until.day} {order.deliver_until:%B}",
        )

    def _item(self, ctx: TurnContext, product: Product) -> NewItem:
        return NewItem(product.id, int(ctx.slot("quantity")), ctx.slot("product_options") or {})


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


def _elsewhere(ctx: TurnContext) -> NewAddress | None:
    """Return the address that is for this purchase only, if one was told."""
    told = ctx.slot("deliver_to")
    return new_address(told["parts"], "other") if isinstance(told, dict) else None


def _sent_by(ctx: TurnContext) -> str:
    return str(ctx.slot("delivery_method") or _STANDARD)


def _spoken(sums: Sums, method: str) -> str:
    """Return goods, delivery and total in words."""
    name = "delivery" if method == _STANDARD else method_name(method).lower()
    if not sums.delivery.price.amount:
        return f"{sums.total} in all with free {name}"
    return f"{sums.subtotal} plus {sums.delivery.price} {name}, {sums.total} in all"
