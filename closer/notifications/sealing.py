"""What a notification says, sealed for its row and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from closer.kit.person_keys import Opener, Sealer
from closer.notifications.records import Notification

SEALED = ("address", "subject", "body", "extras")
_PLAIN = (
    "id",
    "kind",
    "channel",
    "idempotency_key",
    "state",
    "attempts",
    "next_attempt_at",
    "expires_at",
    "provider",
    "provider_id",
    "error",
    "customer_id",
    "conversation_id",
    "correlation_id",
    "created_at",
    "sent_at",
    "status_at",
)


def sealed(sealer: Sealer, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's values with what is personal sealed; `extras` is plain data and may be empty."""
    row = dict(values)
    for name in ("address", "subject", "body"):
        row[name] = sealer.text(row[name], _purpose(name))
    extras = {name: value for name, value in (row["extras"] or {}).items() if value}
    row["extras"] = sealer.json(extras, _purpose("extras")) if extras else None
    return row


def opened(opener: Opener, row: Mapping[Any, Any]) -> Notification:
    """Return the notification of a row.

    Raises:
        PersonErased: if the key of whom it concerns is gone.
    """
    body, extras = row["body"], row["extras"]
    more = opener.json(extras, _purpose("extras")) if extras else {}
    return Notification(
        **{name: row[name] for name in _PLAIN},
        address=opener.text(row["address"], _purpose("address")),
        subject=opener.text(row["subject"], _purpose("subject")),
        body=None if body is None else opener.text(body, _purpose("body")),
        media_urls=tuple(more.get("media_urls", ())),
        headers=more.get("headers", {}),
        html=more.get("html"),
        from_address=more.get("from_address"),
    )


def _purpose(column: str) -> str:
    return f"notifications.{column}"
