"""An action does its work once for a message, whoever runs it again, at the same time, or after its answer was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import base, runtime
from actions.base import CloserAction
from actions.context import TurnContext
from closer.kit.pagination import PageRequest
from closer.services import Services


class OpenTicket(CloserAction):
    """Opens a ticket, slowly if told to."""

    action_name = "action_test_ticket"
    mutates = True

    def __init__(self) -> None:
        self.fails: list[Exception] = []
        self.runs = 0

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        ticket = await ctx.services.tickets.create(
            subject="A lamp", category="product", customer_id="ann"
        )
        self.runs += 1
        await asyncio.sleep(0.02)
        if self.fails:
            raise self.fails.pop()
        ctx.say("utter_done", ticket_id=ticket.id)
        ctx.set("ticket", ticket.id)
        return [SlotSet("last", "ticket")]


@pytest.fixture(autouse=True)
def _acting(services: Services) -> Iterator[None]:
    runtime.use_services(services)
    yield
    runtime.use_services(None)


def tracker(message_id: str = "m1", *earlier: str) -> Tracker:
    said = {"text": "yes", "message_id": message_id, "metadata": {}}
    events: list[dict[str, Any]] = [{"event": "user"}]
    events += [{"event": "action", "name": name} for name in earlier]
    return Tracker("ann", {}, said, events, False, None, {}, "action_listen")


async def run(action: OpenTicket, where: Tracker | None = None) -> tuple[list[Any], list[Any]]:
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, where or tracker(), {})
    return events, dispatcher.messages


async def tickets(services: Services) -> int:
    return len((await services.tickets.list(PageRequest())).items)


async def test_a_second_run_for_the_same_message_gives_the_same_answer(services: Services) -> None:
    action = OpenTicket()
    first, again = await run(action), await run(action)
    assert first == again
    assert first[1][0]["response"] == "utter_done"
    assert (action.runs, await tickets(services)) == (1, 1)


async def test_two_runs_at_the_same_time_do_the_work_once(services: Services) -> None:
    action = OpenTicket()
    first, second, third = await asyncio.gather(*(run(action) for _ in range(3)))
    assert first == second == third
    assert (action.runs, await tickets(services)) == (1, 1)


async def test_an_action_that_finds_its_own_work_done_answers_as_it_did(services: Services) -> None:
    class OneTicket(OpenTicket):
        """Opens a ticket unless there is one."""

        action_name = "action_test_one_ticket"

        async def perform(self, ctx: TurnContext) -> list[EventType]:
            if (await ctx.services.tickets.list(PageRequest())).items:
                if ctx.message_id == "m1":
                    raise RuntimeError("what it would do then fails")
                ctx.say("utter_there_is_one")
                return []
            return await super().perform(ctx)

    action = OneTicket()
    first, again, other = await run(action), await run(action), await run(action, tracker("m2"))
    assert first == again
    assert other[1][0]["response"] == "utter_there_is_one"
    assert await tickets(services) == 1


async def test_what_an_action_has_read_it_tells_again_though_it_has_changed(
    services: Services,
) -> None:
    class Look(OpenTicket):
        """Tells how many tickets there are."""

        action_name = "action_test_look"

        async def perform(self, ctx: TurnContext) -> list[EventType]:
            ctx.say("utter_done", count=await tickets(services))
            return []

    first = await run(Look())
    await run(OpenTicket(), tracker("m1", "action_test_look"))
    assert await run(Look()) == first
    _, messages = await run(Look(), tracker("m2"))
    assert messages[0]["count"] == 1


async def test_another_message_or_place_in_the_turn_is_another_run(services: Services) -> None:
    action = OpenTicket()
    for where in (tracker(), tracker("m2"), tracker("m1", "utter_greet")):
        await run(action, where)
    assert await tickets(services) == 3


async def test_a_run_that_failed_left_nothing_and_may_be_repeated(services: Services) -> None:
    action = OpenTicket()
    action.fails = [RuntimeError("bug")]
    _, messages = await run(action)
    assert (messages[0]["response"], await tickets(services)) == ("utter_backend_down", 0)
    _, messages = await run(action)
    assert (messages[0]["response"], await tickets(services)) == ("utter_done", 1)


async def test_an_answer_that_committed_just_before_the_deadline_counts(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = CloserAction._once

    async def late(self: CloserAction, *args: Any) -> list[EventType]:
        events = await once(self, *args)
        await asyncio.sleep(60)  # the work is committed and the answer is stuck
        return events

    monkeypatch.setattr(CloserAction, "_once", late)
    services.settings.action_deadline_s = 1.0
    events, messages = await run(OpenTicket())
    assert [message["response"] for message in messages] == ["utter_done"]
    assert {event["name"] for event in events} == {"last", "ticket"}
    assert await tickets(services) == 1


async def test_work_that_takes_too_long_is_undone_and_apologised_for(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(OpenTicket):
        action_name = "action_test_slow"

        async def perform(self, ctx: TurnContext) -> list[EventType]:
            await super().perform(ctx)
            await asyncio.sleep(60)
            return []

    services.settings.action_deadline_s = 0.5
    assert services.settings.turn_deadline_s > base._LOOK_AGAIN_S
    _, messages = await run(Slow())
    assert [message["response"] for message in messages] == ["utter_backend_down"]
    assert await tickets(services) == 0


async def test_an_apology_that_hangs_is_cut_off_and_something_is_said(services: Services) -> None:
    class Helpless(OpenTicket):
        action_name = "action_test_helpless"

        async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
            ctx.say("utter_backend_down_ticket", ticket_id="never written")
            ctx.set("ticket", "never written")
            await asyncio.sleep(60)
            return []

    services.settings.action_deadline_s = 0.5
    action = Helpless()
    action.fails = [RuntimeError("bug")]
    events, messages = await asyncio.wait_for(run(action), 10)
    assert [message["response"] for message in messages] == ["utter_backend_down"]
    assert events == []
