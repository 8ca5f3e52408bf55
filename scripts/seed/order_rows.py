"""Turns purchases with their histories into rows of the orders' tables."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from closer.kit.money import Money
from closer.orders.delivery import DeliveryOption
from closer.orders.fulfilling import tracking_number
from closer.orders.invoicing import invoice_content
from closer.orders.payment_methods import payment_method
from closer.orders.policy import (
    REFUND_BUSINESS_DAYS,
    add_business_days,
    cancellation_terms,
)
from closer.orders.pricing import line_columns, line_of
from closer.orders.reasons import reason_code
from closer.orders.records import Order, Payment
from scripts.seed.histories import History
from scripts.seed.journeys import journey
from scripts.seed.shopping import Purchase

_ACTORS = {
    "placed": "customer",
    "paid": "payments",
    "packed": "warehouse",
    "shipped": "warehouse",
    "delivered": "carrier",
}
_STATES = ("paid", "packed", "shipped", "delivered", "cancelled", "returned", "refunded")


@dataclass(frozen=True)
class Told:
    """A purchase with its number, its history and the ways of payment and delivery."""

    id: str
    purchase: Purchase
    history: History
    method: str
    option: DeliveryOption
    discount_rate: Decimal


class OrderRows:
    """Collects rows; `add` in the order of placing, then `numbered`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def add(self, told: Told) -> None:
        """Add an order with all that belongs to it."""
        order = _order(told)
        self._add_order(told, order)
        self._add_parcel(told, order)
        self._add_invoice(told, order)
        self._add_refund(told, order)

    def numbered(self) -> dict[str, list[dict[str, Any]]]:
        """Give invoices and refunds their numbers, by date, and return all rows."""
        counters: dict[str, int] = {}
        for table, when, shape in (
            ("invoices", "issued_at", "INV"),
            ("refunds", "requested_at", "RF"),
        ):
            series = "invoice" if shape == "INV" else "refund"
            for row in sorted(self.rows[table], key=lambda row: (row[when], row["order_id"])):
                name = f"{series}-{row[when].year}"
                counters[name] = counters.get(name, 0) + 1
                row["id"] = f"{shape}-{row[when].year}-{counters[name]:05d}"
        self.rows["order_counters"] = [
            {"name": name, "value": value} for name, value in counters.items()
        ]
        self.rows["order_events"].sort(key=lambda row: (row["at"], row["order_id"]))
        return self.rows

    def _add_order(self, told: Told, order: Order) -> None:
        moments = told.history.moments
        amounts = {
            name: getattr(order, name).amount
            for name in ("subtotal", "discount", "shipping", "total", "fee")
        }
        plain = (
            "id",
            "customer_id",
            "state",
            "delivery_method",
            "deliver_from",
            "deliver_until",
            "placed_at",
            "updated_at",
        )
        self.rows["orders"].append(
            {
                **{name: getattr(order, name) for name in plain},
                **amounts,
                **{f"{state}_at": moments.get(state) for state in _STATES},
                "currency": order.currency,
                "country": order.address["country"],
                "address": dict(order.address),
            }
        )
        self.rows["order_items"] += [
            {**line_columns(item), "order_id": order.id} for item in order.items
        ]
        for payment in order.payments:
            self.rows["payments"].append(
                {**payment.__dict__, "order_id": order.id, "amount": payment.amount.amount}
            )
        before = None
        for state, at in moments.items():
            by = _ACTORS.get(state, "customer" if state == "cancelled" else "agent")
            self._event(
                order, at, "placed" if state == "placed" else "state", by, before=before, to=state
            )
            before = state
        if told.history.failure:
            at = order.placed_at + timedelta(seconds=50)
            self._event(
                order, at, "payment_failed", "payments", detail={"failure": told.history.failure}
            )

    def _add_parcel(self, told: Told, order: Order) -> None:
        shipped = told.history.moments.get("shipped")
        if shipped is None:
            return
        delivered = told.history.moments.get("delivered")
        estimate = max(told.option.latest, shipped + timedelta(days=1))
        events, state = journey(order, shipped, delivered, estimate, self._now)
        self.rows["shipments"].append(
            {
                "id": f"shp_{order.id}_1",
                "order_id": order.id,
                "carrier": told.option.carrier,
                "tracking_number": tracking_number(told.option.carrier, f"{order.id}-0"),
                "state": "returned" if order.state in ("returned", "refunded") else state,
                "shipped_at": shipped,
                "estimated_delivery": estimate,
                "delivered_at": delivered,
                "events": events,
            }
        )

    def _add_invoice(self, told: Told, order: Order) -> None:
        paid = told.history.moments.get("paid")
        if paid is None:
            return
        self.rows["invoices"].append(
            {
                "order_id": order.id,
                "customer_id": order.customer_id,
                "state": "credited" if order.state == "cancelled" else "issued",
                "replaces": None,
                "issued_at": paid,
                "currency": order.currency,
                "total": order.total.amount,
                "content": invoice_content(order),
            }
        )

    def _add_refund(self, told: Told, order: Order) -> None:
        history, cancelled = told.history, "cancelled" in told.history.moments
        if history.refund is None:
            return
        asked = history.moments.get("cancelled") or _asked_at(history, self._now)
        amount = order.total - order.fee if cancelled else order.subtotal - order.discount
        decided = (
            None if history.refund == "requested" else min(asked + timedelta(hours=9), self._now)
        )
        reason = history.reason or ("order cancelled" if cancelled else "changed my mind")
        items = [] if cancelled else [[item.line, item.quantity] for item in order.items]
        paid = history.moments.get("refunded") or min(asked + timedelta(days=4), self._now)
        self.rows["refunds"].append(
            {
                "order_id": order.id,
                "customer_id": order.customer_id,
                "kind": "cancellation" if cancelled else "return",
                "state": history.refund,
                "currency": order.currency,
                "amount": amount.amount,
                "reason_code": "cancelled" if cancelled else reason_code(reason),
                "reason": reason,
                "items": items,
                "requested_at": asked,
                "decided_at": asked if cancelled else decided,
                "paid_at": paid if history.refund == "paid" else None,
                "expected_by": add_business_days(asked, REFUND_BUSINESS_DAYS),
            }
        )
        self._event(
            order, asked, "refund_requested", "customer", detail={"amount": str(amount.amount)}
        )

    def _event(
        self,
        order: Order,
        at: datetime,
        kind: str,
        by: str,
        *,
        before: str | None = None,
        to: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        row = {"order_id": order.id, "at": at, "kind": kind, "by": by, "detail": dict(detail or {})}
        self.rows["order_events"].append({**row, "from_state": before, "to_state": to})


def _order(told: Told) -> Order:
    purchase, moments = told.purchase, told.history.moments
    items = tuple(
        line_of(w.product, w.quantity, w.options, n) for n, w in enumerate(purchase.lines, 1)
    )
    subtotal = Money(sum((item.total.amount for item in items), Decimal(0)))
    discount = Money(subtotal.amount * told.discount_rate)
    zero = Money(Decimal(0))
    reached: dict[str, Any] = {f"{state}_at": moments.get(state) for state in _STATES}
    order = Order(
        id=told.id,
        customer_id=purchase.shopper.customer.id,
        state="paid" if told.history.state == "cancelled" else told.history.state,
        subtotal=subtotal,
        discount=discount,
        shipping=told.option.price,
        total=subtotal - discount + told.option.price,
        fee=zero,
        refunded=zero,
        delivery_method=told.option.method,
        address=purchase.shopper.address.snapshot(),
        deliver_from=told.option.earliest,
        deliver_until=told.option.latest,
        placed_at=purchase.placed_at,
        updated_at=max(moments.values()),
        **reached,
        items=items,
    )
    order = Order(**{**order.__dict__, "payments": (_payment(told, order),)})
    if told.history.state != "cancelled":
        return order
    terms = cancellation_terms(order, moments["cancelled"])
    return Order(**{**order.__dict__, "state": "cancelled", "fee": terms.fee})


def _payment(told: Told, order: Order) -> Payment:
    paid, method = told.history.moments.get("paid"), payment_method(told.method)
    waiting = "authorised" if method.immediate else "pending"
    digits = (
        int(hashlib.sha256(f"{order.customer_id}:{method.id}".encode()).hexdigest(), 16) % 10_000
    )
    card = method.id in ("visa", "mastercard", "amex")
    return Payment(
        id=f"pay_{order.id}_1",
        kind="payment",
        method=method.id,
        state="captured" if paid else "failed" if told.history.failure else waiting,
        masked=f"{method.name} ending in {digits:04d}" if card else method.name,
        amount=order.total,
        failure=told.history.failure,
        created_at=order.placed_at,
        captured_at=paid,
    )


def _asked_at(history: History, now: datetime) -> datetime:
    delivered, returned = history.moments["delivered"], history.moments.get("returned")
    asked = returned - (returned - delivered) / 2 if returned else delivered + timedelta(days=2)
    return (
        min(asked, now - timedelta(hours=1)) if now - timedelta(hours=1) > delivered else delivered
    )
