"""Records of the checkout."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from closer.carts.records import Cart
from closer.customers.records import Address, NewAddress
from closer.kit.money import Money
from closer.orders.delivery import DeliveryOption
from closer.orders.payment_methods import PaymentMethod
from closer.orders.records import Order
from closer.providers.payments import Card


@dataclass(frozen=True)
class Quote:
    """What a cart costs when it is sent in a certain way."""

    subtotal: Money
    delivery: DeliveryOption

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return self.subtotal + self.delivery.price


@dataclass(frozen=True)
class CheckoutView:
    """What the checkout shows.

    Attributes:
        order: The order, once the cart was ordered; nothing else counts then.
        customer_id: The customer that is signed in; only then are there `addresses`.
        needs_contact: Whether a name and an e-mail address must be given.
        options: The ways to send it to `country`.
        quote: What it costs by the way that was chosen.
        methods: The ways to pay.
        test_cards: In a demonstration, the cards to try, with what becomes of the payment.
    """

    cart: Cart
    order: Order | None
    customer_id: str | None
    needs_contact: bool
    addresses: tuple[Address, ...]
    country: str
    options: tuple[DeliveryOption, ...]
    quote: Quote
    methods: tuple[PaymentMethod, ...]
    test_cards: dict[str, str]


@dataclass(frozen=True)
class Contact:
    """Who orders, if that is not known yet."""

    name: str
    email: str


@dataclass(frozen=True)
class CheckoutWish:
    """How somebody wants a cart to be ordered.

    Attributes:
        idempotency_key: The same key is the same payment; a new try after a refusal has a new one.
        expected_total: What the customer saw; if it costs something else now, nothing is ordered.
        payment: The id of a way to pay; any card is `card`.
        address_id: One of the signed-in customer's addresses, or
        address: a new one.
        keep_address: Whether a signed-in customer's new address goes to the address book.
        contact: For a cart of nobody that we know.
    """

    idempotency_key: str
    expected_total: Money
    payment: str
    delivery_method: str = "standard"
    address_id: str | None = None
    address: NewAddress | None = None
    keep_address: bool = False
    contact: Contact | None = None
    card: Card | None = None
    gift_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Placed:
    """What came of it; `repeated` if the cart had been ordered before."""

    order: Order
    repeated: bool = False


@dataclass(frozen=True)
class Attempt:
    """A payment on its way: what the provider holds for a cart, and whether that became an order.

    Attributes:
        state: `started`, `authorised`, then `ordered` (to be captured) and `captured`, or `releasing` (to be voided)
            and `voided`, or `declined`.
    """

    id: str
    cart_id: str
    key: str
    provider: str
    authorisation_id: str | None
    state: str
    amount: Money
    order_id: str | None
    customer_id: str | None
    created_at: datetime

    @property
    def payment_key(self) -> str:
        """The idempotency key by which the provider knows it."""
        return f"{self.cart_id}:{self.key}"
