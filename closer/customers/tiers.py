"""The shop's membership tiers: what each costs and brings."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from closer.customers.records import ACCOUNT_TYPES
from closer.kit.errors import InvalidInput
from closer.kit.money import Money


@dataclass(frozen=True)
class Tier:
    """A membership tier.

    Attributes:
        monthly: What it costs a month.
        benefits: What it brings beyond shopping itself, in words.
    """

    name: str
    monthly: Money
    benefits: str

    @property
    def price(self) -> str:
        """The price in words."""
        return f"{self.monthly} a month" if self.monthly.amount else "free of charge"

    @property
    def rank(self) -> int:
        """Its place among the tiers, 0 is the lowest."""
        return ACCOUNT_TYPES.index(self.name)


TIERS: dict[str, Tier] = {
    name: Tier(name, Money(Decimal(price)), benefits)
    for name, price, benefits in (
        ("free", "0", "ordering and order history"),
        ("freemium", "0", "order history and personal suggestions"),
        ("standard", "0", "the full member account with saved addresses"),
        ("pro", "4.90", "an account for business, with several delivery addresses"),
        ("premium", "7.90", "previews of new collections"),
        ("gold", "9.90", "previews of new collections and members' sales"),
        ("platinum", "14.90", "previews, members' sales and invitations to events"),
    )
}


def tier(name: str) -> Tier:
    """Return a tier.

    Raises:
        InvalidInput: if there is none of this name.
    """
    found = TIERS.get(name)
    if found is None:
        raise InvalidInput(f"a tier is one of {', '.join(TIERS)}", field="account_type")
    return found
