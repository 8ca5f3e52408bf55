"""Taking back a request for money back: the goods are kept after all."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.forms import Task
from actions.refund_goods import names
from actions.refund_words import say_refund
from actions.slot_types import ConfirmSlot
from actions.waiting import queue_values
from actions.wording import OptionalOrderSlot
from closer.orders.records import Refund

_WITHDRAWS = re.compile(
    r"\b(?:cancel|stop|withdraw|undo|revoke|retract|call off|take back|drop|scrap|abort)\b.{0,25}\b(?:refund|return|reimbursement)\b"
    r"|\b(?:do ?n[o']?t|no longer) (?:want|need) (?:the|that|this|my|a|to)? ?(?:refund|return|money back)\b(?! label)"
    r"|\b(?:refund|return|send\w* (?:it|them) back)\b.{0,40}\b(?:i(?:'ll| will| want to| wanna|'d rather| would rather| decided to)|going to) keep\b",
    re.IGNORECASE,
)
#: "I want to cancel my order and get a refund" takes nothing back.
_ORDERS = re.compile(
    r"\b(?:cancel|stop) (?:my |the |this |that )?(?:order|purchase)\b", re.IGNORECASE
)


_KEEPS = re.compile(
    r"\b(?:i'?ll|i will|i want to|i'?d rather|we'?ll|decided to|going to|gonna) keep (?:it|them|that|those|the)\b"
    r"|\bi (?:just |rather |do )?keep (?:it|them|that|those)\b",
    re.IGNORECASE,
)


def withdraws(text: str) -> bool:
    """Say whether words take a return or refund back."""
    return _WITHDRAWS.search(text) is not None and _ORDERS.search(text) is None


def keeps_goods(text: str) -> bool:
    """Say whether words tell, where a refund is spoken of, that the goods stay: "I'll keep them after all"."""
    return _KEEPS.search(text) is not None


def begin_withdrawal(ctx: TurnContext, task: Task, *, spoken_of: bool) -> bool:
    """Have the withdrawal follow instead of a task that was begun with words that take a refund back; say whether.

    Args:
        ctx: The turn.
        task: The task that was begun.
        spoken_of: Whether a refund was spoken of just now.
    """
    if not (withdraws(ctx.text) or (spoken_of and keeps_goods(ctx.text))):
        return False
    queue_values(ctx, "withdraw_refund", {"order_id": ctx.slot("order_id")}, quiet=True)
    task.finish(ctx, "elsewhere")
    return True


class WithdrawRefund(Task):
    """Withdraws a refund on which nobody has decided; of others it says how far they are."""

    name = "withdraw_refund"
    title = "taking your refund back"
    ticket_category = "refund"
    slots = {"order_id": OptionalOrderSlot(), "confirmed": ConfirmSlot("withdraw|cancel|stop")}

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Only the yes: it is the latest refund of the order spoken of, or of all."""
        refund = await self._refund(ctx)
        if refund is None:
            ctx.say("utter_nothing_to_withdraw")
            self.finish(ctx, "impossible")
            return []
        if refund.state != "requested":
            say_refund(ctx, refund)
            if refund.state == "approved":
                ctx.say("utter_refund_not_withdrawn")
                ctx.offer("action_handoff")
            self.finish(ctx, "impossible")
            return []
        order = await ctx.services.orders.find(refund.customer_id, refund.order_id)
        goods = f" for {names(order, dict(refund.items))}" if refund.items else ""
        ctx.set("order_id", refund.order_id)
        ctx.set("task_summary", f"{refund.id} of {refund.amount}{goods}")
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Withdraw it, and say that the goods stay."""
        refund = await self._refund(ctx)
        if refund is None:  # pragma: no cover - it was there a moment ago
            raise RuntimeError("the refund is gone")
        await ctx.services.orders.withdraw_refund(refund.customer_id, refund.id)
        ctx.say("utter_refund_withdrawn", refund_id=refund.id, order_id=refund.order_id)

    @staticmethod
    async def _refund(ctx: TurnContext) -> Refund | None:
        """Return the refund that is meant, one that can still be withdrawn before others."""
        made = await ctx.services.orders.refunds(str(ctx.customer_id))
        known = [r for r in made if r.kind == "return" and r.state != "withdrawn"]
        meant = [r for r in known if r.order_id == ctx.slot("order_id")] or known
        return next((r for r in meant if r.state == "requested"), meant[0] if meant else None)
