"""Checks of the audit log."""

from __future__ import annotations

from typing import Any

from closer.kit.pagination import PageRequest
from closer.services import Services
from tests.conversations.state import check


@check("audited")
async def _audited(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """The `actions` on a `target` in their order, by an `actor` (the customer); nowhere any of `no_words`."""
    found = (await services.audit.entries(PageRequest(limit=200))).items
    mine = [entry for entry in reversed(found) if entry.target.startswith(details["target"])]
    actions = [entry.action for entry in mine]
    assert actions == details["actions"], f"the log has {actions}"
    actor = details.get("actor", customer)
    assert {entry.actor for entry in mine} <= {actor}, f"by {[entry.actor for entry in mine]}"
    told = [word for word in details.get("no_words", []) if word in repr(found)]
    assert not told, f"the log tells {told}"
    assert (await services.audit.verify()).intact, "the chain is broken"
