"""Schemas of the checkout."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.v1.schemas.base import Body, MoneySchema, Schema
from api.v1.schemas.shop import OrderItemSchema, Picture
from api.v1.schemas.types import Id, JsonObject, Line, PatternStr, Secret
from closer.carts.records import CartLine
from closer.checkout.records import CheckoutView, CheckoutWish, Contact, Placed
from closer.customers.countries import COUNTRIES
from closer.customers.records import Address, NewAddress
from closer.kit.money import Money
from closer.orders.delivery import DeliveryOption
from closer.orders.payment_methods import PaymentMethod
from closer.orders.records import Order
from closer.providers.payments import Card

_ADDRESS = {
    "recipient": "Mara Lindqvist",
    "street": "5 Elm Street",
    "city": "Portland",
    "region": "OR",
    "postcode": "97205",
    "country": "US",
}
_CONTACT = {"name": "Mara Lindqvist", "email": "mara@example.org"}
_CARD = {"number": "4242 4242 4242 4242", "month": 12, "year": 2030, "cvc": "123"}
_TOKEN = "the part of the link after #"  # noqa: S105 - an example


class _Country(PatternStr):
    pattern = r"[A-Z]{2}"
    min_length, max_length = 2, 2
    what = "must be a country code like US"


class _CardNumber(PatternStr):
    pattern = r"[0-9](?:[ -]?[0-9]){11,18}"
    min_length, max_length = 12, 40
    what = "must be a card number"


class _Cvc(PatternStr):
    pattern = r"[0-9]{3,4}"
    min_length, max_length = 3, 4
    what = "must have 3 or 4 digits"


class _Amount(PatternStr):
    pattern = r"[0-9]{1,9}\.[0-9]{2}"
    min_length, max_length = 4, 12
    what = "must be an amount like 12.50"


class CheckoutBody(Body):
    """Which cart: the token of its link; with country and way of delivery its price is told for these."""

    token: Secret
    country: _Country | None = None
    delivery_method: Id = Id("standard")
    example = {"token": _TOKEN, "country": "US", "delivery_method": "express"}


class CheckoutLineBody(Body):
    """How many pieces of a product are wanted; 0 takes it out."""

    token: Secret
    product_id: Id
    options: JsonObject = Field(JsonObject(), description="which one, if it comes in several")
    quantity: int = Field(..., ge=0, le=20, strict=True)
    example = {"token": _TOKEN, "product_id": "P-0001", "options": {}, "quantity": 2}


class AddressBody(Body):
    """Where an order goes."""

    recipient: Line | None = None
    street: Line
    city: Line
    region: Line | None = None
    postcode: Line | None = None
    country: _Country
    example = _ADDRESS


class ContactBody(Body):
    """Who orders, if that is not known."""

    name: Line
    email: Line
    example = _CONTACT


class CardBody(Body):
    """A card; it is handed to the payment provider and kept nowhere."""

    number: _CardNumber
    month: int = Field(..., ge=1, le=12, strict=True)
    year: int = Field(..., ge=2000, le=2100, strict=True)
    cvc: _Cvc
    example = _CARD


class PaymentBody(Body):
    """How it is paid."""

    method: Id
    card: CardBody | None = None
    gift_code: Line | None = None
    example = {"method": "card", "card": _CARD}


class CheckoutOrderBody(Body):
    """How a cart is to be ordered; the same `idempotency_key` pays once."""

    token: Secret
    idempotency_key: Id
    expected_total: _Amount
    delivery_method: Id = Id("standard")
    address_id: Id | None = Field(None, description="one of the signed-in customer's addresses")
    address: AddressBody | None = Field(None, description="or a new one")
    keep_address: bool = Field(False, description="put it in the signed-in customer's address book")
    contact: ContactBody | None = Field(None, description="of a guest")
    payment: PaymentBody
    example = {
        "token": _TOKEN,
        "idempotency_key": "1f0c7f5e-6f0c-4a77-9d0e-0f6c1b2a3d4e",
        "expected_total": "84.85",
        "delivery_method": "standard",
        "address": _ADDRESS,
        "contact": _CONTACT,
        "payment": {"method": "card", "card": _CARD},
    }

    def wish(self, currency: str) -> CheckoutWish:
        """Return what is wished for, in the domain's words."""
        card, to, contact = self.payment.card, self.address, self.contact
        return CheckoutWish(
            idempotency_key=self.idempotency_key,
            expected_total=Money(self.expected_total, currency),  # type: ignore[arg-type]
            payment=self.payment.method,
            delivery_method=self.delivery_method,
            address_id=self.address_id,
            address=NewAddress(**to.dict(), label="delivery") if to else None,
            keep_address=self.keep_address,
            contact=Contact(contact.name, contact.email) if contact else None,
            card=Card(card.number, card.month, card.year, card.cvc) if card else None,
            gift_code=self.payment.gift_code,
        )


