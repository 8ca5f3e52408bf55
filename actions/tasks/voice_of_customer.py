"""Reviews and feedback."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta

from rasa_sdk.events import EventType

from actions.after_task import grades_again
from actions.base import CloserAction
from actions.bought import item_like
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.feedback import gives_feedback, keep_feedback, marked_before
from actions.kept_early import KeptEarly, keep_early, kept_early
from actions.slot_types import Filled
from actions.spoken_of import told_lately
from actions.talk import keep_in_talk
from actions.tasks.reviewed_slot import SHOP, ReviewedSlot, bought
from actions.telling import telling
from actions.tone import is_emotional
from actions.waiting import hand_over
from actions.wording import NOTHING, CommentSlot, RatingSlot
from closer.feedback.records import Feedback
from closer.kit.errors import Unavailable
from closer.kit.pagination import PageRequest

_TO_COME = ("placed", "paid", "packed", "shipped")
#: A mark in the middle of a sentence: "4 out of 5", "3/5", "2 stars".
_GRADE = re.compile(
    r"(?<![\w.,])(?P<mark>[1-5]) ?(?:/|out of|of) ?5\b|(?<![\w.,])(?P<stars>[1-5]) ?stars?\b",
    re.IGNORECASE,
)


class _Opinion(KeptEarly):
    """A task that stores the mark before any words follow."""

    consoles = False
    keeps = ()

    async def take_back(self, ctx: TurnContext, kept_id: str) -> None:
        """Take the mark back."""
        await ctx.services.feedback.withdraw(kept_id)


class Review(_Opinion):
    """Stores a review of something bought, or of the shop."""

    name = "review"
    title = "your review"
    ticket_category = "product"
    slots = {"product": ReviewedSlot(), "rating": RatingSlot(), "review_text": CommentSlot()}

    async def begin(self, ctx: TurnContext) -> None:
        """Take the first message for the review if it judges; feedback that names nothing bought is about our service."""
        if grades_again(ctx) and ended_lately(ctx) == GiveFeedback.name:
            hand_over(ctx, self, GiveFeedback.name, **marked_before(ctx))
            return
        if gives_feedback(ctx.text) and ctx.entity("product", "order_id") is None:
            hand_over(ctx, self, "give_feedback")
            return
        if ctx.slot("product") is None and await self._is_not_there_yet(ctx):
            return
        if telling(ctx.text) and ctx.entity("rating") is not None:
            ctx.set("review_text", ctx.text)
        if ctx.slot("product") is None and grades_again(ctx):
            ctx.set("product", told_lately(ctx, "product"))
            ctx.set("review_text", ctx.slot("review_text") or NOTHING)

    async def take_up(self, ctx: TurnContext) -> bool:
        """Say of a thing that has not arrived that it can only be judged then."""
        asked = ctx.slot("requested_slot") == "product" and ctx.intent not in ("deny", "stop")
        return asked and await self._is_not_there_yet(ctx)

    async def _is_not_there_yet(self, ctx: TurnContext) -> bool:
        """Note that something is to be reviewed that is still to come; say whether it is."""
        if ctx.customer_id is None or item_like(ctx.text, await bought(ctx)) is not None:
            return False
        latest = await ctx.services.orders.latest(ctx.customer_id, 8)
        found = item_like(ctx.text, [order for order in latest if order.state in _TO_COME])
        if found is None:
            return False
        ctx.set("task_data", {"to_come": [found[0].id, found[1].name]})
        return True

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """All three; a product that was named before the identity was proven is looked up now."""
        if (ctx.slot("task_data") or {}).get("to_come"):
            return []
        take_words(ctx, "review_text")
        named = ctx.slot("product")
        if named is not None and named != SHOP and not re.fullmatch(r"P-\d+:\S+", str(named)):
            checked = await self.slots["product"].check(ctx, named)
            ctx.set("product", checked.value if isinstance(checked, Filled) else None)
        if ctx.slot("product") and ctx.slot("rating") and ctx.slot("review_text") is None:
            with suppress(Unavailable):  # it is tried again at the end
                await self._keep(ctx)  # who says no more has rated it all the same
        return list(self.slots)

    async def perform(self, ctx: TurnContext) -> None:
        """Store it, and thank by how good it was; of what is still to come there is nothing to store."""
        if to_come := (ctx.slot("task_data") or {}).get("to_come"):
            order = await ctx.services.orders.get(to_come[0])
            keep_in_talk(ctx, order.id, self.name)
            state = order.state_words
            ctx.say("utter_review_not_there_yet", item=to_come[1], order_id=order.id, state=state)
            return
        name = await self._keep(ctx)
        poor = ctx.slot("rating") <= 2
        if poor:
            ctx.offer("action_handoff")
        said = "utter_review_kept_poor" if poor else "utter_review_kept"
        ctx.say(said, product=name, rating=RatingSlot().spoken(ctx.slot("rating")))

    async def _keep(self, ctx: TurnContext) -> str:
        """Store what is known of the review, in place of one of something else that was stored for it; return what it is of."""
        product_id, _, order_id = str(ctx.slot("product")).partition(":")
        of_shop = ctx.slot("product") == SHOP
        given = {"rating": ctx.slot("rating"), "comment": ctx.slot("review_text") or None}
        kept = kept_early(ctx)
        if kept and kept["of"] != ctx.slot("product"):
            await self.take_back(ctx, kept["id"])
        before = await _review_before(ctx, None if of_shop else product_id, order_id or None)
        if before is not None:
            review = await ctx.services.feedback.revise(before.id, **given)
        else:
            review = await ctx.services.feedback.give(
                kind="review",
                **given,
                customer_id=ctx.customer_id,
                conversation_id=ctx.conversation_id,
                product_id=None if of_shop else product_id,
                order_id=order_id or None,
                channel=ctx.channel,
                idempotency_key=ctx.key(f"review:{product_id}"),
            )
        keep_early(ctx, review.id, of=ctx.slot("product"))
        return "our shop" if of_shop else (await ctx.services.catalog.get(product_id)).name


async def _review_before(
    ctx: TurnContext, product_id: str | None, order_id: str | None
) -> Feedback | None:
    """Return the review of the same thing that was given here within a day: another one takes its place."""
    since = ctx.services.clock.now() - timedelta(days=1)
    lately = await ctx.services.feedback.list(
        PageRequest(limit=50), start=since, customer_id=ctx.customer_id
    )
    same = (product_id, order_id, ctx.conversation_id)
    return next(
        (
            one
            for one in lately.items
            if one.kind == "review" and (one.product_id, one.order_id, one.conversation_id) == same
        ),
        None,
    )


def take_words(ctx: TurnContext, slot: str) -> None:
    """Take what is told beside the mark that was asked for: "2 stars, delivery took ages"."""
    asked = ctx.tracker.slots.get("requested_slot") == "rating"
    if (
        asked
        and ctx.fresh.get("rating")
        and ctx.slot(slot) is None
        and telling(_GRADE.sub(" ", ctx.text))
    ):
        ctx.set(slot, ctx.text)


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


class GiveFeedback(_Opinion):
    """Stores a rating and a comment about the last answer."""

    name = "give_feedback"
    title = "your feedback"
    needs_identity = False
    ticket_category = "other"
    slots = {"rating": RatingSlot(), "feedback_text": CommentSlot()}
    ends_with_goodbye = True

    async def begin(self, ctx: TurnContext) -> None:
        """Take a mark from the first message, and the message for the comment if it says something."""
        if grades_again(ctx) and ended_lately(ctx) == self.name:
            ctx.fresh.update(marked_before(ctx))
        if ctx.slot("rating") is None and (mark := _GRADE.search(ctx.text)):
            ctx.set("rating", int(mark["mark"] or mark["stars"]))
        if ctx.slot("feedback_text") is None and telling(_GRADE.sub(" ", ctx.text)):
            ctx.set("feedback_text", ctx.text)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the mark, and for words if none came along with it."""
        take_words(ctx, "feedback_text")
        if ctx.slot("rating") is not None and ctx.slot("feedback_text") is None:
            with suppress(Unavailable):
                await self._keep(ctx)
        return list(self.slots)

    async def perform(self, ctx: TurnContext) -> None:
        """Store it with the answer; offer a person if it was poor."""
        rating = ctx.slot("rating")
        kept = await self._keep(ctx)
        poor = rating <= 2 or (rating == 3 and is_emotional(kept.comment or ""))
        poor = poor and ctx.intent != "contact_human_agent"  # who has asked for one needs no offer
        if poor:
            ctx.offer("action_handoff")
        ctx.say("utter_feedback_kept_poor" if poor else "utter_feedback_kept")

    async def _keep(self, ctx: TurnContext) -> Feedback:
        """Store what is known of it, in place of what was stored for it before."""
        rating, text = ctx.slot("rating"), ctx.slot("feedback_text") or None
        if kept := kept_early(ctx):
            return await ctx.services.feedback.revise(kept["id"], rating=rating, comment=text)
        given = await keep_feedback(ctx, self.form, rating, text)
        keep_early(ctx, given.id)
        return given
