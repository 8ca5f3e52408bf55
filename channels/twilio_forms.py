"""Twilio's forms: a request read and verified, and what an inbound message says (SMS, MMS, WhatsApp)."""

from __future__ import annotations

import re
from typing import Any

from sanic.request import Request

from closer.conversations.turn import InboundMessage, Media
from closer.customers.identity import Identity
from closer.kit.errors import Malformed, NotPermitted, TooLarge
from closer.kit.settings import Settings
from closer.providers.twilio_webhooks import (
    SIGNATURE_HEADER,
    Form,
    auth_token,
    read_form,
    verified,
)

LARGEST_FORM = 64 * 1024
WHATSAPP = "whatsapp:"
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MOST_MEDIA = 10
_OPT_OUT_TYPE = "opt_out_type"


def signed_form(request: Request, settings: Settings) -> Form:
    """Return the fields of a request that Twilio sent, for our account.

    Raises:
        CloserError: `too_large`, `unsupported_media_type`, `malformed` or `forged_webhook`.
    """
    if len(request.body) > LARGEST_FORM:
        raise TooLarge("a webhook's form is smaller than that")
    form = read_form(request.body, request.headers.get("content-type", ""))
    signature = request.headers.get(SIGNATURE_HEADER)
    verified(auth_token(settings), public_url(request, settings), form, signature)
    account = settings.twilio_account_sid
    if account and form.get("AccountSid") != account:
        raise NotPermitted("this is for another account", code="foreign_account")
    return form


def public_url(request: Request, settings: Settings) -> str:
    """Return the address that Twilio called: the public one, with path and query as they came."""
    return settings.public_url.rstrip("/") + request.raw_url.decode("latin-1")


def message_sid(form: Form) -> str:
    """Return the id of the message that a form is about.

    Raises:
        Malformed: if it has none.
    """
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    if _SID.fullmatch(sid) is None:
        raise Malformed("MessageSid is missing or no id")
    return sid


def sender(form: Form) -> str | None:
    """Return the number of the person who wrote, E.164, or None if no person did (a short code, a name).

    Raises:
        Malformed: if there is no sender at all.
    """
    address = form.get("From", "").strip()
    if not address:
        raise Malformed("From is missing")
    number = address.removeprefix(WHATSAPP)
    return number if _E164.fullmatch(number) else None


def is_address(text: str) -> bool:
    """Say whether a text is a phone number as Twilio writes them, by SMS or WhatsApp."""
    return _E164.fullmatch(text.strip().removeprefix(WHATSAPP)) is not None


def inbound_message(form: Form, identity: Identity) -> InboundMessage:
    """Return the message of a form in the conversation of its sender; the address proves nothing."""
    return InboundMessage(
        message_id=message_sid(form),
        channel="sms",
        conversation_id=identity.conversation_id,
        customer_id=identity.customer_id,
        proven=False,
        text=_text(form),
        payload=form.get("ButtonPayload") or None,
        media=_media(form),
        context=_context(form),
        address=form["From"].strip(),
        sent_to=form.get("To", "").strip() or None,
        household=identity.household,
    )


def vendor_opt_out(message: InboundMessage) -> str:
    """Return Twilio's own verdict on a message about consent: `STOP`, `START`, `HELP` or nothing."""
    return str(message.context.get(_OPT_OUT_TYPE) or "")


def is_whatsapp(message: InboundMessage) -> bool:
    """Say whether a message came by WhatsApp."""
    return (message.address or "").startswith(WHATSAPP)


def _text(form: Form) -> str:
    text = form.get("Body", "") or form.get("ButtonText", "")
    return text if text.strip() else _place(form)


def _place(form: Form) -> str:
    latitude, longitude = form.get("Latitude", ""), form.get("Longitude", "")
    if not (latitude and longitude):
        return ""
    names = [form.get(name, "").strip() for name in ("Label", "Address")]
    return ", ".join([*(name for name in names if name), f"{latitude} {longitude}"])[:500]


def _media(form: Form) -> list[Media]:
    count = form.get("NumMedia", "0") or "0"
    if not count.isdecimal():
        raise Malformed("NumMedia is no number")
    found = []
    for number in range(min(int(count), _MOST_MEDIA)):
        url = form.get(f"MediaUrl{number}", "")
        if url:
            kind = form.get(f"MediaContentType{number}") or "application/octet-stream"
            found.append(Media(url=url, content_type=kind))
    return found


def _context(form: Form) -> dict[str, Any]:
    medium = "whatsapp" if form["From"].startswith(WHATSAPP) else "mms" if _media(form) else "sms"
    given = {
        _OPT_OUT_TYPE: form.get("OptOutType"),
        "profile_name": form.get("ProfileName"),
        "latitude": form.get("Latitude"),
        "longitude": form.get("Longitude"),
    }
    return {"medium": medium, **{name: value for name, value in given.items() if value}}
