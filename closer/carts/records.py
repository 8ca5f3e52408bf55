"""Records of carts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from closer.catalog.records import Product
from closer.kit.money import Money


@dataclass(frozen=True)
class StoredLine:
    """A line as it is stored."""

    product_id: str
    options_key: str
    options: Mapping[str, str]
    quantity: int
    added_at: datetime


@dataclass(frozen=True)
class StoredCart:
    """A cart as it is stored."""

    id: str
    owner_id: str
    state: str
    order_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class CartLine:
    """A product in a cart at today's price.

    Attributes:
        available: Whether so many can be bought now.
        missing_options: What is still to be chosen, such as the size.
    """

    product: Product
    options: Mapping[str, str]
    quantity: int
    available: bool
    missing_options: tuple[str, ...] = ()

    @property
    def total(self) -> Money:
        """The price of all its pieces."""
        return self.product.price * self.quantity


@dataclass(frozen=True)
class Cart:
    """What somebody is about to buy, delivery not counted.

    Attributes:
        id: None for a cart that nothing was put in yet.
        state: `open`, `ordered` or `abandoned`.
    """

    id: str | None
    owner_id: str
    state: str
    lines: tuple[CartLine, ...]
    order_id: str | None = None
    currency: str = "USD"

    @property
    def count(self) -> int:
        """How many pieces are in it."""
        return sum(line.quantity for line in self.lines)

    @property
    def subtotal(self) -> Money:
        """The price of everything."""
        amounts = (line.total.amount for line in self.lines)
        currency = self.lines[0].product.price.currency if self.lines else self.currency
        return Money(sum(amounts, Decimal(0)), currency)

    @property
    def ready(self) -> bool:
        """Whether it can be ordered as it is."""
        return bool(self.lines) and all(
            line.available and not line.missing_options for line in self.lines
        )


@dataclass(frozen=True)
class CheckoutLink:
    """Where a cart can be ordered, until when."""

    url: str
    token: str
    expires_at: datetime
