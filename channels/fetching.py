"""Fetches media that people sent, in the background of the Rasa process: at once when one comes, and again until it is there."""

from __future__ import annotations

import asyncio

from closer.kit.errors import CloserError
from closer.kit.logging import get_logger
from closer.kit.tasks import end
from closer.messaging.media import MediaStore

_log = get_logger(__name__)


class MediaFetcher:
    """Works off what is expected.

    Args:
        store: The media.
        every_s: How often to look without being woken.
    """

    def __init__(self, store: MediaStore, every_s: float = 5.0) -> None:
        self._store = store
        self._every_s = every_s
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.get_running_loop().create_task(self._forever())

    def wake(self) -> None:
        """Look now."""
        self._wake.set()

    async def stop(self) -> None:
        """End; what is not fetched is fetched after the next start."""
        await end(self._task)
        await self._store.close()

    async def _forever(self) -> None:
        while True:
            self._wake.clear()
            try:
                while await self._store.fetch_due():
                    pass
            except CloserError as error:
                _log.warning("media_wait", code=error.code)
            except Exception:
                _log.exception("media_fetching_failed")
            try:
                await asyncio.wait_for(self._wake.wait(), self._every_s)
            except asyncio.TimeoutError:
                continue
