"""The checkout's service: shows what a link's cart costs, and orders it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from closer.carts.records import Cart
from closer.carts.service import CartService
from closer.checkout.payments import CheckoutPayments, HeldPayment
from closer.checkout.records import CheckoutView, CheckoutWish, Contact, Placed, Quote
from closer.checkout.rules import addressed, check_wish, price_changed
from closer.checkout.telling import words_by_mail, words_in_chat
from closer.conversations.service import ConversationService
from closer.customers.countries import country_code
from closer.customers.records import Customer
from closer.customers.service import CustomerService
from closer.customers.validation import clean_new_address
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import CloserError, Conflict, InvalidInput, NotPermitted
from closer.kit.settings import Settings
from closer.notifications.service import NotificationService
from closer.orders.delivery import HOME_COUNTRY, delivery_option, delivery_options
from closer.orders.payment_methods import PAYMENT_METHODS, PaymentMethod, payment_method
from closer.orders.records import Order, OrderChange
from closer.orders.service import OrderService
from closer.providers.sandbox_payments import SandboxPayments, sandbox_cards
from closer.security.audit import AuditLog

_CARD = PaymentMethod(
    "card", "Card", True, "Visa, Mastercard or American Express; charged when the order is placed"
)
_CARD_IDS = ("visa", "mastercard", "amex")


@dataclass(frozen=True)
class _Who:
    """The customer who orders, None for a guest; and the one who is signed in."""

    owner: Customer | None
    signed_in: str | None


class CheckoutService:
    """Orders carts by their links.

    A link's token allows to see and order that cart, nothing else: saved addresses are shown and used only for the
    customer who is signed in. An ordered cart answers with its order, however often it is ordered.

    Args:
        db: The database.
        carts: Carts and their links.
        orders: Takes the order.
        customers: People and addresses.
        payments: Takes the money.
        conversations: Where the order is announced.
        notifications: Sends the confirmation.
        audit: Notes it down.
        settings: The shop's name.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        *,
        carts: CartService,
        orders: OrderService,
        customers: CustomerService,
        payments: CheckoutPayments,
        conversations: ConversationService,
        notifications: NotificationService,
        audit: AuditLog,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._carts = carts
        self._orders = orders
        self._customers = customers
        self._conversations = conversations
        self._notifications = notifications
        self._audit = audit
        self._settings = settings
        self._clock = clock
        self.payments = payments

    async def view(
        self,
        token: str,
        customer_id: str | None = None,
        *,
        country: str | None = None,
        delivery_method: str = "standard",
    ) -> CheckoutView:
        """Return what a link's cart holds, costs, and how it can be sent and paid.

        Args:
            token: The link's.
            customer_id: The customer who is signed in.
            country: Where it is to go; by default where the customer lives.
            delivery_method: How it is to be sent; another way is taken if there is no such way to that country.

        Raises:
            NotAuthenticated: `checkout_invalid` or `checkout_expired`.
            NotFound: `cart_not_found`.
            NotPermitted: `other_cart`, if it is another customer's.
        """
        cart = await self._carts.open_link(token)
        owner = await self._owner(cart, customer_id)
        book = await self._customers.addresses(customer_id) if customer_id else []
        land = country_code(country or "") or (book[0].country if book else HOME_COUNTRY)
        now = self._clock.now()
        options = tuple(delivery_options(land, cart.subtotal, now))
        chosen = next((way for way in options if way.method == delivery_method), options[0])
        return CheckoutView(
            cart=cart,
            order=await self._orders.get(cart.order_id) if cart.order_id else None,
            customer_id=customer_id,
            needs_contact=owner is None,
            addresses=tuple(book),
            country=land,
            options=options,
            quote=Quote(cart.subtotal, chosen),
            methods=self._methods(),
            test_cards=self._test_cards(),
        )

    async def set_quantity(
        self, token: str, product_id: str, quantity: int, options: Mapping[str, str] | None = None
    ) -> None:
        """Take more or fewer pieces of something in a link's cart; 0 takes it out.

        Raises:
            Conflict: `already_ordered`, or `out_of_stock` with `available`.
        """
        cart = await self._carts.open_link(token)
        if cart.state != "open":
            raise Conflict("this cart was ordered already", code="already_ordered")
        await self._carts.set_quantity(cart.owner_id, product_id, quantity, options)

    async def place(self, token: str, wish: CheckoutWish, customer_id: str | None = None) -> Placed:
        """Order a link's cart: hold the money, then, in one transaction, take the goods off the stock, store order,
        payment and invoice, and tell the customer; then take the money.

        Raises:
            InvalidInput: if a value is not acceptable; `field` says which.
            Conflict: `cart_empty`, `out_of_stock`, `price_changed` (with `total`), `already_ordered`.
            PaymentDeclined: if the payment is not taken.
        """  # noqa: D205 - the steps are the summary
        cart = await self._carts.open_link(token)
        owner = await self._owner(cart, customer_id)
        if cart.order_id is not None:
            return Placed(await self._orders.get(cart.order_id), repeated=True)
        check_wish(cart, wish, known=owner is not None, signed_in=customer_id is not None)
        wish = addressed(wish)
        country = await self._country(wish, customer_id)
        quote = self._quote(cart, country, wish.delivery_method)
        if quote.total != wish.expected_total:
            raise price_changed(quote.total)
        who = _Who(owner, customer_id)
        if self._method(wish).immediate:
            return await self._place_paid(cart, wish, quote, who)
        async with self._db.transaction():
            change = await self._order(cart, wish, who)
        return Placed(change.order, change.repeated)

    async def _place_paid(self, cart: Cart, wish: CheckoutWish, quote: Quote, who: _Who) -> Placed:
        payment = await self.payments.hold(str(cart.id), wish, quote.total)
        try:
            async with self._db.transaction():
                change = await self._order(cart, wish, who, payment)
        except CloserError:
            await self.payments.release(payment.attempt)
            raise
        if change.repeated:  # a double click's own payment stays: it belongs to the order
            await self.payments.release(payment.attempt)
        else:
            await self.payments.capture(payment.attempt)
        return Placed(change.order, change.repeated)

    async def _order(
        self, cart: Cart, wish: CheckoutWish, who: _Who, payment: HeldPayment | None = None
    ) -> OrderChange:
        buyer = who.owner or await self._guest(wish)
        by = f"cart:{cart.id}"
        change = await self._carts.checkout(
            buyer.id,
            cart_id=cart.id,
            owner_id=cart.owner_id,
            address_id=wish.address_id,
            deliver_to=wish.address,
            payment_method=payment.held.method if payment else wish.payment,
            delivery_method=wish.delivery_method,
            masked=payment.held.masked if payment else None,
            by=by,
        )
        if change.repeated:
            return change
        if change.order.total != wish.expected_total:
            raise price_changed(change.order.total)
        if payment is not None:
            await self.payments.bind(payment.attempt, change.order.id, buyer.id)
            change = await self._orders.pay(buyer.id, change.order.id, by=by)
        if wish.address is not None and (wish.keep_address or who.owner is None):
            await self._keep_address(buyer, wish, new_guest=who.owner is None)
        await self._tell(cart, change.order, buyer, who.signed_in)
        return change

    async def _guest(self, wish: CheckoutWish) -> Customer:
        """Find or add the customer that a visitor says to be; a known address gets the order, and nothing is told."""
        contact = wish.contact or Contact("", "")
        known = await self._customers.find_by_email(contact.email)
        if known is not None:
            return known
        return await self._customers.create(name=contact.name, email=contact.email, by="checkout")

    async def _keep_address(self, buyer: Customer, wish: CheckoutWish, *, new_guest: bool) -> None:
        """Put a new address in the book; not in that of somebody who only was named."""
        if wish.address is None or (new_guest and await self._customers.addresses(buyer.id)):
            return
        await self._customers.add_address(buyer.id, wish.address, by="checkout")

    async def _tell(
        self, cart: Cart, order: Order, buyer: Customer, customer_id: str | None
    ) -> None:
        entry = self._conversations.entry("assistant", "web", **words_in_chat(order))
        await self._conversations.append(cart.owner_id, [entry])
        if customer_id is not None and customer_id != cart.owner_id:
            more = self._conversations.entry("assistant", "web", 1, **words_in_chat(order))
            await self._conversations.append(customer_id, [more])
        channel, address = ("email", buyer.email) if buyer.email else ("sms", buyer.phone)
        if address:
            await self._notifications.enqueue(
                words_by_mail(self._settings, order, buyer.first_name),
                channel=channel,
                address=address,
                customer_id=buyer.id,
                idempotency_key=f"order-placed:{order.id}",
            )
        await self._audit.record(
            actor=customer_id or cart.owner_id,
            action="cart.checked_out",
            target=f"cart:{cart.id}",
            details={"order": order.id, "customer": buyer.id, "total": str(order.total)},
        )

    async def _owner(self, cart: Cart, customer_id: str | None) -> Customer | None:
        """Return the customer who orders, None for a visitor's cart.

        Raises:
            NotPermitted: if somebody else is signed in.
        """
        owner = await self._customers.find(cart.owner_id)
        if owner is not None and customer_id not in (None, owner.id):
            raise NotPermitted("this is another customer's cart", code="other_cart")
        return owner if customer_id is None else await self._customers.get(customer_id)

    async def _country(self, wish: CheckoutWish, customer_id: str | None) -> str:
        if wish.address is not None:
            return str(clean_new_address(wish.address, "the customer")["country"])
        return (await self._customers.address(str(customer_id), wish.address_id)).country

    def _quote(self, cart: Cart, country: str, method: str) -> Quote:
        return Quote(
            cart.subtotal, delivery_option(method, country, cart.subtotal, self._clock.now())
        )

    def _method(self, wish: CheckoutWish) -> PaymentMethod:
        chosen = _CARD if wish.payment == "card" else payment_method(wish.payment)
        if chosen.immediate and self.payments.provider is None:
            raise InvalidInput("we take bank transfer only", field="payment")
        return chosen

    def _methods(self) -> tuple[PaymentMethod, ...]:
        if self.payments.provider is None:
            return tuple(method for method in PAYMENT_METHODS if not method.immediate)
        return (_CARD, *(method for method in PAYMENT_METHODS if method.id not in _CARD_IDS))

    def _test_cards(self) -> dict[str, str]:
        return sandbox_cards() if isinstance(self.payments.provider, SandboxPayments) else {}
