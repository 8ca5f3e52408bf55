"""The customer's side of handing over: ask for a person, wait, be told how long, give up waiting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from closer.conversations.turn import HandoffState
from closer.customers.service import CustomerService
from closer.handoff import policy
from closer.handoff.records import Agent, Availability, HandoffRequest
from closer.handoff.repository import ANY_SKILL, AgentRepository, HandoffRepository
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import NotFound
from closer.kit.ids import new_id
from closer.notifications.service import NotificationService
from closer.tickets.policy import PRIORITIES, check_one_of
from closer.tickets.service import TicketService


class HandoffQueue:
    """Requests for a person and who is there to take them.

    Args:
        db: The database.
        tickets: Each request has a ticket, so that nothing is lost when nobody is there.
        customers: Knows where a promise can be sent.
        notifications: Sends it.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        tickets: TicketService,
        customers: CustomerService,
        notifications: NotificationService,
        clock: Clock,
    ) -> None:
        self._db = db
        self._tickets = tickets
        self._customers = customers
        self._notifications = notifications
        self._clock = clock
        self._requests = HandoffRepository(db)
        self._agents = AgentRepository(db)

    async def request(
        self,
        *,
        conversation_id: str,
        reason: str,
        customer_id: str | None = None,
        channel: str = "web",
        transcript: Sequence[Mapping[str, Any]] = (),
        skill: str = ANY_SKILL,
        priority: str | None = None,
        emotion: str | None = None,
        failures: int = 0,
        subject: str | None = None,
    ) -> HandoffRequest:
        """Queue a conversation for a person and open a ticket; while one is open, the same request is returned.

        Args:
            conversation_id: The conversation.
            reason: Why, e.g. `asked`, `low_confidence`, `complaint`, `repeated_failure`.
            customer_id: Whose it is, once known.
            channel: The customer's channel.
            transcript: What was said before, as entries in JSON form.
            skill: What the agent must be good at.
            priority: `low` to `urgent`; by the policy when left out. Asking again may raise it.
            emotion: The customer's, e.g. `angry`; raises the priority.
            failures: How often the assistant failed before; raises the priority.
            subject: The ticket's subject.
        """
        level = priority or policy.priority_for(reason, emotion, failures)
        check_one_of("priority", level, PRIORITIES)
        now = self._clock.now()
        async with self._db.transaction():
            known = await self._requests.open_one(conversation_id)
            if known is None:
                request = HandoffRequest(
                    id=new_id("hnd"),
                    conversation_id=conversation_id,
                    customer_id=customer_id,
                    channel=channel,
                    reason=reason[:64],
                    priority=level,
                    skill=skill,
                    state="waiting",
                    outcome=None,
                    ticket_id=None,
                    agent_id=None,
                    created_at=now,
                    claimed_at=None,
                    wrapped_at=None,
                    closed_at=None,
                    transcript=[dict(entry) for entry in transcript],
                )
                if await self._requests.add(request):
                    await self._open_ticket(request, subject)
            elif known.state == "waiting" and PRIORITIES.index(level) > known.rank:
                raised = {"priority": PRIORITIES.index(level)}
                await self._requests.move(known.id, "waiting", values=raised)
                if known.ticket_id:
                    await self._tickets.set_priority(known.ticket_id, level, actor="assistant")
            found = await self._requests.open_one(conversation_id)
        if found is None:  # pragma: no cover - it was added or was there
            raise RuntimeError("a handoff request vanished")
        return await self._placed(found)

    async def state(self, conversation_id: str) -> HandoffState:
        """Tell who has a conversation."""
        request = await self._requests.open_one(conversation_id)
        return request.handoff_state if request else HandoffState()

    async def current(self, conversation_id: str) -> HandoffRequest | None:
        """Return the open request of a conversation with its place in the queue, or None."""
        request = await self._requests.open_one(conversation_id)
        return await self._placed(request) if request else None

    async def get(self, request_id: str) -> HandoffRequest:
        """Return a request.

        Raises:
            NotFound: `handoff_not_found`.
        """
        request = await self._requests.find(request_id)
        if request is None:
            raise NotFound("there is no such handoff request", code="handoff_not_found")
        return await self._placed(request)

    async def queue(self) -> Sequence[HandoffRequest]:
        """Return who waits, in the order in which they are served."""
        return [await self._placed(item) for item in await self._requests.in_state(["waiting"])]

    async def active(self, agent_id: str | None = None) -> Sequence[HandoffRequest]:
        """Return the conversations that agents (or one agent) lead or wrap up."""
        return await self._requests.in_state(["with_agent", "wrap_up"], agent_id=agent_id)

    async def set_presence(
        self,
        agent_id: str,
        *,
        available: bool = True,
        skills: Sequence[str] = (),
        capacity: int = 3,
    ) -> None:
        """Note that an agent is at the desk; to be repeated within two minutes."""
        await self._agents.seen(agent_id, skills, capacity, available, self._clock.now())

    async def agents(self, skill: str | None = None) -> Sequence[Agent]:
        """Return the agents who are there."""
        return await self._agents.present(self._clock.now() - policy.PRESENCE, skill)

    async def availability(self, skill: str = ANY_SKILL) -> Availability:
        """Tell whether a person can be reached now."""
        now = self._clock.now()
        agents, waiting = await self.agents(skill), await self._requests.waiting(skill)
        wait = await self._wait(waiting + 1, agents)
        return Availability(
            policy.is_open(now), len(agents), waiting, wait, policy.next_opening(now)
        )

    async def abandon(self, conversation_id: str) -> None:
        """End the wait of a customer who wants no person any more; nothing happens if none waits."""
        async with self._db.transaction():
            request = await self._requests.open_one(conversation_id)
            if (
                request is not None
                and await self._end(request, "waiting", "abandoned")
                and request.ticket_id
            ):
                await self._tickets.transition(request.ticket_id, "closed", actor="assistant")

    async def _placed(self, request: HandoffRequest) -> HandoffRequest:
        if request.state != "waiting":
            return request
        position = await self._requests.ahead_of(request) + 1
        wait = await self._wait(position, await self.agents(request.skill))
        return replace(request, position=position, expected_wait=wait)

    async def _wait(self, position: int, agents: Sequence[Agent]) -> timedelta | None:
        durations = await self._requests.durations(policy.DURATIONS_SEEN)
        capacity = sum(agent.capacity for agent in agents)
        busy = sum(min(agent.busy, agent.capacity) for agent in agents)
        return policy.expected_wait(position, capacity, busy, durations)

    async def _open_ticket(self, request: HandoffRequest, subject: str | None) -> None:
        ticket = await self._tickets.create(
            subject=subject or f"A customer asked for a person ({request.reason})",
            category="handoff",
            customer_id=request.customer_id,
            conversation_id=request.conversation_id,
            priority=request.priority,
            idempotency_key=request.id,
        )
        await self._requests.move(request.id, "waiting", values={"ticket_id": ticket.id})

    async def _end(
        self, request: HandoffRequest, source: str, outcome: str, agent_id: str | None = None
    ) -> bool:
        closed = {
            "state": "closed",
            "outcome": outcome,
            "open_key": None,
            "closed_at": self._clock.now(),
        }
        return await self._requests.move(request.id, source, agent_id, values=closed)
