"""Records of customers, as services hand them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from closer.customers.countries import country_name

#: The shop's tiers, the lowest first.
ACCOUNT_TYPES = ("free", "freemium", "standard", "pro", "premium", "gold", "platinum")


@dataclass(frozen=True)
class Address:
    """A postal address of a customer; `country` is an ISO 3166 code of two letters."""

    id: str
    customer_id: str
    label: str
    recipient: str
    street: str
    city: str
    region: str | None
    postcode: str | None
    country: str
    is_default: bool
    created_at: datetime
    updated_at: datetime

    @property
    def one_line(self) -> str:
        """Street, city with region and postcode, and country on one line."""
        area = " ".join(part for part in (self.region, self.postcode) if part)
        place = f"{self.city}, {area}" if area else self.city
        return f"{self.street}, {place}, {country_name(self.country)}"

    def snapshot(self) -> dict[str, str | None]:
        """Return the parts that an order or an invoice keeps for itself."""
        names = ("recipient", "street", "city", "region", "postcode", "country")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class NewAddress:
    """An address that somebody gave; without a recipient it is the customer's own name."""

    street: str
    city: str
    country: str
    postcode: str | None = None
    region: str | None = None
    recipient: str | None = None
    label: str = "home"


@dataclass(frozen=True)
class Customer:
    """A customer.

    Attributes:
        phone: In E.164 form.
        personalization: Whether suggestions may rest on what the customer did.
        sale_opt_out: Whether personal data must not be sold or shared (CCPA).
        status: `active` or `closed`.
    """

    id: str
    name: str
    email: str | None
    phone: str | None
    account_type: str
    locale: str
    newsletter: bool
    sale_opt_out: bool
    personalization: bool
    status: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    preferences: dict[str, Any] = field(default_factory=dict)

    @property
    def first_name(self) -> str:
        """The name to greet with."""
        return self.name.split()[0]

    @property
    def may_personalize(self) -> bool:
        """Whether anything may be tailored to this person."""
        return self.personalization and not self.sale_opt_out


@dataclass(frozen=True)
class CustomerChange:
    """One field that was changed: by whom (a caller, or `msg:<message id>`) and when."""

    id: int
    customer_id: str
    field: str
    old: Any
    new: Any
    by: str
    at: datetime
