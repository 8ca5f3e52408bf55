"""Small talk's serious side: help, repetition, yes and no to what was offered, and bare values."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType, FollowupAction

from actions.address_target import asks_default
from actions.address_text import names_address, read_address
from actions.asked_after import answers_after
from actions.base import CloserAction
from actions.bought import item_like, means_newest, order_with
from actions.change_or_buy import sends_own, wants_other_variant
from actions.change_words import kind_in
from actions.confirming import asks_sum, confirmation, has_enough, is_final_yes
from actions.context import TurnContext
from actions.ended import INVOICES, ended_lately, told_before
from actions.follow_up import call_follow_up, follow_up
from actions.goods_named import only_names_goods
from actions.meanings import PERSON, button_for
from actions.order_slots import find_order, own_order_id
from actions.payments import tell_payment, unpaid_order
from actions.product_choice import chooses
from actions.shopping_list import several_of_one
from actions.shopping_talk import shopping_follow_up
from actions.spoken_of import address_just_given, last_action, means_just_given
from actions.talk import goes_on_changing, in_talk, keep_in_talk, order_follow_up, order_listed
from actions.tasks.complaints import complaint_is_about
from actions.tasks.name_slot import goes_by
from actions.tasks.orders import not_received
from actions.waiting import begin_with
from closer.kit.errors import NotFound
from closer.orders.reasons import GOODS_FAULTS, told_reason

_ORDER = re.compile(r"\border\b", re.IGNORECASE)
_WHERE = re.compile(r"^\W*(?:and |so |ok |hi |hey )*(?:where|when)", re.IGNORECASE)
_NUMBER = re.compile(r"#?\b(?=[\w-]*\d{4})[A-Z0-9][A-Z0-9-]{3,20}\b", re.IGNORECASE)
_INVOICE = re.compile(r"\binv(?:oice)?[\s#-]*\d{4}[\s/-]+\d{1,6}\b", re.IGNORECASE)
_MOVED = re.compile(
    r"\b(?:i|we)(?:'ve| have)?(?: just| recently)? moved\b|\bnew address\b", re.IGNORECASE
)
_NEW = re.compile(r"\bnew\b|\bchang\w*|\bupdate\w*", re.IGNORECASE)

#: Answers that an order named after them wants again, about itself: "and 12344?".
_OF_ORDERS = (
    "action_check_refund_policy",
    "action_check_cancellation_fee",
    "action_delivery_period",
    "action_check_payment_methods",
)

#: "The sandals are ok i guess": what somebody thinks of a thing, and nothing else.
_OPINION = re.compile(
    r"\W*(?:the|my|these|those|this|that)\s+(?:[\w-]+\s+){1,4}(?:is|are|was|were)\s+(?:(?:really|very|pretty|quite|just|so|absolutely|not|only)\s+)*"
    r"(?:ok(?:ay)?|great|awesome|amazing|good|lovely|perfect|nice|brilliant|fantastic|excellent|decent|meh|so-?so|bad|average|alright|disappointing|mediocre|superb|wonderful)"
    r"(?:\W+(?:i|guess|think|suppose|so far|though|really|tbh|imo|actually|honestly|overall|value))*\W*",
    re.IGNORECASE,
)
#: Of what orders were looked at for, the next one is tracked.
_LOOKED_AT = ("track_order", "order_history")
_FOR_BROKEN = ("get_refund", "complaint")


class Help(CloserAction):
    """`help`: says what the assistant can do, as a menu."""

    action_name = "action_help"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer the commonest tasks; "what does it come to" after the cart asks for its sum."""
        if asks_sum(ctx) and ended_lately(ctx) in ("place_order", "change_cart", "view_cart"):
            return [FollowupAction("view_cart_form")]
        names = ("track_order", "cancel_order", "get_refund", "recommend_product")
        ctx.say("utter_help", buttons=[*map(button_for, names), PERSON])
        return []


