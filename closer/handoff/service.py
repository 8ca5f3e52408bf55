"""The handoff's service: the queue, the agents who take conversations from it, and waits that take too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from closer.handoff import policy
from closer.handoff.queue import HandoffQueue
from closer.handoff.records import HandoffRequest
from closer.handoff.repository import takes
from closer.kit.errors import Conflict
from closer.notifications import templates
from closer.tickets.policy import PRIORITIES


class HandoffService(HandoffQueue):
    """Who has a conversation: the assistant or a person.

    The constructor and the customer's side are `HandoffQueue`'s; here is the agents' side.
    """

    async def claim(
        self, agent_id: str, request_id: str | None = None, *, skills: Sequence[str] = ()
    ) -> HandoffRequest | None:
        """Give an agent a conversation: a certain one, or the next that fits; None if nobody waits.

        Raises:
            NotFound: if there is no such request.
            Conflict: `handoff_taken`, if it waits no more.
        """
        if request_id is not None:
            await self.get(request_id)
            if not await self._take(request_id, agent_id):
                raise Conflict("somebody else has this conversation", code="handoff_taken")
            return await self.get(request_id)
        for candidate in await self._requests.in_state(["waiting"]):
            if takes(skills, candidate.skill) and await self._take(candidate.id, agent_id):
                return await self.get(candidate.id)
        return None

    async def release(self, request_id: str, agent_id: str) -> HandoffRequest:
        """Put a conversation back in the queue, where it keeps its place by age."""
        back = {"state": "waiting", "agent_id": None, "claimed_at": None}
        return await self._change(request_id, agent_id, back)

    async def wrap_up(self, request_id: str, agent_id: str) -> HandoffRequest:
        """End the talk with the customer; the agent still writes down what came of it."""
        return await self._change(
            request_id, agent_id, {"state": "wrap_up", "wrapped_at": self._clock.now()}
        )

    async def return_to_bot(
        self, request_id: str, agent_id: str, note: str | None = None
    ) -> HandoffRequest:
        """Give a conversation back to the assistant; its ticket stays open for whoever goes on."""
        return await self._finish(request_id, agent_id, "returned", note)

    async def close(
        self, request_id: str, agent_id: str, note: str | None = None
    ) -> HandoffRequest:
        """Finish: the matter is settled, the ticket is resolved and the assistant has the conversation again."""
        return await self._finish(request_id, agent_id, "resolved", note)

    async def picked_up(self, conversation_id: str) -> None:
        """Note that the team's phone was answered for a conversation: who waited is with a person now."""
        request = await self._requests.open_one(conversation_id)
        if request is not None:
            await self._take(request.id, policy.PHONE)

    async def talked(self, conversation_id: str) -> bool:
        """Finish a talk on the team's phone: its ticket is resolved; nothing happens to what agents at the desk lead.

        Returns:
            Whether there was one.
        """
        async with self._db.transaction():
            request = await self._by_phone(conversation_id)
            if request is None or not await self._end(
                request, "with_agent", "resolved", policy.PHONE
            ):
                return False
            if request.ticket_id:
                ticket = await self._tickets.get(request.ticket_id)
                if ticket.state not in ("resolved", "closed"):
                    await self._tickets.transition(ticket.id, "resolved", actor=policy.PHONE)
            return True

    async def not_reached(self, conversation_id: str) -> HandoffRequest | None:
        """End a wait in which nobody answered the team's phone: the ticket stays, for whoever calls back.

        Returns:
            The request; it stays open if an agent at the desk has taken it meanwhile. None if there is none.
        """
        async with self._db.transaction():
            request = await self._requests.open_one(conversation_id)
            if request is None:
                return None
            if request.state == "waiting":
                await self._end(request, "waiting", "promised")
            elif await self._by_phone(conversation_id) is not None:
                await self._end(request, "with_agent", "promised", policy.PHONE)
                if request.ticket_id:
                    await self._tickets.assign(request.ticket_id, None, actor=policy.PHONE)
            return await self.get(request.id)

    async def expire_waiting(self) -> Sequence[HandoffRequest]:
        """End waits that took too long: each keeps its ticket, raised by a step, and gets a promise by e-mail.

        Returns:
            The requests that were ended; the customer is still to be told in the conversation.
        """
        now, ended = self._clock.now(), []
        agents = {agent.agent_id for agent in await self.agents()}
        for request in await self._requests.in_state(["waiting"]):
            limit = policy.LONGEST_WAIT if agents else policy.longest_wait(now)
            if request.created_at + limit <= now and await self._promise(request):
                ended.append(request)
        for request in await self.active(policy.PHONE):
            if request.claimed_at is not None and request.claimed_at + policy.LONGEST_TALK <= now:
                await self.talked(request.conversation_id)
        for request in await self._requests.in_state(["wrap_up"]):
            if request.wrapped_at is not None and request.wrapped_at + policy.WRAP_UP <= now:
                async with self._db.transaction():
                    await self._end(request, "wrap_up", "resolved")
        return ended

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a customer's requests, for their data export."""
        return [asdict(item) for item in await self._requests.of_customer(customer_id)]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's requests; return how many there were."""
        return await self._requests.erase(customer_id)

    async def _by_phone(self, conversation_id: str) -> HandoffRequest | None:
        request = await self._requests.open_one(conversation_id)
        if request is None or (request.state, request.agent_id) != ("with_agent", policy.PHONE):
            return None
        return request

    async def _take(self, request_id: str, agent_id: str) -> bool:
        taken = {"state": "with_agent", "agent_id": agent_id, "claimed_at": self._clock.now()}
        async with self._db.transaction():
            if not await self._requests.move(request_id, "waiting", values=taken):
                return False
            ticket_id = (await self.get(request_id)).ticket_id
            if ticket_id:
                await self._tickets.assign(ticket_id, agent_id, actor=agent_id)
            return True

    async def _change(
        self, request_id: str, agent_id: str, values: dict[str, Any]
    ) -> HandoffRequest:
        async with self._db.transaction():
            await self.get(request_id)
            if not await self._requests.move(request_id, "with_agent", agent_id, values=values):
                raise Conflict("you do not lead this conversation", code="handoff_not_yours")
            return await self.get(request_id)

    async def _finish(
        self, request_id: str, agent_id: str, outcome: str, note: str | None
    ) -> HandoffRequest:
        async with self._db.transaction():
            request = await self.get(request_id)
            if not await self._end(request, request.state, outcome, agent_id):
                raise Conflict("you do not lead this conversation", code="handoff_not_yours")
            if request.ticket_id and note:
                await self._tickets.comment(
                    request.ticket_id, actor=agent_id, body=note, internal=True
                )
            if request.ticket_id and outcome == "resolved":
                await self._tickets.transition(request.ticket_id, "resolved", actor=agent_id)
            return await self.get(request_id)

    async def _promise(self, request: HandoffRequest) -> bool:
        async with self._db.transaction():
            if not await self._end(request, "waiting", "promised"):
                return False
            if request.ticket_id:
                raised = PRIORITIES[min(request.rank + 1, len(PRIORITIES) - 1)]
                ticket = await self._tickets.set_priority(
                    request.ticket_id, raised, actor="assistant"
                )
                customer = (
                    await self._customers.find(request.customer_id) if request.customer_id else None
                )
                if customer is not None and customer.email:
                    await self._notifications.enqueue(
                        templates.handoff_promise(
                            self._notifications.shop_name,
                            customer.first_name,
                            ticket_id=ticket.id,
                            due_at=ticket.due_at,
                        ),
                        channel="email",
                        address=customer.email,
                        customer_id=customer.id,
                        idempotency_key=f"handoff-promise:{request.id}",
                    )
            return True
