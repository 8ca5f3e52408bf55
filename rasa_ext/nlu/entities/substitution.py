"""Puts other values into annotated messages, so that the tagger learns contexts, not values."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rasa_ext.nlu.entities.gazetteers import Gazetteers

Span = tuple[int, int, str]

_TITLES = ("Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Mrs", "Ms", "Miss", "Prof.", "Dr", "Sir")
_LOOKS = (
    "red", "blue", "black", "white", "green", "grey", "pink", "small", "large", "wooden", "leather",
    "cotton", "wool", "linen", "steel", "glass", "portable", "cordless", "folding", "electric", "wireless",
    "waterproof", "kids'", "men's", "women's", "vintage", "Aurora", "Nordic", "Solstice", "Luna", "Vega",
    "Pro", "mini", "ceramic", "velvet", "bamboo", "silk", "copper", "solar", "gaming", "ergonomic",
)  # fmt: skip
_SIGNS = ("$", "€", "£", "$", "€", "£", "¥", "₹", "US$", "C$", "A$", "R$", "CHF ", "EUR ", "USD ")
_MONEY = (
    "dollars", "euros", "pounds", "bucks", "quid", "usd", "eur", "gbp", "€", "£", "francs", "zloty",
    "kroner", "kr", "rupees", "yen", "pesos", "rand", "pln", "chf", "$", "euro", "dollar", "lira",
)  # fmt: skip
_NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "a dozen", "half a dozen", "a couple", "a pair", "fifteen", "twenty", "thirty", "forty", "fifty",
    "two dozen", "a hundred",
)  # fmt: skip
_MARKS = ("one", "two", "three", "four", "five", "zero", "1", "2", "3", "4", "5", "4.5", "3.5")
_PREFIXES = ("ORD", "NL", "WEB", "PO", "SO", "TX", "KX", "AB", "RF", "XZ", "GB", "Q", "A", "SHP")
_DAYS = ("monday", "Tuesday", "wednesday", "Thursday", "Friday", "saturday", "Sunday")
_MONTHS = (
    "January", "Feb", "March", "april", "June", "july", "August", "Sept", "october", "Nov", "December",
)  # fmt: skip
_DATES = (
    "yesterday", "tomorrow", "today", "last week", "next week", "last month", "this morning", "tonight",
    "day before yesterday", "day after tomorrow", "two weeks ago", "three days ago", "a month ago",
    "this weekend", "next month", "a week ago", "last night", "10 days ago", "this Friday", "tmrw",
)  # fmt: skip

# Their lists are the look-up tables of the training data, which may have none.
_SHOPS_OWN = {"product", "category", "channel", "account_type"}


@dataclass
class Substituter:
    """Makes values up.

    Attributes:
        gazetteers: Word lists.
        seen: Values of the training messages by type.
        rng: Source of chance.
    """

    gazetteers: Gazetteers
    seen: Mapping[str, Sequence[str]]
    rng: random.Random

    def vary(self, text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
        """Puts other values into a message.

        Args:
            text: The message.
            spans: Start, end and type of its values, in order and apart.

        Returns:
            The new message and its spans; in lower case half of the time.
        """
        parts: list[str] = []
        moved: list[Span] = []
        at = length = 0
        for start, end, entity in spans:
            value = self.value(entity) or text[start:end]
            parts += (text[at:start], value)
            begin = length + start - at
            length = begin + len(value)
            moved.append((begin, length, entity))
            at = end
        parts.append(text[at:])
        varied = "".join(parts)
        lowered = varied.lower()
        if len(lowered) == len(varied) and self.rng.random() < 0.5:
            varied = lowered
        return varied, moved

    def value(self, entity: str) -> str | None:
        """Makes up a value of a type; None for a type that has no maker, or no list to choose from."""
        maker = getattr(self, f"_{entity}", None)
        if maker is None:
            return None
        seen = self.seen.get(entity)
        listed = entity not in _SHOPS_OWN or self.gazetteers.phrases.get(entity)
        if seen and (not listed or self.rng.random() < 0.25):
            return self.rng.choice(seen)
        if not listed:
            return None
        return str(maker())

    def _pick(self, name: str) -> str:
        return self.rng.choice(self.gazetteers.phrases[name])

    def _person_name(self) -> str:
        first, last = self._pick("first_name").title(), self._pick("last_name").title()
        kind = self.rng.random()
        if kind < 0.5:
            return f"{first} {last}"
        if kind < 0.65:
            return f"{self.rng.choice(_TITLES)} {last}"
        if kind < 0.9:
            return first
        return f"{first} {self.rng.choice((self._pick('first_name').title(), 'de', 'van', 'J.'))} {last}"

    def _delivery_city(self) -> str:
        return self._pick(self.rng.choice(("delivery_city", "area"))).title()

    def _delivery_country(self) -> str:
        name = self._pick("delivery_country")
        return name.upper() if len(name) < 4 else name.title().replace("The ", "the ")

    def _product(self) -> str:
        thing = self._pick("product")
        return f"{self.rng.choice(_LOOKS)} {thing}" if self.rng.random() < 0.4 else thing

    def _category(self) -> str:
        return self._pick("category")

    def _channel(self) -> str:
        return self._pick("channel")

    def _account_type(self) -> str:
        return self._pick("account_type")

    def _quantity(self) -> str:
        if self.rng.random() < 0.5:
            return str(
                self.rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 50, 100, 250))
            )
        return self.rng.choice(_NUMBERS)

    def _digits(self, least: int, most: int) -> str:
        length = self.rng.randint(least, most)
        return str(self.rng.randint(10 ** (length - 1), 10**length - 1))

    def _order_id(self) -> str:
        kind = self.rng.random()
        sign = "#" if self.rng.random() < 0.3 else ""
        if kind < 0.6:
            return sign + self._digits(4, 13)
        if kind < 0.85:
            prefix = self.rng.choice(_PREFIXES)
            middle = f"{self.rng.randint(2019, 2026)}-" if self.rng.random() < 0.5 else ""
            return f"{sign}{prefix}-{middle}{self._digits(4, 7)}"
        return f"{self._digits(3, 7)}-{self.rng.choice('ABCKLMNXYZ0123456789')}"

    def _invoice_id(self) -> str:
        kind = self.rng.random()
        if kind < 0.5:
            return ("#" if self.rng.random() < 0.4 else "") + self._digits(4, 8)
        return f"{self.rng.choice(('INV', 'INV', 'inv', 'F', 'RE', 'BILL'))}-{self._digits(4, 8)}"

    def _phone(self) -> str:
        return self.rng.choice(
            (
                f"+{self._digits(1, 2)} {self._digits(2, 3)} {self._digits(3, 4)} {self._digits(3, 4)}",
                f"0{self._digits(3, 4)} {self._digits(6, 6)}",
                f"({self._digits(3, 3)}) {self._digits(3, 3)}-{self._digits(4, 4)}",
                f"0{self._digits(9, 10)}",
                f"+{self._digits(10, 12)}",
                f"{self._digits(3, 3)}-{self._digits(3, 3)}-{self._digits(4, 4)}",
            )
        )

    def _email(self) -> str:
        return f"{self._pick('first_name')}.{self._pick('last_name')}@example.org"

    def _money(self) -> str:
        amount = self._digits(1, 4)
        if self.rng.random() < 0.4:
            amount += f".{self._digits(2, 2)}"
        kind = self.rng.random()
        if kind < 0.5:
            return self.rng.choice(_SIGNS) + amount
        if kind < 0.9:
            return f"{amount} {self.rng.choice(_MONEY)}"
        return f"{self._digits(2, 3)}.{self._digits(2, 2)}"

    _refund_amount = _money

    def _rating(self) -> str:
        mark = self.rng.choice(_MARKS)
        return self.rng.choice(
            (f"{mark} stars", f"{mark} out of 5", f"{mark}/5" if mark[0].isdigit() else mark, mark)
        )

    def _date(self) -> str:
        kind = self.rng.random()
        if kind < 0.5:
            return self.rng.choice(_DATES)
        day, month = self.rng.randint(1, 28), self.rng.choice(_MONTHS)
        return self.rng.choice(
            (
                self.rng.choice(_DAYS), f"last {self.rng.choice(_DAYS)}", f"{day} {month}",
                f"{month} {day}", f"{day}th {month}", f"2024-{self.rng.randint(1, 12):02}-{day:02}",
                f"{day}/{self.rng.randint(1, 12)}/2024", f"{day}th", f"{month} {self.rng.randint(2019, 2026)}",
            )
        )  # fmt: skip
