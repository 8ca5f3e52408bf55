"""The rules of the checkout: what must be said before an order is taken."""

from __future__ import annotations

from dataclasses import replace

from closer.carts.records import Cart
from closer.checkout.records import CheckoutWish
from closer.customers.validation import clean_email, clean_name
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.money import Money


def check_wish(cart: Cart, wish: CheckoutWish, *, known: bool, signed_in: bool) -> None:
    """Insist on goods that are there, one address, and a name and e-mail address of a stranger.

    Args:
        cart: What is ordered.
        wish: How.
        known: Whether it is known who orders.
        signed_in: Whether that customer is signed in here.

    Raises:
        Conflict: `cart_empty`, or `out_of_stock` with `product_id` and `available`.
        InvalidInput: naming the `field`.
    """
    _check_goods(cart)
    if (wish.address is None) == (wish.address_id is None):
        raise InvalidInput("name one address to deliver to", field="address")
    if wish.address_id is not None and not signed_in:
        raise InvalidInput("sign in to use a saved address", field="address_id")
    if wish.contact is not None:
        clean_name(wish.contact.name)
        clean_email(wish.contact.email)
    elif not known:
        raise InvalidInput("name and e-mail address are needed", field="contact")


def addressed(wish: CheckoutWish) -> CheckoutWish:
    """Return the wish with the parcel addressed to the guest, unless somebody else is named."""
    if wish.address is None or wish.address.recipient or wish.contact is None:
        return wish
    return replace(wish, address=replace(wish.address, recipient=wish.contact.name))


def price_changed(total: Money) -> Conflict:
    """Return the error of a sum that is not the one the customer saw."""
    return Conflict(
        "a price has changed meanwhile; please look at the new sum",
        code="price_changed",
        total=total.as_json(),
    )


def _check_goods(cart: Cart) -> None:
    if not cart.lines:
        raise Conflict("the cart is empty", code="cart_empty")
    for line in cart.lines:
        if line.available:
            continue
        name, left = line.product.name, line.product.stock
        raise Conflict(
            f"only {left} of {name} left" if left else f"{name} is sold out",
            code="out_of_stock",
            product_id=line.product.id,
            available=left,
        )
