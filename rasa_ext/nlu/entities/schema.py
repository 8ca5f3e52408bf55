"""The entity types and what each shape of value may stand for."""

from __future__ import annotations

import re

from rasa_ext.nlu.patterns import CODE, COUNT, DATE, EMAIL, MONEY, NUMBER, PHONE, RATING, URL
from rasa_ext.nlu.text import MARK, WORD

OUTSIDE = "O"
# Values made of ordinary words, found by the trained tagger.
WORDY = (
    "person_name",
    "product",
    "category",
    "delivery_city",
    "delivery_country",
    "account_type",
    "channel",
    "quantity",
    "rating",
    "date",
    "money",
    "refund_amount",
)
_IDS = ("order_id", "invoice_id")
_AMOUNTS = ("money", "refund_amount")
# What a token of each kind may be; anything else is ruled out before decoding.
ALLOWED: dict[str, tuple[str, ...]] = {
    EMAIL: ("email",),
    URL: (),
    DATE: ("date",),
    RATING: ("rating",),
    MONEY: _AMOUNTS,
    PHONE: ("phone", *_IDS),
    CODE: (*_IDS, "product"),
    NUMBER: ("quantity", *_IDS, *_AMOUNTS, "rating", "phone", "product", "date"),
    COUNT: ("quantity", "rating", "product", "person_name"),
    WORD: WORDY,
    MARK: ("person_name", "product", "category", "delivery_city"),
}
# Kinds that always are a value; which one, their context tells.
CERTAIN = (EMAIL, DATE, RATING, MONEY, PHONE)
_DECIMAL = re.compile(r"\d+[.,]\d+k?|\d+k")
_INVOICE = re.compile(r"inv|bill|rcp|rech", re.IGNORECASE)


def allowed(kind: str, text: str) -> tuple[str, ...]:
    """Names the types that a token may have.

    Args:
        kind: The kind of the token.
        text: The token as written.

    Returns:
        Entity types; OUTSIDE too if the token may be none.
    """
    types = ALLOWED[kind]
    if kind == CODE and _INVOICE.search(text):
        return ("invoice_id",)
    if kind == NUMBER and _DECIMAL.fullmatch(text):
        types = ("quantity", "money", "refund_amount", "rating")
    return types if kind in CERTAIN else (*types, OUTSIDE)
