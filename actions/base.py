"""The base of all actions: a deadline, at most one effect a message, never silent.

What an action changes is one transaction with its receipt, which begins with the first change: what only reads holds up
nobody. When the same message is processed again (after a crash), the receipt's answer is given and nothing happens twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.context import TurnContext
from actions.metrics import count_failure
from actions.runtime import services
from closer.kit.errors import CloserError, DeadlineExceeded
from closer.kit.logging import get_logger

_log = get_logger(__name__)

_LOOK_AGAIN_S = 1.0
_REQUESTED = "requested_slot"


#: All actions by name; an action enters when its class is made.
ACTIONS: dict[str, type[CloserAction]] = {}


class RunBefore(Exception):
    """The action has run for this message: what it changed stands, and what it answered is known."""


class CloserAction(Action):
    """An action with the guarantees of this module.

    Attributes:
        action_name: The name in the domain; a class without one is a base class.
        mutates: Whether it may change stored state: then its changes are one transaction with its receipt.
    """

    action_name: ClassVar[str] = ""
    mutates: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.action_name:
            ACTIONS[cls.action_name] = cls

    def name(self) -> str:
        """Return the action's name."""
        return self.action_name or f"base_{type(self).__name__}"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Do the work; say something through the context; return further events.

        Raises:
            CloserError: when it cannot be done; `sorry` tells the customer.
        """
        raise NotImplementedError

    async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
        """Apologise after a failure; subclasses keep the request or offer a person."""
        ctx.say("utter_backend_down")
        return []

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Run within the deadline; a failure becomes an apology, a log line and a metric, never silence."""
        work = services()
        ctx = TurnContext(work, dispatcher, tracker, domain)
        try:
            events = await asyncio.wait_for(
                self._once(ctx, dispatcher), work.settings.action_deadline_s
            )
        except asyncio.TimeoutError:
            events = await self._cut_off(ctx, dispatcher)
        except Exception as error:
            events = await self._failed(ctx, dispatcher, error)
        return events + list(_changes(ctx))

    async def _once(self, ctx: TurnContext, dispatcher: CollectingDispatcher) -> list[EventType]:
        if not self.mutates or not ctx.message_id:
            return await self.perform(ctx)
        receipts, key = ctx.services.receipts, self._receipt_key(ctx)

        async def first_change() -> None:
            if not await receipts.reserve(*key):
                raise RunBefore

        try:
            async with ctx.services.db.changing(first_change) as work:
                events = await self.perform(ctx)
                outcome = {"events": events, "messages": dispatcher.messages, "slots": ctx.fresh}
                if work.begun:
                    await receipts.keep(*key, outcome)
                    return events
            # A later action of the turn may change what this one has read: run again, it is to answer the same.
            if await receipts.add(*key, outcome):
                return events
            raise RunBefore
        except Exception:  # perhaps because what it would do is done
            kept = await self._answer_again(ctx, dispatcher)
            if kept is None:
                raise
            return kept

    async def _answer_again(
        self, ctx: TurnContext, dispatcher: CollectingDispatcher
    ) -> list[EventType] | None:
        """Give the answer of an earlier run of the same turn; None if there is none."""
        kept = await ctx.services.receipts.find(*self._receipt_key(ctx))
        if kept is None:
            return None
        dispatcher.messages[:] = kept["messages"]
        ctx.fresh.clear()
        ctx.fresh.update(kept["slots"])
        return list(kept["events"])

    async def _cut_off(self, ctx: TurnContext, dispatcher: CollectingDispatcher) -> list[EventType]:
        """End a run that took too long; if it committed just before, its answer holds."""
        kept = None
        if self.mutates and ctx.message_id:
            with contextlib.suppress(Exception):
                kept = await asyncio.wait_for(self._answer_again(ctx, dispatcher), _LOOK_AGAIN_S)
        if kept is not None:
            return kept
        late = DeadlineExceeded(f"{self.name()} took too long")
        return await self._failed(ctx, dispatcher, late)

    def _receipt_key(self, ctx: TurnContext) -> tuple[str, str, str, int]:
        return ctx.conversation_id, ctx.message_id, self.name(), _place_in_turn(ctx.tracker)

    async def _failed(
        self, ctx: TurnContext, dispatcher: CollectingDispatcher, error: Exception
    ) -> list[EventType]:
        expected = isinstance(error, CloserError)
        report = _log.warning if expected else _log.exception
        report(
            "action_failed", action=self.name(), code=getattr(error, "code", type(error).__name__)
        )
        count_failure(self.name(), error)
        dispatcher.messages.clear()  # what was said before the failure may not be true any more
        ctx.fresh.clear()
        try:  # an apology may write a ticket: it gets no more time than the action had
            limit = ctx.services.settings.action_deadline_s
            return await asyncio.wait_for(self.sorry(ctx, error), limit)
        except Exception:
            _log.exception("apology_failed", action=self.name())
            dispatcher.messages.clear()
            ctx.fresh.clear()
            ctx.say("utter_backend_down")
            return []


def _changes(ctx: TurnContext) -> Iterator[EventType]:
    """Yield the slots to set; to empty what is empty would only lengthen the conversation's log.

    Only of `requested_slot` an empty value says something when it was empty: a form has nothing to ask.
    """
    for name, value in ctx.fresh.items():
        empty = value is None and ctx.tracker.slots.get(name) is None
        if not empty or name == _REQUESTED:
            yield SlotSet(name, value)


def _place_in_turn(tracker: Tracker) -> int:
    """Count what was executed or rejected since the customer's message: the same place when the turn is run again."""
    count = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") in ("action", "action_execution_rejected"):
            count += 1
    return count
