"""On what terms goods go back."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.order_slots import find_order
from closer.catalog.categories import category_of
from closer.kit.errors import NotFound
from closer.orders.policy import FAULT_DAYS, CategoryPolicy
from closer.orders.records import Order

_SURE = 0.5
_IT = re.compile(r"\b(it|its|it's|policy|reading|wear|gifts?)\b", re.IGNORECASE)


class CheckRefundPolicy(CloserAction):
    """`check_refund_policy`: the terms for an order, a product or a department that was named, or in general."""

    action_name = "action_check_refund_policy"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Answer from the shop's rules."""
        order = await self._order(ctx)
        if order is not None:
            await self._for_order(ctx, order)
            return []
        category = await self._category(ctx)
        if category is not None:
            self._for_category(ctx, category)
            return []
        policies = ctx.services.orders.refund_policies()
        ctx.say(
            "utter_refund_policy",
            shortest=str(min(policy.days for policy in policies)),
            longest=str(max(policy.days for policy in policies)),
            fault=str(FAULT_DAYS),
        )
        return []

    async def _order(self, ctx: TurnContext) -> Order | None:
        reference = ctx.entity("order_id")
        if reference is None or ctx.customer_id is None:
            return None
        try:
            return await find_order(ctx, str(reference))
        except NotFound:
            return None

    async def _for_order(self, ctx: TurnContext, order: Order) -> None:
        terms = await ctx.services.orders.refund_terms(order.customer_id, order.id)
        if not terms.eligible:
            ctx.say("utter_refund_policy_order_no", order_id=order.id, reason=terms.text)
            return
        until = (
            f"{terms.deadline.day} {terms.deadline:%B %Y}" if terms.deadline else "further notice"
        )
        ctx.offer("get_refund_form", {"order_id": order.id})
        ctx.say(
            "utter_refund_policy_order", order_id=order.id, amount=str(terms.refundable), date=until
        )

    async def _category(self, ctx: TurnContext) -> str | None:
        """Return the department that the message means, by its name or by a product."""
        catalog = ctx.services.catalog
        said = _IT.sub(" ", ctx.text)  # "it" is no department here
        for words in [*ctx.entities("category"), *ctx.entities("product"), said]:
            found = catalog.match_category(str(words))
            if found is not None:
                return found.id
            match = await catalog.match(str(words))
            if match is not None and match.confidence >= _SURE:
                return match.product.category
        return None

    def _for_category(self, ctx: TurnContext, category: str) -> None:
        policy: CategoryPolicy = ctx.services.orders.refund_policy(category)
        known = category_of(category)
        rate = f"{policy.restocking_rate * 100:.0f} %"
        ctx.say(
            "utter_refund_policy_fee" if policy.restocking_rate else "utter_refund_policy_category",
            category=(known.name if known else category).lower(),
            days=str(policy.days),
            condition=policy.condition,
            rate=rate,
            fault=str(FAULT_DAYS),
        )
