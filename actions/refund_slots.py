"""Slots of a refund: what goes back, and how much."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from actions.bought import KEPT, items_named
from actions.context import TurnContext
from actions.hearing import SURELY
from actions.intents import ANSWERS, DIGRESSIONS
from actions.order_slots import OrderSlot
from actions.pieces import pieces_named
from actions.refund_goods import ALL, Offered, choice, lines_of, offered_lines, pieces_of
from actions.slot_types import WHY, Answer, ConfirmSlot, Filled, Invalid, SlotType
from actions.wording import ReasonSlot, is_question, telling_part
from closer.catalog.words import stem, words_of
from closer.conversations.values import normalise_money
from closer.kit.money import Money
from closer.orders.reasons import CHANGED_MIND, reason_code, told_reason

_REFUND_ID = re.compile(r"\bRF-?\d{4}-?\d{1,6}\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(all|everything|full|whole|complete|entire|maximum|max|as much)\b", re.IGNORECASE
)
_CORRECTS = re.compile(
    r"^\W*no\b|\b(i meant?|instead|sorry|oops|(only|just|actually|not|rather|also|and) the|both|everything|all of)\b",
    re.IGNORECASE,
)
_AS_WELL = re.compile(
    r"^\W*(?:(?:yes|yeah|ok(?:ay)?|oh|sure)\W+)*(?:and|plus|also|add)\b|\b(?:too|as well|also)\b(?! (?:small|big|large|tight|loose|short|long|wide|late|slow|expensive))",
    re.IGNORECASE,
)
_NOTHING_WRONG = re.compile(
    r"\b(nothing|no fault|(it'?s|its|is) (fine|ok|okay)|(it|they) works?)\b", re.IGNORECASE
)
#: What comes with a number or a name and is no reason either.
_BARE = re.compile(
    r"\b[\w-]*\d[\w-]*\b|\b(order|number|nr|no|it|its|it's|is|the|my|of|them|those|these|just|only|all|both|one|two|three|four|five|for|from|in"
    r"|please|pls|thanks|everything|and|a|an|that|this|i|return|refund|want|to|ok|okay|yes|yeah|sure|hm+|well|so"
    r"|no|nope|not|oh|wait|oops|sorry|but|mean|meant|actually|rather|instead|other|one|ones|is|was|were|be|are|had|have|should|send|sending|give|giving|back|also|too|as)\b",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(r"\W*(but |and )?why not\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\W*(?:(?:oh|and|so|but|also|btw|by the way|ok(?:ay)?|well|hey)\W+)*(?:how|what|when|where|which|who)\b",
    re.IGNORECASE,
)
#: What asks how far an order or its money is gives no reason, even in the shape of a statement.
#: Questions that are answered beside the task, and give no reason.
_QUESTIONS = ("track_order", "track_refund", "order_history", *ANSWERS)
_NO_REASONS = ("affirm", "thank", "greet", "goodbye", "repeat")
_SPOKEN = {
    "damaged": "a fault",
    "wrong_item": "the wrong item",
    "not_as_described": "not as described",
    "not_received": "not received",
    "late": "too late",
    "does_not_fit": "it doesn't fit",
    CHANGED_MIND: "nothing wrong with it",
}
#: "Just don't want it": of the goods, not of the refund.
_UNWANTED = re.compile(
    r"\W*(?:(?:i|just|simply|cause|because|we|no|well)\W+)*(?:don'?t|do not) (?:want|need|like) (?:it|them|this|that|these|those)(?: any ?more| that'?s all)?\W*",
    re.IGNORECASE,
)
_KEEPING = re.compile(r"\bkeep(?:ing)?\b|\b(?:is|are|was|were)\b.*", re.IGNORECASE)
_WHOLE_ORDER = re.compile(r"\b(everything|order|parcel|package|the lot)\b", re.IGNORECASE)
_AMOUNT = re.compile(r"[$€£]?\s*\d[\d.,]*")


class ItemsSlot(SlotType):
    """Which things of the order go back."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Match the words with what the order holds, as `offer` put it down."""
        order_id, offered = offered_lines(ctx)
        if not offered or is_question(ctx):
            return None
        if not answer.asked and (rest := _without_kept(ctx, offered)):
            return choice(order_id, rest, len(offered))
        corrects = _CORRECTS.search(ctx.text) or _names_goods_only(ctx)
        if not answer.asked and ctx.slot(answer.slot) and not corrects:
            return None
        named = items_named(ctx.text, offered)
        if not answer.asked and len(named) == len(offered) and self._means_pieces(ctx, offered):
            return None
        lines = {item.line for item in named}
        if named and not answer.asked and _AS_WELL.search(ctx.text):
            lines |= set(lines_of(ctx.slot(answer.slot)) or ())  # "and the lamp" keeps the candle
        return choice(order_id, sorted(lines), len(offered)) if named else None

    @staticmethod
    def _means_pieces(ctx: TurnContext, offered: list[Offered]) -> bool:
        """Whether "both" and "all" mean the pieces of the one thing that was chosen, of which there are several."""
        chosen = lines_of(ctx.slot("item")) or []
        several = [item for item in offered if item.line in chosen and item.quantity > 1]
        return len(chosen) == len(several) == 1 and _WHOLE_ORDER.search(ctx.text) is None

    def spoken(self, value: Any) -> str:
        """Return it in words."""
        return "the whole order" if str(value).endswith(ALL) else "those items"


