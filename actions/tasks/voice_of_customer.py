"""Complaints, reviews and feedback."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.bought import bought_item
from actions.confirming import is_asking
from actions.context import TurnContext
from actions.feedback import keep_feedback
from actions.forms import Task
from actions.intents import TASK_OF_INTENT
from actions.mail import open_ticket
from actions.order_slots import find_order
from actions.slot_types import Answer, EmailSlot, Filled, Invalid, SlotType
from actions.tone import is_emotional, priority_of
from actions.wording import (
    NO_ORDER,
    CommentSlot,
    OptionalOrderSlot,
    RatingSlot,
    WordsSlot,
    is_question,
    names_no_order,
)
from closer.kit.errors import NotFound
from closer.orders.records import Order

SHOP = "shop"
_SURE, _SHORT = 0.9, 8
_BOUGHT = ("delivered", "returned", "refunded")
_WISH = re.compile(
    r"\b(complain(t|ts|ing)?|grievance|review|feedback|rate|rating|stars?|i|i'd|id|a|an|the|to|want|wanna|would|like|make|file|lodge"
    r"|leave|give|write|submit|post|raise|register|need|please|pls|plz|can|could|how|do|where|my|formal|some|hi|hello|about|of|for"
    r"|this|chat|you|your|it|is|with|get|let|me|have|think|service|out|conversation|bot|assistant|answer|product|order)\b",
    re.IGNORECASE,
)
_ABOUT_GOODS = re.compile(
    r"\b(order\w*|parcel|package|deliver\w*|arriv\w*|driver|courier|box|item|product|bought|purchase\w*|broken|damaged|late|shipping"
    r"|shipped|refund\w*|return\w*|quality|missing|wrong)\b",
    re.IGNORECASE,
)
_OURSELVES = re.compile(
    r"\b(the|your|this) (shop|store|company|service|site|website|app|delivery)\b|\b(shop|store|northlight|you guys|in general|overall)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"\b(i meant|meant the|i mean|instead|not the)\b", re.IGNORECASE)
_TELLING_WORDS = 3
#: A mark in the middle of a sentence: "4 out of 5", "3/5", "2 stars".
_GRADE = re.compile(
    r"(?<![\w.,])(?P<mark>[1-5]) ?(?:/|out of|of) ?5\b|(?<![\w.,])(?P<stars>[1-5]) ?stars?\b",
    re.IGNORECASE,
)


def telling(text: str) -> bool:
    """Say whether a message tells something beyond the wish to tell it."""
    return len(re.findall(r"[a-z']{2,}", _WISH.sub(" ", text.lower()))) >= _TELLING_WORDS


def _is_a_request(ctx: TurnContext) -> bool:
    """Whether something is surely asked for instead of told: another channel, or a short question for another task."""
    if ctx.confidence < _SURE:
        return False
    asks = is_asking(ctx) and len(ctx.text.split()) <= _SHORT and ctx.intent in TASK_OF_INTENT
    return ctx.intent == "switch_channel" or (asks and ctx.intent != "complaint")


class ComplaintSlot(WordsSlot):
    """What happened; that it is about no order does not tell it yet."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that tell something."""
        no_order = names_no_order(ctx.text) and not telling(ctx.text)
        return None if no_order or _is_a_request(ctx) else super().read(ctx, answer)


class ComplaintOrderSlot(OptionalOrderSlot):
    """The order that a complaint is about, or none; somebody who tells more instead of naming one is heard."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return an order, or none, which a customer also says before being asked."""
        if names_no_order(ctx.text) and ctx.entity("order_id") is None:
            return NO_ORDER
        return super().read(ctx, answer)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order or none; words that name none of the orders belong to the complaint."""
        found = await super().check(ctx, value)
        more = ctx.text.strip()
        if not isinstance(value, dict) or not telling(more):
            return found
        ctx.set("complaint_text", f"{ctx.slot('complaint_text')}\n{more}")
        return found if isinstance(found, Filled) else Filled(NO_ORDER)


class AnswerToSlot(EmailSlot):
    """Where a complaint is answered."""

    mixed_up = frozenset({"place_order"})  # "I have no order"


class Complaint(Task):
    """Takes a complaint as a ticket, with a promise by its due time, and offers a person."""

    name = "complaint"
    consoles = False
    title = "your complaint"
    needs_identity = False
    ticket_category = "complaint"
    slots = {
        "complaint_text": ComplaintSlot(6),
        "order_id": ComplaintOrderSlot(),
        "email": AnswerToSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Any order may be what it is about."""
        return True

    async def begin(self, ctx: TurnContext) -> None:
        """Take the first message for the complaint if it tells one."""
        if telling(ctx.text):
            ctx.set("complaint_text", ctx.text)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """What happened; which order, if it sounds like one; where to answer, if that is not known."""
        needed = ["complaint_text"]
        text = str(ctx.slot("complaint_text") or "")
        if ctx.customer_id and ctx.slot("order_id") is None and _ABOUT_GOODS.search(text):
            orders = await ctx.services.orders.latest(ctx.customer_id, 8)
            found = bought_item(text, orders)
            if found is not None:
                ctx.set("order_id", found[0].id)
            needed += ["order_id"] if orders else []
        if ctx.likely_customer_id is None:
            needed.append("email")
        return needed

    async def perform(self, ctx: TurnContext) -> None:
        """Open the ticket, say by when it is answered, and offer a person."""
        text, order_id = str(ctx.slot("complaint_text")), ctx.slot("order_id")
        about = order_id if order_id not in (None, NO_ORDER) else None
        facts = [f"In the customer's words: {text}", f"Order: {about or 'none named'}"]
        if about and ctx.customer_id:
            facts.append(await _order_fact(ctx, about))
        if ctx.slot("email"):
            facts.append(f"Answer to: {ctx.slot('email')}")
        opened = await open_ticket(
            ctx,
            subject=f"Complaint{f', order {about}' if about else ''}: {' '.join(text.split())[:80]}",
            category="complaint",
            facts=facts,
            priority=priority_of(text),
            address=ctx.slot("email"),
        )
        upset = opened.ticket.priority != "normal"
        said = "utter_complaint_taken_upset" if upset else "utter_complaint_taken"
        ctx.offer("action_handoff")
        ctx.say(
            "utter_complaint_told_more" if opened.again else said,
            ticket_id=opened.ticket.id,
            date=opened.day,
        )


