"""Twilio's webhooks: the form exactly as it was signed, and whether the signature is right.

Twilio signs its URL (the public one) and the decoded fields, blank ones included. What decodes to the same fields in another
spelling than a form has (lower-case escapes, stray bytes, pairs without `=`) was changed on its way and is refused as well.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from urllib.parse import parse_qsl

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from closer.kit.errors import InvalidInput, Malformed, NotPermitted, UnsupportedMediaType
from closer.kit.settings import Settings

SIGNATURE_HEADER = "X-Twilio-Signature"
#: The query field by which reports of a message name our own key; the signature covers it.
KEY_FIELD = "key"
FORM_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 400
_SPELLING = re.compile(rb"(?:[A-Za-z0-9*\-._~+&=!$'(),/:;?@]|%[0-9A-F]{2})*")

Form = MultiDict[str]


class Forged(NotPermitted):
    """The signature is missing or wrong."""

    code = "forged_webhook"


def auth_token(settings: Settings) -> str:
    """Return the secret that webhooks are signed with; without an account, one that only this installation knows."""
    own = settings.twilio_auth_token.get_secret_value()
    if own:
        return own
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"sandbox twilio", hashlib.sha256).hexdigest()[:32]


def sign(token: str, url: str, fields: dict[str, str]) -> str:
    """Return the signature that Twilio would send (for an installation that plays it itself)."""
    return str(RequestValidator(token).compute_signature(url, fields))


def read_form(body: bytes, content_type: str) -> Form:
    """Return the fields of a form, blank ones included, in their order.

    Raises:
        UnsupportedMediaType: if it is no form.
        Malformed: if it cannot be read as one.
    """
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise UnsupportedMediaType("a form is expected")
    if _SPELLING.fullmatch(body) is None:
        raise Malformed("the form is not spelled as forms are")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:
        raise Malformed("the form cannot be read") from error
    return MultiDict(pairs)


def verified(token: str, url: str, fields: Form | str, signature: str | None) -> None:
    """Insist that Twilio sent this.

    Args:
        token: The account's secret.
        url: The public URL with its query, as Twilio was told it.
        fields: The form's fields; of a JSON request its body, whose digest the query then carries.
        signature: The header's value.

    Raises:
        Forged: if the signature is missing or wrong.
    """
    if not signature:
        raise Forged("the signature is missing")
    if isinstance(fields, str) and fields and "bodySHA256=" not in url:
        raise Forged("the body is not signed")
    try:
        right = RequestValidator(token).validate(url, fields, signature)
    except ValueError as error:  # a port that is no number
        raise InvalidInput("the address is not valid") from error
    if not right:
        raise Forged("the signature is wrong")
