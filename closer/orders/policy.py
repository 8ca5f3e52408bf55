"""The shop's rules on cancelling, changing and returning; data first, then what follows for an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from closer.kit.money import Money
from closer.orders.reasons import FAULT_REASONS
from closer.orders.records import Order, OrderItem
from closer.orders.terms import CancellationTerms, ItemTerms, RefundTerms

FREE_CANCELLATION = timedelta(hours=2)
CANCELLATION_FEE_RATE = Decimal("0.05")
CANCELLATION_FEE_CAP = Decimal("15.00")

#: Faulty, wrong or misdescribed goods: longer, no restocking fee, postage included.
FAULT_DAYS = 365
#: A parcel counts as lost this long after its last expected day.
LOST_AFTER = timedelta(days=7)
#: Refunds up to this amount need nobody's decision.
AUTO_APPROVE_UP_TO = Decimal("50.00")
REFUND_BUSINESS_DAYS = 5
#: So much longer it takes where somebody decides.
BUSINESS_DAYS_TO_DECIDE = 2


@dataclass(frozen=True)
class CategoryPolicy:
    """On what terms goods of a department go back when nothing is wrong with them.

    Attributes:
        days: Days after delivery.
        restocking_rate: The share of the price that is kept.
    """

    category: str
    days: int
    restocking_rate: Decimal
    condition: str


def _policy(category: str, days: int, rate: str, condition: str) -> CategoryPolicy:
    return CategoryPolicy(category, days, Decimal(rate), condition)


REFUND_POLICIES: dict[str, CategoryPolicy] = {
    policy.category: policy
    for policy in (
        _policy(
            "electronics", 30, "0", "complete, with its accessories, signed out of all accounts"
        ),
        _policy(
            "computers",
            30,
            "0.10",
            "complete, with its accessories, wiped; 10 % are kept for checking it",
        ),
        _policy("kitchen", 60, "0", "clean and complete"),
        _policy("home", 60, "0", "assembled pieces too, if undamaged"),
        _policy("clothing", 60, "0", "unworn, with its labels"),
        _policy("shoes", 60, "0", "worn indoors only, in the shoe box"),
        _policy("beauty", 30, "0", "unopened and sealed"),
        _policy("sports", 45, "0", "clean and undamaged"),
        _policy("toys", 45, "0", "complete, in its packaging"),
        _policy("books", 14, "0", "unread, spine uncreased"),
        _policy("garden", 30, "0", "unused; living plants only if they arrived unwell"),
        _policy("pets", 30, "0", "unopened; food in sealed bags only"),
    )
}
DEFAULT_POLICY = _policy("other", 30, "0", "unused and complete")


def refund_policy(category: str) -> CategoryPolicy:
    """Return the terms of a department."""
    return REFUND_POLICIES.get(category, DEFAULT_POLICY)


def cancellation_terms(order: Order, now: datetime) -> CancellationTerms:
    """Return whether the order can be cancelled, and what that costs."""
    free_until = order.placed_at + FREE_CANCELLATION
    nothing = Money(Decimal(0), order.currency)
    if not order.is_open:
        reason = "packed" if order.state == "packed" else order.state
        return CancellationTerms(False, nothing, nothing, free_until, reason, _why_not(order))
    taken = order.paid - order.refunded
    if taken.amount <= 0:
        text = "Nothing has been charged yet, so cancelling is free."
        return CancellationTerms(True, nothing, nothing, free_until, "not_paid_yet", text)
    if now <= free_until:
        text = "Within 2 hours of ordering, cancelling is free."
        return CancellationTerms(True, nothing, taken, free_until, "free_period", text)
    rate = Money(order.total.amount * CANCELLATION_FEE_RATE, order.currency)
    fee = Money(min(rate.amount, CANCELLATION_FEE_CAP, taken.amount), order.currency)
    cap = Money(CANCELLATION_FEE_CAP, order.currency)
    text = f"The 2 free hours are over, so {fee} (5 %, at most {cap}) are kept and {taken - fee} go back."
    return CancellationTerms(True, fee, taken - fee, free_until, "after_free_period", text)


def refund_terms(
    order: Order, now: datetime, returned: Mapping[int, int], code: str = "changed_mind"
) -> RefundTerms:
    """Return whether and how much of the order can be refunded.

    Args:
        order: The order.
        now: The moment.
        returned: How many pieces of each line have a refund already.
        code: The reason, see `reason_code`.
    """
    nothing = Money(Decimal(0), order.currency)
    refusal = _refusal(order, now)
    if refusal is not None:
        return RefundTerms(False, refusal[0], refusal[1], None, nothing, ())
    items = tuple(
        _item_terms(order, item, now, returned.get(item.line, 0), code) for item in order.items
    )
    left = order.paid - order.refunded
    eligible = [item for item in items if item.eligible]
    if left.amount <= 0 or not any(item.quantity for item in items):
        return RefundTerms(
            False, "nothing_left", "Everything has been refunded already.", None, nothing, items
        )
    if not eligible:
        return RefundTerms(False, "too_late", _too_late(items), None, nothing, items)
    amount = sum((item.amount.amount for item in eligible), Decimal(0))
    whole = all(
        item.eligible and item.quantity == line.quantity
        for item, line in zip(items, order.items, strict=True)
    )
    if whole and code in FAULT_REASONS:
        amount += order.shipping.amount
    refundable = Money(min(amount, left.amount), order.currency)
    deadline = min((item.deadline for item in eligible if item.deadline), default=None)
    return RefundTerms(
        True, "ok", f"Up to {refundable} can be refunded.", deadline, refundable, items
    )


def add_business_days(start: datetime, days: int) -> datetime:
    """Return the moment some business days later; weekends do not count."""
    moment = start
    while days > 0:
        moment += timedelta(days=1)
        if moment.weekday() < 5:
            days -= 1
    return moment


def _item_terms(
    order: Order, item: OrderItem, now: datetime, returned: int, code: str
) -> ItemTerms:
    policy = refund_policy(item.category)
    fault = code in FAULT_REASONS
    days = max(FAULT_DAYS, policy.days) if fault else policy.days
    deadline = order.delivered_at + timedelta(days=days) if order.delivered_at else None
    quantity = max(0, item.quantity - returned)
    eligible = quantity > 0 and (deadline is None or now <= deadline)
    share = item.unit_price.amount / order.subtotal.amount if order.subtotal.amount else Decimal(0)
    each = item.unit_price.amount - order.discount.amount * share
    rate = Decimal(0) if fault else policy.restocking_rate
    amount = Money(each * quantity * (1 - rate) if eligible else Decimal(0), order.currency)
    return ItemTerms(
        item.line,
        item.name,
        item.category,
        quantity,
        days,
        deadline,
        eligible,
        amount,
        policy.condition,
    )


def _refusal(order: Order, now: datetime) -> tuple[str, str] | None:
    if order.is_open:
        return "cancel_instead", "The order has not been packed yet: it can be cancelled."
    if order.state == "cancelled":
        return "cancelled", "The order was cancelled; what was paid goes back by itself."
    if order.state == "refunded":
        return "nothing_left", "Everything has been refunded already."
    if order.state == "packed" or (
        order.state == "shipped" and now <= order.deliver_until + LOST_AFTER
    ):
        return (
            "not_delivered_yet",
            "The order is still on its way; it can be returned once it has arrived.",
        )
    return None


def _too_late(items: tuple[ItemTerms, ...]) -> str:
    last = max((item.deadline for item in items if item.deadline), default=None)
    return (
        f"The time for returning it ended on {last:%d %B %Y}."
        if last
        else "It can no longer be returned."
    )


def _why_not(order: Order) -> str:
    if order.state == "packed":
        return "The order is packed already and cannot be cancelled; it can be returned once it has arrived."
    if order.state in ("shipped", "delivered"):
        return f"The order is {order.state_words} and cannot be cancelled; it can be returned."
    return f"The order is {order.state} already."
