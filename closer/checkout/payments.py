"""Payments of the checkout: held before the order is placed, taken once it is stored, let go if none came about.

Each step is noted down before the provider is asked, so that a process that dies in between leaves something for the
worker to finish.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from closer.checkout.records import Attempt, CheckoutWish
from closer.checkout.repository import AttemptRepository
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, ProviderError
from closer.kit.logging import get_logger
from closer.kit.money import Money
from closer.providers.payments import Authorisation, Charge, PaymentDeclined, PaymentProvider

_log = get_logger(__name__)

#: No order comes of a payment after that long; it is let go.
STALE_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=180)
_CARDS = ("card", "visa", "mastercard", "amex")
_BATCH = 50


@dataclass(frozen=True)
class HeldPayment:
    """Money that the provider holds for a cart."""

    attempt: Attempt
    held: Authorisation


class CheckoutPayments:
    """Holds, takes and releases money.

    Args:
        db: The database.
        clock: The time.
        provider: Who takes payments; None where only bank transfer is possible.
    """

    def __init__(self, db: Database, clock: Clock, provider: PaymentProvider | None) -> None:
        self._clock = clock
        self._attempts = AttemptRepository(db)
        self.provider = provider

    async def hold(self, cart_id: str, wish: CheckoutWish, amount: Money) -> HeldPayment:
        """Let the provider hold the money for a cart.

        Raises:
            InvalidInput: if the card cannot be right.
            PaymentDeclined: if it is not taken.
            ProviderError: if the provider is away.
        """
        provider = self._need_provider()
        attempt = await self._attempts.begin(
            cart_id, wish.idempotency_key, provider.name, amount, self._clock.now()
        )
        if attempt.amount != amount:
            raise Conflict("this key was used for another payment", code="idempotency_key_reused")
        charge = Charge(
            method="card" if wish.payment in _CARDS else wish.payment,
            amount=amount,
            idempotency_key=attempt.payment_key,
            card=wish.card,
            gift_code=wish.gift_code,
        )
        try:
            held = await provider.authorise(charge)
        except PaymentDeclined:
            await self._attempts.move(attempt.id, ("started",), "declined", self._clock.now())
            raise  # after any other error the same key may be tried again, or the worker lets it go
        await self._attempts.move(
            attempt.id, ("started",), "authorised", self._clock.now(), authorisation_id=held.id
        )
        return HeldPayment(replace(attempt, authorisation_id=held.id), held)

    async def bind(self, attempt: Attempt, order_id: str, customer_id: str) -> None:
        """Tie held money to its order, in the transaction that places it.

        Raises:
            Conflict: if it was let go meanwhile.
        """
        values = {"order_id": order_id, "customer_id": customer_id}
        now = self._clock.now()
        if not await self._attempts.move(attempt.id, ("authorised",), "ordered", now, **values):
            raise Conflict("that payment was given up; please try again", code="payment_voided")

    async def release(self, attempt: Attempt) -> None:
        """Let money go that no order came of; what belongs to an order stays."""
        states = ("started", "authorised", "releasing")
        if await self._attempts.move(attempt.id, states, "releasing", self._clock.now()):
            await self._let_go(attempt)

    async def settle(self) -> int:
        """Take what belongs to orders and release what is left over; return how many were settled (run by the worker).

        What fails is tried again next time.
        """
        if self.provider is None:
            return 0
        done = 0
        for attempt in await self._attempts.unsettled(self._clock.now() - STALE_AFTER, _BATCH):
            if attempt.state == "ordered":
                done += await self.capture(attempt)
            else:
                await self.release(attempt)
                done += 1
        return done

    async def capture(self, attempt: Attempt) -> bool:
        """Take the money of an order; False if that must be tried again later."""
        try:
            held = await self._held(attempt)
            if held is not None:
                await self._need_provider().capture(held)
        except ProviderError as error:
            _log.warning("capture_postponed", attempt=attempt.id, reason=error.code)
            return False
        return await self._attempts.move(attempt.id, ("ordered",), "captured", self._clock.now())

    async def export_personal(self, customer_id: str) -> list[dict[str, object]]:
        """Return a customer's payments at the checkout, for their data export."""
        return [
            {"at": one.created_at, "order_id": one.order_id, "amount": str(one.amount)}
            for one in await self._attempts.of_customer(customer_id)
        ]

    async def erase_personal(self, customer_id: str) -> int:
        """Take a customer's name off the payments; return how many there were."""
        return await self._attempts.erase(customer_id)

    async def purge(self) -> int:
        """Forget payments that were settled half a year ago; return how many."""
        return await self._attempts.purge(self._clock.now() - KEPT)

    async def _let_go(self, attempt: Attempt) -> None:
        try:
            held = await self._held(attempt)
            if held is not None:
                await self._need_provider().void(held)
        except ProviderError as error:
            _log.warning("void_postponed", attempt=attempt.id, reason=error.code)
            return
        await self._attempts.move(attempt.id, ("releasing",), "voided", self._clock.now())

    async def _held(self, attempt: Attempt) -> str | None:
        if attempt.authorisation_id is not None:
            return attempt.authorisation_id
        return await self._need_provider().find(attempt.payment_key)

    def _need_provider(self) -> PaymentProvider:
        if self.provider is None:
            raise InvalidInput("we take bank transfer only", field="payment")
        return self.provider