class PiecesSlot(SlotType):
    """How many pieces of each thing go back."""

    def read(self, ctx: TurnContext, answer: Answer) -> dict[str, Any] | None:
        """Match numbers with what the order holds several of; a number too high is only taken when asked."""
        order_id, offered = offered_lines(ctx)
        asks = is_question(ctx) and ctx.intent != "get_refund"
        if not offered or asks or ctx.slot("requested_slot") == "refund_amount":
            return None
        data = ctx.slot("task_data") or {}
        counting = [data["counting"]] if answer.asked and data.get("counting") else []
        lines = counting or lines_of(ctx.slot("item")) or ()
        found = pieces_named(ctx.text, offered, lines)
        number = ctx.entity("quantity")
        if answer.asked and counting and not found and isinstance(number, int):
            found = {counting[0]: number}
        left = {item.line: item.quantity for item in offered}
        if not answer.asked:
            found = {line: number for line, number in found.items() if 0 < number <= left[line]}
        if not found:
            return None
        before = pieces_of(ctx.slot(answer.slot) or data.get("counted"), order_id)
        pieces = {str(line): number for line, number in {**before, **found}.items()}
        return {"order": order_id, "pieces": pieces}

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept no more than there are."""
        left = {str(item.line): item for item in offered_lines(ctx)[1]}
        for line, number in value["pieces"].items():
            if not 1 <= number <= left[line].quantity:
                maximum = str(left[line].quantity)
                return Invalid(
                    "utter_refund_pieces_too_many", maximum=maximum, item=left[line].name
                )
        return Filled(value)

    def spoken(self, value: Any) -> str:
        """Return the numbers in words."""
        return " and ".join(f"{number} of them" for number in value["pieces"].values())


class RefundReasonSlot(ReasonSlot):
    """Why it goes back; a fault may still be told when a reason was given, and at the confirmation."""

    correctable = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words; neither a number nor a question of the customer's gives a reason."""
        given, told = ctx.slot(answer.slot), told_reason(telling_part(ctx.text))
        if answer.asked:
            return self._answer(ctx, told)
        if given and told is not None and not is_question(ctx):
            new = told not in (reason_code(str(given)), CHANGED_MIND, "late")
            return ctx.text.strip() if new else None
        return super().read(ctx, answer)

    def spoken(self, value: Any) -> str:
        """Return the kind of reason in words."""
        return _SPOKEN[reason_code(str(value))]

    def _answer(self, ctx: TurnContext, told: str | None) -> str | None:
        late = (ctx.slot("task_data") or {}).get("late")
        if told is None and (WHY.search(ctx.text) or (late and _WHY_NOT.match(ctx.text))):
            if ctx.intent not in DIGRESSIONS:
                ctx.say("utter_refund_late_why" if late else "utter_why_reason", detail=late or "")
                ctx.refused_value = True
            return None
        if told is None and late and (ctx.intent == "deny" or _NOTHING_WRONG.search(ctx.text)):
            return ctx.text.strip()
        if told is None and self._insists_on_silence(ctx):
            return ctx.text.strip()
        asks = _ASKS.match(ctx.text) or (ctx.intent in _QUESTIONS and ctx.confidence >= SURELY)
        empty = ctx.intent in _NO_REASONS or asks
        if told is None and (empty or not _says_something(ctx)):
            return None
        return super().read(ctx, Answer("reason", asked=True))

    @staticmethod
    def _insists_on_silence(ctx: TurnContext) -> bool:
        """Whether no reason is given again after it was said what it is for: nothing is wrong then."""
        silent = ctx.intent in ("affirm", "deny") and not ctx.entity("order_id")
        return silent and int(ctx.slot("strikes") or 0) >= 1


