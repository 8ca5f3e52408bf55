"""Schemas of a customer's profile."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import StrictBool, root_validator

from api.v1.schemas.base import Body, Schema
from api.v1.schemas.shop import OrderSummary
from api.v1.schemas.types import Id, JsonObject, PatternStr
from closer.customers.records import Address, Customer

#: What only staff and services change: it decides how a person is recognised, or what they pay.
STAFF_FIELDS = frozenset({"email", "phone", "account_type"})

Tier = Literal["free", "freemium", "standard", "pro", "premium", "gold", "platinum"]


_WORD = r"[A-Za-z0-9]{1,24}"
# Letters of the scripts that people write their names in.
_LETTERS = (
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f\u0561-\u0586\u05d0-\u05ea"
    r"\u0621-\u063a\u0641-\u064a\u0905-\u0939\u0985-\u098c\u0b85-\u0b8a\u0e01-\u0e2e\u10d0-\u10f0\u1e00-\u1eff"
    r"\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fa5\uac00-\ud7a3"
)


class Phone(PatternStr):
    """A phone number with its country code."""

    pattern = r"\+[1-9][0-9]{6,14}"
    max_length = 16
    what = "must be a phone number like +14155550123"


class Locale(PatternStr):
    """A language tag."""

    pattern = r"[a-z]{2}(-[A-Z]{2})?"
    max_length = 5
    what = "must be a language tag like en-US"


class ContactEmail(PatternStr):
    """An e-mail address to write to."""

    pattern = rf"{_WORD}([._+\-]{_WORD}){{0,3}}@({_WORD}(-{_WORD}){{0,3}}\.){{1,4}}[A-Za-z]{{2,16}}"
    min_length, max_length = 6, 254
    what = "must be an e-mail address"


class PersonName(PatternStr):
    """A person's name: something with a letter."""

    pattern = rf"[^\x00-\x1f\x7f]*[{_LETTERS}][^\x00-\x1f\x7f]*"
    min_length, max_length = 1, 120
    what = "must be a name"


class ProfileBody(Body):
    """Whose profile; fields that are given are changed, preferences are merged (null removes one)."""

    customer_id: Id
    name: PersonName | None = None
    email: ContactEmail | None = None
    phone: Phone | None = None
    account_type: Tier | None = None
    locale: Locale | None = None
    newsletter: StrictBool | None = None
    preferences: JsonObject | None = None
    example = {"customer_id": "user123", "preferences": {"preferred_category": "electronics"}}

    @root_validator(pre=True)
    def _null_is_absent(cls, values: dict[str, Any]) -> dict[str, Any]:  # noqa: N805
        return {
            name: value
            for name, value in values.items()
            if value is not None or name == "customer_id"
        }

    def changes(self) -> dict[str, Any]:
        """Return the plain fields that were given."""
        return self.dict(exclude_unset=True, exclude={"customer_id", "preferences"})


class AddressSchema(Schema):
    """A postal address."""

    address_id: str
    label: str
    recipient: str
    street: str
    city: str
    region: str | None = None
    postcode: str | None = None
    country: str
    is_default: bool

    @classmethod
    def of(cls, address: Address) -> AddressSchema:
        """Return the schema of an address."""
        names = [name for name in cls.__fields__ if name != "address_id"]
        return cls(address_id=address.id, **{name: getattr(address, name) for name in names})


class Profile(Schema):
    """What the shop knows of a customer."""

    customer_id: str
    name: str
    email: str | None = None
    phone: str | None = None
    account_type: str
    locale: str
    preferences: dict[str, Any]
    newsletter: bool
    personalization: bool
    sale_opt_out: bool
    status: str
    created_at: datetime
    updated_at: datetime
    addresses: list[AddressSchema]
    recent_orders: list[OrderSummary]
    changed: list[str] = []

    @classmethod
    def of(
        cls,
        customer: Customer,
        addresses: list[Address],
        orders: list[OrderSummary],
        changed: list[str],
    ) -> Profile:
        """Return the schema of a customer."""
        own = {"customer_id", "addresses", "recent_orders", "changed"}
        same = {name: getattr(customer, name) for name in cls.__fields__ if name not in own}
        return cls(
            customer_id=customer.id,
            addresses=[AddressSchema.of(address) for address in addresses],
            recent_orders=orders,
            changed=changed,
            **same,
        )
