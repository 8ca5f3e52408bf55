"""Answers about delivery and cancelling: what it costs, where to and how long."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import EventType, FollowupAction

from actions.after_refund import tells_when_money_comes
from actions.after_task import tells_about_request
from actions.asked_after import answers_after
from actions.base import CloserAction
from actions.bought import means_newest, order_like
from actions.context import TurnContext
from actions.delivery_wishes import answer_wish
from actions.in_line import asked_while_waiting
from actions.order_slots import find_order
from actions.places import place_in
from actions.refund_words import asks_time_left, say_refund
from actions.spoken_of import DELIVERY, last_action, speak_of
from actions.talk import in_talk, keep_in_talk
from actions.tasks.appointments import call_moved
from actions.tasks.orders import TrackOrder, means_several, not_received
from actions.waiting import begin_with
from closer.customers.countries import country_name
from closer.kit.errors import NotFound
from closer.orders.delivery import HOME_COUNTRY, METHODS, zone_of
from closer.orders.policy import CANCELLATION_FEE_CAP, CANCELLATION_FEE_RATE, FREE_CANCELLATION
from closer.orders.records import Order

_TIME = re.compile(r"\b(?:when|how (?:long|soon|fast|many days))\b", re.IGNORECASE)
_SHORT = 3
#: So many messages back a place that was asked about is still meant.
_LATELY = 4
_NAMES = {
    "express": "express",
    "standard": "(?:standard|normal|regular)",
    "pickup": "pick-?up(?: points?)?",
}
_OWN = re.compile(r"\b(?:my|mine|orders?|parcels?|packages?)\b", re.IGNORECASE)
_OF_MINE = re.compile(r"\b(?:my|i|i'?m|we|our)\b", re.IGNORECASE)
_POINTS = re.compile(r"\b(?:it|that|this|they|them|these|those)\b", re.IGNORECASE)
_FEW = 7
_MINE = re.compile(
    r"\b(?:my|mine|this|that|the|it)\b.*\b(?:order|package|parcel|delivery|stuff|it)\b|\bmy\b|\bit\b",
    re.IGNORECASE,
)


class CancellationFee(CloserAction):
    """What cancelling costs: of an order that is the customer's, or in general."""

    action_name = "action_check_cancellation_fee"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Name the fee; offer to cancel when it is about one order and nothing else is in progress."""
        if await answers_after(ctx):
            return []
        policy: dict[str, Any] = {
            "hours": str(int(FREE_CANCELLATION.total_seconds() // 3600)),
            "rate": f"{CANCELLATION_FEE_RATE * 100:.0f}",
            "cap": f"${CANCELLATION_FEE_CAP:.0f}",
        }
        order = await _order_spoken_of(ctx, open_only=True)
        if order is None:
            ctx.say("utter_cancellation_policy", **policy)
            if not in_talk(ctx):
                keep_in_talk(ctx, None, "cancel_order")
            if (named := ctx.entity("order_id")) and ctx.customer_id:
                ctx.say("utter_order_not_found", order_id=str(named))
            return []
        speak_of(ctx, order.id)
        if order.state == "cancelled" and await _told_refund(ctx, order):
            return []
        terms = ctx.services.orders.cancellation(order)
        keep_in_talk(ctx, order.id, "check_cancellation_fee")
        ctx.say(
            "utter_cancellation_terms" if terms.allowed else "utter_cannot_cancel",
            order_id=order.id,
            terms=terms.text,
            reason=terms.text,
        )
        if terms.allowed and not ctx.active_form:
            ctx.say("utter_offer_cancelling", order_id=order.id)
            ctx.offer("cancel_order_form", {"order_id": order.id})
        return []


class DeliveryOptions(CloserAction):
    """The ways to send, with prices, to a named place, the customer's own, or at home."""

    action_name = "action_delivery_options"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """List them, or say that a place is not served; a wish for a placed order is answered by itself."""
        if call_moved(ctx):
            return begin_with(ctx, "manage_appointment")
        if tells_about_request(ctx) or await answer_wish(ctx):
            return []
        place, code = place_in(ctx.text)
        if place and code is None:
            ctx.say("utter_no_delivery_country", country=place)
            return []
        country = code or _country_before(ctx) or await _own_country(ctx) or HOME_COUNTRY
        only = [
            method.id
            for method in METHODS
            if re.search(rf"\b{_NAMES[method.id]}\b", ctx.text, re.IGNORECASE)
        ]
        free = {method.id: method.free_from for method in METHODS}
        options = ctx.services.orders.delivery_options(country)
        zone = zone_of(country)
        lines = []
        offered = [option for option in options if option.method in only] or options
        for option in offered:
            first, last = next(m.days[zone] for m in METHODS if m.id == option.method)
            above = (
                f", free from ${float(free[option.method] or 0):.0f}" if free[option.method] else ""
            )
            lines.append(
                f"{option.name}: {option.price}{above}, {first} to {last} working days ({option.carrier})"
            )
        ctx.say(
            "utter_delivery_options",
            country=_in_words(country),
            options="\n".join(f"- {line}" for line in lines),
            short="; ".join(lines),
        )
        return []


#: A way of delivery that is asked about, rather than an order.
_A_WAY = re.compile(
    r"\bhow (?:long|fast|quick\w*|many days)\b.*\b(?:express|standard|pick-?up)\b", re.IGNORECASE
)


