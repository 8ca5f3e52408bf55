"""Records of orders, as services hand them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from closer.kit.money import Money
from closer.orders.states import OPEN, STATE_WORDS


@dataclass(frozen=True)
class OrderItem:
    """A line of an order; `line` is its number within the order."""

    line: int
    product_id: str
    sku: str
    name: str
    category: str
    options: Mapping[str, str]
    unit_price: Money
    quantity: int

    @property
    def total(self) -> Money:
        """The price of all its pieces."""
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class Payment:
    """Money taken, or about to be; `kind` is `payment`, or `adjustment` after a change of the order."""

    id: str
    kind: str
    method: str
    state: str
    masked: str
    amount: Money
    failure: str | None
    created_at: datetime
    captured_at: datetime | None


@dataclass(frozen=True)
class TrackingEvent:
    """Something that happened to a parcel."""

    at: datetime
    code: str
    text: str
    place: str | None = None


@dataclass(frozen=True)
class Shipment:
    """A parcel."""

    id: str
    carrier: str
    tracking_number: str
    state: str
    shipped_at: datetime
    estimated_delivery: datetime
    delivered_at: datetime | None
    events: tuple[TrackingEvent, ...]


@dataclass(frozen=True)
class Order:
    """An order with its lines, payments and parcels.

    Attributes:
        fee: What was kept when it was cancelled.
        refunded: The sum of all refunds that were neither refused nor withdrawn.
        address: recipient, street, city, region, postcode, country: as it was when ordered or changed.
        deliver_from: The first day on which it may arrive, and `deliver_until` the last.
    """

    id: str
    customer_id: str
    state: str
    subtotal: Money
    discount: Money
    shipping: Money
    total: Money
    fee: Money
    refunded: Money
    delivery_method: str
    address: Mapping[str, str | None]
    deliver_from: datetime
    deliver_until: datetime
    placed_at: datetime
    paid_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    returned_at: datetime | None
    refunded_at: datetime | None
    updated_at: datetime
    items: tuple[OrderItem, ...] = ()
    payments: tuple[Payment, ...] = ()
    shipments: tuple[Shipment, ...] = ()

    @property
    def currency(self) -> str:
        """The currency of all its amounts."""
        return self.total.currency

    @property
    def paid(self) -> Money:
        """What was taken, refunds aside."""
        taken = (p.amount.amount for p in self.payments if p.state == "captured")
        return Money(sum(taken, Decimal(0)), self.currency)

    @property
    def is_open(self) -> bool:
        """Whether it can still be cancelled and changed."""
        return self.state in OPEN

    @property
    def state_words(self) -> str:
        """The state as a customer reads it."""
        return STATE_WORDS[self.state]

    @property
    def shipment(self) -> Shipment | None:
        """The latest parcel."""
        return self.shipments[-1] if self.shipments else None

    @property
    def payment(self) -> Payment | None:
        """The payment that counts: the captured one, or else the latest."""
        main = [p for p in self.payments if p.kind == "payment"]
        return next((p for p in main if p.state == "captured"), main[-1] if main else None)

    @property
    def categories(self) -> tuple[str, ...]:
        """The departments that its items are from."""
        return tuple(dict.fromkeys(item.category for item in self.items))

    def reached_at(self, state: str) -> datetime | None:
        """Return when the order came into a state, or None."""
        moment: datetime | None = getattr(self, f"{state}_at")
        return moment


@dataclass(frozen=True)
class NewItem:
    """What somebody wants to buy; `options` such as the size."""

    product_id: str
    quantity: int = 1
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ProgressStep:
    """A stage on an order's way; `state` is done, current or todo."""

    label: str
    state: str
    at: datetime | None = None


@dataclass(frozen=True)
class Refund:
    """Money that goes back.

    Attributes:
        kind: return, cancellation, change, overcharge or goodwill.
        state: requested, approved, paid, refused or withdrawn.
        items: The lines and how many pieces of each.
        expected_by: When it should have arrived.
    """

    id: str
    order_id: str
    customer_id: str
    kind: str
    state: str
    amount: Money
    reason_code: str
    reason: str
    items: tuple[tuple[int, int], ...]
    requested_at: datetime
    decided_at: datetime | None
    paid_at: datetime | None
    expected_by: datetime


@dataclass(frozen=True)
class Invoice:
    """An invoice; `content` is what it said when it was issued (lines, sums, address, payment)."""

    id: str
    order_id: str
    customer_id: str
    state: str
    replaces: str | None
    issued_at: datetime
    total: Money
    content: Mapping[str, Any]


@dataclass(frozen=True)
class OrderEvent:
    """An entry of an order's history."""

    id: int
    order_id: str
    at: datetime
    kind: str
    from_state: str | None
    to_state: str | None
    by: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class OrderChange:
    """What came of a request.

    Attributes:
        order: The order as it is now.
        difference: By how much its total changed.
        fee: What was kept.
        refund: What goes back, if anything does.
        repeated: Whether this request was served before and nothing was done now.
    """

    order: Order
    difference: Money
    fee: Money
    refund: Refund | None = None
    repeated: bool = False


@dataclass(frozen=True)
class Basket:
    """What was bought together, for learning from it."""

    order_id: str
    customer_id: str
    placed_at: datetime
    lines: tuple[tuple[str, int], ...]
