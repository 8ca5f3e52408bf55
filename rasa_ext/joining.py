"""Joins the dialogue of a visitor who signed in with the customer's, holding both conversations meanwhile.

The newer task goes on, the older waits and is offered afterwards. Nothing is joined if the visitor had ever proved to be
somebody else: what that person was shown must not end up in another's history. One transaction, so a crash leaves
either both dialogues as they were or one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from closer.kit.logging import get_logger
from closer.reach.joining import VisitorJoins
from closer.reach.records import Join
from closer.services import Services
from rasa_ext.serving import Agents, Serving
from rasa_ext.sessions import VERIFIED, ever_proven

_log = get_logger(__name__)

FORM_SUFFIX = "_form"
WAITING = "interrupted"
#: How a task that waits is kept beside its own slots (`actions.waiting`).
_TASKS_OWN = ("task_data",)
#: A dialogue's own housekeeping; it is taken along with a task, never by itself.
_HOUSEKEEPING = frozenset(
    {
        "confirmed",
        "task_outcome",
        "task_data",
        "task_summary",
        "task_result",
        "strikes",
        "offer_person",
        "resuming",
        "pending_offer",
        "fallback_count",
        "session_started_metadata",
        "contact_code",
        "reset_code",
        "identity_email",
        "identity_code",
        "identity_challenge",
        VERIFIED,
        WAITING,
        REQUESTED_SLOT,
    }
)


@dataclass(frozen=True)
class Stance:
    """Where a dialogue stands.

    Attributes:
        loop: The form in progress.
        slots: The values that are set.
        heard_at: When the person last said something.
    """

    loop: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    heard_at: float = 0.0

    @classmethod
    def of(cls, tracker: DialogueStateTracker | None) -> Stance:
        """Return the stance of a tracker; of none, that nothing was said."""
        if tracker is None:
            return cls()
        heard = [event.timestamp or 0 for event in tracker.events if isinstance(event, UserUttered)]
        slots = {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None}
        return cls(tracker.active_loop_name, slots, max(heard, default=0.0))

    def waiting(self, domain: Domain) -> dict[str, Any] | None:
        """Return the task in progress as one that is offered later, or None if there is none to speak of."""
        if self.loop is None or not self.loop.endswith(FORM_SUFFIX):
            return None
        names = [*_slots_of(domain, self.loop), *_TASKS_OWN]
        values = {name: self.slots.get(name) for name in names}
        return {"task": self.loop.removesuffix(FORM_SUFFIX), "slots": values, "offer": True}


class DialogueJoiner:
    """Carries out joins.

    Args:
        agents: Hold the locks and the models.
        services: The domain.
    """

    def __init__(self, agents: Agents, services: Services) -> None:
        self._agents = agents
        self._db = services.db
        self._dialogues = services.dialogues
        self._joins: VisitorJoins = services.joins

    async def join(self, visitor_id: str) -> bool:
        """Carry out what was asked for a visitor; say whether the conversation is the customer's now.

        Raises:
            Unavailable: if a conversation stays busy, or no model is loaded; it will be tried again.
        """
        asked = await self._joins.find(visitor_id)
        if asked is None:
            return False
        async with AsyncExitStack() as held:
            for conversation in sorted((visitor_id, asked.customer_id)):  # never across each other
                await held.enter_async_context(self._agents.lock_store.lock(conversation))
            join = await self._joins.find(visitor_id)
            if join is None or join.state == "refused":
                return False
            serving = await self._agents.begin(join.customer_id)
            try:
                return await self._both_held(join, serving)
            finally:
                self._agents.end(serving)

    async def catch_up(self) -> int:
        """Carry out what was asked for and not done; return how many were tried."""
        waiting = await self._joins.waiting()
        for join in waiting:
            try:
                await self.join(join.visitor_id)
            except Exception as error:
                _log.warning("join_postponed", reason=type(error).__name__)
        return len(waiting)

    async def _both_held(self, join: Join, serving: Serving) -> bool:
        processor, domain = serving.agent.processor, serving.agent.domain
        assert processor is not None
        assert domain is not None
        store = processor.tracker_store
        visitor = Stance.of(await store.retrieve(join.visitor_id))
        if ever_proven(await self._dialogues.since(join.visitor_id, 0)) - {join.customer_id}:
            await self._joins.refuse(join)
            return False
        if join.state == "asked" and visitor.heard_at:
            customer = Stance.of(serving.tracker)
            serving.tracker.update_with_events(joined(visitor, customer, domain), domain)
        async with self._db.transaction():
            if join.state == "asked" and visitor.heard_at:
                await processor.save_tracker(serving.tracker)
            await self._joins.hand_over(join)
        return True


def joined(visitor: Stance, customer: Stance, domain: Domain) -> list[Event]:
    """Return what a visitor's dialogue adds to the customer's.

    Args:
        visitor: The visitor's stance.
        customer: The customer's.
        domain: The domain: which slots a form has.
    """
    newer = visitor.heard_at >= customer.heard_at
    goes_on, waits = (visitor, customer) if newer else (customer, visitor)
    if goes_on.loop is None:
        goes_on, waits = waits, Stance()
    values = _values(visitor, customer, newer=newer)
    stack = _stack(visitor, customer, waits.waiting(domain))
    if stack:
        values[WAITING] = stack
    events: list[Event] = []
    if goes_on is visitor and visitor.loop is not None:
        own = (*_slots_of(domain, visitor.loop), *_TASKS_OWN, "task_summary", "strikes")
        values |= {name: visitor.slots.get(name) for name in own}
        values |= {"confirmed": None, "task_outcome": None, "offer_person": None}
        events += [ActionExecuted(visitor.loop), ActiveLoop(visitor.loop)]
        values[REQUESTED_SLOT] = _next_step(visitor, own)
    elif customer.loop is not None:
        for name in _slots_of(domain, customer.loop):
            values.pop(name, None)
    events += [SlotSet(name, value) for name, value in values.items()]
    return [*events, ActionExecuted(ACTION_LISTEN_NAME)]


def _values(visitor: Stance, customer: Stance, *, newer: bool) -> dict[str, Any]:
    """Return the values worth keeping that the customer's dialogue does not know, or knows from longer ago."""
    return {
        name: value
        for name, value in visitor.slots.items()
        if name not in _HOUSEKEEPING and (newer or customer.slots.get(name) is None)
    }


def _stack(visitor: Stance, customer: Stance, older: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return what waits, the latest last: what waited in either dialogue, then the task that has to."""
    both = [*(visitor.slots.get(WAITING) or []), *(customer.slots.get(WAITING) or [])]
    return [*both, *([older] if older else [])]


def _next_step(visitor: Stance, own: Iterable[str]) -> str | None:
    """Return what is asked for: who signed in is not asked for a proof any more, so the first value that is missing."""
    step = visitor.slots.get(REQUESTED_SLOT)
    if step not in _HOUSEKEEPING:
        return step
    missing = (name for name in own if name not in _HOUSEKEEPING)
    return next((name for name in missing if visitor.slots.get(name) is None), None)


def _slots_of(domain: Domain, form: str) -> list[str]:
    """Return the slots that a form may ask for, its proofs left out: those are made anew."""
    names = domain.required_slots_for_form(form)
    return [name for name in names if name not in _HOUSEKEEPING]
