"""Phone numbers that regulators reserve for fiction, so that the demo shop can never call a real person."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

_AREAS = {
    "US": ("202", "206", "303", "312", "404", "415", "503", "512", "614", "617", "718", "919"),
    "CA": ("416", "514", "604"),
}
_AUSTRALIAN = (
    "570006 570156 570157 570158 570159 570110 570313 570737 571266 571491 571804 572549 572665 572983 573770 "
    "573087 574118 574632 575254 575789 576398 576801 577426 577644 578957 578148 578888 579212 579760 579455"
)


class PhoneBook:
    """Hands out each number once."""

    def __init__(self) -> None:
        self._numbers: dict[str, Iterator[str]] = {
            "US": _north_american("US"),
            "CA": _north_american("CA"),
            "GB": (f"+44770090{n:04d}" for n in range(1000)),
            "IE": (f"+3532091{n:05d}" for n in range(10_000, 20_000)),
            "FR": (f"+336399800{n:02d}" for n in range(100)),
            "SE": (f"+4670174{n:04d}" for n in range(605, 700)),
            "AU": (f"+61491{n}" for n in _AUSTRALIAN.split()),
        }

    def number(self, rng: random.Random, country: str) -> str | None:
        """Return a number of the country; elsewhere an American one or none."""
        if country not in self._numbers and rng.random() < 0.35:
            return None
        local = next(self._numbers.get(country, iter(())), None)
        return local or next(self._numbers["US"], None)


def _north_american(country: str) -> Iterator[str]:
    lines = itertools.product(range(100, 200), _AREAS[country])
    return (f"+1{area}5550{line}" for line, area in lines)
