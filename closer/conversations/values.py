"""Values as customers write them, brought into one shape."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from rapidfuzz import process
from rapidfuzz.distance import OSA

from closer.conversations.value_dates import lies_behind, normalise_date
from closer.conversations.value_numbers import (
    normalise_money,
    normalise_quantity,
    normalise_rating,
)

__all__ = [
    "normalise",
    "normalise_account_type",
    "normalise_channel",
    "normalise_date",
    "normalise_email",
    "normalise_id",
    "normalise_money",
    "normalise_phone",
    "normalise_quantity",
    "normalise_rating",
]

ACCOUNT_TYPES = ("free", "freemium", "standard", "pro", "premium", "gold", "platinum")
_CHANNELS = {
    "sms": ("sms", "text", "texts", "txt", "text message", "text messages", "mms", "texting"),
    "voice": ("phone", "telephone", "call", "phone call", "voice", "voice call", "landline", "by phone", "ring"),
    "email": ("email", "e-mail", "e mail", "mail", "emial", "emails", "e-mails"),
    "web": ("web", "web chat", "webchat", "chat", "live chat", "website", "website chat", "browser", "online chat"),
    "mobile": ("app", "the app", "mobile app", "mobile", "in-app"),
    "whatsapp": ("whatsapp", "whats app", "whatsap", "wa"),
    "alexa": ("alexa", "echo"),
}  # fmt: skip
_CHANNEL_OF = {word: channel for channel, words in _CHANNELS.items() for word in words}
# Farthest distance of a misspelt tier or channel.
_MISTAKES = 2


def normalise_email(text: str) -> str | None:
    """Return a well-formed address in lower case, or None."""
    try:
        checked = validate_email(text.strip().strip(".,;<>"), check_deliverability=False)
    except EmailNotValidError:
        return None
    return str(checked.normalized).lower()


def normalise_phone(text: str, region: str = "US") -> str | None:
    """Return a possible number in E.164 form, or None.

    Args:
        text: The number, national or international.
        region: Where a national number is from (ISO 3166, two letters).
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normalise_id(text: str) -> str | None:
    """Return an order's or invoice's number in capitals without "#" and spaces, or None."""
    bare = re.sub(r"\s+", "", text).strip("#.,;:!?").upper()
    return bare if any(character.isdigit() for character in bare) else None


def normalise_account_type(text: str) -> str | None:
    """Return the tier that a word means, misspelt or not, or None if the shop has no such tier."""
    word = re.sub(r"\s*\b(?:account|plan|tier|membership|member)\b", "", text.lower()).strip()
    return word if word in ACCOUNT_TYPES else _nearest(word, ACCOUNT_TYPES)


def normalise_channel(text: str) -> str | None:
    """Return the channel that a word means: sms, voice, email, web, mobile, whatsapp, alexa; or None."""
    word = " ".join(text.lower().split())
    if word in _CHANNEL_OF:
        return _CHANNEL_OF[word]
    near = _nearest(word, tuple(_CHANNEL_OF))
    return _CHANNEL_OF[near] if near else None


def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    """Return the known word within two mistakes of a long word, if there is one."""
    if len(word) < 5:
        return None
    candidates = [other for other in known if len(other) >= 5]
    found = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=_MISTAKES)
    return str(found[0]) if found else None


def normalise(
    entity: str,
    text: str,
    *,
    today: date,
    region: str = "US",
    currency: str = "USD",
    around: tuple[str, str] = ("", ""),
) -> Any:
    """Return the value of an entity in the shape that slots and services use.

    Args:
        entity: The entity's type.
        text: The value as written.
        today: What "today" means.
        region: Where a national phone number is from.
        currency: What an amount without a currency is in.
        around: What stands before and behind it, which tells whether a date has passed.

    Returns:
        A JSON value: a string, a whole number, or `{"amount", "currency"}`; the text itself, its
        spaces tidied, if it cannot be read or needs no change.
    """
    tidy = " ".join(text.split())
    if entity in ("order_id", "invoice_id"):
        found: Any = normalise_id(tidy)
    elif entity == "email":
        found = normalise_email(tidy)
    elif entity == "phone":
        found = normalise_phone(tidy, region)
    elif entity == "date":
        found = normalise_date(tidy, today, past=lies_behind(*around))
    elif entity in ("money", "refund_amount"):
        amount = normalise_money(tidy, currency)
        found = amount.as_json() if amount else None
    elif entity == "quantity":
        found = normalise_quantity(tidy)
    elif entity == "rating":
        found = normalise_rating(tidy)
    elif entity == "account_type":
        found = normalise_account_type(tidy)
    elif entity == "channel":
        found = normalise_channel(tidy)
    else:
        found = None
    return tidy if found is None else found
