"""The size or colour of a product that is to be bought, where the product itself comes in several."""

from __future__ import annotations

import re
from typing import Any

from actions.change_text import options_in
from actions.context import TurnContext
from actions.order_slots import meant_elsewhere
from actions.slot_types import Answer, Filled, Invalid, SlotType
from closer.catalog.records import Product

_SIZE_LIKE = re.compile(
    r"\d|\b(?:xs|s|m|l|x+l|small|medium|large)\b(?<!['\u2019]\w)", re.IGNORECASE
)
#: So many messages back what was asked about goods still counts for their purchase.
_ASKED_LATELY = 4
_QUESTIONS = ("check_stock", "product_info", "recommend_product")


class OptionSlot(SlotType):
    """What must be chosen with a product, such as its size; only for products that have a choice."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that may name it."""
        if not ctx.slot("product"):
            return None
        elsewhere = answer.asked and meant_elsewhere(ctx, "place_order", "check_stock")
        return None if elsewhere and not _SIZE_LIKE.search(ctx.text) else ctx.text

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Take what the words name; where there is still something to choose, it is asked for."""
        before = ctx.slot("product_options") or {}
        product = await ctx.services.catalog.get(str(ctx.slot("product")))
        asked = ctx.slot("requested_slot") == "product_options"
        asked_about = {} if asked or before else _asked_about(ctx, product)
        found = {**asked_about, **before, **options_in(product, value, before)}
        if all(name in found for name in product.options) and found:
            return Filled(found)
        return (
            Invalid("utter_no_such_variant", product=product.name)
            if asked
            else Filled(ctx.slot("product_options"))
        )

    def spoken(self, value: Any) -> str:
        """Return the choices as words."""
        return ", ".join((value or {}).values())


def _asked_about(ctx: TurnContext, product: Product) -> dict[str, str]:
    """Return the options that questions before named, the last one's first: "is it there in 43?"."""
    asked = (
        options_in(product, str(event.get("text") or ""), {})
        for event in ctx.said_before(_ASKED_LATELY)
        if ((event.get("parse_data") or {}).get("intent") or {}).get("name") in _QUESTIONS
    )
    return next(filter(None, asked), {})
