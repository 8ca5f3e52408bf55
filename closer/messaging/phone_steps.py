"""The open question of a task on the phone: what will probably be heard, and how it is put without anything private."""

from __future__ import annotations

from typing import NamedTuple

_DIGITS = "$OOV_CLASS_DIGIT_SEQUENCE"
_LETTERS_AND_DIGITS = "$OOV_CLASS_ALPHANUMERIC_SEQUENCE"
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_NUMBERS = ("one", "two", "three", "four", "five")
#: Without an open question.
_ANYTHING = (
    "order",
    "refund",
    "invoice",
    "cancel",
    "yes",
    "no",
    "agent",
    "repeat",
    "order number",
    _DIGITS,
)
#: What may be said to any question.
_ALWAYS = ("agent", "repeat", "cancel")


class _Step(NamedTuple):
    question: str
    hints: tuple[str, ...] = ()


_CODE = _Step("What is the code that you were sent?", (_DIGITS, "code", "send it again"))
_MAILBOX = _Step(
    "What is your e-mail address?", ("at", "dot", "dot com", "underscore", "gmail", "outlook")
)
_WORDS = _Step("Please tell me in your own words what it is about.")
_PRODUCT = _Step("Which product is it?")
_ADDRESS = _Step(
    "What is the address?",
    (_DIGITS, "street", "road", "avenue", "lane", "drive", "apartment", "zip code"),
)
_STEPS = {
    "order_id": _Step(
        "What is the number of the order?",
        (_DIGITS, _LETTERS_AND_DIGITS, "order number", "my last order", "the latest one"),
    ),
    "invoice_id": _Step(
        "What is the number of the invoice, or of its order?",
        (_DIGITS, _LETTERS_AND_DIGITS, "invoice number", "order number", "the last one"),
    ),
    "confirmed": _Step(
        "I still need your yes or no.",
        ("yes", "no", "yes please", "no thanks", "that's right", "that's wrong", "go ahead"),
    ),
    "identity_email": _MAILBOX,
    "email": _MAILBOX,
    "identity_code": _CODE,
    "contact_code": _CODE,
    "reset_code": _CODE,
    "phone": _Step("What is the phone number?", (_DIGITS, "plus", "double")),
    "appointment_slot": _Step(
        "When would a call suit you?",
        (*_DAYS, *_MONTHS, "tomorrow", "morning", "noon", "afternoon", "o'clock", *_NUMBERS),
    ),
    "quantity": _Step("How many is it about?", (*_NUMBERS, _DIGITS, "all of them")),
    "rating": _Step("How many stars is it, from one to five?", (*_NUMBERS, "stars")),
    "refund_amount": _Step("What is the amount?", (_DIGITS, "dollars", "cents", "all of it")),
    "reason": _Step(
        "What is the reason?", ("damaged", "broken", "too big", "too small", "wrong item", "late")
    ),
    "address": _ADDRESS,
    "address_draft": _ADDRESS,
    "product": _PRODUCT,
    "item": _PRODUCT,
    "problem_text": _WORDS,
    "complaint_text": _WORDS,
    "review_text": _WORDS,
    "feedback_text": _WORDS,
}
_GO_ON = "Please tell me how you would like to go on."


def hints_for(step: str | None) -> list[str]:
    """Return what a recogniser should expect.

    Args:
        step: The slot that is asked for; None when nothing is.
    """
    known = _STEPS.get(step or "")
    return [*known.hints, *_ALWAYS] if known else list(_ANYTHING)


def question_for(step: str | None) -> str:
    """Return the question of a step as anybody may hear it: without the values that it is about."""
    known = _STEPS.get(step or "")
    return known.question if known else _GO_ON
