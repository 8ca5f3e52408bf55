"""Slots for a customer's own words and marks: reasons, comments, ratings, and an order that need not be named."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from actions.order_cards import title_of
from actions.order_slots import OrderSlot
from actions.slot_types import NO_ORDER, Answer, Filled, Invalid, SlotType, TextSlot
from closer.conversations.values import normalise_rating
from closer.orders.reasons import reason_code

#: Kept where the customer was asked and has nothing to say.
NOTHING = ""
_SHORT = 6
_FEW = 5

_QUESTION = re.compile(
    r"^(what|how|when|where|who|which|can|could|do|does|is|are|will|may)\b|\?\s*$", re.IGNORECASE
)
_NONE = re.compile(
    r"\b(none|no order|not? (about |for )?(an|any|a (specific|certain|particular)) order|no (specific|particular) order"
    r"|don'?t (know|have|remember)|do not (know|have|remember)|not sure|no idea|no clue|neither|general(ly)?|in general"
    r"|nothing i ordered|not about)\b",
    re.IGNORECASE,
)
_NO_ORDER = re.compile(
    r"\b(not? (about|for|with|regarding|to do with) (an|any|one of my|a particular|my) orders?|n[o']?t (about )?an order|nothing to do with (an|any|my) orders?"
    r"|(have|had|made|placed)( got)? no orders?|no orders?( involved)?|(did|have)( not|n'?t) (order|ordered|bought?|buy|place|placed)( anything| an order)?"
    r"|none of (my|the) orders|ha(?:ve|d|v) ?n[o']?t (?:even )?(?:got|have|made|placed) an? order|no order (?:yet|number))\b",
    re.IGNORECASE,
)
_SKIP = re.compile(
    r"^\W*(no|nope|nah|none|nothing|skip( it)?|no comment|no thanks?|no thank you|that'?s (it|all)|n/?a|rather not|-+)\b.{0,25}$",
    re.IGNORECASE,
)
_MIND = re.compile(
    r"\b(changed? (my|our) minds?|(don'?t|do not|no longer) (want|need|like) (it|this|that|them|these|those|the)( any ?more)?)\b",
    re.IGNORECASE,
)
#: The first that fits counts, so that "not great" is not great.
_MOODS = (
    (1, re.compile(r"\b(terrible|horrible|awful|useless|worst|rubbish|hated? it)\b|👎|😡|🤬")),
    (
        2,
        re.compile(
            r"\b(poor|not (that |so |very |really )?(great|good|nice)|bad|disappoint\w+)\b|🙁|☹"
        ),
    ),
    (3, re.compile(r"\b(ok|okay|average|so[- ]so|meh|decent|alright)\b|😐")),
    (
        5,
        re.compile(
            r"\b(excellent|perfect|fantastic|brilliant|amazing|outstanding|superb|loved? it)\b|👍|😍|💯|🤩"
        ),
    ),
    (4, re.compile(r"\b(good|great|nice)\b|🙂|😊")),
)
_GRADE = re.compile(
    r"^\W*(\d+(?:[.,]\d+)?)\W*(?:stars?|points?|(?:/|out of|of)\s*\d+)?\b", re.IGNORECASE
)
_MARK = re.compile(r"(?<![\w.,-])[1-5](?![\w%]|[.,]\d)|\b(?:one|two|three|four|five)\b")
_NOUGHT = re.compile(
    r"^\W*(?:0+(?:[.,]0+)?|zero|nought|none)\W*(?:stars?|points?|(?:/|out of|of)\s*\w+)?\W*$",
    re.IGNORECASE,
)
_COMES_FIRST = re.compile(
    r"^\W*(?:(?:no|oh|hm+|ok|and|but|actually)\W+)*(?:hang on|hold on|wait|one (?:sec|moment)|before (?:that|this|we))\b|\bfirst(?: (?:please|pls|of all))?\W*$",
    re.IGNORECASE,
)
#: From here on another wish may come first.
INTERRUPTING = 0.5
_STARS = re.compile(r"[★⭐]")
#: Another thing in the place of the one that was named: "sorry, I meant the case".
_OTHER = re.compile(r"\b(?:i meant|meant the|i mean the)\b", re.IGNORECASE)
#: Another mark in the place of the one just given: "actually make it two".
_OTHER_MARK = re.compile(
    r"\b(?:make (?:it|that)|change (?:it|that) to|i mean|i meant|sorry|rather|actually|no)\W+(?:(?:make|say|give) (?:it|that|you)? ?)?(?:a )?"
    r"(?P<mark>[1-5]|one|two|three|four|five)\b(?! (?:of|more|thing|day|week|hour|minute|order|item)s?\b)",
    re.IGNORECASE,
)


def names_no_order(text: str) -> bool:
    """Say whether words tell that no order is concerned."""
    return _NO_ORDER.search(text) is not None


def is_question(ctx: TurnContext) -> bool:
    """Say whether the message rather asks something than answers."""
    known = ctx.intent in DIGRESSIONS or ctx.intent in TASK_OF_INTENT
    return known and ctx.confidence >= 0.6 and bool(_QUESTION.search(ctx.text.strip()))


def comes_first(ctx: TurnContext) -> bool:
    """Say whether another wish is to be done before an answer: "hang on, cancel the mat first"."""
    return (
        ctx.intent in TASK_OF_INTENT
        and ctx.confidence >= INTERRUPTING
        and _COMES_FIRST.search(ctx.text) is not None
    )


class WordsSlot(TextSlot):
    """What the customer says, unless it is a question of theirs, or another wish that comes first."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the message when it answers."""
        elsewhere = answer.asked and (is_question(ctx) or comes_first(ctx))
        return None if elsewhere else super().read(ctx, answer)


