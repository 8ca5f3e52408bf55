"""The demo shop's 300 products in 12 categories."""

from __future__ import annotations

import itertools
import random
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from closer.services import Services
from scripts.seed.texts import listed, sections

PER_CATEGORY = 25
_SURCHARGE = re.compile(r"^(?P<value>.+?)(?P<more>[+-]\d+(?:\.\d+)?)?$")
_CODES = {
    "electronics": "EL",
    "computers": "CO",
    "kitchen": "KI",
    "home": "HO",
    "clothing": "CL",
    "shoes": "SH",
    "beauty": "BE",
    "sports": "SP",
    "toys": "TO",
    "books": "BO",
    "garden": "GA",
    "pets": "PE",
}


@dataclass(frozen=True)
class Family:
    """A product with its variants, as written in `data/catalog.txt`."""

    code: str
    category: str
    name: str
    kind: str
    brand: str
    price: Decimal
    attributes: dict[str, str]
    variants: list[tuple[dict[str, str], Decimal]]
    options: dict[str, list[str]]
    description: str


def families() -> list[Family]:
    """Return all products with all their variants."""
    found = []
    for category, lines in sections("catalog.txt").items():
        for number, line in enumerate(lines, 1):
            found.append(_family(f"{_CODES[category]}{number:02d}", category, line))
    return found


def together() -> dict[str, list[str]]:
    """Return what kinds are bought with a kind."""
    pairs = (line.partition(":") for line in sections("together.txt")[""])
    return {kind.strip(): listed(others) for kind, _, others in pairs}


async def seed(services: Services, rng: random.Random) -> None:
    """Write the catalogue."""
    rows = product_rows(rng)
    now = services.clock.now()
    for row in rows:
        row["created_at"] = row["updated_at"] = now - timedelta(days=rng.randint(560, 900))
    await services.catalog.import_products(rows)


def product_rows(rng: random.Random) -> list[dict[str, Any]]:
    """Return the products as rows: of each category the first variants of all families, then the second ones, to 25."""
    rows: list[dict[str, Any]] = []
    by_category: dict[str, list[Family]] = defaultdict(list)
    for family in families():
        by_category[family.category].append(family)
    for of_category in by_category.values():
        fame = _fame(rng, len(of_category))
        rounds = itertools.zip_longest(*([(f, v) for v in f.variants] for f in of_category))
        chosen = [pair for turn in rounds for pair in turn if pair is not None][:PER_CATEGORY]
        chosen.sort(key=lambda pair: pair[0].code)
        for (family, variant), among in _numbered(chosen):
            popularity = fame[int(family.code[2:]) - 1] * (
                1.0 if among == 1 else rng.uniform(0.35, 0.9)
            )
            rows.append(
                _row(
                    rng,
                    family,
                    variant,
                    among=among,
                    number=len(rows) + 1,
                    popularity=round(popularity, 4),
                )
            )
    _relate(rng, rows)
    return rows


def _numbered(
    chosen: list[tuple[Family, tuple[dict[str, str], Decimal]]],
) -> list[tuple[tuple[Family, tuple[dict[str, str], Decimal]], int]]:
    counts: dict[str, int] = defaultdict(int)
    numbered = []
    for pair in chosen:
        counts[pair[0].code] += 1
        numbered.append((pair, counts[pair[0].code]))
    return numbered


def _row(
    rng: random.Random,
    family: Family,
    variant: tuple[dict[str, str], Decimal],
    *,
    among: int,
    number: int,
    popularity: float,
) -> dict[str, Any]:
    features, more = variant
    telling = ", ".join(features.values())
    sold_out = rng.random() < 0.05 and popularity < 0.6
    return {
        "id": f"P-{number:04d}",
        "sku": f"{family.code}-{among:02d}",
        "family": family.code,
        "name": f"{family.name}, {telling}" if telling else family.name,
        "category": family.category,
        "kind": family.kind,
        "brand": family.brand,
        "description": family.description,
        "attributes": {"brand": family.brand, "type": family.kind, **family.attributes, **features},
        "options": family.options,
        "price": family.price + more,
        "currency": "USD",
        "stock": 0
        if sold_out
        else rng.choice((3, 5, 8))
        if rng.random() < 0.1
        else rng.randint(20, 240),
        "rating": round(min(5.0, max(3.1, rng.gauss(4.35, 0.35))), 1),
        "reviews": int(12 + 900 * popularity * rng.uniform(0.5, 1.3)),
        "popularity": popularity,
    }


def _relate(rng: random.Random, rows: list[dict[str, Any]]) -> None:
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    goes_with = together()
    for row in rows:
        others = [
            max(by_kind[kind], key=lambda r: r["popularity"] * rng.uniform(0.7, 1))
            for kind in goes_with.get(row["kind"], ())
        ]
        row["related"] = [other["id"] for other in others[:6]]


def _fame(rng: random.Random, count: int) -> list[float]:
    """Return how well each of some families sells: a few very well, most now and then."""
    ranks = list(range(1, count + 1))
    rng.shuffle(ranks)
    return [1.0 / rank**0.75 for rank in ranks]


def _family(code: str, category: str, line: str) -> Family:
    name, kind, brand, price, attributes, variants, options, description = (
        p.strip() for p in line.split("|", 7)
    )
    return Family(
        code,
        category,
        name,
        kind,
        brand,
        Decimal(price),
        dict(_pair(part, "=") for part in listed(attributes, ";")),
        _variants(variants),
        {
            key: listed(values)
            for key, values in (_pair(part, ":") for part in listed(options, ";"))
        },
        description,
    )


def _variants(text: str) -> list[tuple[dict[str, str], Decimal]]:
    axes = []
    for axis in text.split(" // "):
        name, values = _pair(axis, ":")
        axes.append([(name, *_value(value)) for value in listed(values)])
    return [
        (
            {name: value for name, value, _ in choice},
            sum((more for _, _, more in choice), Decimal(0)),
        )
        for choice in itertools.product(*axes)
    ]


def _value(text: str) -> tuple[str, Decimal]:
    match = _SURCHARGE.match(text)
    if match is None:
        raise ValueError(f"no variant: {text!r}")
    return match["value"], Decimal(match["more"] or 0)


def _pair(text: str, separator: str) -> tuple[str, str]:
    left, found, right = text.partition(separator)
    if not found:
        raise ValueError(f"{separator!r} is missing in {text!r}")
    return left.strip(), right.strip()
