"""What a review is about: something that was bought, or the shop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from actions.bought import item_like
from actions.context import TurnContext
from actions.slot_types import Answer, Filled, Invalid, SlotType
from actions.wording import is_question
from closer.orders.records import Order

SHOP = "shop"
_BOUGHT = ("delivered", "returned", "refunded")
_OURSELVES = re.compile(
    r"\b(the|your|this) (shop|store|company|service|site|website|app|delivery)\b|\b(shop|store|northlight|you (?:guys|lot|people|all)|in general|overall)\b"
    r"|\b(?:how|way) (?:(?:you|u|your|the) (?:\w+ ){0,2})(?:handled|dealt|treated|sorted|managed|helped|served|looked after)\b"
    r"|\b(?:your|the) (?:customer )?(?:support|staff|team|people|driver|courier)\b"
    r"|\b(?:delivery|shipping|packaging|service|support|returns?)\b",
    re.IGNORECASE,
)
#: So few words with a mark say nothing else: "5 stars", "a solid 4 I think".
_MARK_ALONE = 5
_CORRECTS = re.compile(r"\b(i meant|meant the|i mean|instead|not the)\b", re.IGNORECASE)


class ReviewedSlot(SlotType):
    """What is reviewed: something that the customer bought (`product:order`), or the shop."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words; `check` finds what they mean."""
        if answer.asked:
            marks = ctx.entity("rating") is not None and len(ctx.text.split()) <= _MARK_ALONE
            aside = marks or is_question(ctx) or ctx.intent in ("deny", "stop", "help")
            return None if aside else ctx.text
        corrects = _CORRECTS.search(ctx.text) is not None
        if corrects if ctx.slot(answer.slot) else ctx.intent == "review" or ctx.entity("product"):
            return ctx.text
        return None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept what was bought, and the shop."""
        text = str(value)
        if ctx.customer_id is None:
            return Filled(text)
        found = item_like(text, await bought(ctx))
        if found is not None:
            return Filled(f"{found[1].product_id}:{found[0].id}")
        if text == SHOP or _OURSELVES.search(text):
            return Filled(SHOP)
        if ctx.slot("requested_slot") != "product":
            return Filled(ctx.slot("product"))
        return Invalid("utter_review_not_bought")

    def spoken(self, value: Any) -> str:
        """Return nothing: what is reviewed is named when it is stored."""
        return ""


async def bought(ctx: TurnContext) -> Sequence[Order]:
    """Return the customer's orders that arrived, the newest first."""
    return [
        o for o in await ctx.services.orders.latest(str(ctx.customer_id), 20) if o.state in _BOUGHT
    ]
