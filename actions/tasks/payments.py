"""Payment problems: what happened, what the order's payments really say, and a ticket with the facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from actions.bought import order_like
from actions.charges import explain_charge, payment_card
from actions.context import TurnContext
from actions.forms import Task
from actions.mail import open_ticket
from actions.order_slots import find_order
from actions.refund_words import refund_card
from actions.slot_types import NO_ORDER, Answer, ChoiceSlot, Filled, Invalid
from actions.tone import is_emotional
from actions.wording import OptionalOrderSlot, WordsSlot
from closer.kit.errors import NotFound
from closer.orders.payment_methods import FAILURES
from closer.orders.records import Order, Payment, Refund

_WORDS = {
    "declined": (
        "declin\\w*", "reject\\w*", "refus\\w*", "denied", "not accept\\w*", "(did|does|do|would|wo)( not|n'?t) (go through|work|accept)",
        "fail\\w*", "error", "(can'?t|cannot|can not|couldn'?t|unable to) (pay|check ?out|complete)", "not work\\w*", "bounced",
        "won'?t (take|let|swallow)", "(spit|throw|kick|chuck|knock|reject)\\w*\\b.{0,20}\\b(out|back)", "bounces?", "doesn'?t (take|let)", "not going through", "didn?'?t? go thr\\w*",
    ),
    "charged_twice": (
        "twice", "two times", "2 ?x", "2 times", "double\\w*", "duplicate\\w*", "two (charges|payments)", "2 (charges|payments)",
        "second (charge|time)", "charged again", "(charged|paid|debited|billed|taken|took|deducted)\\b.{0,25}\\b(three|multiple|several) times",
    ),
    "wrong_amount": (
        "too much", "overcharged?", "(charge|bill|debit)e?d (me |us )?(?:the )?wrong\\w*", "(wrong|higher|different) (amount|sum|total|price)", "\\d+\\W{1,3}instead of", "instead of \\W?\\d+",
        "more than (the|my|what|it)", "but (the|my) (order|basket|cart|total|bill|invoice|price)", "should (have been|be|ve been) \\W?\\d+", "not \\W?\\d+",
    ),
    "pending": ("pending", "not paid", "unpaid", "processing", "on hold", "still waiting", "stuck", "not confirmed", "reserved", "authori[sz]ation"),
    "not_recognised": (
        "recogni[sz]e\\w*", "never (bought|ordered|made)", "did ?n[o']?t (order|buy|make|authori[sz]e)", "unknown (charge|payment)",
        "unauthori[sz]ed", "fraud\\w*", "stolen", "someone else", "not me", "wasn'?t me", "strange (charge|payment)",
        "charge i (don'?t|do not|didn'?t)", "not mine",
    ),
    "other": ("something else", "other", "none of (these|those|them)", "neither"),
}  # fmt: skip
_PRIORITY = {"charged_twice": "high", "wrong_amount": "high", "not_recognised": "urgent"}
_LEAST_WORDS = 6
_SUM = re.compile(
    r"(?:it was |for |about )?[$€£]?\s?(?P<sum>\d{1,5}(?:[.,]\d{1,2})?)\s?(?:[$€£]|usd|dollars?|bucks|euros?)?(?: please| pls)?[.!]?",
    re.IGNORECASE,
)
#: "Yes please sort it": the matter is to be looked at, and no order is known.
_SEE_TO_IT = re.compile(
    r"\b(?:sort|fix|solve|resolve|check|look (?:at|into)|investigate|deal with|take care of) (?:it|this|that)\b|\bjust (?:sort|fix|check)\b",
    re.IGNORECASE,
)
#: Findings after which there is nothing to be paid.
_PAID = ("utter_payment_captured", "utter_payment_double_found", "utter_payment_reserved")


class ProblemSlot(ChoiceSlot):
    """What went wrong with a payment."""

    def __init__(self) -> None:
        super().__init__(_WORDS)

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the kind of problem; other words, when asked, are another problem."""
        found = super().read(ctx, answer)
        if not answer.asked:
            return None if found == "other" else found
        described = ctx.intent in ("inform", "payment_issue", "complaint", "nlu_fallback")
        asked_before = int(ctx.slot("strikes") or 0) >= 1 or ctx.slot("order_id") is not None
        insists = asked_before and _SEE_TO_IT.search(ctx.text)
        told = (described and len(ctx.text.split()) >= 3) or insists
        return found or ("other" if told else None)


