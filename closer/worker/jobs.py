"""The jobs of the product: each is a few lines over a service and safe to run twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from closer.kit.jobs import job
from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY
from closer.kit.tasks import end

if TYPE_CHECKING:
    from closer.handoff.records import HandoffRequest
    from closer.services import Services

HEARTBEAT_KEY = "closer:worker:heartbeat"
HEARTBEAT_TTL_S = 60
BEAT_S = 15.0

_log = get_logger(__name__)


@job("heartbeat", deadline_s=5, max_attempts=1)
async def heartbeat(services: Services) -> None:
    """Leave a sign that jobs really run."""
    await services.redis.set(HEARTBEAT_KEY, services.clock.now().isoformat(), ex=HEARTBEAT_TTL_S)


async def with_heartbeat(services: Services, work: Coroutine[Any, Any, object]) -> None:
    """Do a job and go on with the heartbeat meanwhile: one that takes minutes keeps the heartbeat's own job waiting.

    Jobs have deadlines, so one that hangs does not look alive for ever.
    """
    beating = asyncio.create_task(_go_on_beating(services))
    try:
        await work
    finally:
        await end(beating)


async def _go_on_beating(services: Services) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        try:
            await heartbeat(services)
        except REDIS_AWAY as error:
            _log.warning("heartbeat_missed", reason=type(error).__name__)


@job("expire_codes", deadline_s=20, max_attempts=1)
async def expire_codes(services: Services) -> int:
    """End one-time codes whose time is over."""
    return await services.verification.expire_codes()


@job("execute_privacy", deadline_s=300, max_attempts=1)
async def execute_privacy(services: Services) -> int:
    """Carry out privacy requests of proven people."""
    return len(await services.compliance.execute_due())


@job("handoff_timeouts", deadline_s=60, max_attempts=1)
async def handoff_timeouts(services: Services) -> int:
    """End waits that took too long: a ticket, a promise by e-mail, and a word in the conversation."""
    ended = await services.handoff.expire_waiting()
    for request in ended:
        entry = services.conversations.entry("assistant", request.channel, text=_regret(request))
        await services.conversations.append(request.conversation_id, [entry])
    return len(ended)


@job("abandon_carts", deadline_s=60, max_attempts=3)
async def abandon_carts(services: Services) -> int:
    """Close carts that nobody touched for a month."""
    return await services.carts.abandon_stale()


@job("settle_payments", deadline_s=60, max_attempts=1)
async def settle_payments(services: Services) -> int:
    """Take the money of orders that could not be taken at once, and let go what no order came of."""
    return await services.checkout.payments.settle()


@job("purge", deadline_s=120, max_attempts=3)
async def purge(services: Services) -> int:
    """Forget what need not be kept: old exports, delivered messages, ended sessions, short links."""
    gone = await services.compliance.purge_exports()
    gone += await services.compliance.finish_erasures()
    gone += await services.notifications.purge()
    gone += await services.accounts.purge()
    gone += await services.lifecycle.shadow.forget_old()
    gone += await services.registration.purge()
    gone += await services.oauth.purge()
    gone += await services.checkout.payments.purge()
    gone += await services.short_links.purge()
    gone += await services.broker_outbox.purge()
    await services.person_keys.rewrap()  # after the installation's key was changed
    _log.info("purged", rows=gone)
    return gone


def _regret(request: HandoffRequest) -> str:
    ticket = f" as ticket {request.ticket_id}" if request.ticket_id else ""
    return (
        f"I am sorry, nobody from our team is free right now. Your request is with them{ticket} and "
        "they will get back to you. Meanwhile I am here: how can I help?"
    )