class CommentSlot(WordsSlot):
    """Words that are welcome but not needed: a no leaves them empty."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the message, or nothing if the customer has nothing to add."""
        other_mark = ctx.entity("rating") is not None and len(ctx.text.split()) <= _SHORT
        if (
            not answer.asked
            or other_mark
            or _OTHER.search(ctx.text)
            or _OTHER_MARK.search(ctx.text)
        ):
            return None
        nothing = ctx.intent == "deny" and len(ctx.text.split()) <= _FEW
        if nothing or ctx.intent == "goodbye" or _SKIP.match(ctx.text):
            return NOTHING
        return super().read(ctx, answer)


class ReasonSlot(WordsSlot):
    """Why something goes back; taken from any message that tells what is wrong."""

    yields = True
    near = frozenset(
        {
            "complaint",
            "review",
            "payment_issue",
            "track_order",
            "track_refund",
            "cancel_order",
            "change_order",
            "product_info",
            "check_stock",
            "registration_problems",
        }
    )

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that give a reason."""
        if answer.asked:
            return ctx.text.strip() if self.claims(ctx) else super().read(ctx, answer)
        if ctx.slot(answer.slot) and not re.search(
            r"\b(reason|because)\b", ctx.text, re.IGNORECASE
        ):
            return None
        if _MIND.search(ctx.text) and ctx.intent == "get_refund":
            return ctx.text.strip()
        tells = reason_code(telling_part(ctx.text)) not in ("changed_mind", "late")
        asks = is_question(ctx) and ctx.intent != "get_refund"
        return ctx.text.strip() if tells and not asks else None

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether it is a change of mind about the goods."""
        text = ctx.text.lower()
        return bool(_MIND.search(text)) and not re.search(
            r"\b(never ?mind|stop|forget|refund|leave it|keep)\b", text
        )


class RatingSlot(SlotType):
    """A mark from 1 to 5: digits, stars, "4 out of 5", or a telling word."""

    insists = (
        True  # "actually make it two, the delivery was fine" sounds like a question on delivery
    )

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the mark as it was given; nought stays nought, so that it is refused."""
        if ctx.slot(answer.slot) and (other := _OTHER_MARK.search(ctx.text)):
            return other["mark"]
        nought = "0" if answer.asked and _NOUGHT.match(ctx.text) else None
        found = nought or ctx.entity("rating")
        if found is not None or not answer.asked:
            return found
        text = ctx.text.strip()
        if stars := _STARS.findall(text):
            return len(stars)
        if (match := _GRADE.match(text)) or (found := ctx.entity("quantity")) is not None:
            return match.group(0).strip() if match else found
        if mark := _MARK.search(text.lower()):
            return mark.group(0)
        return next((mark for mark, mood in _MOODS if mood.search(text.lower())), None)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept what can be read as 1 to 5."""
        if isinstance(value, int):
            mark = value if 1 <= value <= 5 else None
        else:
            mark = None if str(value).lstrip().startswith("-") else normalise_rating(str(value))
            if mark is not None and re.fullmatch(
                r"0+([.,]0+)?\W*(stars?|points?)?", str(value).strip()
            ):
                mark = None
        return Filled(mark) if mark else Invalid("utter_invalid_rating")

    def spoken(self, value: Any) -> str:
        """Return the mark in words."""
        return "1 star" if value == 1 else f"{value} stars"


class OptionalOrderSlot(OrderSlot):
    """An order, or none in particular."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, `last`, or `none`, which is also said before being asked."""
        if names_no_order(ctx.text) and ctx.entity("order_id") is None:
            return NO_ORDER
        declines = ctx.intent == "deny" or _NONE.search(ctx.text)
        if answer.asked and declines and ctx.entity("order_id") is None:
            return NO_ORDER
        return super().read(ctx, answer)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order of this customer, or none."""
        return Filled(NO_ORDER) if value == NO_ORDER else await super().check(ctx, value)


class AskPaymentOrder(CloserAction):
    """Asks which order a payment was for; none is fine."""

    action_name = "action_ask_payment_issue_form_order_id"
    response: ClassVar[str] = "utter_ask_payment_order"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer the latest orders, and none of them."""
        orders = await ctx.services.orders.latest(ctx.customer_id, 4) if ctx.customer_id else []
        buttons = [
            {"title": title_of(o), "payload": f'/inform{{"order_id":"{o.id}"}}'} for o in orders
        ]
        ctx.say(
            self.response,
            buttons=[*buttons, {"title": "None of these", "payload": "none of these"}],
        )
        return []


class AskComplaintOrder(AskPaymentOrder):
    """Asks which order a complaint is about; none is fine."""

    action_name = "action_ask_complaint_form_order_id"
    response = "utter_ask_complaint_order"


class AskReviewRating(CloserAction):
    """Asks for the mark of a review, with stars to press where buttons are."""

    action_name = "action_ask_review_form_rating"
    response: ClassVar[str] = "utter_ask_review_rating"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer 1 to 5 stars."""
        marks = [] if ctx.channel in ("sms", "voice") else range(1, 6)
        stars = [
            {"title": "★" * mark, "payload": f'/inform{{"rating":"{mark}"}}'} for mark in marks
        ]
        ctx.say(self.response, buttons=stars)
        return []


class AskFeedbackRating(AskReviewRating):
    """Asks how the assistant did."""

    action_name = "action_ask_give_feedback_form_rating"
    response = "utter_ask_feedback_rating"


def telling_part(text: str) -> str:
    """Return the text without words that correct a number rather than give a reason."""
    return re.sub(r"\bwrong (order|number|one)\b", " ", text, flags=re.IGNORECASE)
