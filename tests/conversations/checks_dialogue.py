"""Checks of what a conversation keeps for later: the order it is about, how its last task ended."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.shared.core.domain import Domain

from closer.kit.settings import ROOT
from closer.services import Services
from rasa_ext.tracker_store import CloserTrackerStore
from tests.conversations.state import check


@check("dialogue")
async def _dialogue(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """How the last task that ran to its end ended (`task`, `outcome`); further names are slots."""
    store = CloserTrackerStore(domain=_domain(), services=services)
    tracker = await store.retrieve(customer or "vis_harness")
    assert tracker is not None, "nothing was said"
    slots = {name: slot.value for name, slot in tracker.slots.items()}
    found = {**slots, **(slots["task_result"] or {})}
    for name, value in details.items():
        assert found.get(name) == value, f"{name} is {found.get(name)!r}"


@lru_cache(maxsize=1)
def _domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))
