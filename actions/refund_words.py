"""How a refund is told and shown."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.days import day_of
from closer.conversations.turn import Card, Fact
from closer.kit.money import Money
from closer.orders.policy import (
    AUTO_APPROVE_UP_TO,
    BUSINESS_DAYS_TO_DECIDE,
    REFUND_BUSINESS_DAYS,
)
from closer.orders.reasons import is_fault
from closer.orders.records import Refund
from closer.orders.states import VOID_REFUNDS

#: "The candle smells like burnt rubber, want my cash".
_MONEY = re.compile(
    r"\b(?:want|need|give|gimme|get|have|return|like|rather have)\b.{0,20}\b(?:my|the|our) (?:money|cash|dough|munny|mony)\b|\bmoney[ -]?back\b|\brefund\w*\b",
    re.IGNORECASE,
)
#: "How long do i have?", asked of the time to return something.
_TIME_LEFT = re.compile(
    r"\bhow (?:long|much time|many days)\b.{0,8}\b(?:do|have) (?:i|we) (?:have|got)\b|\b(?:until|till|by) when\b.{0,20}\b(?:return|send|bring|back)\b"
    r"|\b(?:deadline|last day)\b.{0,20}\b(?:return|send|bring|back)\b",
    re.IGNORECASE,
)
_STATE_WORDS = {
    "requested": "waiting for a colleague's decision",
    "approved": "approved, the money is on its way",
    "paid": "paid out",
    "refused": "declined",
    "withdrawn": "withdrawn by you",
}


def wants_money_back(text: str) -> bool:
    """Say whether words tell a fault of goods and want the money for them, however much they sound like buying."""
    return _MONEY.search(text) is not None and is_fault(text)


def asks_time_left(text: str) -> bool:
    """Say whether a text asks how long something can still go back."""
    return _TIME_LEFT.search(text) is not None


def say_refund(ctx: TurnContext, refund: Refund) -> None:
    """Say how far a refund is; one that takes too long comes with the offer of a person."""
    waits = refund.state in ("requested", "approved")
    late = waits and refund.expected_by < ctx.services.clock.now()
    moment = refund.paid_at or refund.decided_at or refund.expected_by
    ctx.say(
        f"utter_refund_is_{refund.state}{'_late' if late else ''}",
        cards=[refund_card(refund)],
        refund_id=refund.id,
        order_id=refund.order_id,
        amount=str(refund.amount),
        date=day_of(refund.expected_by),
        since=day_of(moment),
    )
    if late or refund.state == "refused":
        ctx.offer("action_handoff")


def say_how_long_refunds_take(ctx: TurnContext) -> None:
    """Say how many working days it takes until money is back."""
    ctx.say(
        "utter_refund_duration",
        days=str(REFUND_BUSINESS_DAYS),
        limit=str(Money(AUTO_APPROVE_UP_TO)),
        more=str(REFUND_BUSINESS_DAYS + BUSINESS_DAYS_TO_DECIDE),
    )


def refund_card(refund: Refund) -> Card:
    """Return a refund as a card."""
    facts = [
        Fact(label="Amount", value=str(refund.amount)),
        Fact(label="Status", value=_STATE_WORDS[refund.state].capitalize()),
        Fact(label="Asked for", value=f"{refund.requested_at.day} {refund.requested_at:%B %Y}"),
    ]
    if refund.paid_at:
        facts.append(Fact(label="Paid", value=f"{refund.paid_at.day} {refund.paid_at:%B %Y}"))
    elif refund.state not in VOID_REFUNDS:
        facts.append(
            Fact(label="Expected by", value=f"{refund.expected_by.day} {refund.expected_by:%B %Y}")
        )
    return Card(
        kind="refund", title=f"Refund {refund.id}", subtitle=f"Order {refund.order_id}", facts=facts
    )