class Affirm(CloserAction):
    """A plain yes outside of a task: accepts what was offered last."""

    action_name = "action_affirm"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Follow the pending offer, which names an action or a form; "ok keep it" declines it."""
        if confirmation(ctx) is False or has_enough(ctx):
            return await Deny().perform(ctx)
        if chooses(ctx.text) and (events := await shopping_follow_up(ctx)):
            return events  # "ok, the cheaper one"
        offer = ctx.offered
        ctx.set("pending_offer", None)
        meant = order_follow_up(ctx)  # "ok, cancel it then"
        if meant is None and kind_in(ctx.text) == "remove" and ctx.customer_id:
            meant = "change_order"  # "ok, take it off"
        if meant is not None:
            return begin_with(ctx, meant)
        if not offer:
            return await self._without_offer(ctx)
        for slot, value in (offer.get("slots") or {}).items():
            ctx.set(slot, value)
        return [FollowupAction(offer["action"])]

    @staticmethod
    async def _without_offer(ctx: TurnContext) -> list[EventType]:
        """Take up what more than a yes says; a mere one accepts nothing."""
        if ctx.entity("order_id"):
            return await Inform().perform(ctx)  # "yes, 12340" after a question that was no offer
        if not is_final_yes(ctx.text):
            events = await follow_up(ctx)  # "turn it off then", "is it done?"
        else:
            events = [] if await answers_after(ctx) else None
        if events is None:
            ctx.say("utter_anything_else")
        return events or []


class Deny(CloserAction):
    """A plain no outside of a task: declines what was offered last."""

    action_name = "action_deny"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Forget the pending offer; "no, just cancel it" or "no, something else" wants another thing."""
        if (events := await follow_up(ctx)) is not None:
            return events
        ctx.say("utter_offer_declined" if ctx.offered else "utter_all_right")
        ctx.set("pending_offer", None)
        return []


