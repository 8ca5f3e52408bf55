"""SQL of handoff requests and of agents' presence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from closer.handoff.records import Agent, HandoffRequest
from closer.handoff.tables import handoff_agents, handoff_requests
from closer.kit.changes import NotedChange
from closer.kit.db import Database
from closer.tickets.policy import PRIORITIES

_R = handoff_requests.c
_FIELDS = [
    "id",
    "conversation_id",
    "customer_id",
    "channel",
    "reason",
    "skill",
    "state",
    "outcome",
    "ticket_id",
    "agent_id",
    "created_at",
    "claimed_at",
    "wrapped_at",
    "closed_at",
    "transcript",
]

ANY_SKILL = "general"

# Built once: a turn asks twice whether a person has the conversation.
_BY_ID = select(handoff_requests).where(_R.id == bindparam("key"))
_OPEN_ONE = select(handoff_requests).where(_R.open_key == bindparam("key"))


def _record(row: Mapping[Any, Any]) -> HandoffRequest:
    values = {name: row[name] for name in _FIELDS}
    return HandoffRequest(priority=PRIORITIES[row["priority"]], **values)


class HandoffRepository:
    """Rows of handoff requests."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, request: HandoffRequest) -> bool:
        """Store an open request; False if the conversation has one already."""
        values = {name: getattr(request, name) for name in _FIELDS}
        values |= {
            "priority": request.rank,
            "open_key": request.conversation_id,
            "transcript": list(request.transcript),
        }
        statement = self._db.insert_new(handoff_requests).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            added = bool(done.rowcount == 1)
            if added:
                actor = request.customer_id or request.conversation_id
                self._note(request.id, actor, "requested", reason=request.reason)
            return added

    async def find(self, request_id: str) -> HandoffRequest | None:
        """Return a request."""
        return await self._one(_BY_ID, request_id)

    async def open_one(self, conversation_id: str) -> HandoffRequest | None:
        """Return the open request of a conversation."""
        return await self._one(_OPEN_ONE, conversation_id)

    async def in_state(
        self, states: Sequence[str], *, agent_id: str | None = None, limit: int = 500
    ) -> list[HandoffRequest]:
        """Return requests in the queue's order: by priority, then the oldest."""
        query = (
            select(handoff_requests)
            .where(_R.state.in_(states))
            .order_by(_R.priority.desc(), _R.created_at, _R.id)
            .limit(limit)
        )
        if agent_id is not None:
            query = query.where(_R.agent_id == agent_id)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def ahead_of(self, request: HandoffRequest) -> int:
        """Return how many waiting requests come before one, for the same skill."""
        before = or_(
            _R.priority > request.rank,
            and_(_R.priority == request.rank, _R.created_at < request.created_at),
            and_(
                _R.priority == request.rank, _R.created_at == request.created_at, _R.id < request.id
            ),
        )
        query = select(func.count()).select_from(handoff_requests)
        query = query.where(_R.state == "waiting", _R.skill == request.skill, before)
        async with self._db.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def waiting(self, skill: str) -> int:
        """Return how many requests wait for a skill."""
        query = select(func.count()).select_from(handoff_requests)
        query = query.where(_R.state == "waiting", _R.skill == skill)
        async with self._db.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def move(
        self, request_id: str, source: str, agent_id: str | None = None, *, values: dict[str, Any]
    ) -> bool:
        """Change a request that is in a state (and with an agent, if named); True for exactly one caller."""
        condition = [_R.id == request_id, _R.state == source]
        if agent_id is not None:
            condition.append(_R.agent_id == agent_id)
        statement = update(handoff_requests).where(*condition).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            moved = bool(done.rowcount == 1)
            if moved and "state" in values:
                outcome = {"outcome": values["outcome"]} if "outcome" in values else {}
                actor = agent_id or values.get("agent_id") or "assistant"
                self._note(request_id, actor, values["state"], **outcome)
            return moved

    def _note(self, request_id: str, actor: str, step: str, **details: str) -> None:
        self._db.note(NotedChange(actor, f"handoff.{step}", f"handoff:{request_id}", details))

    async def durations(self, count: int) -> list[timedelta]:
        """Return how long agents led the last conversations."""
        query = (
            select(_R.claimed_at, func.coalesce(_R.wrapped_at, _R.closed_at))
            .where(
                _R.claimed_at.isnot(None), or_(_R.wrapped_at.isnot(None), _R.closed_at.isnot(None))
            )
            .order_by(_R.claimed_at.desc())
            .limit(count)
        )
        async with self._db.reading() as connection:
            return [ended - begun for begun, ended in await connection.execute(query)]

    async def of_customer(self, customer_id: str) -> list[HandoffRequest]:
        """Return a customer's requests, the oldest first."""
        query = select(handoff_requests).where(_R.customer_id == customer_id).order_by(_R.id)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def erase(self, customer_id: str) -> int:
        """Delete a customer's or visitor's requests; return how many there were."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                delete(handoff_requests).where(
                    or_(_R.customer_id == customer_id, _R.conversation_id == customer_id)
                )
            )
            return int(done.rowcount)

    async def _one(self, query: Any, key: str) -> HandoffRequest | None:
        async with self._db.reading() as connection:
            row = (await connection.execute(query, {"key": key})).mappings().first()
        return _record(row) if row else None


class AgentRepository:
    """Rows of agents' presence."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def seen(
        self, agent_id: str, skills: Sequence[str], capacity: int, available: bool, at: datetime
    ) -> None:
        """Note that an agent is at the desk."""
        values = {
            "skills": list(skills),
            "capacity": capacity,
            "available": available,
            "seen_at": at,
        }
        statement = self._db.insert(handoff_agents).values(agent_id=agent_id, **values)
        statement = statement.on_conflict_do_update(index_elements=["agent_id"], set_=values)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def present(self, since: datetime, skill: str | None = None) -> list[Agent]:
        """Return the agents who are there and can take a skill, with how many conversations each leads."""
        busy = (
            select(_R.agent_id, func.count().label("busy"))
            .where(_R.state == "with_agent")
            .group_by(_R.agent_id)
            .subquery()
        )
        query = (
            select(handoff_agents, func.coalesce(busy.c.busy, 0).label("busy"))
            .select_from(
                handoff_agents.outerjoin(busy, busy.c.agent_id == handoff_agents.c.agent_id)
            )
            .where(handoff_agents.c.available.is_(True), handoff_agents.c.seen_at >= since)
            .order_by(handoff_agents.c.agent_id)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        agents = [
            Agent(
                r["agent_id"],
                tuple(r["skills"]),
                r["capacity"],
                r["available"],
                r["seen_at"],
                r["busy"],
            )
            for r in rows
        ]
        return [agent for agent in agents if skill is None or takes(agent.skills, skill)]


def takes(skills: Sequence[str], skill: str) -> bool:
    """Say whether an agent with these skills takes a request: anybody takes what needs no special skill."""
    return skill == ANY_SKILL or skill in skills
