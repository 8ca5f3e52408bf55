"""How orders travel: methods, prices and times by destination."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from closer.kit.errors import InvalidInput
from closer.kit.money import Money
from closer.orders.policy import add_business_days

HOME_COUNTRY = "US"
_EUROPEAN = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LT LU LV MT NL NO PL PT RO SE SI SK"
)
_EUROPE = frozenset(_EUROPEAN.split())
_NEAR = frozenset({"CA", "MX"})
_CUTOFF_HOUR = 14  # UTC; ordered later, it leaves a day later


@dataclass(frozen=True)
class DeliveryMethod:
    """A way to send: price and business days by zone, free from a subtotal on (None: never)."""

    id: str
    name: str
    prices: dict[str, str]
    days: dict[str, tuple[int, int]]
    free_from: str | None
    carriers: dict[str, str]


METHODS: tuple[DeliveryMethod, ...] = (
    DeliveryMethod(
        "standard",
        "Standard delivery",
        {"home": "4.95", "near": "9.95", "europe": "12.95", "world": "19.95"},
        {"home": (3, 5), "near": (4, 8), "europe": (5, 9), "world": (7, 14)},
        "50.00",
        {"home": "USPS", "near": "UPS", "europe": "DHL", "world": "DHL"},
    ),
    DeliveryMethod(
        "express",
        "Express delivery",
        {"home": "14.95", "near": "24.95", "europe": "29.95", "world": "39.95"},
        {"home": (1, 2), "near": (2, 3), "europe": (2, 4), "world": (3, 5)},
        "250.00",
        {"home": "FedEx", "near": "FedEx", "europe": "FedEx", "world": "FedEx"},
    ),
    DeliveryMethod(
        "pickup",
        "Pick-up point",
        {"home": "2.95", "near": "6.95", "europe": "8.95"},
        {"home": (3, 6), "near": (5, 8), "europe": (5, 9)},
        "35.00",
        {"home": "UPS", "near": "UPS", "europe": "DHL"},
    ),
)
_BY_ID = {method.id: method for method in METHODS}


@dataclass(frozen=True)
class DeliveryOption:
    """A way to send something to a country, with its price and the days on which it would arrive."""

    method: str
    name: str
    carrier: str
    price: Money
    earliest: datetime
    latest: datetime


def zone_of(country: str) -> str:
    """Return the zone of a country: home, near, europe or world."""
    if country == HOME_COUNTRY:
        return "home"
    if country in _NEAR:
        return "near"
    return "europe" if country in _EUROPE else "world"


def delivery_option(method_id: str, country: str, subtotal: Money, at: datetime) -> DeliveryOption:
    """Return price and days of one way to send.

    Raises:
        InvalidInput: if there is no such way to that country.
    """
    method, zone = _BY_ID.get(method_id), zone_of(country)
    if method is None or zone not in method.prices:
        raise InvalidInput(f"{method_id} is no way to send to {country}", field="delivery_method")
    free = method.free_from is not None and subtotal.amount >= Decimal(method.free_from)
    price = Money(Decimal(0) if free else Decimal(method.prices[zone]), subtotal.currency)
    leaves = at if at.hour < _CUTOFF_HOUR else at + timedelta(days=1)
    first, last = method.days[zone]
    return DeliveryOption(
        method.id,
        method.name,
        method.carriers[zone],
        price,
        _evening(add_business_days(leaves, first)),
        _evening(add_business_days(leaves, last)),
    )


def delivery_options(country: str, subtotal: Money, at: datetime) -> list[DeliveryOption]:
    """Return all ways to send something to a country."""
    ways = [method.id for method in METHODS if zone_of(country) in method.prices]
    return [delivery_option(way, country, subtotal, at) for way in ways]


def _evening(moment: datetime) -> datetime:
    return moment.replace(hour=18, minute=0, second=0, microsecond=0)
