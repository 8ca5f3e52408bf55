"""Money: a Decimal amount with its currency, never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Money:
    """An amount in a currency (ISO 4217 code), kept to two decimals."""

    amount: Decimal
    currency: str = "USD"

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", Decimal(self.amount).quantize(_CENT, ROUND_HALF_EVEN))

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, count: int | Decimal) -> Money:
        return Money(self.amount * count, self.currency)

    def __str__(self) -> str:
        symbol = _SYMBOLS.get(self.currency)
        return f"{symbol}{self.amount:,.2f}" if symbol else f"{self.amount:,.2f} {self.currency}"

    def as_json(self) -> dict[str, str]:
        """Return `{"amount": "12.50", "currency": "USD"}`."""
        return {"amount": f"{self.amount:.2f}", "currency": self.currency}

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
