"""Schemas of products and orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from api.v1.schemas.base import MoneySchema, PageSchema, Schema
from closer.catalog.records import Product
from closer.orders.records import Order, OrderItem, Payment, ProgressStep, Shipment

ORDER_EXAMPLE: dict[str, Any] = {
    "order_id": "12345",
    "customer_id": "user123",
    "state": "shipped",
    "state_text": "on its way",
    "total": {"amount": "84.90", "currency": "USD"},
    "placed_at": "2026-01-28T09:14:00Z",
    "items": [],
}


class Picture(Schema):
    """A picture with its text alternative."""

    url: str
    alt: str


class ProductSchema(Schema):
    """A product."""

    product_id: str
    sku: str
    name: str
    category: str
    kind: str
    brand: str
    description: str
    attributes: dict[str, Any]
    options: dict[str, list[str]]
    price: MoneySchema
    in_stock: bool
    stock: int
    rating: float
    reviews: int
    related: list[str]
    image: Picture

    @classmethod
    def of(cls, product: Product) -> ProductSchema:
        """Return the schema of a product."""
        same = {name: getattr(product, name) for name in _SAME}
        image = Picture(url=f"/media/products/{product.id}.svg", alt=product.name)
        return cls(
            **same,
            product_id=product.id,
            price=MoneySchema.of(product.price),
            related=list(product.related),
            image=image,
        )


_SAME = (
    "sku",
    "name",
    "category",
    "kind",
    "brand",
    "description",
    "attributes",
    "options",
    "in_stock",
    "stock",
    "rating",
    "reviews",
)


class CategorySchema(Schema):
    """A department of the shop."""

    id: str
    name: str
    products: int


class ProductList(Schema):
    """Products, the best fitting first."""

    items: list[ProductSchema]


class OrderItemSchema(Schema):
    """A line of an order."""

    line: int
    product_id: str
    name: str
    category: str
    options: dict[str, str]
    quantity: int
    unit_price: MoneySchema
    total: MoneySchema

    @classmethod
    def of(cls, item: OrderItem) -> OrderItemSchema:
        """Return the schema of a line."""
        return cls(
            line=item.line,
            product_id=item.product_id,
            name=item.name,
            category=item.category,
            options=dict(item.options),
            quantity=item.quantity,
            unit_price=MoneySchema.of(item.unit_price),
            total=MoneySchema.of(item.total),
        )


class PaymentSchema(Schema):
    """How an order was paid; never a full number."""

    method: str
    state: str
    masked: str
    amount: MoneySchema
    failure: str | None = None

    @classmethod
    def of(cls, payment: Payment) -> PaymentSchema:
        """Return the schema of a payment."""
        return cls(
            method=payment.method,
            state=payment.state,
            masked=payment.masked,
            amount=MoneySchema.of(payment.amount),
            failure=payment.failure,
        )


class TrackingSchema(Schema):
    """Something that happened to a parcel."""

    at: datetime
    code: str
    text: str
    place: str | None = None


class ShipmentSchema(Schema):
    """A parcel."""

    carrier: str
    tracking_number: str
    state: str
    shipped_at: datetime
    estimated_delivery: datetime
    delivered_at: datetime | None = None
    events: list[TrackingSchema]

    @classmethod
    def of(cls, shipment: Shipment) -> ShipmentSchema:
        """Return the schema of a parcel."""
        events = [TrackingSchema.from_orm(event) for event in shipment.events]
        fields = {name: getattr(shipment, name) for name in cls.__fields__ if name != "events"}
        return cls(**fields, events=events)


class StepSchema(Schema):
    """A stage on an order's way."""

    label: str
    state: Literal["done", "current", "todo"]
    at: datetime | None = None


class OrderSummary(Schema):
    """An order in a list."""

    order_id: str
    customer_id: str
    state: str
    state_text: str
    total: MoneySchema
    placed_at: datetime
    items: list[OrderItemSchema]
    example = ORDER_EXAMPLE

    @classmethod
    def of(cls, order: Order) -> OrderSummary:
        """Return the schema of an order in a list."""
        return cls(**_order_fields(order))


class OrderSchema(OrderSummary):
    """An order with all that belongs to it."""

    subtotal: MoneySchema
    discount: MoneySchema
    shipping: MoneySchema
    fee: MoneySchema
    refunded: MoneySchema
    paid: MoneySchema
    delivery_method: str
    deliver_from: datetime
    deliver_until: datetime
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    address: dict[str, str | None]
    payment: PaymentSchema | None = None
    shipments: list[ShipmentSchema]
    steps: list[StepSchema]

    @classmethod
    def with_steps(cls, order: Order, steps: Sequence[ProgressStep]) -> OrderSchema:
        """Return the schema of an order."""
        moments = ("deliver_from", "deliver_until", "delivered_at", "cancelled_at")
        amounts = ("subtotal", "discount", "shipping", "fee", "refunded", "paid")
        plain: dict[str, Any] = {name: getattr(order, name) for name in moments}
        money: dict[str, Any] = {name: MoneySchema.of(getattr(order, name)) for name in amounts}
        return cls(
            **_order_fields(order),
            **plain,
            **money,
            delivery_method=order.delivery_method,
            address=dict(order.address),
            payment=PaymentSchema.of(order.payment) if order.payment else None,
            shipments=[ShipmentSchema.of(shipment) for shipment in order.shipments],
            steps=[StepSchema.from_orm(step) for step in steps],
        )


def _order_fields(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "customer_id": order.customer_id,
        "state": order.state,
        "state_text": order.state_words,
        "total": MoneySchema.of(order.total),
        "placed_at": order.placed_at,
        "items": [OrderItemSchema.of(item) for item in order.items],
    }


class OrderPage(PageSchema):
    """Orders, the newest first."""

    customer_id: str
    items: list[OrderSummary]
    total: int | None = None
