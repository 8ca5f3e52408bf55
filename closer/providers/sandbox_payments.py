"""The embedded payment provider of demonstrations: takes test cards only, and answers each always alike.

It refuses every number that is not one of its test cards, so that nobody's real card ends up here. The wallets approve.
A gift card `GIFT-0100-ABCD` holds 100, less what was paid with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update

from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, ProviderError
from closer.kit.ids import new_id
from closer.providers.cards import check_card, digits_of, masked
from closer.providers.payments import Authorisation, Charge, PaymentDeclined
from closer.providers.sandbox_payment_tables import sandbox_charges

#: The test cards and what becomes of a payment with each: None is approved.
TEST_CARDS: dict[str, str | None] = {
    "4242424242424242": None,
    "5555555555554444": None,
    "378282246310005": None,
    "4000000000000002": "card_declined",
    "4000000000009995": "insufficient_funds",
    "4000000000000069": "expired_card",
    "4000000000003220": "authentication_failed",
}
#: With this card the provider is away.
AWAY_CARD = "4000000000000119"
WALLETS = {"paypal": "PayPal", "apple_pay": "Apple Pay", "google_pay": "Google Pay"}
_GIFT = re.compile(r"GIFT-(\d{1,5})-[A-Z0-9]{4}")
_C = sandbox_charges.c


@dataclass(frozen=True)
class _Instrument:
    """What is paid with; `failure` says why it will not do."""

    method: str
    masked: str
    failure: str | None = None
    gift_hash: str | None = None
    balance: Decimal | None = None


class SandboxPayments:
    """Keeps payments in a table of its own.

    Args:
        db: The database.
        clock: The time.
    """

    name = "sandbox"

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def authorise(self, charge: Charge) -> Authorisation:
        """Hold the money; see `PaymentProvider.authorise`."""
        instrument = self._instrument(charge)
        async with self._db.transaction() as connection:
            known = await self._by_key(charge.idempotency_key)
            if known is None:
                row = await self._judged(charge, instrument)
                statement = self._db.insert_new(sandbox_charges).values(row)
                await connection.execute(statement)
                known = await self._by_key(charge.idempotency_key)
        if known is None:  # pragma: no cover - it was there or was added
            raise ProviderError("a payment vanished")
        same = (known["masked"], known["amount"], known["currency"])
        if same != (instrument.masked, charge.amount.amount, charge.amount.currency):
            raise Conflict("this key was used for another payment", code="idempotency_key_reused")
        if known["state"] == "declined":
            raise PaymentDeclined.because(known["failure"])
        if known["state"] == "voided":
            raise Conflict("that payment was given up; please try again", code="payment_voided")
        return Authorisation(
            self.name, known["id"], instrument.method, instrument.masked, charge.amount
        )

    async def find(self, idempotency_key: str) -> str | None:
        """Return the id of what is held under a key."""
        row = await self._by_key(idempotency_key)
        return row["id"] if row is not None and row["state"] == "authorised" else None

    async def capture(self, authorisation_id: str) -> None:
        """Take the money that is held."""
        await self._move(authorisation_id, "captured")

    async def void(self, authorisation_id: str) -> None:
        """Let the money go."""
        await self._move(authorisation_id, "voided")

    async def state_of(self, authorisation_id: str) -> str | None:
        """Return what became of a payment, for its page and for tests."""
        query = select(_C.state).where(_C.id == authorisation_id)
        async with self._db.reading() as connection:
            found = (await connection.execute(query)).scalar()
        return None if found is None else str(found)

    def _instrument(self, charge: Charge) -> _Instrument:
        if charge.method in WALLETS:
            return _Instrument(charge.method, WALLETS[charge.method])
        if charge.method == "gift_card":
            return _gift_card(charge.gift_code or "")
        if charge.card is None:
            raise InvalidInput("the card is missing", field="card.number")
        brand, number = check_card(charge.card, self._clock.now()), digits_of(charge.card.number)
        if number == AWAY_CARD:
            raise ProviderError("the payment provider does not answer", retryable=True)
        failure = TEST_CARDS.get(number, "test_card_needed")
        return _Instrument(brand.id, masked(brand, number), failure)

    async def _judged(self, charge: Charge, instrument: _Instrument) -> dict[str, Any]:
        failure = instrument.failure
        if failure is None and instrument.balance is not None:
            left = instrument.balance - await self._spent(instrument.gift_hash)
            failure = "insufficient_funds" if charge.amount.amount > left else None
        return {
            "id": new_id("chg"),
            "idempotency_key": charge.idempotency_key,
            "method": instrument.method,
            "masked": instrument.masked,
            "gift_hash": instrument.gift_hash,
            "amount": charge.amount.amount,
            "currency": charge.amount.currency,
            "state": "declined" if failure else "authorised",
            "failure": failure,
            "at": self._clock.now(),
        }

    async def _spent(self, gift_hash: str | None) -> Decimal:
        query = select(func.coalesce(func.sum(_C.amount), 0)).where(
            _C.gift_hash == gift_hash, _C.state.in_(("authorised", "captured"))
        )
        async with self._db.reading() as connection:
            return Decimal((await connection.execute(query)).scalar() or 0)

    async def _by_key(self, key: str) -> Mapping[Any, Any] | None:
        query = select(sandbox_charges).where(_C.idempotency_key == key)
        async with self._db.reading() as connection:
            found: Mapping[Any, Any] | None = (await connection.execute(query)).mappings().first()
        return found

    async def _move(self, authorisation_id: str, state: str) -> None:
        statement = (
            update(sandbox_charges)
            .where(_C.id == authorisation_id, _C.state.in_(("authorised", state)))
            .values(state=state)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
        if done.rowcount != 1:
            raise ProviderError("nothing is held under this id", retryable=False)


def _gift_card(code: str) -> _Instrument:
    clean = code.strip().upper()
    found = _GIFT.fullmatch(clean)
    shown = f"Gift card •••• {clean[-4:]}"
    if found is None:
        return _Instrument("gift_card", shown, "gift_card_unknown")
    hashed = process_cipher().lookup_hash(f"gift card:{clean}")
    return _Instrument("gift_card", shown, None, hashed, Decimal(found[1]))


def sandbox_cards() -> dict[str, str]:
    """Return the test cards that a demonstration shows, with what becomes of a payment."""
    return {number: reason or "approved" for number, reason in TEST_CARDS.items()}
