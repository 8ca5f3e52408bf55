"""What a customer's data must look like; every function returns the normal form or raises `InvalidInput`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from closer.customers.countries import country_code
from closer.customers.records import ACCOUNT_TYPES, NewAddress
from closer.kit.columns import process_cipher
from closer.kit.errors import InvalidInput

_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MAX_PREFERENCES_CHARS = 10_000


def clean_text(value: Any, field: str, *, longest: int = 120) -> str:
    """Return a line of text without control characters and doubled spaces.

    Raises:
        InvalidInput: if it is no text, empty or too long.
    """
    if not isinstance(value, str):
        raise InvalidInput(f"{field} must be text", field=field)
    text = " ".join(_CONTROL.sub("", value).split())
    if not text:
        raise InvalidInput(f"{field} must not be empty", field=field)
    if len(text) > longest:
        raise InvalidInput(f"{field} has more than {longest} characters", field=field)
    return text


def clean_name(value: Any) -> str:
    """Return a person's name; it needs a letter."""
    name = clean_text(value, "name")
    if not any(letter.isalpha() for letter in name):
        raise InvalidInput("a name has letters", field="name")
    return name


def clean_email(value: Any) -> str:
    """Return an e-mail address in lower case."""
    text = clean_text(value, "email", longest=254)
    try:
        return str(validate_email(text, check_deliverability=False).normalized).lower()
    except EmailNotValidError as error:
        raise InvalidInput("that is not an e-mail address", field="email") from error


def clean_phone(value: Any, region: str = "US") -> str:
    """Return a phone number in E.164 form; `region` tells how to read one without country code."""
    text = clean_text(value, "phone", longest=40)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput("that is not a phone number", field="phone") from error
    if not phonenumbers.is_possible_number(number):
        raise InvalidInput("that phone number cannot be right", field="phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def clean_locale(value: Any) -> str:
    """Return a language tag such as `en-US`."""
    text = clean_text(value, "locale", longest=16)
    if _LOCALE.fullmatch(text) is None:
        raise InvalidInput("a locale looks like en or en-US", field="locale")
    return text


def clean_account_type(value: Any) -> str:
    """Return one of the shop's tiers."""
    text = clean_text(value, "account_type", longest=16).lower()
    if text not in ACCOUNT_TYPES:
        raise InvalidInput(
            f"account_type is one of {', '.join(ACCOUNT_TYPES)}", field="account_type"
        )
    return text


def clean_flag(value: Any, field: str) -> bool:
    """Return a yes or no."""
    if not isinstance(value, bool):
        raise InvalidInput(f"{field} is true or false", field=field)
    return value


def clean_preferences(value: Any) -> dict[str, Any]:
    """Return preferences: a JSON object of moderate size."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidInput("preferences is an object", field="preferences")
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput("preferences holds plain JSON only", field="preferences") from error
    if len(text) > MAX_PREFERENCES_CHARS:
        raise InvalidInput("preferences is too large", field="preferences")
    return dict(value)


#: The fields that `update` accepts, with what checks each.
EDITABLE: dict[str, Callable[[Any], Any]] = {
    "name": clean_name,
    "email": lambda value: None if value is None else clean_email(value),
    "phone": lambda value: None if value is None else clean_phone(value),
    "account_type": clean_account_type,
    "locale": clean_locale,
    "preferences": clean_preferences,
    "newsletter": lambda value: clean_flag(value, "newsletter"),
    "sale_opt_out": lambda value: clean_flag(value, "sale_opt_out"),
    "personalization": lambda value: clean_flag(value, "personalization"),
}


def clean_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """Check fields to be changed.

    Raises:
        InvalidInput: if a field is unknown or its value is not acceptable.
    """
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        raise InvalidInput(f"these cannot be changed: {', '.join(unknown)}", fields=unknown)
    return {field: EDITABLE[field](value) for field, value in changes.items()}


_ADDRESS_LENGTHS = {
    "recipient": 120,
    "street": 160,
    "city": 100,
    "region": 60,
    "postcode": 16,
    "label": 40,
}


def clean_address(fields: dict[str, Any]) -> dict[str, Any]:
    """Check the given parts of an address; empty optional parts become None.

    Raises:
        InvalidInput: if a part is unknown or not acceptable.
    """
    clean: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "country":
            code = country_code(clean_text(value, "country", longest=60))
            if code is None:
                raise InvalidInput(
                    "we do not deliver to that country", field="country", code="no_delivery"
                )
            clean[field] = code
        elif field in ("region", "postcode") and (value is None or not str(value).strip()):
            clean[field] = None
        elif field in _ADDRESS_LENGTHS:
            clean[field] = clean_text(value, field, longest=_ADDRESS_LENGTHS[field])
        else:
            raise InvalidInput(f"an address has no {field}", field=field)
    if clean.get("postcode"):
        clean["postcode"] = clean["postcode"].upper()
    return clean


def clean_new_address(address: NewAddress, owner_name: str) -> dict[str, Any]:
    """Check an address that is to be added; the recipient is its owner unless said otherwise."""
    return clean_address(
        {
            "label": address.label,
            "recipient": address.recipient or owner_name,
            "street": address.street,
            "city": address.city,
            "region": address.region,
            "postcode": address.postcode,
            "country": address.country,
        }
    )


def email_hash(email: str) -> str:
    """Return the keyed hash by which an e-mail address is found."""
    return process_cipher().lookup_hash(f"email:{email}")


def closed_email_hash(email: str) -> str:
    """Return what the holder of a closed account is found by; the address itself is free for a new one."""
    return process_cipher().lookup_hash(f"closed-email:{email}")


def phone_hash(phone: str) -> str:
    """Return the keyed hash by which a phone number is found."""
    return process_cipher().lookup_hash(f"phone:{phone}")
