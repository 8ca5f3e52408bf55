"""The relay of the event broker: takes what turns appended to their trackers from the outbox to the broker.

The events were written in the transaction of the turn (`closer.conversations.broker`), so none is missing and none is
of a turn that did not happen. They are published at least once and in order per conversation; consumers tell
repetitions by `event_id`. One relay works at a time, in whichever Rasa process holds the lease.
"""

from __future__ import annotations

import asyncio
import contextlib

from closer.conversations.broker import BrokerOutbox
from closer.kit.errors import CloserError
from closer.kit.lease import Lease
from closer.kit.logging import get_logger
from closer.kit.tasks import end
from closer.services import Services
from rasa_ext.event_publishers import Publisher, make_publisher

_log = get_logger(__name__)

LEASE_KEY = "closer:broker:relay"
_BATCH = 200
_LOOK_S = 0.25
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 15.0


class EventRelay:
    """Publishes the outbox.

    Args:
        outbox: What is to be published.
        publisher: Where to.
        lease: Lets one relay work at a time.
    """

    def __init__(self, outbox: BrokerOutbox, publisher: Publisher, lease: Lease) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._lease = lease
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.get_running_loop().create_task(self._forever())

    async def stop(self) -> None:
        """End, and let another take over at once."""
        await end(self._task)
        await self._lease.release()
        with contextlib.suppress(Exception):
            await self._publisher.close()

    async def publish_next(self) -> int:
        """Publish the oldest events and delete them from the outbox; return how many."""
        batch = await self._outbox.next(_BATCH)
        if batch.rows:
            await self._publisher.publish(batch.events)
            await self._outbox.published(batch)
        return len(batch.events)

    async def _forever(self) -> None:
        pause = 0.0
        while True:
            try:
                busy = await self._lease.hold() and await self.publish_next() > 0
                if pause:
                    _log.info("events_flow_again")
                pause = 0.0
                await asyncio.sleep(0 if busy else _LOOK_S)
            except Exception as error:  # an outage of any broker: everything stays in the outbox
                self._lease.doubt()
                pause = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, pause * 2))
                code = error.code if isinstance(error, CloserError) else type(error).__name__
                _log.warning("events_wait", reason=code, pause_s=pause)
                await asyncio.sleep(pause)


def make_relay(services: Services) -> EventRelay:
    """Return the relay of this process."""
    lease = Lease(services.redis, LEASE_KEY)
    publisher = make_publisher(services.settings, services.redis)
    return EventRelay(services.broker_outbox, publisher, lease)
