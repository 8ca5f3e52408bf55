"""Saying what there is of what somebody looks for, and that something is sold out."""

from __future__ import annotations

from collections.abc import Sequence

from actions.context import TurnContext
from actions.product_cards import product_card
from closer.catalog.records import Product


def say_what_there_is(ctx: TurnContext, products: Sequence[Product]) -> None:
    """Show products that fit what somebody looks for; they can then be named "the first one"."""
    ctx.set("last_products", [product.id for product in products])
    ctx.set("product_in_focus", products[0].id if len(products) == 1 else None)
    ctx.say(
        "utter_what_there_is",
        cards=[product_card(product) for product in products],
        products="; ".join(f"{product.name} for {product.price}" for product in products),
    )


async def say_sold_out(ctx: TurnContext, product: Product) -> None:
    """Say that a product is out of stock, and show its other variants, or else what is like it."""
    variants = [v for v in await ctx.services.catalog.variants(product.id) if v.in_stock]
    similar = [] if variants else await ctx.services.recommendations.similar(product.id, 3)
    others = variants[:3] or [item.product for item in similar]
    ctx.set("last_products", [item.id for item in others])
    ctx.set("product_in_focus", others[0].id if len(others) == 1 else None)
    said = "utter_out_of_stock_others" if others else "utter_out_of_stock"
    ctx.say(said, cards=[product_card(item) for item in others], product=product.name)
