"""What Twilio's API accepts and answers, by its published description (tests/data/twilio) and what its prose adds.

The published schema asks for `To` only; the rest (a sender, something to say, lengths, what a number looks like) is an
overlay of the documentation. Errors have Twilio's own codes.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

DATA = Path(__file__).parents[1] / "data" / "twilio"
_ADDRESS = r"^(whatsapp:)?\+[1-9]\d{6,14}$"
_OVERLAY: dict[str, Any] = {
    "Messages.json": {
        "additionalProperties": False,
        "properties": {
            "To": {"pattern": _ADDRESS},
            "From": {"pattern": _ADDRESS},
            "Body": {"minLength": 1, "maxLength": 1600},
            "MediaUrl": {"maxItems": 10, "items": {"pattern": "^https?://"}},
            "StatusCallback": {"pattern": "^https?://"},
        },
        "allOf": [
            {"anyOf": [{"required": ["From"]}, {"required": ["MessagingServiceSid"]}]},
            {"anyOf": [{"required": [name]} for name in ("Body", "MediaUrl", "ContentSid")]},
        ],
    },
    "Calls.json": {
        "additionalProperties": False,
        "anyOf": [{"required": [name]} for name in ("Url", "Twiml", "ApplicationSid")],
    },
    "Calls/{Sid}.json": {"additionalProperties": False},
}
#: Twilio's codes for what is wrong with a field.
_CODES = {"To": 21211, "From": 21212, "Body": 21617, "MediaUrl": 21620, "StatusCallback": 21609}


def violations(resource: str, fields: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return what is wrong with a form: pairs of field and reason."""
    schema = _description()["requests"][resource]
    data = {
        name: _typed(schema["properties"].get(name, {}), values) for name, values in fields.items()
    }
    found = []
    for part in (schema, _OVERLAY[resource]):
        whole = {**part, "components": _description()["components"]}
        whole.setdefault("properties", {})
        if "additionalProperties" in part:
            whole["properties"] = {
                **{key: {} for key in schema["properties"]},
                **whole["properties"],
            }
        checker = Draft202012Validator(whole, format_checker=FormatChecker())
        found += [
            (str(error.path[0]) if error.path else "", error.message)
            for error in checker.iter_errors(data)
        ]
    return found


def message_error(fields: dict[str, list[str]]) -> dict[str, Any] | None:
    """Return Twilio's refusal of a message, or None."""
    found = violations("Messages.json", fields)
    if not found:
        return None
    field, reason = found[0]
    return {"code": _CODES.get(field, 21602), "message": f"{field}: {reason}", "status": 400}


def created(account: str, number: int, fields: dict[str, list[str]]) -> dict[str, Any]:
    """Return the answer to a message that was taken: Twilio's example with this message's values."""
    media = fields.get("MediaUrl", [])
    return {
        **_examples()["create"],
        "sid": f"{'MM' if media else 'SM'}{number:032x}",
        "account_sid": account,
        "body": fields.get("Body", [""])[0],
        "to": fields["To"][0],
        "from": fields.get("From", [None])[0],
        "messaging_service_sid": fields.get("MessagingServiceSid", [None])[0],
        "num_media": str(len(media)),
        "status": "accepted" if "MessagingServiceSid" in fields else "queued",
    }


def _typed(schema: dict[str, Any], values: list[str]) -> Any:
    kind = schema.get("type")
    if kind == "array":
        return values
    value = values[-1]
    if kind == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind in ("integer", "number") and value.replace(".", "", 1).isdigit():
        return float(value) if kind == "number" else int(value)
    return value


@lru_cache(maxsize=1)
def _description() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((DATA / "requests_openapi.json").read_text())
    return data


@lru_cache(maxsize=1)
def _examples() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((DATA / "messages_create_201_examples.json").read_text())
    return data