class DeliveryPeriod(CloserAction):
    """When an order arrives, or how long a delivery takes."""

    action_name = "action_delivery_period"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Name an order's dates if it is the customer's; else the days to a place."""
        told = tells_about_request(ctx) or await asked_while_waiting(ctx)
        told = told or await tells_when_money_comes(ctx) or await answers_after(ctx)
        if told or await answer_wish(ctx):
            return []
        place, code = place_in(ctx.text)
        if (elsewhere := self._for_others(ctx, place)) is not None:
            return elsewhere
        before = _country_before(ctx)
        general = place or before or _A_WAY.search(ctx.text)
        order = None if general else await _order_spoken_of(ctx, open_only=False)
        if order is not None:
            self._about(ctx, order)
            return []
        if place and code is None:
            ctx.say("utter_no_delivery_country", country=place)
            return []
        if (named := ctx.entity("order_id")) and ctx.customer_id:
            ctx.say("utter_order_not_found", order_id=str(named))
        country = code or before or await _own_country(ctx) or HOME_COUNTRY
        zone = zone_of(country)
        days = {method.id: method.days[zone] for method in METHODS if zone in method.days}
        ctx.say(
            "utter_delivery_period",
            country=_in_words(country),
            standard=f"{days['standard'][0]} to {days['standard'][1]}",
            express=f"{days['express'][0]} to {days['express'][1]}",
        )
        if (
            ctx.customer_id is None
            and not ctx.active_form
            and (named or _MINE.search(ctx.text))
            and not (place or before)
        ):
            ctx.say("utter_offer_tracking")
            ctx.offer("track_order_form", {"order_id": str(named) if named else None})
        return []

    @staticmethod
    def _for_others(ctx: TurnContext, place: str | None) -> list[EventType] | None:
        """Return how to go on with what only sounds like this question; None if it is one."""
        if _of_options(ctx):
            return [FollowupAction("action_delivery_options")]
        if ctx.active_form:
            return None
        if not_received(ctx.text):
            ctx.set("order_id", ctx.entity("order_id"))
            return [FollowupAction("track_order_form")]
        if asks_time_left(ctx.text):
            return [FollowupAction("action_check_refund_policy")]  # "how many days do i have"
        several = place is None and means_several(ctx.text) and _OF_MINE.search(ctx.text)
        return begin_with(ctx, "track_order") if several else None

    def _about(self, ctx: TurnContext, order: Order) -> None:
        speak_of(ctx, order.id)
        first, last = ctx.services.orders.delivery_estimate(order)
        if order.state == "delivered":
            ctx.say(
                "utter_period_delivered", order_id=order.id, date=f"{last:%A}, {last.day} {last:%B}"
            )
        elif order.state in ("cancelled", "returned", "refunded"):
            ctx.say("utter_period_none", order_id=order.id, state=order.state_words)
        elif last < ctx.services.clock.now():
            ctx.say("utter_period_late", order_id=order.id, date=f"{last:%A}, {last.day} {last:%B}")
        else:
            same = first.date() == last.date()
            span = (
                f"on {last:%A}, {last.day} {last:%B}"
                if same
                else f"between {first.day} {first:%B} and {last:%A}, {last.day} {last:%B}"
            )
            ctx.say("utter_period_of_order", order_id=order.id, span=span, state=order.state_words)


async def _told_refund(ctx: TurnContext, order: Order) -> bool:
    """Say how far the money of a cancelled order is, if some goes back; whether it does."""
    made = await ctx.services.orders.refunds(order.customer_id, order.id)
    if made:
        say_refund(ctx, made[0])
    return bool(made)


async def _order_spoken_of(ctx: TurnContext, *, open_only: bool) -> Order | None:
    """Return the proven customer's order that is named, in progress, or meant by "my order"."""
    if ctx.customer_id is None:
        return None
    if named := ctx.entity("order_id") or ("last" if means_newest(ctx.text) else None):
        return await _quietly(ctx, str(named))
    orders = list(await ctx.services.orders.latest(ctx.customer_id, 8))
    mine = _MINE.search(ctx.text) is not None
    if item := order_like(orders, ctx.text):
        return item
    most = _FEW if _POINTS.search(ctx.text) else _SHORT
    if (talked := in_talk(ctx).get("order_id")) and len(ctx.text.split()) <= most:
        return await _quietly(ctx, str(talked))  # "when exactly?", "how long will that take?"
    if ctx.slot("order_id") and (mine or ctx.active_form):
        return await _quietly(ctx, str(ctx.slot("order_id")))
    fitting = [o for o in orders if (o.is_open if open_only else TrackOrder.suits(o))]
    return fitting[0] if mine and len(fitting) == 1 else None


async def _quietly(ctx: TurnContext, reference: str) -> Order | None:
    try:
        return await find_order(ctx, reference)
    except NotFound:
        return None


async def _own_country(ctx: TurnContext) -> str | None:
    if ctx.customer_id is None:
        return None
    addresses = await ctx.services.customers.addresses(ctx.customer_id)
    return addresses[0].country if addresses else None


def _country_before(ctx: TurnContext) -> str | None:
    """Return the country that the delivery answered about just now goes to, where a message names no place and nothing else."""
    if (
        not last_action(ctx, *DELIVERY)
        or _OWN.search(ctx.text)
        or ctx.entity("order_id", "product")
    ):
        return None
    places = (place_in(str(event.get("text") or ""))[1] for event in ctx.said_before(_LATELY))
    return next((code for code in places if code), None)


def _in_words(country: str) -> str:
    return (
        f"the {country_name(country)}"
        if country in ("US", "GB", "NL", "AE", "PH")
        else country_name(country)
    )


def _of_options(ctx: TurnContext) -> bool:
    """Whether another place is named right after the ways of delivery were: "and to Sweden?"."""
    named = place_in(ctx.text)[0] is not None and _TIME.search(ctx.text) is None
    return named and last_action(ctx, "action_delivery_options")
