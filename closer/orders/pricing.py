"""What an order's lines add up to, and the lines themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from closer.catalog.records import Product
from closer.kit.errors import InvalidInput
from closer.kit.money import Money
from closer.orders.delivery import DeliveryOption, delivery_option
from closer.orders.records import Order, OrderItem

MAX_PER_LINE = 20
MAX_LINES = 30


@dataclass(frozen=True)
class Sums:
    """An order's amounts and the way it is sent."""

    subtotal: Money
    discount: Money
    delivery: DeliveryOption

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return self.subtotal - self.discount + self.delivery.price

    def columns(self) -> dict[str, Any]:
        """Return the amounts as columns of an order."""
        return {
            "subtotal": self.subtotal.amount,
            "discount": self.discount.amount,
            "shipping": self.delivery.price.amount,
            "total": self.total.amount,
        }


def sums_of(order: Order, items: Iterable[OrderItem], country: str, at: datetime) -> Sums:
    """Return what an order adds up to with other lines or another country; a discount keeps its rate."""
    subtotal = sum((item.total.amount for item in items), Decimal(0))
    rate = order.discount.amount / order.subtotal.amount if order.subtotal.amount else Decimal(0)
    discount = Money(subtotal * rate, order.currency)
    value = Money(subtotal, order.currency)
    return Sums(
        value, discount, delivery_option(order.delivery_method, country, value - discount, at)
    )


def line_of(product: Product, quantity: int, options: Mapping[str, str], line: int) -> OrderItem:
    """Return a line over a product.

    Raises:
        InvalidInput: if the number or an option is not acceptable.
    """
    check_quantity(quantity)
    return OrderItem(
        line=line,
        product_id=product.id,
        sku=product.sku,
        name=product.name,
        category=product.category,
        options=chosen_options(product, options),
        unit_price=product.price,
        quantity=quantity,
    )


def line_columns(item: OrderItem) -> dict[str, Any]:
    """Return a line as columns."""
    return {**item.__dict__, "options": dict(item.options), "unit_price": item.unit_price.amount}


def check_quantity(quantity: int) -> None:
    """Insist on a number of pieces that the shop sells to one person."""
    if not 1 <= quantity <= MAX_PER_LINE:
        raise InvalidInput(f"quantity must be between 1 and {MAX_PER_LINE}", field="quantity")


def chosen_options(product: Product, options: Mapping[str, str]) -> dict[str, str]:
    """Return the options as the catalogue writes them; one with a single choice needs no saying.

    Raises:
        InvalidInput: with code `option_missing` or `option_unknown`, naming the choices.
    """
    chosen = {}
    for name, choices in product.options.items():
        given = options.get(name)
        if given is None and len(choices) == 1:
            chosen[name] = choices[0]
            continue
        match = next(
            (
                c
                for c in choices
                if given is not None and c.casefold() == str(given).strip().casefold()
            ),
            None,
        )
        if match is None:
            code = "option_missing" if given is None else "option_unknown"
            detail = f"{product.name} comes in {name} {', '.join(choices)}"
            raise InvalidInput(detail, code=code, field=name, choices=choices)
        chosen[name] = match
    return chosen
