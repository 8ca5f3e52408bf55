"""What SendGrid publishes about its Mail Send API, as a check of what is sent to it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator

DATA = Path(__file__).parents[1] / "data" / "sendgrid"
#: Headers that the API refuses to take from a sender, by its documentation.
RESERVED = {
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding",
    "to", "from", "subject", "reply-to", "cc", "bcc",
}  # fmt: skip


def violations(mail: Any) -> list[str]:
    """Return what is wrong with the body of a request, by the vendor's description."""
    found = [error.message for error in _checker().iter_errors(mail)]
    headers = mail.get("headers", {}) if isinstance(mail, dict) else {}
    found += [f"{name} is reserved" for name in headers if name.lower() in RESERVED]
    kinds = [content["type"] for content in mail.get("content", [])]
    if kinds != sorted(kinds, reverse=True):
        found.append("text/plain must be first")
    return found


@lru_cache(maxsize=1)
def _checker() -> Draft7Validator:
    description = json.loads((DATA / "mail_send_openapi.json").read_text("utf-8"))
    body = description["paths"]["/v3/mail/send"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    return Draft7Validator({**schema, "components": description["components"]})
