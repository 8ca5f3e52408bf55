"""Shadow mode: a candidate reads the messages that another version answers; what it makes of them is only recorded.

It reads in a thread of its own, after the turn. When it cannot keep up, messages are left out rather than waited for.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.trackers import DialogueStateTracker

from closer.kit.clock import Clock
from closer.kit.errors import CloserError
from closer.kit.logging import get_logger
from closer.kit.tasks import end
from closer.lifecycle.records import ShadowResult
from closer.lifecycle.shadows import ShadowResults
from rasa_ext.model_loading import LoadedModel
from rasa_ext.serving import Serving

_log = get_logger(__name__)

_MOST_WAITING = 200
_BATCH = 50


@dataclass(frozen=True)
class _Reading:
    candidate: LoadedModel
    served_by: str
    message_id: str
    text: str
    intent: dict[str, Any]


class ShadowReader:
    """Lets candidates read along.

    Args:
        results: Where it is recorded.
        clock: The time.

    Attributes:
        left_out: How many messages came faster than the candidate could read.
    """

    def __init__(self, results: ShadowResults, clock: Clock) -> None:
        self._results = results
        self._clock = clock
        self._waiting: asyncio.Queue[_Reading] = asyncio.Queue(_MOST_WAITING)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="shadow")
        self._task: asyncio.Task[None] | None = None
        self.left_out = 0

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.get_running_loop().create_task(self._forever())

    async def stop(self) -> None:
        """End; what waits is left out."""
        await end(self._task)
        self._thread.shutdown(wait=False)

    def offer(self, candidate: LoadedModel, serving: Serving) -> None:
        """Put the last message of a conversation in line."""
        said = serving.tracker.latest_message
        if said is None or not said.text or said.text.startswith(INTENT_MESSAGE_PREFIX):
            return  # a button names its intent: nothing to understand
        reading = _Reading(
            candidate, serving.version, said.message_id or "", said.text, dict(said.intent)
        )
        try:
            self._waiting.put_nowait(reading)
        except asyncio.QueueFull:
            self.left_out += 1
            return
        candidate.in_flight += 1  # it is not released while a message waits for it

    async def _forever(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < _BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            results = [found for reading in batch if (found := await self._read(reading))]
            try:
                await self._results.add(results)
            except CloserError as error:
                _log.warning("shadow_not_recorded", code=error.code, count=len(results))

    async def _read(self, reading: _Reading) -> ShadowResult | None:
        loop = asyncio.get_running_loop()
        try:
            began = time.perf_counter()
            found = await loop.run_in_executor(self._thread, _parse, reading)
            taken = (time.perf_counter() - began) * 1000
        except Exception:
            _log.exception("shadow_failed", version=reading.candidate.name)
            found, taken = {"name": None, "confidence": 0.0}, 0.0
        finally:
            reading.candidate.in_flight -= 1
        return ShadowResult(
            message_id=reading.message_id,
            candidate=reading.candidate.name,
            served_by=reading.served_by,
            intent=reading.intent.get("name"),
            confidence=float(reading.intent.get("confidence") or 0.0),
            candidate_intent=found.get("name"),
            candidate_confidence=float(found.get("confidence") or 0.0),
            candidate_ms=round(taken, 2),
            at=self._clock.now(),
        )


def _parse(reading: _Reading) -> dict[str, Any]:
    processor = reading.candidate.agent.processor
    assert processor is not None
    message = UserMessage(reading.text, sender_id="shadow")
    tracker = DialogueStateTracker.from_events("shadow", [])
    parsed = asyncio.run(processor.parse_message(message, tracker))
    intent: dict[str, Any] = parsed["intent"]
    return intent
