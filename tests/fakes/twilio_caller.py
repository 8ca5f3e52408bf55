"""Calls webhooks as Twilio does: forms with blank fields, signed over the public address.

The signature is made here by hand (HMAC-SHA1 of address and sorted fields), not by the library that checks it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from itertools import count
from urllib.parse import urlencode

_numbers = count(1)


def sid(prefix: str = "SM") -> str:
    """Return a fresh id."""
    return f"{prefix}{next(_numbers):032x}"


def signature(token: str, url: str, fields: dict[str, str]) -> str:
    """Return what Twilio puts in `X-Twilio-Signature`."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def sms(body: str, number: str = "+12025550123", **more: str) -> dict[str, str]:
    """Return the fields of an inbound message."""
    message = more.pop("MessageSid", sid("MM" if more.get("NumMedia", "0") != "0" else "SM"))
    plain = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": message,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message,
        "FromState": "DC",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": body,
        "FromCountry": "US",
        "To": "+12025550199",
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": message,
        "AccountSid": "AC" + "1" * 32,
        "From": number,
        "ApiVersion": "2010-04-01",
    }
    return {**plain, **more}


def request(
    token: str, public_url: str, path: str, fields: dict[str, str]
) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a signed request."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature(token, public_url + path, fields),
        "I-Twilio-Idempotency-Token": "t",
    }
    return urlencode(fields).encode(), headers
