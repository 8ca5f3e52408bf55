"""Hearing a message while a task is in progress: the answer, corrections, an interruption, or a digression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasa_sdk.events import ActionExecutionRejected, EventType

from actions.asides import called_off
from actions.cart_words import speaks_of_cart
from actions.confirming import asks_if_done, asks_sum, is_asking, wants_instead, wants_time
from actions.context import TurnContext
from actions.identity import IDENTITY_SLOTS
from actions.intents import ANSWERS, DIGRESSIONS, KIN, TASK_OF_INTENT
from actions.late_codes import proof_retried
from actions.no_account import says_no_account
from actions.refusing import gives_up, only_refuses, refuses
from actions.signed_in import acknowledge, says_signed_in
from actions.slot_types import Answer, Filled, Invalid, SlotType
from actions.strikes import say_why, strike
from actions.talk import goes_on_changing, keep_in_talk, speaks_of_data
from actions.waiting import put_aside, queue
from actions.wishes import other_wishes
from closer.kit.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from actions.forms import Task

#: A task intent less sure than this does not interrupt the task in progress.
INTERRUPTING_CONFIDENCE = 0.5
#: From here on a message is another task's, even if it also holds what was asked for.
SURELY = 0.85

_CORRECTS = re.compile(
    r"\b(i mean|i meant|meant|sorry|oops|actually|instead|rather|correction|make (it|that)|no,? wait|not the)\b",
    re.IGNORECASE,
)
#: "why do you need my name", "what do you want that for".
_WHY_NEEDED = re.compile(
    r"^\W*(?:but |and |so |ok |hm+ |sorry )*(?:why|what)\b.{0,20}\b(?:you|u)\b.{0,12}\b(?:need|want|ask\w*|require|have to (?:know|have))\b.{0,40}$",
    re.IGNORECASE,
)
_WANTS_DATA = re.compile(
    r"\b(?:cop(?:y|ies)|send|get|give|want|see|download|export|have|show|mail|first|what|which)\b",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"[\W\d]*\d[\W\d]*")
_CONFIRMED = "confirmed"
#: What a question for the sum of what is to be confirmed is taken for.
_ABOUT_PRICES = (
    "product_info check_invoice nlu_fallback inform affirm delivery_options delivery_period".split()
)
_PRICE = re.compile(r"[$€£]\d")
#: What an answer in odd words is often taken for.
_NONSENSE = ("out_of_scope", "nlu_fallback")


async def hear(ctx: TurnContext, task: Task) -> list[EventType] | None:
    """Take in an answer. Returns events when the message is for somebody else."""
    asked = str(ctx.slot("requested_slot") or "")
    if asked in IDENTITY_SLOTS and ctx.customer_id is not None:
        asked = ""  # somebody unproven was asked, at another place
    if asked == "offer_person":
        asked = proof_retried(ctx, task) or asked
    kind = task.slot_type(asked) if asked else None
    if _surely_for_others(ctx, task, asked, kind):
        return [ActionExecutionRejected(task.form)]
    if kind is not None and await _settled(ctx, task, asked, kind):
        return None
    answered = False
    if kind is not None and not (kind.yields and _surely_another(ctx, task, kind)):
        answered = await fill(ctx, asked, kind, asked=True)
    changed = False
    if not any((answered, ctx.refused_value)):
        insisting = not _may_correct(ctx, kind)
        changed = await corrections(ctx, task, asked, insisting=insisting)
        if insisting and ctx.refused_value:  # it was meant for this task, and is not possible
            return None
    odd = (ctx.refused_value or _BARE_NUMBER.fullmatch(ctx.text)) and ctx.intent in _NONSENSE
    here = answered or changed or odd or _waits(ctx, asked)
    if not here and (away := elsewhere(ctx, task)) is not None:
        return away
    if not (changed or ctx.refused_value):
        changed = await corrections(ctx, task, asked)
    if not (answered or changed):
        return _not_answered(ctx, task, asked)
    ctx.set("strikes", 0)
    return None


async def _settled(ctx: TurnContext, task: Task, asked: str, kind: SlotType) -> bool:
    """Whether the message was a question about the task, or a part of it answered."""
    if await _explained(ctx, task, asked):
        return True
    return not kind.takes_words and await _heard_in_part(ctx, task, asked, kind)


def _surely_for_others(ctx: TurnContext, task: Task, asked: str, kind: SlotType | None) -> bool:
    """Whether a message is for nobody here: to stop, an alarm, or to go on changing an order."""
    if called_off(ctx) and ctx.intent in ANSWERS:
        return True
    if ctx.intent == "stop" and ctx.confidence >= INTERRUPTING_CONFIDENCE:
        return not (kind is not None and kind.claims(ctx))
    if ctx.intent == "security_alert" and ctx.confidence >= SURELY:
        return not (asked in IDENTITY_SLOTS and says_no_account(ctx))
    if asked == "order_id" and goes_on_changing(ctx):
        put_aside(ctx, task, "change_order")
        ctx.set("requested_slot", None)
        return True
    return False


def _waits(ctx: TurnContext, asked: str) -> bool:
    """Whether somebody wants to think before the yes."""
    a_wish = ctx.intent in TASK_OF_INTENT or ctx.intent in (*ANSWERS, "contact_human_agent")
    return asked == _CONFIRMED and not a_wish and wants_time(ctx)


def _not_answered(ctx: TurnContext, task: Task, asked: str) -> list[EventType] | None:
    """Stop after all, take up what is wished for before the yes, give time, or count the answer as none."""
    if ctx.intent == "stop":
        return [ActionExecutionRejected(task.form)]
    if asked == _CONFIRMED and _postponed(ctx, task):
        return None
    if _waits(ctx, asked):
        ctx.say("utter_take_your_time")
    elif asked and not ctx.said_again:
        strike(ctx, asked)
    return None


async def fill(ctx: TurnContext, slot: str, kind: SlotType, *, asked: bool) -> bool:
    """Read a slot from the message; says why a value is refused."""
    value = kind.read(ctx, Answer(slot=slot, asked=asked))
    if value is None:
        return False
    try:
        outcome = await kind.check(ctx, value)
    except (NotFound, InvalidInput, Conflict) as error:
        outcome = Invalid("utter_value_refused", detail=error.detail)
    if isinstance(outcome, Filled):
        ctx.set(slot, outcome.value)
        return True
    ctx.say(outcome.response, **outcome.values)
    ctx.refused_value = True
    return False


async def corrections(ctx: TurnContext, task: Task, asked: str, *, insisting: bool = False) -> bool:
    """Take values for other slots: given along with the answer, or correcting an earlier one.

    Args:
        ctx: The turn.
        task: The task in progress.
        asked: The slot that was asked for.
        insisting: Whether only slots count that insist on being heard.
    """
    changed = False
    if asked == "identity_code":  # a code is no order number; but another address may be meant
        return await fill(ctx, "identity_email", IDENTITY_SLOTS["identity_email"], asked=False)
    if asked in IDENTITY_SLOTS:
        return False
    for slot, kind in task.slots.items():
        if slot == asked or not kind.correctable or (insisting and not kind.insists):
            continue
        before = ctx.slot(slot)
        value = kind.read(ctx, Answer(slot=slot, asked=False))
        if value is not None and value == before:
            ctx.said_again = True
        if value is None or value == before:
            continue
        if await fill(ctx, slot, kind, asked=False) and ctx.slot(slot) != before:
            changed = True
            if before is not None:
                ctx.set("confirmed", None)
                task.revise(ctx)
                spoken = kind.spoken(ctx.slot(slot))
                if spoken and not kind.adds(before, ctx.slot(slot)):
                    ctx.say("utter_corrected", value=spoken)
    return changed


def elsewhere(ctx: TurnContext, task: Task) -> list[EventType] | None:
    """Return the events of an interruption or digression, or None if the message is meant for this task."""
    intent = ctx.intent
    if intent in DIGRESSIONS:
        return [ActionExecutionRejected(task.form)]
    other = TASK_OF_INTENT.get(intent)
    if other is None or other == task.name or ctx.confidence < INTERRUPTING_CONFIDENCE:
        return None
    if _meant_here(ctx, task, other):
        return None
    instead = ctx.slot("requested_slot") == _CONFIRMED and wants_instead(ctx)
    if not (instead or called_off(ctx)):
        put_aside(ctx, task, other)
    if "order_id" in task.slots and (order_id := ctx.slot("order_id")):
        keep_in_talk(ctx, str(order_id), task.name)  # "send it ..." is about this one
    ctx.set("requested_slot", None)
    return [ActionExecutionRejected(task.form)]


def _meant_here(ctx: TurnContext, task: Task, other: str) -> bool:
    """Whether a message that sounds like another task is about this one, or does not want the other."""
    if refuses(other, ctx.text):  # "I don't want a refund" in the middle of a complaint
        return True
    if other == "account_info":  # "I don't know my e-mail address" where it was asked for
        return ctx.slot("requested_slot") in IDENTITY_SLOTS
    if (other, task.name) == ("request_data_export", "request_data_deletion"):
        return _WANTS_DATA.search(ctx.text) is None  # "all my data" are to be erased
    if other == "request_data_deletion":  # "remove everything" empties the order
        return "order_id" in task.slots and not speaks_of_data(ctx.text)
    taken_out = (other, task.name) == ("change_cart", "change_order")
    return taken_out and not speaks_of_cart(ctx.text)  # "take it out" is about the order


async def _explained(ctx: TurnContext, task: Task, asked: str) -> bool:
    """Answer what is asked or said about the task itself, or about its yes that is awaited; nothing else is made of the message."""
    kind = task.slot_type(asked)
    final = asked == _CONFIRMED and kind.takes_words
    if final and await _heard_in_part(ctx, task, asked, kind):
        return True
    if is_asking(ctx) and await task.explain(ctx):
        return True
    if _said_aside(ctx, task, asked):
        return True
    if asked != _CONFIRMED:
        return False
    if asks_if_done(ctx):
        ctx.say("utter_not_done_yet")
        return True
    return bool(
        asks_sum(ctx)
        and ctx.intent in _ABOUT_PRICES
        and _PRICE.search(str(ctx.slot("task_summary") or ""))
    )


def _said_aside(ctx: TurnContext, task: Task, asked: str) -> bool:
    """Take what is no answer and no other wish: giving the task up by name, having signed in, "why do you need that?"."""
    unwanted = asked != _CONFIRMED and only_refuses(task.name, ctx.text)
    if unwanted or gives_up(ctx.text):
        task.finish(ctx, "declined")
    elif says_signed_in(ctx):
        acknowledge(ctx)
    elif asked != _CONFIRMED and _WHY_NEEDED.search(ctx.text):
        say_why(ctx, asked)
    else:
        return False
    return True


def _postponed(ctx: TurnContext, task: Task) -> bool:
    """Do first what is wished for before the yes: "yes, but send me a copy first"; the question comes again afterwards."""
    wishes = other_wishes(ctx, task)
    if not wishes:
        return False
    put_aside(ctx, task, wishes[0].task)
    queue(ctx, wishes)
    task.finish(ctx, "postponed")
    return True


async def _heard_in_part(ctx: TurnContext, task: Task, asked: str, kind: SlotType) -> bool:
    """Take the part of a message that answers ("yes, and where is 12345?"), to a final question only a no; what else it wishes comes afterwards."""
    wishes = other_wishes(ctx, task)
    rest = [clause for clause in ctx.clauses if all(clause is not w.clause for w in wishes)]
    if not wishes or not rest:
        return False
    for clause in rest:
        with ctx.narrowed(clause):
            if kind.takes_words and kind.read(ctx, Answer(slot=asked, asked=True)) is not False:
                continue
            if await fill(ctx, asked, kind, asked=True):
                queue(ctx, wishes)
                ctx.set("strikes", 0)
                return True
    return False


def _may_correct(ctx: TurnContext, kind: SlotType | None) -> bool:
    """Whether values are looked for before anything else is made of the message."""
    mixed_up = kind is not None and ctx.intent in kind.mixed_up
    if mixed_up or ctx.confidence < INTERRUPTING_CONFIDENCE:
        return True
    return ctx.intent in DIGRESSIONS and _CORRECTS.search(ctx.text) is not None


def _surely_another(ctx: TurnContext, task: Task, kind: SlotType) -> bool:
    """Whether the message surely begins another task ("cancel order 12347" where a number was asked for)."""
    other = TASK_OF_INTENT.get(ctx.intent)
    if other is None or other == task.name or ctx.confidence < SURELY:
        return False
    return ctx.intent not in kind.near and not any({other, task.name} <= family for family in KIN)