class ConfirmRefundSlot(ConfirmSlot):
    """Whether the refund is asked for as it was summed up; what corrects it is neither yes nor no."""

    mixed_up = frozenset({"complaint", "review", "payment_issue", "product_info"})

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether a part of the goods is to be kept, which stops nothing."""
        kept = bool(_without_kept(ctx, offered_lines(ctx)[1]))
        return kept or _UNWANTED.fullmatch(ctx.text) is not None or super().claims(ctx)

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False, None if the message rather tells other goods, another number or another reason."""
        if _UNWANTED.fullmatch(ctx.text):
            ctx.said_again = True  # the goods are not wanted, which is why they go back
            return None
        said = super().read(ctx, answer)
        if said is None:
            return None
        kinds = {"item": ItemsSlot(), "quantity": PiecesSlot(), "reason": RefundReasonSlot()}
        told = {slot: kind.read(ctx, Answer(slot, asked=False)) for slot, kind in kinds.items()}
        # "Yes, both" is a yes when it is about both; "no, just one" never is a no.
        corrects = [
            slot
            for slot, value in told.items()
            if value is not None and not (said and value == ctx.slot(slot))
        ]
        return None if corrects else said


class AmountSlot(SlotType):
    """A part of the price."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return an amount; when it was asked for, also a bare number, or `all`."""
        found = ctx.entity("refund_amount", "money")
        if found is not None:
            return found
        if not answer.asked:
            return None
        match = _AMOUNT.search(ctx.text)
        return match.group(0) if match else (ALL if _WHOLE.search(ctx.text) else None)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an amount above zero in the shop's currency, as decimal text."""
        if value == ALL:
            return Filled(ALL)
        amount = value.get("amount") if isinstance(value, dict) else _read_amount(str(value))
        try:
            number = Decimal(str(amount))
        except InvalidOperation:
            return Invalid("utter_invalid_refund_amount")
        return Filled(f"{number:.2f}") if number > 0 else Invalid("utter_invalid_refund_amount")

    def spoken(self, value: Any) -> str:
        """Return the amount with its currency."""
        return "the whole amount" if value == ALL else str(Money(Decimal(str(value))))


class RefundReferenceSlot(OrderSlot):
    """An order, or a refund by its own number."""

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order of this customer, also by the number of its refund."""
        if ctx.customer_id is None or not _REFUND_ID.search(str(value)):
            return await super().check(ctx, value)
        wanted = re.sub(r"\D", "", str(value))
        for refund in await ctx.services.orders.refunds(ctx.customer_id):
            if re.sub(r"\D", "", refund.id) == wanted:
                return Filled(refund.order_id)
        return Invalid("utter_refund_not_found", refund_id=str(value))


def _without_kept(ctx: TurnContext, offered: list[Offered]) -> list[int]:
    """Return the lines that still go back where one of several chosen is kept: "actually keep the case"; none otherwise."""
    keeps = KEPT.search(ctx.text)
    if keeps is None or ctx.slot("item") is None:
        return []
    kept = {item.line for item in items_named(_KEEPING.sub(" ", keeps[0]), offered)}
    chosen = lines_of(ctx.slot("item")) or [item.line for item in offered]
    return [line for line in chosen if line not in kept] if kept & set(chosen) else []


def _says_something(ctx: TurnContext) -> bool:
    """Whether anything is left without numbers and the names of what was bought."""
    named = {stem(word) for item in offered_lines(ctx)[1] for word in words_of(item.name)}
    said = [word for word in words_of(_BARE.sub(" ", ctx.text)) if not word.isdigit()]
    return any(stem(word) not in named for word in said if len(word) > 1)


def _names_goods_only(ctx: TurnContext) -> bool:
    """Whether the reason was asked for, and goods are named in its place."""
    return ctx.slot("requested_slot") == "reason" and not _says_something(ctx)


def _read_amount(text: str) -> str:
    money = normalise_money(text)
    return str(money.amount) if money else ""