class CheckoutLine(Schema):
    """A product in the cart at today's price; `stock` is how many there are."""

    product_id: str
    name: str
    options: dict[str, str]
    quantity: int
    unit_price: MoneySchema
    total: MoneySchema
    available: bool
    stock: int
    missing_options: list[str]
    image: Picture

    @classmethod
    def of(cls, line: CartLine) -> CheckoutLine:
        """Return the schema of a line."""
        product = line.product
        return cls(
            product_id=product.id,
            name=product.name,
            options=dict(line.options),
            quantity=line.quantity,
            unit_price=MoneySchema.of(product.price),
            total=MoneySchema.of(line.total),
            available=line.available,
            stock=product.stock,
            missing_options=list(line.missing_options),
            image=Picture(url=f"/media/products/{product.id}.svg", alt=product.name),
        )


class DeliveryChoice(Schema):
    """A way to send it, its price, and the days on which it would arrive."""

    id: str
    name: str
    carrier: str
    price: MoneySchema
    earliest: datetime
    latest: datetime

    @classmethod
    def of(cls, option: DeliveryOption) -> DeliveryChoice:
        """Return the schema of a way to send."""
        same = {name: getattr(option, name) for name in ("name", "carrier", "earliest", "latest")}
        return cls(**same, id=option.method, price=MoneySchema.of(option.price))


class PaymentChoice(Schema):
    """A way to pay."""

    id: str
    name: str
    note: str

    @classmethod
    def of(cls, method: PaymentMethod) -> PaymentChoice:
        """Return the schema of a way to pay."""
        return cls(id=method.id, name=method.name, note=method.note)


class TrialCard(Schema):
    """A card to try in a demonstration, and what becomes of the payment."""

    number: str
    outcome: str


class SavedAddress(Schema):
    """An address of the signed-in customer."""

    address_id: str
    label: str
    recipient: str
    line: str
    country: str
    is_default: bool

    @classmethod
    def of(cls, address: Address) -> SavedAddress:
        """Return the schema of an address."""
        same = {name: getattr(address, name) for name in ("label", "recipient", "country")}
        return cls(
            **same, address_id=address.id, line=address.one_line, is_default=address.is_default
        )


class CountryChoice(Schema):
    """A country that we deliver to."""

    code: str
    name: str


class OrderReceipt(Schema):
    """An order as the holder of its link may see it: no address, no payment."""

    order_id: str
    state: str
    state_text: str
    total: MoneySchema
    deliver_from: datetime
    deliver_until: datetime
    items: list[OrderItemSchema]
    repeated: bool = Field(False, description="whether it had been placed before")

    @classmethod
    def of(cls, order: Order, *, repeated: bool) -> OrderReceipt:
        """Return the schema of an order."""
        return cls(
            order_id=order.id,
            state=order.state,
            state_text=order.state_words,
            total=MoneySchema.of(order.total),
            deliver_from=order.deliver_from,
            deliver_until=order.deliver_until,
            items=[OrderItemSchema.of(item) for item in order.items],
            repeated=repeated,
        )

    @classmethod
    def placed(cls, placed: Placed) -> OrderReceipt:
        """Return the schema of what came of a checkout."""
        return cls.of(placed.order, repeated=placed.repeated)


class CheckoutState(Schema):
    """What is in the cart, what it costs, and what can be chosen; once it was ordered, the order."""

    state: Literal["open", "ordered"]
    shop: str
    order: OrderReceipt | None = None
    lines: list[CheckoutLine]
    signed_in: bool
    needs_contact: bool
    addresses: list[SavedAddress]
    country: str
    countries: list[CountryChoice]
    delivery: list[DeliveryChoice]
    delivery_method: str
    subtotal: MoneySchema
    shipping: MoneySchema
    total: MoneySchema
    payments: list[PaymentChoice]
    test_cards: list[TrialCard]

    @classmethod
    def of(cls, view: CheckoutView, shop: str) -> CheckoutState:
        """Return the schema of a checkout."""
        ordered = view.order is not None
        return cls(
            state="ordered" if ordered else "open",
            shop=shop,
            order=OrderReceipt.of(view.order, repeated=True) if view.order else None,
            lines=[] if ordered else [CheckoutLine.of(line) for line in view.cart.lines],
            signed_in=view.customer_id is not None,
            needs_contact=view.needs_contact,
            addresses=[SavedAddress.of(address) for address in view.addresses],
            country=view.country,
            countries=[CountryChoice(code=code, name=name) for code, name in COUNTRIES.items()],
            delivery=[DeliveryChoice.of(option) for option in view.options],
            delivery_method=view.quote.delivery.method,
            subtotal=MoneySchema.of(view.quote.subtotal),
            shipping=MoneySchema.of(view.quote.delivery.price),
            total=MoneySchema.of(view.quote.total),
            payments=[PaymentChoice.of(method) for method in view.methods],
            test_cards=[TrialCard(number=n, outcome=o) for n, o in view.test_cards.items()],
        )
