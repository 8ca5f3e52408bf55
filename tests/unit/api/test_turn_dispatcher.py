"""Turns: in order within a conversation, side by side across them, never tied to who waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.metrics import GatewayMetrics
from api.turns import TurnDispatcher
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.errors import DeadlineExceeded, InvalidInput, Unavailable


class _Turns:
    def __init__(self) -> None:
        self.running: list[str] = []
        self.order: list[str] = []
        self.most = 0
        self.hold = asyncio.Event()
        self.error: Exception | None = None

    async def run(self, message: InboundMessage) -> TurnResult:
        self.order.append(message.message_id)
        self.running.append(message.conversation_id)
        self.most = max(self.most, len(self.running))
        assert len(set(self.running)) == len(self.running), "two turns of one conversation at once"
        try:
            await self.hold.wait()
            if self.error:
                raise self.error
            return TurnResult(
                message_id=message.message_id, conversation_id=message.conversation_id
            )
        finally:
            self.running.remove(message.conversation_id)


def _message(conversation: str, number: int) -> InboundMessage:
    return InboundMessage(
        message_id=f"{conversation}{number}", channel="web", conversation_id=conversation
    )


def _dispatcher(turns: Any) -> TurnDispatcher:
    return TurnDispatcher(turns, GatewayMetrics())


async def test_order_within_and_side_by_side_across_conversations() -> None:
    turns = _Turns()
    dispatcher = _dispatcher(turns)
    tasks = [dispatcher.start(_message(who, number)) for number in range(3) for who in "abc"]
    await asyncio.sleep(0.01)
    assert turns.most == 3
    turns.hold.set()
    await asyncio.gather(*tasks)
    for who in "abc":
        assert [name for name in turns.order if name[0] == who] == [
            f"{who}{number}" for number in range(3)
        ]
    assert dispatcher._locks == {}
    assert not dispatcher._waiting
    assert dispatcher._tasks == set()


async def test_turn_goes_on_when_nobody_waits_any_more() -> None:
    turns = _Turns()
    dispatcher = _dispatcher(turns)
    waiting = asyncio.create_task(dispatcher.answer(_message("a", 1), 5))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    running = list(dispatcher._tasks)
    turns.hold.set()
    assert (await running[0]).message_id == "a1"


async def test_slow_turn_is_none_now() -> None:
    turns = _Turns()
    dispatcher = _dispatcher(turns)
    assert await dispatcher.answer(_message("a", 1), 0.02) is None
    turns.hold.set()
    await dispatcher.close()
    assert dispatcher._tasks == set()


@pytest.mark.parametrize("error", [Unavailable(), DeadlineExceeded(), ZeroDivisionError()])
async def test_failing_turn_comes_later(error: Exception) -> None:
    turns = _Turns()
    turns.hold.set()
    turns.error = error
    assert await _dispatcher(turns).answer(_message("a", 1), 1) is None


async def test_refused_message_is_said_so() -> None:
    turns = _Turns()
    turns.hold.set()
    turns.error = InvalidInput("no")
    with pytest.raises(InvalidInput):
        await _dispatcher(turns).answer(_message("a", 1), 1)


async def test_failure_does_not_hold_up_the_next() -> None:
    turns = _Turns()
    turns.hold.set()
    turns.error = Unavailable()
    dispatcher = _dispatcher(turns)
    assert await dispatcher.answer(_message("a", 1), 1) is None
    turns.error = None
    assert await dispatcher.answer(_message("a", 2), 1) is not None


async def test_closing_waits_a_little_and_then_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    import api.turns as module

    monkeypatch.setattr(module, "_GRACE_S", 0.05)
    dispatcher = _dispatcher(_Turns())
    task = dispatcher.start(_message("a", 1))
    await dispatcher.close()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
