"""How people write order and invoice numbers, and what is looked up."""

from __future__ import annotations

import re

_LEAD = re.compile(r"^\s*(?:(?:my|the|order|invoice|number|nr|no|id)\b[\s.:#]*)+", re.IGNORECASE)
_KEY = re.compile(r"[^0-9A-Z]")


def order_key(text: str) -> str:
    """Return what an order number is looked up by: its letters and digits (`# ord-2023-0042` is `ORD20230042`)."""
    return _KEY.sub("", _LEAD.sub("", text.strip().lstrip("#")).upper())[:40]


def order_keys(text: str) -> list[str]:
    """Return the keys to try for what somebody wrote, the likeliest first."""
    key = order_key(text)
    bare = key[3:] if key.startswith("ORD") and key[3:].isdigit() else ""
    return [candidate for candidate in (key, bare) if candidate]


def invoice_id(text: str) -> str:
    """Return an invoice number in its own form (`inv 2024 31` is `INV-2024-00031`), or the text in upper case."""
    parts = re.fullmatch(
        r"\s*#?\s*inv(?:oice)?[\s#-]*(\d{4})[\s/-]*(\d{1,6})\s*", text, re.IGNORECASE
    )
    return f"INV-{parts[1]}-{int(parts[2]):05d}" if parts else text.strip().lstrip("#").upper()[:24]
