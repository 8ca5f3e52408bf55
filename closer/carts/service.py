"""The carts' service: put things in, see what they cost, and order them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from closer.carts.links import cart_of, make_link
from closer.carts.records import Cart, CartLine, CheckoutLink, StoredCart, StoredLine
from closer.carts.repository import CartRepository
from closer.carts.rules import MAX_LINES, MAX_PER_LINE, check_quantity, key_of, known_options
from closer.catalog.service import CatalogService
from closer.customers.records import NewAddress
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.settings import Settings
from closer.orders.records import NewItem, OrderChange
from closer.orders.service import OrderService

ABANDONED_AFTER = timedelta(days=30)


class CartService:
    """Carts; each person (customer or visitor) has one that is open.

    Args:
        db: The database.
        catalog: Products and stock.
        orders: Takes the order.
        settings: The signing key and the public address.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        catalog: CatalogService,
        orders: OrderService,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._catalog = catalog
        self._orders = orders
        self._settings = settings
        self._clock = clock
        self._carts = CartRepository(db)

    async def view(self, owner_id: str) -> Cart:
        """Return the open cart at today's prices; an empty one if there is none."""
        stored = await self._carts.open_one(owner_id)
        if stored is None:
            return Cart(None, owner_id, "open", (), currency=self._settings.currency)
        return await self._filled(stored)

    async def add(
        self,
        owner_id: str,
        product_id: str,
        quantity: int = 1,
        options: Mapping[str, str] | None = None,
    ) -> Cart:
        """Put pieces of a product in the cart, on top of those that are there.

        Raises:
            NotFound: if there is no such product.
            InvalidInput: if the number or an option is not acceptable.
            Conflict: `out_of_stock` with `available`, or `cart_full`.
        """
        return await self._put(owner_id, product_id, quantity, options, add=True)

    async def set_quantity(
        self,
        owner_id: str,
        product_id: str,
        quantity: int,
        options: Mapping[str, str] | None = None,
    ) -> Cart:
        """Set how many pieces are in the cart; 0 removes the product."""
        if quantity == 0:
            return await self.remove(owner_id, product_id, options)
        return await self._put(owner_id, product_id, quantity, options, add=False)

    async def remove(
        self, owner_id: str, product_id: str, options: Mapping[str, str] | None = None
    ) -> Cart:
        """Take a product out of the cart, in all its options unless some are named; not being there is fine."""
        now = self._clock.now()
        async with self._db.transaction():
            cart = await self._carts.lock_open(owner_id, now)
            key = key_of(options) if options else None
            await self._carts.remove(cart.id, product_id, key)
            await self._carts.change(cart.id, updated_at=now)
            return await self.view(owner_id)

    async def clear(self, owner_id: str) -> Cart:
        """Empty the cart."""
        async with self._db.transaction():
            cart = await self._carts.lock_open(owner_id, self._clock.now())
            await self._carts.remove(cart.id)
            return await self.view(owner_id)

    async def checkout_link(self, owner_id: str) -> CheckoutLink:
        """Return a signed link, good for a day, at which the cart can be ordered.

        Raises:
            Conflict: `cart_empty`.
        """
        cart = await self.view(owner_id)
        if cart.id is None or not cart.lines:
            raise Conflict("the cart is empty", code="cart_empty")
        return make_link(self._settings, cart.id, self._clock.now())

    async def open_link(self, token: str) -> Cart:
        """Return the cart behind a link, ordered or not.

        Raises:
            NotAuthenticated: `checkout_invalid` or `checkout_expired`.
            NotFound: if the cart is gone.
        """
        stored = await self._carts.find(cart_of(self._settings, token, self._clock.now()))
        if stored is None or stored.state == "abandoned":
            raise NotFound("this cart is no longer there", code="cart_not_found")
        return await self._filled(stored)

    async def checkout(
        self,
        customer_id: str,
        *,
        cart_id: str | None = None,
        owner_id: str | None = None,
        address_id: str | None = None,
        payment_method: str = "visa",
        delivery_method: str = "standard",
        deliver_to: NewAddress | None = None,
        masked: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Order what is in a cart; the same cart is ordered once (`OrderChange.repeated`).

        Args:
            customer_id: Who orders.
            cart_id: The cart, e.g. from a link; the customer's open one when left out.
            owner_id: Whose cart it is, if a visitor's; the caller has checked that it may be ordered.
            address_id: Where it goes; the default address when left out.
            payment_method: How it is paid.
            delivery_method: How it is sent.
            deliver_to: Where it goes, if not to an address in the address book.
            masked: What the customer recognises the payment by.
            by: Who or what caused it.

        Raises:
            Conflict: `cart_empty`, or `out_of_stock`.
            NotFound: `cart_not_found`, if it is another person's.
        """
        async with self._db.transaction():
            stored = await self._to_order(owner_id or customer_id, cart_id)
            if stored.state == "ordered" and stored.order_id is not None:
                order = await self._orders.get(stored.order_id)
                return OrderChange(order, order.total - order.total, order.fee, repeated=True)
            lines = await self._carts.lines(stored.id)
            if not lines:
                raise Conflict("the cart is empty", code="cart_empty")
            change = await self._orders.place_order(
                customer_id,
                [NewItem(line.product_id, line.quantity, line.options) for line in lines],
                address_id,
                payment_method,
                delivery_method=delivery_method,
                deliver_to=deliver_to,
                masked=masked,
                idempotency_key=f"cart:{stored.id}",
                by=by,
            )
            ordered = {"state": "ordered", "open_key": None, "order_id": change.order.id}
            await self._carts.change(stored.id, **ordered, updated_at=self._clock.now())
            return change

    async def merge(self, visitor_id: str, customer_id: str) -> Cart:
        """Put what a visitor gathered in the cart of the customer that the visitor turned out to be.

        If the customer's is empty, the visitor's cart becomes the customer's, and its links go on working.
        """
        async with self._db.transaction():
            visitor = await self._carts.open_one(visitor_id)
            if visitor is not None:
                now = self._clock.now()
                target = await self._carts.lock_open(customer_id, now)
                lines = await self._carts.lines(target.id)
                closed = {"state": "abandoned", "open_key": None}
                if lines:
                    await self._pour(visitor, target, lines)
                    await self._carts.change(visitor.id, **closed)
                else:
                    mine = {"owner_id": customer_id, "open_key": customer_id, "updated_at": now}
                    await self._carts.change(target.id, **closed)
                    await self._carts.change(visitor.id, **mine)
            return await self.view(customer_id)

    async def abandon_stale(self) -> int:
        """Close carts that nobody touched for thirty days; return how many (run by the worker)."""
        return await self._carts.abandon(self._clock.now() - ABANDONED_AFTER)

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a customer's carts, for their data export."""
        return [
            asdict(cart) | {"lines": [asdict(line) for line in await self._carts.lines(cart.id)]}
            for cart in await self._carts.of_owner(customer_id)
        ]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's carts; return how many there were."""
        return await self._carts.erase(customer_id)

    async def _put(
        self,
        owner_id: str,
        product_id: str,
        quantity: int,
        options: Mapping[str, str] | None,
        *,
        add: bool,
    ) -> Cart:
        if quantity < 1:
            raise InvalidInput("quantity must be at least 1", field="quantity")
        now = self._clock.now()
        async with self._db.transaction():
            product = await self._catalog.get(product_id)
            chosen = known_options(product, options or {})
            cart = await self._carts.lock_open(owner_id, now)
            lines, key = await self._carts.lines(cart.id), key_of(chosen)
            same = next(
                (x for x in lines if (x.product_id, x.options_key) == (product.id, key)), None
            )
            others = sum(x.quantity for x in lines if x.product_id == product.id and x is not same)
            total = quantity + (same.quantity if same is not None and add else 0)
            check_quantity(product, total, total + others)
            if same is None and len(lines) >= MAX_LINES:
                raise Conflict("no more products fit in the cart", code="cart_full")
            await self._carts.put(cart.id, StoredLine(product.id, key, chosen, total, now))
            await self._carts.change(cart.id, updated_at=now)
            return await self.view(owner_id)

    async def _pour(
        self, source: StoredCart, target: StoredCart, lines: Sequence[StoredLine]
    ) -> None:
        now, held = self._clock.now(), {(item.product_id, item.options_key): item for item in lines}
        for line in await self._carts.lines(source.id):
            known = held.get((line.product_id, line.options_key))
            count = min(MAX_PER_LINE, line.quantity + (known.quantity if known else 0))
            moved = StoredLine(line.product_id, line.options_key, line.options, count, now)
            await self._carts.put(target.id, moved)
        await self._carts.change(target.id, updated_at=now)

    async def _filled(self, stored: StoredCart) -> Cart:
        lines = await self._carts.lines(stored.id)
        products = await self._catalog.get_many(line.product_id for line in lines)
        wanted: dict[str, int] = {}
        for line in lines:
            wanted[line.product_id] = wanted.get(line.product_id, 0) + line.quantity
        filled = [
            CartLine(
                product := products[line.product_id],
                line.options,
                line.quantity,
                wanted[line.product_id] <= product.stock,
                tuple(
                    name
                    for name, values in product.options.items()
                    if len(values) > 1 and name not in line.options
                ),
            )
            for line in lines
            if line.product_id in products
        ]
        currency = self._settings.currency
        return Cart(
            stored.id, stored.owner_id, stored.state, tuple(filled), stored.order_id, currency
        )

    async def _to_order(self, owner_id: str, cart_id: str | None) -> StoredCart:
        if cart_id is None:
            return await self._carts.lock_open(owner_id, self._clock.now())
        stored = await self._carts.find(cart_id, lock=True)
        if stored is None or stored.owner_id != owner_id or stored.state == "abandoned":
            raise NotFound("there is no such cart", code="cart_not_found")
        return stored
