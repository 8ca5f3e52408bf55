"""The demo shop's 500 customers, among them those that the contract names."""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from closer.services import Services
from scripts.seed.contract import CONTRACT_CUSTOMERS
from scripts.seed.phones import PhoneBook
from scripts.seed.texts import listed, sections

COUNT = 500
_TIERS = {
    "free": 16,
    "freemium": 8,
    "standard": 38,
    "pro": 10,
    "premium": 12,
    "gold": 10,
    "platinum": 6,
}
_DOMAINS = ("example.com", "example.org", "example.net")
_MIXED = frozenset({"US", "CA", "GB", "AU", "SG"})  # where names come from everywhere
#: Letters that do not decompose.
_LATIN = str.maketrans({"ø": "o", "ł": "l", "ß": "ss", "\u0131": "i"})
_LIKES = (
    "electronics",
    "computers",
    "kitchen",
    "home",
    "clothing",
    "shoes",
    "beauty",
    "sports",
    "toys",
    "books",
    "garden",
    "pets",
)


@dataclass(frozen=True)
class Culture:
    """What people of a country are called and where they live."""

    country: str
    share: int
    locale: str
    first: list[str]
    last: list[str]
    places: list[str]
    streets: list[str]


def cultures() -> list[Culture]:
    """Return all cultures of `data/people.txt`."""
    found = []
    for title, lines in sections("people.txt").items():
        if title:
            country, share = title.split()
            parts = {key: value for key, _, value in (line.partition(": ") for line in lines)}
            lists = (listed(parts[key]) for key in ("first", "last", "places", "streets"))
            found.append(Culture(country, int(share), parts["locale"], *lists))
    return found


async def seed(services: Services, rng: random.Random) -> None:
    """Write customers and their addresses."""
    people, homes = customer_rows(rng, services.clock.now())
    await services.customers.import_people(people, homes, by="seed")


def customer_rows(
    rng: random.Random, now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return customers and addresses as rows."""
    known, book = cultures(), PhoneBook()
    everyone: list[dict[str, Any]] = []
    homes: list[dict[str, Any]] = []
    taken = {str(person["email"]) for person in CONTRACT_CUSTOMERS}
    for person in CONTRACT_CUSTOMERS:
        fixed = {key: value for key, value in person.items() if key != "address"}
        everyone.append(
            _customer(rng, now, {**fixed, "phone": book.number(rng, person["address"]["country"])})
        )
        homes.append(_home(everyone[-1], person["address"], 1))
    for number in range(1, COUNT - len(CONTRACT_CUSTOMERS) + 1):
        culture = rng.choices(known, [c.share for c in known])[0]
        names = rng.choice(known) if culture.country in _MIXED and rng.random() < 0.3 else culture
        name = f"{rng.choice(names.first)} {rng.choice(names.last)}"
        phone = book.number(rng, culture.country)
        basics = {
            "id": f"cus_{number:05d}",
            "name": name,
            "email": _email(rng, name, taken),
            "phone": phone,
        }
        everyone.append(_customer(rng, now, {**basics, "locale": culture.locale}))
        homes.append(_home(everyone[-1], _address(rng, culture, name), 1))
        if rng.random() < 0.18:
            second = {**_address(rng, culture, name), "label": "work"}
            homes.append(_home(everyone[-1], second, 2))
    return everyone, homes


def _customer(rng: random.Random, now: datetime, given: dict[str, Any]) -> dict[str, Any]:
    since = now - timedelta(
        days=rng.randint(5, 900) if str(given["id"]).startswith("cus_") else 700,
        minutes=rng.randint(0, 1440),
    )
    phone = given["phone"]
    likes = rng.sample(_LIKES, rng.choice((1, 2, 2, 3)))
    defaults = {
        "account_type": rng.choices(list(_TIERS), list(_TIERS.values()))[0],
        "preferences": {
            "categories": likes,
            "channel": rng.choice(("web", "email", "sms") if phone else ("web", "email")),
        },
        "newsletter": rng.random() < 0.55,
        "sale_opt_out": rng.random() < 0.06,
        "personalization": rng.random() < 0.93,
        "status": "active",
    }
    return {
        **defaults,
        **given,
        "created_at": since,
        "updated_at": since,
        "closed_at": None,
    }


def _home(person: dict[str, Any], address: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "id": f"adr_{person['id']}_{number}",
        "customer_id": person["id"],
        "label": "home",
        "recipient": person["name"],
        **address,
        "is_default": number == 1,
        "created_at": person["created_at"],
        "updated_at": person["created_at"],
    }


def _address(rng: random.Random, culture: Culture, recipient: str) -> dict[str, Any]:
    city, region, postcode = rng.choice(culture.places).split("/")
    digits = re.sub("#", lambda _: str(rng.randint(0, 9)), postcode)
    return {
        "recipient": recipient,
        "street": rng.choice(culture.streets).replace("{n}", str(rng.randint(1, 240))),
        "city": city,
        "region": region or None,
        "postcode": digits or None,
        "country": culture.country,
    }


def _email(rng: random.Random, name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LATIN))
    local = re.sub(
        r"[^a-z]+", ".", "".join(c for c in plain if not unicodedata.combining(c))
    ).strip(".")
    address, number = f"{local}@{rng.choice(_DOMAINS)}", 1
    while address in taken:
        number += 1
        address = f"{local}{number}@{rng.choice(_DOMAINS)}"
    taken.add(address)
    return address
