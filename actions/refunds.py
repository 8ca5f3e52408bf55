"""On what terms goods go back."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.after_refund import refund_spoken_of
from actions.asked_after import answers_after
from actions.base import CloserAction
from actions.bought import order_with
from actions.context import TurnContext
from actions.in_line import asked_while_waiting
from actions.order_slots import find_order
from actions.refund_words import asks_time_left, say_how_long_refunds_take, say_refund
from actions.talk import in_talk, keep_in_talk
from closer.catalog.categories import category_of
from closer.kit.errors import NotFound
from closer.orders.policy import FAULT_DAYS, CategoryPolicy
from closer.orders.records import Order

_SURE = 0.5
_POSTAGE = re.compile(
    r"\b(postage|(return|shipping|sending|mailing) (costs?|fees?|charges?|labels?)|(cost|charge|pay) .{0,20}\b(to send|to return|to ship|for (the )?(return|shipping))"
    r"|free returns?|returns? (are |is )?free|who pays)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(how (long|soon|fast|quick\w*|many (\w+ )?days)|when|what'?s the wait)\b.{0,40}\b((refunds?|money|reimbursements?) (back )?(to )?(take|arrive|come|show|land|be|appear|reach|get|process)"
    r"|(take|arrive|get|receive|see|process\w*|pay\w*|come|have|for|until|till|before) .{0,25}(refund(s|ed)?|money|reimbursement))\b|\brefund time",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(
    r"\b(how much|what amount|what do i|full amount)\b.{0,30}\b(back|refund(ed)?|return(ed)?)\b",
    re.IGNORECASE,
)
_RETURN_IT = re.compile(
    r"\b(send|return|bring|give|take|get) (it|that|this|them|the order)\b( back)?", re.IGNORECASE
)
#: "The backpack I bought in December": what is one's own is asked about.
_BOUGHT = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:just )?(?:bought|ordered|got|purchased)\b", re.IGNORECASE
)
_IT = re.compile(r"\b(it|its|it's|policy|reading|wear|gifts?)\b", re.IGNORECASE)


class CheckRefundPolicy(CloserAction):
    """`check_refund_policy`: the terms for an order, a product or a department that was named, or in general."""

    action_name = "action_check_refund_policy"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Answer from the shop's rules, or by the refund that was just spoken of."""
        if await asked_while_waiting(ctx) or await answers_after(ctx):
            return []
        if await self._about_money(ctx):
            return []
        order = await self._order(ctx)
        if order is not None:
            await self._for_order(ctx, order)
            return []
        await self._speak_of_bought(ctx)
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

    @staticmethod
    async def _speak_of_bought(ctx: TurnContext) -> None:
        """Let "it" mean the thing that is asked about, where the customer bought it."""
        if ctx.customer_id is None or ctx.active_form:
            return
        latest = await ctx.services.orders.latest(ctx.customer_id, 20)
        if (order := order_with(ctx.text, latest)) is not None:
            keep_in_talk(ctx, order.id, "check_refund_policy")

    async def _about_money(self, ctx: TurnContext) -> bool:
        """Answer what is not about returning itself: the postage, how long the money takes, how much it is."""
        if _POSTAGE.search(ctx.text):
            ctx.say("utter_return_postage")
            return True
        takes_long, how_much = _DURATION.search(ctx.text), _HOW_MUCH.search(ctx.text)
        if not takes_long and not how_much:
            return False
        refund = None if ctx.entity("order_id") else await refund_spoken_of(ctx)
        if refund is not None:
            say_refund(ctx, refund)
        elif takes_long:
            say_how_long_refunds_take(ctx)
        return bool(refund or takes_long)

    async def _order(self, ctx: TurnContext) -> Order | None:
        if ctx.customer_id is None:
            return None
        time_left = asks_time_left(ctx.text)
        about_it = _HOW_MUCH.search(ctx.text) or _RETURN_IT.search(ctx.text)
        in_focus = ctx.slot("order_id") if about_it else None
        reference = ctx.entity("order_id") or in_focus
        if reference is None and (time_left or _BOUGHT.search(ctx.text)):
            reference = await self._bought(ctx) or (time_left and in_talk(ctx).get("order_id"))
        if not reference:
            return None
        try:
            return await find_order(ctx, str(reference))
        except NotFound:
            return None

    @staticmethod
    async def _bought(ctx: TurnContext) -> str | None:
        """Return the order of the thing that is named, or nothing."""
        named = order_with(ctx.text, await ctx.services.orders.latest(str(ctx.customer_id), 20))
        return named.id if named else None

    async def _for_order(self, ctx: TurnContext, order: Order) -> None:
        if not ctx.active_form:
            keep_in_talk(ctx, order.id, "check_refund_policy")
        terms = await ctx.services.orders.refund_terms(order.customer_id, order.id)
        if not terms.eligible:
            ctx.say("utter_refund_policy_order_no", order_id=order.id, reason=terms.text)
            if terms.reason == "not_delivered_yet":  # from then on the days count
                for category in dict.fromkeys(item.category for item in order.items):
                    self._for_category(ctx, category)
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
