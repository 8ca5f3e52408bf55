"""Ids of messages come from outside: they may be as long as is allowed, and two people may have the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import runtime
from actions.context import TurnContext
from actions.forms import TASKS
from actions.tasks import passwords  # noqa: F401 - a task enters when it is imported
from closer.kit.pagination import PageRequest
from closer.notifications.records import Content
from closer.services import Services

LONG_CONVERSATION, LONG_MESSAGE = "v" * 128, "m" * 150
KEY = f"complaint:{LONG_CONVERSATION}:{LONG_MESSAGE}"
SLOT = datetime(2026, 3, 10, 14, 0, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _acting(services: Services) -> Iterator[None]:
    runtime.use_services(services)
    yield
    runtime.use_services(None)


def turn(
    services: Services, conversation_id: str, message_id: str, slots: dict[str, Any]
) -> TurnContext:
    said = {"text": "the page hangs", "message_id": message_id, "metadata": {}}
    where = Tracker(conversation_id, slots, said, [{"event": "user"}], False, None, {}, "x")
    return TurnContext(services, CollectingDispatcher(), where, {})


async def test_a_long_key_is_a_key_like_any_other(services: Services) -> None:
    for key in (KEY, KEY + "2"):
        ticket = [
            await services.tickets.create(subject="A", category="other", idempotency_key=key)
            for _ in range(2)
        ]
        given = [await services.feedback.give(rating=4, idempotency_key=key) for _ in range(2)]
        booked = [
            await services.appointments.book(
                customer_id="ann",
                starts_at=SLOT,
                topic="x",
                phone="(202) 555-0123",
                idempotency_key=key,
            )
            for _ in range(2)
        ]
        sent = [
            await services.notifications.enqueue(
                Content("order_change", "S", "B", "B"),
                channel="email",
                address="a@example.org",
                idempotency_key=key,
            )
            for _ in range(2)
        ]
        for first, again in (ticket, given, booked, sent):
            assert first == again
    assert len((await services.tickets.list(PageRequest())).items) == 2
    assert len((await services.feedback.list(PageRequest())).items) == 2


async def test_people_with_the_same_message_id_have_tickets_of_their_own(
    services: Services,
) -> None:
    told = {"problem_text": "the page hangs after the third step", "email": "x@example.org"}
    for conversation in ("vis_1", "vis_2", "vis_2", LONG_CONVERSATION):
        message = LONG_MESSAGE if conversation == LONG_CONVERSATION else "1"
        ctx = turn(services, conversation, message, told)
        await TASKS["registration_problems"].perform(ctx)
    tickets = (await services.tickets.list(PageRequest())).items
    assert sorted(str(ticket.conversation_id) for ticket in tickets) == [
        "vis_1",
        "vis_2",
        LONG_CONVERSATION,
    ]