class Inform(CloserAction):
    """A bare value outside of a task: asks what to do with it."""

    action_name = "action_inform"
    mutates = True  # what is told of a trouble goes on its ticket

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer what fits the value."""
        if (booked := call_follow_up(ctx)) is not None:
            return booked
        task = task_told(ctx) or ("review" if await _judges_bought(ctx) else None)
        if task is None and await sends_own(ctx):
            task = "change_shipping_address"  # "the mat should go to 5 Main Street, Denver"
        if task is None and await wants_other_variant(ctx):
            task = "change_order"  # "the mat should be plum, not sage"
        if task is not None:
            return begin_with(ctx, task)
        if (events := await follow_up(ctx)) is not None:
            return events
        order_id = ctx.entity("order_id") or order_listed(ctx)
        if order_id := order_id or await _order_called(ctx) or await _number_said(ctx):
            return await self._about_order(ctx, str(order_id))
        broken = told_reason(ctx.text) in GOODS_FAULTS  # nobody buys it again
        if broken:
            ctx.offer("get_refund_form", {"reason": ctx.text, "order_id": await _order_of(ctx)})
        if not broken and await self._looks_for_goods(ctx):
            return begin_with(ctx, "product_info")
        shown: list[EventType] = []
        if product := ctx.entity("product"):
            names = _FOR_BROKEN if broken else ("product_info", "check_stock", "place_order")
            said = "utter_what_with_broken" if broken else "utter_what_with_product"
            ctx.say(said, buttons=[*map(button_for, names)], product=product)
        elif broken:
            ctx.say("utter_what_with_broken", buttons=[*map(button_for, _FOR_BROKEN)])
        elif order := await unpaid_order(ctx):
            tell_payment(ctx, order)
        else:
            shown = self._of_a_department(ctx)
        return shown

    @staticmethod
    def _of_a_department(ctx: TurnContext) -> list[EventType]:
        """Show goods of a department that is named alone ("shoes"), or ask what to do with what was told."""
        if ctx.entity("category"):
            return [FollowupAction("action_recommend")]
        ctx.say("utter_what_with_value")
        return []

    @staticmethod
    async def _looks_for_goods(ctx: TurnContext) -> bool:
        """Whether a message is nothing but the name of something that the customer has not bought."""
        if not await only_names_goods(ctx):
            return False
        customer_id = ctx.customer_id
        latest = await ctx.services.orders.latest(customer_id, 20) if customer_id else []
        return order_with(ctx.text, latest) is None

    async def _about_order(self, ctx: TurnContext, order_id: str) -> list[EventType]:
        """Track it where orders were being looked at, ask what to do with it elsewhere; a wrong number is said to be one."""
        if ctx.customer_id is not None:
            try:
                order_id = (await find_order(ctx, order_id)).id
            except NotFound:
                ctx.say("utter_order_not_found", order_id=order_id)
                return []
            if await complaint_is_about(ctx, order_id):
                return []
        ctx.set("order_id", order_id)
        if told_reason(told_before(ctx)) in GOODS_FAULTS:
            return [FollowupAction("get_refund_form")]  # "the tent has a rip", "yes, 12340"
        done = ended_lately(ctx)
        about = "track_order" if in_talk(ctx).get("about") in _LOOKED_AT else done
        if about in ("track_order", *INVOICES):  # "and for 12344 too"
            looked = [FollowupAction("track_order_form")]
            return looked if about == "track_order" else begin_with(ctx, str(about))
        if again := next((name for name in _OF_ORDERS if last_action(ctx, name)), None):
            return [FollowupAction(again)]
        keep_in_talk(ctx, order_id, "inform")
        names = ("track_order", "cancel_order", "get_refund")
        ctx.say("utter_what_with_order", buttons=[*map(button_for, names)], order_id=order_id)
        return []


async def _order_of(ctx: TurnContext) -> str | None:
    """Return the order of what is broken: by its name, or the one spoken of."""
    if ctx.customer_id is None:
        return None
    found = order_with(ctx.text, await ctx.services.orders.latest(ctx.customer_id, 20))
    return found.id if found else in_talk(ctx).get("order_id")


async def _judges_bought(ctx: TurnContext) -> bool:
    """Whether stars are given, or nothing but an opinion told, beside the name of something that was bought."""
    judged = ctx.entity("rating") is not None or _OPINION.fullmatch(ctx.text)
    if ctx.customer_id is None or not judged:
        return False
    latest = await ctx.services.orders.latest(ctx.customer_id, 20)
    return item_like(ctx.text, latest) is not None


async def _order_called(ctx: TurnContext) -> str | None:
    """Return the order that is called by what is in it, or the newest: "the tent order", "for my latest one"."""
    if ctx.customer_id is None:
        return None
    if means_newest(ctx.text) and (newest := await own_order_id(ctx, "last")) is not None:
        return newest
    if not _ORDER.search(ctx.text) and not last_action(ctx, *_OF_ORDERS):
        return None
    order = order_with(ctx.text, await ctx.services.orders.latest(ctx.customer_id, 20))
    return order.id if order else None


async def _number_said(ctx: TurnContext) -> str | None:
    """Return the number of an order of the customer's that was not seen to be one."""
    number = _NUMBER.search(ctx.text)
    return await own_order_id(ctx, number.group(0)) if number else None


def task_told(ctx: TurnContext) -> str | None:
    """Return the task that values alone ask for: a refund's number, an order with an address, stars or pieces of a product."""
    number = str(ctx.entity("invoice_id", "order_id") or "").upper()
    order, product, text = ctx.entity("order_id"), ctx.entity("product"), ctx.text
    told = (
        ("track_refund", number.startswith("RF-")),
        ("check_invoice", number.startswith("INV") or _INVOICE.search(text)),
        ("change_shipping_address", order and names_address(text)),
        (
            "change_shipping_address",
            order and means_just_given(text) and address_just_given(ctx),
        ),
        (
            "change_shipping_address",  # also right after being told which is on file
            (_MOVED.search(text) or last_action(ctx, "action_submit_account_info"))
            and "street" in read_address(text),
        ),
        ("track_order", order and _WHERE.search(text)),
        ("track_order", not_received(text) == "delivered"),
        ("change_order", order and kind_in(text)),
        ("set_up_shipping_address", asks_default(text) and address_just_given(ctx)),
        ("review", product and ctx.entity("rating")),
        ("place_order", product and ctx.entity("quantity") and not goes_on_changing(ctx)),
        ("place_order", product and several_of_one(text)),
        ("edit_account", (ctx.entity("phone", "email") and _NEW.search(text)) or goes_by(text)),
    )
    return next((task for task, said in told if said), None)