class PaidOrderSlot(OptionalOrderSlot):
    """The order that a payment was for: also by its sum; who only wants it seen to names none."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a sum of money where that is all that is said, else what names an order."""
        asked = answer.asked or ctx.slot("requested_slot") == "payment_problem"
        if asked and (found := _SUM.fullmatch(ctx.text.strip())):
            return {"sum": found["sum"].replace(",", "."), "number": found["sum"]}
        if answer.asked and ctx.entity("order_id") is None and _SEE_TO_IT.search(ctx.text):
            return NO_ORDER
        return super().read(ctx, answer)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Find the order of that sum, or of that number."""
        if not (isinstance(value, dict) and "sum" in value):
            return await super().check(ctx, value)
        if ctx.customer_id is None:
            return Filled(value["number"])
        latest = await ctx.services.orders.latest(ctx.customer_id, 20)
        fitting = [o for o in latest if o.total.amount == Decimal(value["sum"])]
        if fitting:
            return Filled(fitting[0].id)
        if "." in value["sum"]:  # no order's sum: a colleague looks for that payment
            told = filter(None, (ctx.slot("problem_text"), ctx.text))
            ctx.set("problem_text", ", ".join(told))
            return Filled(NO_ORDER)
        return await super().check(ctx, value["number"])


@dataclass(frozen=True)
class _Finding:
    """What the payments say: the response, the facts for the ticket, and the refund that was asked for."""

    response: str
    facts: list[str]
    values: dict[str, Any]
    refund: Refund | None = None


class PaymentIssue(Task):
    """Looks at the real payments and opens a ticket."""

    name = "payment_issue"
    consoles = False
    title = "your payment problem"
    ticket_category = "payment"
    slots = {
        "payment_problem": ProblemSlot(),
        "order_id": PaidOrderSlot(),
        "problem_text": WordsSlot(8),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether its payment is recent enough to be the matter."""
        return order.state not in ("refunded", "returned")

    async def begin(self, ctx: TurnContext) -> None:
        """Keep the first message as the description if it says something."""
        if len(ctx.text.split()) >= _LEAST_WORDS:
            ctx.set("problem_text", ctx.text)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """The kind, the order where it helps, and words if nothing else tells what is wrong."""
        problem = ctx.slot("payment_problem")
        if problem is None and await explain_charge(ctx):
            self.finish(ctx, "told")
            return []
        if problem is None:
            return ["payment_problem"]
        if ctx.slot("order_id") is None and not ctx.refused_value:
            await self._guess_order(ctx, problem)
        elif ctx.slot("order_id") not in (None, NO_ORDER):
            await self._own_order(ctx)
        return ["order_id", "problem_text"] if problem == "other" else ["order_id"]

    async def perform(self, ctx: TurnContext) -> None:
        """Say what the payments show, open the ticket, and offer what can be done meanwhile."""
        problem, reference = ctx.slot("payment_problem"), ctx.slot("order_id")
        order = None if reference == NO_ORDER else await find_order(ctx, reference)
        finding = await self._look(ctx, problem, order)
        text = ctx.slot("problem_text") or ctx.text
        opened = await open_ticket(
            ctx,
            subject=_subject(problem, order),
            category="payment",
            facts=[
                f"Problem: {problem.replace('_', ' ')}",
                f"In the customer's words: {text}",
                *finding.facts,
            ],
            priority=_PRIORITY.get(problem) or ("high" if is_emotional(text) else "normal"),
        )
        cards = [payment_card(order)] if order else []
        if finding.refund is not None:
            cards.append(refund_card(finding.refund))
        ctx.say(finding.response, cards=cards, **finding.values)
        urgent = opened.ticket.priority == "urgent"
        said = "utter_payment_ticket_urgent" if urgent else "utter_payment_ticket"
        ctx.say(
            "utter_ticket_again" if opened.again else said,
            ticket_id=opened.ticket.id,
            date=opened.day,
        )
        if opened.again:
            return
        if problem in ("declined", "pending") and finding.response not in _PAID:
            names = [method.name for method in ctx.services.orders.payment_methods()]
            ctx.say("utter_other_ways_to_pay", methods=f"{', '.join(names[:-1])} or {names[-1]}")

    async def _guess_order(self, ctx: TurnContext, problem: str) -> None:
        """Take the only order of the sum or with the goods that are named, or whose payment failed or waits, when that is the problem."""
        latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
        sums = [
            m.get("amount") for m in ctx.entities("money", "refund_amount") if isinstance(m, dict)
        ]
        of_sum = [o for o in latest if any(Decimal(str(s)) == o.total.amount for s in sums)]
        meant = of_sum[0] if len(of_sum) == 1 else order_like(latest, ctx.text)
        if meant is not None:
            ctx.set("order_id", meant.id)
        if of_sum or meant:
            return
        if problem in ("charged_twice", "wrong_amount"):
            await self._charged_too_much(ctx, latest)
        if problem not in ("declined", "pending"):
            return
        orders = [o for o in latest if o.state == "placed"]
        states = ("failed",) if problem == "declined" else ("pending", "authorised")
        fitting = [o for o in orders if o.payment and o.payment.state in states]
        if len(fitting) == 1:
            ctx.set("order_id", fitting[0].id)

    async def _charged_too_much(self, ctx: TurnContext, latest: Sequence[Order]) -> None:
        """Take the only order for which too much was really charged."""
        orders = ctx.services.orders
        excess = [o for o in latest if (await orders.overcharge(o.customer_id, o.id)).amount > 0]
        if len(excess) == 1:
            ctx.set("order_id", excess[0].id)

    async def _own_order(self, ctx: TurnContext) -> None:
        """Forget a number that is none of the customer's."""
        try:
            ctx.set("order_id", (await find_order(ctx, ctx.slot("order_id"))).id)
        except NotFound:
            ctx.say("utter_order_not_found", order_id=str(ctx.slot("order_id")))
            ctx.set("order_id", None)

    async def _look(self, ctx: TurnContext, problem: str, order: Order | None) -> _Finding:
        """Compare what is said with what is stored."""
        if order is None:
            return _Finding("utter_payment_no_order", ["No order was named."], {})
        payment = order.payment
        facts = [
            f"Order {order.id}: {order.state_words}, total {order.total}",
            *map(_payment_fact, order.payments),
        ]
        values = {
            "order_id": order.id,
            "amount": str(payment.amount if payment else order.total),
            "total": str(order.total),
            "method": payment.masked if payment else "",
            "count": str(sum(1 for p in order.payments if p.state == "captured")),
        }
        excess = await ctx.services.orders.overcharge(order.customer_id, order.id)
        if excess.amount > 0:
            done = await ctx.services.orders.refund_overcharge(
                order.customer_id, order.id, idempotency_key=ctx.key()
            )
            refund_id = done.refund.id if done.refund else ""
            facts.append(f"Charged {excess} too much; refund {refund_id} is requested.")
            values |= {"excess": str(excess), "refund_id": refund_id}
            return _Finding("utter_payment_double_found", facts, values, done.refund)
        state = payment.state if payment else "none"
        if state == "failed" and payment is not None:
            values["failure"] = FAILURES.get(payment.failure or "", "the bank gave no reason")
            return _Finding("utter_payment_failed", facts, values)
        if state == "captured":
            special = {
                "charged_twice": "utter_payment_once",
                "wrong_amount": "utter_payment_amount",
                "not_recognised": "utter_payment_is_order",
            }
            return _Finding(special.get(problem, "utter_payment_captured"), facts, values)
        said = {"pending": "utter_payment_waits", "authorised": "utter_payment_reserved"}
        return _Finding(said.get(state, "utter_payment_none"), facts, values)


def _subject(problem: str, order: Order | None) -> str:
    words = {
        "other": "payment problem",
        "not_recognised": "charge not recognised",
        "declined": "payment declined",
    }
    what = words.get(problem, problem.replace("_", " "))
    return f"{what.capitalize()}{f', order {order.id}' if order else ''}"


def _payment_fact(payment: Payment) -> str:
    failure = f" ({payment.failure})" if payment.failure else ""
    return f"Payment {payment.id}: {payment.amount} by {payment.masked}, {payment.state}{failure}, {payment.created_at:%Y-%m-%d %H:%M}"
