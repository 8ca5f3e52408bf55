"""The delivery process: `python -m closer.worker.delivery` takes notifications to their vendors as soon as they commit.

It is woken over Redis and looks by itself each second, so nothing waits for Redis. Any number may run. On the side one
of them counts what happens in conversations (`closer.insights`).
"""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

from closer.insights import feed
from closer.kit.logging import configure_logging, get_logger
from closer.kit.redis import REDIS_AWAY
from closer.kit.tasks import end
from closer.kit.wake import DELIVERY, Bell
from closer.services import Services, process_services

HEARTBEAT_KEY = "closer:delivery:heartbeat"
HEARTBEAT_TTL_S = 30
_BEAT_S = 3.0
# SendGrid's client blocks: each of its calls holds a thread.
_THREADS = 64

_log = get_logger(__name__)


async def deliver(services: Services, stopping: asyncio.Event) -> None:
    """Deliver until told to stop."""
    delivery = services.notifications.delivery()
    helpers = [
        asyncio.create_task(Bell(services.redis, DELIVERY).listen(delivery.wake)),
        asyncio.create_task(_beat(services)),
        asyncio.create_task(_count(services, stopping)),
    ]
    try:
        await delivery.run(stopping)
    finally:
        await end(*helpers)


async def main() -> None:
    """Run the delivery of this installation until it is told to stop."""
    services = process_services()
    settings, loop, stopping = services.settings, asyncio.get_running_loop(), asyncio.Event()
    configure_logging("delivery", settings.log_level, settings.log_format)
    loop.set_default_executor(ThreadPoolExecutor(_THREADS, "vendor"))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    _log.info("delivery_started")
    try:
        await deliver(services, stopping)
    finally:
        await services.close()


async def _beat(services: Services) -> None:
    while True:
        try:
            now = services.clock.now().isoformat()
            await services.redis.set(HEARTBEAT_KEY, now, ex=HEARTBEAT_TTL_S)
        except REDIS_AWAY as error:
            _log.warning("heartbeat_missed", reason=type(error).__name__)
        await asyncio.sleep(_BEAT_S)


async def _count(services: Services, stopping: asyncio.Event) -> None:
    """Count conversations' events; only the stream in Redis is read here, other brokers have readers of their own."""
    if services.settings.event_broker != "redis":
        return
    consumer = services.event_consumer(feed.CONSUMER, batch=feed.BATCH, gather_s=feed.GATHER_S)
    await consumer.run(feed.InsightFeed(services.insights, services.conversations), stopping)


if __name__ == "__main__":
    asyncio.run(main())
