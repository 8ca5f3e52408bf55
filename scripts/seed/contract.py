"""The people and orders that the compatibility contract names; ages are relative to the day of seeding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


def _at(street: str, city: str, region: str | None, postcode: str, country: str) -> dict[str, Any]:
    return {
        "street": street,
        "city": city,
        "region": region,
        "postcode": postcode,
        "country": country,
    }


def _person(
    customer_id: str, name: str, email: str, tier: str, likes: list[str], *, address: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": customer_id,
        "name": name,
        "email": email,
        "account_type": tier,
        "locale": {"US": "en-US", "GB": "en-GB", "SE": "sv-SE", "IT": "it-IT"}.get(
            address["country"], "en-US"
        ),
        "preferences": {"categories": likes, "channel": "web"},
        "personalization": True,
        "sale_opt_out": False,
        "address": address,
    }


CONTRACT_CUSTOMERS: tuple[dict[str, Any], ...] = (
    _person(
        "user123",
        "Maya Torres",
        "maya.torres@example.com",
        "gold",
        ["electronics", "sports"],
        address=_at("48 Juniper Lane", "Portland", "OR", "97205", "US"),
    ),
    _person(
        "user_123",
        "Daniel Whitfield",
        "user@example.com",
        "standard",
        ["computers", "books"],
        address=_at("1234 Main Street", "Columbus", "OH", "43215", "US"),
    ),
    _person(
        "user_abc",
        "Amara Okafor",
        "amara.okafor@example.org",
        "premium",
        ["home", "kitchen"],
        address=_at("17 Prospect Place", "Brooklyn", "NY", "11238", "US"),
    ),
    _person(
        "user789",
        "Jonas Lindberg",
        "jonas.lindberg@example.net",
        "pro",
        ["electronics"],
        address=_at("Storgatan 12", "Stockholm", None, "111 51", "SE"),
    ),
    _person(
        "user456",
        "Priya Nair",
        "priya.nair@example.com",
        "free",
        ["clothing", "beauty"],
        address=_at("9 Victoria Road", "Leeds", None, "LS1 4DY", "GB"),
    ),
    _person(
        "user_789",
        "Luca Moretti",
        "luca.moretti@example.org",
        "platinum",
        ["garden", "pets"],
        address=_at("Via Garibaldi 31", "Milano", None, "20121", "IT"),
    ),
)


@dataclass(frozen=True)
class ContractOrder:
    """An order that is told rather than drawn.

    Attributes:
        kinds: What was bought, by kind of product; each the best-selling of its kind.
        hours: How long ago it was placed.
        refund: The state of a refund, if there is one.
        failure: Why its payment failed, if it did.
    """

    id: str
    customer_id: str
    state: str
    hours: float
    kinds: tuple[str, ...]
    refund: str | None = None
    failure: str | None = None
    method: str = "visa"
    delivery: str = "standard"


_DAY = 24.0

CONTRACT_ORDERS: tuple[ContractOrder, ...] = (
    ContractOrder("12345", "user123", "shipped", 3 * _DAY, ("headphones", "charger")),
    ContractOrder(
        "12346", "user123", "paid", 0.6, ("running shoes", "water bottle"), method="apple_pay"
    ),
    ContractOrder("12347", "user123", "paid", 6, ("yoga mat",)),
    ContractOrder("12344", "user123", "delivered", 9 * _DAY, ("smartphone", "phone case")),
    ContractOrder("12340", "user123", "delivered", 75 * _DAY, ("backpack", "tent", "sleeping bag")),
    ContractOrder("12338", "user123", "cancelled", 120 * _DAY, ("television",), refund="paid"),
    ContractOrder("12331", "user123", "refunded", 210 * _DAY, ("smartwatch",), refund="paid"),
    ContractOrder("22310", "user_123", "delivered", 21 * _DAY, ("laptop", "mouse")),
    ContractOrder("22311", "user_123", "placed", 1.4, ("monitor",), failure="card_declined"),
    ContractOrder(
        "22312", "user_123", "shipped", 2.5 * _DAY, ("computer book", "novel"), method="paypal"
    ),
    ContractOrder("22313", "user_123", "packed", 20, ("keyboard",)),
    ContractOrder("123456", "user_abc", "paid", 0.7, ("espresso machine", "coffee grinder")),
    ContractOrder("123450", "user_abc", "delivered", 12 * _DAY, ("lamp", "candle")),
    ContractOrder("123449", "user_abc", "shipped", 4 * _DAY, ("bed linen",), delivery="express"),
    ContractOrder("123441", "user_abc", "refunded", 95 * _DAY, ("carpet",), refund="paid"),
    ContractOrder("78901", "user789", "delivered", 6 * _DAY, ("smartphone",), delivery="express"),
    ContractOrder(
        "78902", "user789", "delivered", 24 * _DAY, ("headphones", "power bank"), refund="requested"
    ),
    ContractOrder("78903", "user789", "shipped", 4 * _DAY, ("portable speaker",)),
    ContractOrder("78904", "user789", "paid", 1.1, ("smartwatch",), method="paypal"),
    ContractOrder("000123-X", "user789", "delivered", 160 * _DAY, ("earbuds",)),
    ContractOrder("45601", "user456", "delivered", 15 * _DAY, ("dress", "sandals")),
    ContractOrder("45602", "user456", "cancelled", 40 * _DAY, ("parka",), refund="paid"),
    ContractOrder("45603", "user456", "packed", 26, ("face cream", "lipstick", "mascara")),
    ContractOrder("ORD-2023-0042", "user456", "delivered", 300 * _DAY, ("sweater",)),
    ContractOrder("88801", "user_789", "delivered", 30 * _DAY, ("lawn mower", "garden hose")),
    ContractOrder("88802", "user_789", "shipped", 5 * _DAY, ("dog food", "dog toy")),
    ContractOrder("88803", "user_789", "placed", 5, ("barbecue",), method="bank_transfer"),
    ContractOrder("88799", "user_789", "returned", 50 * _DAY, ("dog bed",), refund="approved"),
)