class ReviewedSlot(SlotType):
    """What is reviewed: something that the customer bought (`product:order`), or the shop."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words; `check` finds what they mean."""
        if answer.asked:
            return None if is_question(ctx) or ctx.intent in ("deny", "stop", "help") else ctx.text
        corrects = _CORRECTS.search(ctx.text) is not None
        if corrects if ctx.slot(answer.slot) else ctx.intent == "review" or ctx.entity("product"):
            return ctx.text
        return None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept what was bought, and the shop."""
        text = str(value)
        if ctx.customer_id is None:
            return Filled(text)
        found = bought_item(text, await bought(ctx))
        if found is not None:
            return Filled(f"{found[1].product_id}:{found[0].id}")
        if text == SHOP or _OURSELVES.search(text):
            return Filled(SHOP)
        if ctx.slot("requested_slot") != "product":
            return Filled(ctx.slot("product"))
        return Invalid("utter_review_not_bought")


async def bought(ctx: TurnContext) -> Sequence[Order]:
    """Return the customer's orders that arrived, the newest first."""
    return [
        o for o in await ctx.services.orders.latest(str(ctx.customer_id), 20) if o.state in _BOUGHT
    ]


class Review(Task):
    """Stores a review of something bought, or of the shop."""

    name = "review"
    consoles = False
    title = "your review"
    ticket_category = "product"
    slots = {"product": ReviewedSlot(), "rating": RatingSlot(), "review_text": CommentSlot()}
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Take the first message for the review if it judges."""
        if telling(ctx.text) and ctx.entity("rating") is not None:
            ctx.set("review_text", ctx.text)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """All three; a product that was named before the identity was proven is looked up now."""
        named = ctx.slot("product")
        if named is not None and named != SHOP and not re.fullmatch(r"P-\d+:\S+", str(named)):
            checked = await self.slots["product"].check(ctx, named)
            ctx.set("product", checked.value if isinstance(checked, Filled) else None)
        return list(self.slots)

    async def perform(self, ctx: TurnContext) -> None:
        """Store it, and thank by how good it was."""
        product_id, _, order_id = str(ctx.slot("product")).partition(":")
        of_shop = ctx.slot("product") == SHOP
        name = "our shop" if of_shop else (await ctx.services.catalog.get(product_id)).name
        await ctx.services.feedback.give(
            kind="review",
            rating=ctx.slot("rating"),
            comment=ctx.slot("review_text") or None,
            customer_id=ctx.customer_id,
            conversation_id=ctx.conversation_id,
            product_id=None if of_shop else product_id,
            order_id=order_id or None,
            channel=ctx.channel,
            idempotency_key=ctx.key("review"),
        )
        poor = ctx.slot("rating") <= 2
        if poor:
            ctx.offer("action_handoff")
        said = "utter_review_kept_poor" if poor else "utter_review_kept"
        ctx.say(said, product=name, rating=RatingSlot().spoken(ctx.slot("rating")))


class AskReviewed(CloserAction):
    """Asks what is reviewed, offering what arrived lately."""

    action_name = "action_ask_review_form_product"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer the latest goods and the shop."""
        names = (
            [item.name for order in await bought(ctx) for item in order.items]
            if ctx.customer_id
            else []
        )
        buttons = [{"title": name[:40], "payload": name} for name in list(dict.fromkeys(names))[:4]]
        ctx.say(
            "utter_ask_what_to_review",
            buttons=[*buttons, {"title": "The shop itself", "payload": "the shop"}],
        )
        return []


class GiveFeedback(Task):
    """Stores a rating and a comment about the last answer."""

    name = "give_feedback"
    consoles = False
    title = "your feedback"
    needs_identity = False
    ticket_category = "other"
    slots = {"rating": RatingSlot(), "feedback_text": CommentSlot()}
    keeps = ()
    ends_with_goodbye = True

    async def begin(self, ctx: TurnContext) -> None:
        """Take a mark from the first message, and the message for the comment if it says something."""
        if ctx.slot("rating") is None and (mark := _GRADE.search(ctx.text)):
            ctx.set("rating", int(mark["mark"] or mark["stars"]))
        if telling(_GRADE.sub(" ", ctx.text)):
            ctx.set("feedback_text", ctx.text)

    async def perform(self, ctx: TurnContext) -> None:
        """Store it with the answer; offer a person if it was poor."""
        rating = ctx.slot("rating")
        kept = await keep_feedback(ctx, self.form, rating, ctx.slot("feedback_text"))
        poor = rating <= 2 or (rating == 3 and is_emotional(kept.comment or ""))
        if poor:
            ctx.offer("action_handoff")
        ctx.say("utter_feedback_kept_poor" if poor else "utter_feedback_kept")


async def _order_fact(ctx: TurnContext, order_id: str) -> str:
    try:
        order = await find_order(ctx, order_id)
    except NotFound:
        return "That order is none of this customer's."
    names = ", ".join(item.name for item in order.items)
    return f"{order.state_words}, placed {order.placed_at:%Y-%m-%d}, {order.total}: {names}"
