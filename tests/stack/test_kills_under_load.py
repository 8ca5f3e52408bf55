"""Processes die by SIGKILL while customers write: every accepted message is answered once. Prints the counts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from closer.conversations.tables import inbox
from closer.conversations.turn import InboundMessage
from closer.kit.clock import SystemClock
from closer.kit.columns import process_cipher
from closer.kit.ids import new_id
from closer.kit.pagination import PageRequest
from closer.kit.settings import get_settings, load_settings
from closer.security.roles import Role
from closer.security.tokens import issue_token
from closer.services import Services
from scripts.stack.instance import Instance
from scripts.stack.records import read_record
from tests.fakes.instances import bring_up

pytestmark = [pytest.mark.stack, pytest.mark.nightly, pytest.mark.timeout(600)]

VICTIMS = ("rasa", "actions", "worker", "redis", "rasa", "actions")
CUSTOMERS = 8
SAID = (
    "hello there",
    "where is my order",
    "never mind",
    "which payment methods do you take?",
    "thanks a lot",
)


class Customer:
    """Writes over REST without a pause; what got no answer at all is sent again with the same id, as an app does."""

    def __init__(self, settings: Any, number: int) -> None:
        self.id = f"cus_{number:05d}"
        self._url = f"http://127.0.0.1:{settings.port}/api/v1/chat/messages"
        token = issue_token(settings, role=Role.CUSTOMER, customer_id=self.id)
        self._headers = {
            "Authorization": f"Bearer {token}",
            "X-Forwarded-For": f"10.1.1.{number}",
        }
        self.accepted: list[str] = []
        self.statuses: Counter[int | str] = Counter()

    def message(self, message_id: str) -> InboundMessage:
        """Return a message by which its stored result is found."""
        return InboundMessage(message_id=message_id, channel="web", conversation_id=self.id)

    async def write(self, session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            message_id = new_id("in")
            text = SAID[number % len(SAID)]
            number += 1
            for pause in (0.2,) * 300:
                if await self._send(session, message_id, text):
                    break
                await asyncio.sleep(pause)
            await asyncio.sleep(1.1)  # the pace that the gateway allows one customer

    async def _send(self, session: aiohttp.ClientSession, message_id: str, text: str) -> bool:
        body = {"text": text, "message_id": message_id}
        try:
            async with session.post(self._url, json=body, headers=self._headers) as answer:
                self.statuses[answer.status] += 1
                if answer.status not in (200, 202):
                    return False
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            self.statuses[type(error).__name__] += 1
            return False
        self.accepted.append(message_id)
        return True


async def kill_in_turn(instance: Instance) -> None:
    for victim in VICTIMS:
        await asyncio.sleep(4)
        record = read_record(instance.run_dir, victim)
        process = record.process() if record else None
        assert process is not None, f"{victim} does not run"
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(bring_up, instance)  # returns when all is healthy again
    await asyncio.sleep(3)


async def until_all_is_answered(services: Services, within_s: float) -> Counter[str]:
    give_up = time.monotonic() + within_s
    while True:
        async with services.db.reading() as connection:
            states = Counter((await connection.execute(select(inbox.c.state))).scalars())
        if set(states) == {"done"} or time.monotonic() > give_up:
            return states
        await asyncio.sleep(0.5)


async def answers_of(services: Services, customer: str) -> tuple[Counter[str], Counter[str]]:
    """Return how often each message stands in the history, and how many replies it has."""
    said: Counter[str] = Counter()
    replies: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page = await services.conversations.history(customer, PageRequest(limit=100, cursor=cursor))
        for entry in page.items:
            (said if entry.sender == "customer" else replies)[entry.message_id or ""] += 1
        cursor = page.next_cursor
        if cursor is None:
            return said, replies


@pytest.fixture
def keys_of_the_instance(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets this process read what the instance has sealed."""
    monkeypatch.setenv("CLOSER_DATA_DIR", str(instance.settings.data_dir))
    for kept in (get_settings, process_cipher):
        kept.cache_clear()
    yield
    monkeypatch.undo()
    for kept in (get_settings, process_cipher):
        kept.cache_clear()


@pytest.mark.usefixtures("keys_of_the_instance")
async def test_every_accepted_message_is_answered_once(instance: Instance) -> None:
    await asyncio.to_thread(bring_up, instance)
    settings = load_settings(data_dir=instance.settings.data_dir, port=instance.settings.port)
    customers = [Customer(settings, number) for number in range(1, CUSTOMERS + 1)]
    stop = asyncio.Event()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        writing = [asyncio.create_task(one.write(session, stop)) for one in customers]
        await kill_in_turn(instance)
        stop.set()
        await asyncio.gather(*writing)
    services = Services(settings, SystemClock())
    states = await until_all_is_answered(services, 90)
    accepted = answered = repeated = 0
    for customer in customers:
        said, replies = await answers_of(services, customer.id)
        async with services.db.reading() as connection:
            query = select(inbox.c.message_id).where(inbox.c.conversation_id == customer.id)
            stored = Counter((await connection.execute(query)).scalars())
        accepted += len(customer.accepted)
        for message_id in customer.accepted:
            answered += bool(replies[message_id])
            result = (await services.conversations.accept(customer.message(message_id))).result
            expected = len(result.replies) if result else 0
            once = (said[message_id], stored[message_id], replies[message_id]) == (1, 1, expected)
            repeated += not once
    await services.close()
    statuses = sum((customer.statuses for customer in customers), Counter())
    print(
        f"\nkilled {len(VICTIMS)} processes: accepted {accepted}, answered {answered}, "
        f"not exactly once {repeated}, inbox {dict(states)}, HTTP {dict(statuses)}"
    )
    assert set(states) == {"done"}
    assert accepted > 50
    assert (answered, repeated) == (accepted, 0)
