"""Rasa's locks on our fair Redis locks; named in `endpoints.yml`, so plain `rasa run` has them.

One message of a conversation is processed at a time, over all workers and processes. Without Redis nothing is processed:
a message waits a few seconds, then it is refused and the inbox runs it again when Redis is back. A process that has never
reached Redis and is not in production (a designer's `rasa shell`) works alone, with locks of its own.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, LockStore
from rasa.utils.endpoints import EndpointConfig

from closer.kit.errors import Unavailable
from closer.kit.fair_lock import FairLocks, LocalLocks
from closer.kit.logging import get_logger
from closer.kit.redis import connect_redis_for_locks
from closer.kit.settings import Settings, get_settings

_log = get_logger(__name__)

_PATIENCE_S = 5.0
_FIRST_PATIENCE_S = 1.0
_TRY_AGAIN_S = 10.0


class RedisTicketLockStore(LockStore):
    """Gives each conversation to one message at a time, in the order of arrival.

    Rasa uses nothing but `lock`; the rest of its interface would block the event loop and is left out.

    Args:
        endpoint_config: The entry in `endpoints.yml`, with `life_s` (so long a dead holder blocks), `grace_s` and
            `patience_s` if they are to differ. Redis' address comes from the product's settings (`REDIS_URL`).
        settings: The settings, if not the process's own.
    """

    def __init__(
        self, endpoint_config: EndpointConfig | None = None, settings: Settings | None = None
    ) -> None:
        self._settings = settings or get_settings()
        self._options = dict(endpoint_config.kwargs) if endpoint_config else {}
        self._local = LocalLocks()
        self._locks: FairLocks | None = None
        self._alone_until = 0.0

    @property
    def alone(self) -> bool:
        """Whether this process works without Redis."""
        return time.monotonic() < self._alone_until

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = 1,
    ) -> AsyncIterator[TicketLock]:
        """Hold a conversation.

        Args:
            conversation_id: The conversation.
            lock_lifetime: How long it may be waited for and held.
            wait_time_in_seconds: Unused: who waits is woken.

        Raises:
            Unavailable: if it stays busy for too long, or Redis stays away.
        """
        async with AsyncExitStack() as held:
            if not self.alone:
                try:
                    await held.enter_async_context(
                        self._fair().hold(conversation_id, lock_lifetime)
                    )
                except Unavailable as error:
                    self._go_on_alone(error)
            # Redis gives a lock once; this also holds when the process goes from working alone to Redis.
            await held.enter_async_context(self._local.hold(conversation_id))
            yield TicketLock(conversation_id)

    async def close(self) -> None:
        """Close the connections."""
        if self._locks is not None:
            await self._locks.close()
            self._locks = None

    def _fair(self) -> FairLocks:
        if self._locks is None:
            options = {"patience_s": _PATIENCE_S, **self._options}
            first = _FIRST_PATIENCE_S if self._may_be_alone else options["patience_s"]
            client = connect_redis_for_locks(self._settings.redis_url)
            self._locks = FairLocks(client, first_patience_s=first, **options)
        return self._locks

    @property
    def _may_be_alone(self) -> bool:
        return self._settings.environment != "production"

    def _go_on_alone(self, error: Unavailable) -> None:
        if error.code != "locks_away" or not self._may_be_alone or self._fair().reached:
            raise error
        self._alone_until = time.monotonic() + _TRY_AGAIN_S
        _log.warning("locks_of_this_process_only", reason="Redis has never answered")
