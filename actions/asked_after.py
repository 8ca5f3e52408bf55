"""What is asked right after something was done: whether it worked, what it cost, how long it takes now."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from actions.after_refund import tells_when_money_comes
from actions.after_task import tells_outcome
from actions.base import ACTIONS
from actions.confirming import asks_sum
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.in_line import say_when_answered
from actions.order_slots import find_order
from actions.spoken_of import last_action
from closer.kit.errors import NotFound
from closer.tickets.records import Ticket

#: "did it cost me anything?", "was that free", "do i pay more now".
_COSTS_ME = re.compile(
    r"^\W*(?:(?:and|so|ok(?:ay)?|but|then|great|thanks|thx)\W+)*"
    r"(?!.*\b(?:twice|double|again|why|postage|returns?|customs|dut(?:y|ies)|delivery|shipping|points)\b)"
    r"(?:(?:did|does|do|will|would|was|is|were|am|have) (?:it|that|this|the change|the swap|you|u|i|they|there)\b.{0,25}"
    r"\b(?:cost\w*|charge\w*|pay|paid|extra|free|fee)\b|(?:any|no) (?:extra )?(?:costs?|charges?|fees?)\b).{0,25}$",
    re.IGNORECASE,
)
_HOW_LONG = re.compile(
    r"\b(?:how (?:long|soon|fast|quick\w*|many days)|by when|when)\b", re.IGNORECASE
)
#: All that may stand in "how long will that take?", "by when do i hear from somebody".
_OF_WAITING = frozenset(
    """a about am an and answer answered answers anyone approx back be before but by can colleague contact contacted days do does expect
    fast fix fixed for from get great have hear how i into is it know long look many me money my need normally ok okay on in account bank card refund person quick quickly
    reply response replies right roughly should so solve solved somebody someone soon sort sorted take takes thanks that the them then they
    this thx ticket till to told u until up usually wait when will would you""".split()
)
#: "And if they are worn", after the terms of returning.
_AND_IF = re.compile(
    r"\W*(?:and|but|ok(?:ay)?|so)?\W*(?:what |even )?(?:if|when)\b(?!.*\b(?:arriv|deliver|ship|order)\w*)",
    re.IGNORECASE,
)
_TERMS = "action_check_refund_policy"
_NAMED = (
    "product",
    "category",
    "order_id",
    "invoice_id",
    "delivery_city",
    "delivery_country",
    "account_type",
)
_SHORT = 11
#: A ticket that is this old was not opened just now.
_JUST_OPENED = timedelta(minutes=10)
_SAID = {
    "place_order": "utter_cost_in_all",
    "cancel_order": "utter_cost_fee",
}


async def answers_after(ctx: TurnContext, *, starting: bool = False) -> bool:
    """Answer what is asked of the task that has just ended, by what came of it; say whether that was asked.

    Args:
        ctx: The turn.
        starting: Whether the message has just begun another task, by what it sounds like.
    """
    if (ctx.active_form and not starting) or ctx.entity(*_NAMED) or len(ctx.text.split()) > _SHORT:
        return False
    if last_action(ctx, _TERMS) and _AND_IF.match(ctx.text):
        with ctx.narrowed(_with_question_before(ctx)):
            await ACTIONS[_TERMS]().perform(ctx)
        return True
    return tells_outcome(ctx) or await _tells_cost(ctx) or await _tells_how_long(ctx)


def _with_question_before(ctx: TurnContext) -> dict[str, Any]:
    """Return what is asked as the end of the question that was answered before it."""
    before = next(iter(ctx.said_before(2)), {})
    entities = (before.get("parse_data") or {}).get("entities") or []
    return {**ctx.heard, "text": f"{before.get('text', '')}, {ctx.text}", "entities": entities}


async def _tells_cost(ctx: TurnContext) -> bool:
    """Say what was charged, or goes back, for what was just done."""
    result, task = ctx.slot("task_result") or {}, ended_lately(ctx)
    asked = _COSTS_ME.search(ctx.text) or asks_sum(ctx)
    if not asked or result.get("task") != task or not result.get("cost"):
        return False
    direction, amount = result["cost"]
    said = _SAID.get(str(task), f"utter_cost_{direction}")
    ctx.say("utter_cost_nothing" if direction == "nothing" else said, amount=amount)
    if task != "place_order" and (total := await _total(ctx)):
        ctx.say("utter_cost_of_order", total=total)
    return True


async def _total(ctx: TurnContext) -> str | None:
    """Return what the order just changed comes to now."""
    try:
        order = await find_order(ctx, str(ctx.slot("order_id")))
    except NotFound:
        return None
    return None if order.state == "cancelled" else str(order.total)


async def _tells_how_long(ctx: TurnContext) -> bool:
    """Say by when the ticket just opened is answered, or the money just asked back is there."""
    words = set(re.findall(r"[a-z]+", ctx.text.lower()))
    if not (_HOW_LONG.search(ctx.text) and words <= _OF_WAITING):
        return False
    if await tells_when_money_comes(ctx):
        return True
    ticket = await _just_opened(ctx)
    if ticket is None:
        return False
    say_when_answered(ctx, ticket)
    return True


async def _just_opened(ctx: TurnContext) -> Ticket | None:
    """Return the ticket that the task before this message opened."""
    if ended_lately(ctx) is None:
        return None
    newest = await ctx.services.tickets.newest(ctx.conversation_id)
    if newest is None or not newest.is_open:
        return None
    return newest if ctx.services.clock.now() - newest.updated_at <= _JUST_OPENED else None
