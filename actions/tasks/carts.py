"""The cart by chat: what is in it, taking things out again, and going to the checkout."""

from __future__ import annotations

from collections.abc import Sequence

from actions.cart_slots import CartChangeSlot, puts_in, spoken_cart
from actions.cart_words import speaks_of_cart
from actions.change_slots import PiecesSlot
from actions.context import TurnContext
from actions.forms import Task
from actions.identity import steps_of_proof
from actions.product_cards import product_card
from actions.waiting import hand_over
from closer.carts.records import Cart
from closer.catalog.records import Product


def cart_owner(ctx: TurnContext) -> str:
    """Return whose cart it is: the customer's, or the visitor's."""
    return ctx.customer_id or ctx.conversation_id


class CartTask(Task):
    """A task about the cart; a visitor's needs no proof, a customer's is shown to its owner only."""

    needs_identity = False
    ticket_category = "product"
    keeps = ()

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Have somebody who writes from a customer's address prove who it is."""
        if ctx.customer_id is None and (ctx.owner_id or ctx.household):
            return await steps_of_proof(ctx)
        cart = await ctx.services.carts.view(cart_owner(ctx))
        if not cart.lines:
            await self.say_empty(ctx)
            return []
        return await self.wanted_of(ctx, cart)

    async def wanted_of(self, ctx: TurnContext, cart: Cart) -> list[str]:
        """Return what is missing, given what is in the cart."""
        return []

    async def say_empty(self, ctx: TurnContext) -> None:
        """Say that there is nothing in the cart, and end."""
        ctx.say("utter_cart_empty")
        self.finish(ctx, "impossible")


class ViewCart(CartTask):
    """Shows what is in the cart, what it costs, and the way to the checkout."""

    name = "view_cart"
    title = "your cart"

    async def perform(self, ctx: TurnContext) -> None:
        """List the lines with the total."""
        owner = cart_owner(ctx)
        await say_cart(ctx, "utter_cart", owner, await ctx.services.carts.view(owner))


class ChangeCart(CartTask):
    """Takes something out of the cart, changes how many pieces there are, or empties it."""

    name = "change_cart"
    title = "changing your cart"
    slots = {"cart_change": CartChangeSlot(), "quantity": PiecesSlot()}

    async def begin(self, ctx: TurnContext) -> None:
        """Leave it to the purchase when something is to be put in."""
        if puts_in(ctx.text):
            hand_over(ctx, self, "place_order")

    async def wanted_of(self, ctx: TurnContext, cart: Cart) -> list[str]:
        """Ask which line and how many pieces, if the words left that open."""
        lines = (ctx.slot("cart_change") or {}).get("lines") or []
        counted = all(line["quantity"] is not None for line in lines)
        return ["cart_change"] if counted else ["cart_change", "quantity"]

    async def say_empty(self, ctx: TurnContext) -> None:
        """Without a cart, words that do not speak of one are about an order."""
        if ctx.customer_id and ctx.slot("order_id") and not speaks_of_cart(ctx.text):
            hand_over(ctx, self, "change_order")
            return
        await super().say_empty(ctx)

    async def perform(self, ctx: TurnContext) -> None:
        """Change the cart and say what is in it now."""
        owner, carts, change = cart_owner(ctx), ctx.services.carts, ctx.slot("cart_change")
        if change.get("all"):
            cart = await carts.clear(owner)
        else:
            for line in change["lines"]:
                pieces = line["quantity"] if line["quantity"] is not None else ctx.slot("quantity")
                cart = await carts.set_quantity(owner, line["product"], pieces, line["options"])
        if not cart.lines:
            ctx.say("utter_cart_emptied")
            return
        await say_cart(ctx, "utter_cart_changed", owner, cart)


class Checkout(CartTask):
    """Gives the link at which the cart is ordered."""

    name = "checkout"
    title = "the checkout"

    async def perform(self, ctx: TurnContext) -> None:
        """Name what is in the cart, and hand over the link."""
        owner = cart_owner(ctx)
        await say_cart(ctx, "utter_checkout", owner, await ctx.services.carts.view(owner))


async def say_cart(ctx: TurnContext, response: str, owner: str, cart: Cart) -> None:
    """Say what a cart holds and costs, with its checkout link."""
    link = await ctx.services.carts.checkout_link(owner)
    cards = [product_card(line.product, f"{line.quantity} in the cart") for line in cart.lines[:5]]
    ctx.say(
        response,
        cards=cards if response == "utter_cart" else None,
        items=spoken_cart(cart),
        count=str(cart.count),
        total=str(cart.subtotal),
        link=link.url,
    )


async def say_in_cart(
    ctx: TurnContext, owner: str, cart: Cart, products: Sequence[Product]
) -> None:
    """Say that something was put in the cart, with the checkout link."""
    link = await ctx.services.carts.checkout_link(owner)
    ctx.say(
        "utter_in_cart" if len(products) == 1 else "utter_all_in_cart",
        product="; ".join(product.name for product in products),
        count=str(cart.count),
        total=str(cart.subtotal),
        link=link.url,
    )
