"""A form at work: the message is read into the task's slots, then what is missing is asked, or the form ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rasa_sdk.events import EventType

from actions.address_target import asks_default
from actions.afterwards import taken_back
from actions.asides import answer_aside, wants_person
from actions.base import CloserAction
from actions.call_words import books_call
from actions.closed_accounts import is_closed
from actions.context import TurnContext
from actions.hearing import fill, hear
from actions.identity import settle_proof, steps_of_proof, told_who
from actions.in_line import end_wait, gives_up_waiting, note_for_person, tells_reason
from actions.refusing import refuses
from actions.situation import Situation
from actions.slot_types import NO_ORDER
from actions.spoken_of import address_just_given, last_action
from actions.telling import telling
from actions.tone import swears
from actions.waiting import come_back, hand_over, is_new, queue, queue_values
from actions.wishes import preferred, shared_out
from closer.kit.errors import Conflict, InvalidInput, NotFound, NotPermitted

if TYPE_CHECKING:
    from actions.forms import Task

STRIKES = 3
#: A task that begins with less is perhaps not what was meant.
_UNSURE = 0.6
#: From here on a call that is asked for beside is not the whole of it.
_SURELY = 0.85
_BOOKING = "book_appointment"
_OF_CALLS = (_BOOKING, "manage_appointment", "stop_contact")
_COMPLAINT, _LETTERS = "complaint", "newsletter_subscription"
_SAVING = "set_up_shipping_address"

_OFFER = "offer_person"


class ValidateTask(CloserAction):
    """Reads the customer's message for the active form and decides what is asked next."""

    task: ClassVar[Task]
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Fill slots, then set `requested_slot` to what is missing, or end the form."""
        news = Situation(ctx, self.task.form)
        ctx.open_to_closed = self.task.open_to_closed
        ctx.set("strikes", ctx.slot("strikes") or 0)
        if news.starting:
            await self._start(ctx, news)
        elif news.fresh and await self.task.take_up(ctx):
            ctx.set("strikes", 0)
        elif news.fresh:
            turned_away = await hear(ctx, self.task)
            if turned_away:
                return turned_away
        return await self._ask_next(ctx)

    async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
        """End the form; `action_submit_...` apologises and keeps the request."""
        ctx.set(
            "task_outcome", "not_permitted" if isinstance(error, NotPermitted) else "backend_down"
        )
        ctx.set("requested_slot", None)
        return []

    async def _start(self, ctx: TurnContext, news: Situation) -> None:
        ctx.fresh.update(
            {
                "task_outcome": None,
                "strikes": 0,
                "confirmed": None,
                "offer_person": None,
                "pending_offer": None,  # a yes is about this task now
            }
        )
        back = ctx.slot("resuming") or {}
        ctx.set("resuming", None)
        if back.get("task") != self.task.name:
            await self._begin(ctx, read=news.fresh)
        elif not is_new(back):
            come_back(ctx)
            ctx.say("utter_resuming_task", task=self.task.spoken_title)
        else:
            if not back.get("quiet"):
                ctx.say("utter_next_task", task=self.task.spoken_title)
            with ctx.narrowed(back.get("said")):
                await self._begin(ctx, read="said" in back)
            ctx.fresh.update(back.get("values", {}))

    async def _begin(self, ctx: TurnContext, *, read: bool) -> None:
        """Take what the first message tells; not from a plain yes to an offer, which may have filled slots."""
        ctx.set("task_data", None)
        if ctx.slot("order_id") == NO_ORDER:  # it was none that the task before was about
            ctx.set("order_id", None)
        if read and await self._is_not_wanted(ctx):
            return
        if read and gives_up_waiting(ctx):
            await end_wait(ctx)
        own, others = await shared_out(ctx, self.task.name) if read else (None, [])
        if own:
            await answer_aside(ctx)
        queue(ctx, others)
        if read and wants_person(ctx):
            self.task.finish(ctx, "handoff")
        elif read and self.task.consoles and swears(ctx.text):
            ctx.say("utter_sorry_upset")
        with ctx.narrowed(own.clause if own else None):
            for slot, kind in self.task.slots.items():
                if read:
                    ctx.set(slot, None)
                    await fill(ctx, slot, kind, asked=False)
            if ctx.refused_value:  # what was named in vain at once is an invalid answer, too
                ctx.set("strikes", 1)
            ctx.fresh.update(own.values if own else {})
            await self.task.begin(ctx)
        if read and self.task.needs_identity:
            await told_who(ctx, self.task.slots)

    async def _is_not_wanted(self, ctx: TurnContext) -> bool:
        """Leave a message that only sounds like this task to what it wants instead; say whether it was."""
        if rather := preferred(ctx, self.task.name):
            queue(ctx, rather, quiet=True)
            self.task.finish(ctx, "passed_on")
        elif refuses(self.task.name, ctx.text):
            self.task.finish(ctx, "declined")
        elif await self._belongs_to_the_last(ctx):
            return True
        elif self.task.name not in _OF_CALLS and ctx.confidence < _SURELY and books_call(ctx):
            hand_over(ctx, self.task, _BOOKING)
        elif tells_reason(ctx) and await note_for_person(ctx):
            self.task.finish(ctx, "answered")
        else:
            return False
        return True

    async def _belongs_to_the_last(self, ctx: TurnContext) -> bool:
        """Answer what is asked of the task that has just ended, whatever it sounds like; leave to it what hardly names this one."""
        from actions.asked_after import answers_after  # noqa: PLC0415 - it stands on the forms

        if await answers_after(ctx, starting=True):
            self.task.finish(ctx, "answered")
            return True
        return ctx.confidence < _UNSURE and self._left_to_the_last(ctx)

    def _left_to_the_last(self, ctx: TurnContext) -> bool:
        """Leave a message that hardly names this task to the one that has just ended: it undoes it, or tells more of it."""
        from actions.after_task import letters_go_elsewhere  # noqa: PLC0415 - it stands on the forms

        if self.task.name != _LETTERS and letters_go_elsewhere(ctx):
            hand_over(ctx, self.task, _LETTERS, newsletter_choice="subscribe")
        elif (back := taken_back(ctx)) is not None:
            queue_values(ctx, *back, quiet=True)
        elif self.task.name != _SAVING and asks_default(ctx.text) and address_just_given(ctx):
            hand_over(ctx, self.task, _SAVING)  # "and use that from now on"
        elif self.task.name != _COMPLAINT and _told_more(ctx):
            hand_over(ctx, self.task, _COMPLAINT)
        else:
            return False
        self.task.finish(ctx, "passed_on")
        return True

    async def _ask_next(self, ctx: TurnContext) -> list[EventType]:
        if ctx.slot(_OFFER) is False:  # wants to go on without a person
            ctx.fresh.update({_OFFER: None, "strikes": 0})
        elif ctx.slot(_OFFER) is True:
            self.task.finish(ctx, "handoff")
        wanted = [] if ctx.slot("task_outcome") else await self._wanted(ctx)
        missing = [slot for slot in wanted if ctx.slot(slot) is None]
        if ctx.slot("task_outcome"):
            missing = []
        elif ctx.slot("confirmed") is False:
            self.task.finish(ctx, "declined")
            missing = []
        elif missing and int(ctx.slot("strikes") or 0) >= STRIKES:
            missing = [_OFFER]
        elif not missing:
            self.task.finish(ctx, "ready")
        ctx.set("requested_slot", missing[0] if missing else None)
        return []

    async def _wanted(self, ctx: TurnContext) -> list[str]:
        if self.task.needs_identity and ctx.customer_id is None:
            return await steps_of_proof(ctx)
        settle_proof(ctx)
        if not self.task.open_to_closed and await is_closed(ctx):
            ctx.say("utter_closed_account_only_privacy")
            self.task.finish(ctx, "impossible")
            return []
        try:
            return await self.task.wanted(ctx)
        except (NotFound, InvalidInput, Conflict) as error:
            ctx.say("utter_task_impossible", detail=error.detail)
            self.task.finish(ctx, "impossible")
            return []


def _told_more(ctx: TurnContext) -> bool:
    """Whether more is told right after a complaint was taken."""
    return last_action(ctx, f"action_submit_{_COMPLAINT}") and telling(ctx.text)
