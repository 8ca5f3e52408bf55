"""What reach holds about a person: for their export, and to be erased."""

from __future__ import annotations

from typing import Any

from closer.kit.db import Database
from closer.kit.person_keys import PersonKeys
from closer.reach.repository import ReachRepository

_SEALED = {"contact_addresses": "address", "channel_messages": "content"}
_SHOWN = {
    "contact_addresses": ("kind", "address", "created_at", "verified_at"),
    "channel_messages": ("channel", "content", "created_at"),
    "channel_switches": ("from_channel", "to_channel", "at"),
}


class ReachData:
    """Addresses, messages handed in and moves between channels.

    Args:
        db: The database.
        keys: Open what is sealed.
    """

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._repository = ReachRepository(db)
        self._keys = keys

    async def export_personal(self, customer_id: str) -> Any:
        """Return all of a customer."""
        rows = await self._repository.of_customer(customer_id)
        found: dict[str, list[dict[str, Any]]] = {}
        for table, names in _SHOWN.items():
            sealed = _SEALED.get(table)
            opener = await self._keys.opener(row[sealed] for row in rows[table] if sealed)
            found[table] = [
                {
                    name: opener.text(row[name], f"{table}.{name}") if name == sealed else row[name]
                    for name in names
                }
                for row in rows[table]
            ]
        return found

    async def erase_personal(self, customer_id: str) -> int:
        """Delete all of a customer; return how many rows there were."""
        return await self._repository.erase(customer_id)
