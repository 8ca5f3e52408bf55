"""Word lists: towns, countries, people's names, things sold. Clues for the tagger, no verdicts.

Towns come from the area names of the phonenumbers package, countries from Babel, names and more of
both from the files in `lists/`, all that is the shop's own from the look-up tables of its training data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_LISTS = Path(__file__).parent / "lists"
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\.?|\w+|\S")
_LONGEST = 5
# Names of files by the name of the list that they belong to.
_FILES = {
    "first_name": "first_names.txt",
    "last_name": "last_names.txt",
    "delivery_city": "cities.txt",
    "delivery_country": "countries.txt",
}
_AREA = "area"


class Gazetteers:
    """Looks phrases up in all lists at once."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        """Prepares the lists.

        Args:
            phrases: Phrases in lower case, words parted by one space, by the list's name.
        """
        self.phrases = {name: sorted(set(found)) for name, found in phrases.items()}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._beginnings: set[str] = set()
        for name, found in sorted(self.phrases.items()):
            for phrase in found:
                self._lists[phrase] = (*self._lists.get(phrase, ()), name)
                if " " in phrase:
                    self._beginnings.add(phrase.split(" ", 1)[0])

    def look_up(self, words: Sequence[str]) -> list[frozenset[str]]:
        """Finds phrases in a message.

        Args:
            words: The message's tokens in lower case.

        Returns:
            For each token "<list>" where a phrase begins and "<list>+" where it goes on.
        """
        found: list[set[str]] = [set() for _ in words]
        for start, word in enumerate(words):
            longest = _LONGEST if word in self._beginnings else 1
            for end in range(min(start + longest, len(words)), start, -1):
                for name in self._lists.get(" ".join(words[start:end]), ()):
                    if f"{name}+" in found[start]:
                        continue
                    found[start].add(name)
                    for inside in range(start + 1, end):
                        found[inside].add(f"{name}+")
        return [frozenset(names) for names in found]


def words_of(phrase: str) -> str:
    """Brings a phrase into the shape in which it is looked up."""
    return " ".join(_WORD.findall(phrase.lower()))


def read_lists() -> dict[str, list[str]]:
    """Reads the files in `lists/`, one phrase a comma or, for people's names, a space."""
    found = {}
    for name, file in _FILES.items():
        text = (_LISTS / file).read_text(encoding="utf-8")
        parts = text.split() if name.endswith("_name") else text.split(",")
        found[name] = [words_of(part) for part in parts if part.strip()]
    return found


def build_gazetteers(tables: Mapping[str, Iterable[str]]) -> Gazetteers:
    """Collects all lists.

    Args:
        tables: Look-up tables of the training data, by entity type.

    Returns:
        The gazetteers.
    """
    phrases: dict[str, list[str]] = read_lists()
    phrases[_AREA] = _areas()
    phrases["delivery_country"] += _countries()
    for name, values in tables.items():
        phrases.setdefault(name, []).extend(words_of(value) for value in values)
    return Gazetteers(phrases)


def _areas() -> list[str]:
    """Lists the places that telephone areas are named after: some 30,000 in all countries."""
    from phonenumbers.geodata import GEOCODE_DATA

    names = {names["en"] for names in GEOCODE_DATA.values() if "en" in names}
    # "San Antonio, TX" and "Armidale/Bingara": towns, regions, and several at once.
    parts = {part.strip() for name in names for part in re.split(r"[,/]| - ", name)}
    return sorted(
        words_of(part) for part in parts if len(part) > 3 and not any(c.isdigit() for c in part)
    )


def _countries() -> list[str]:
    """Lists the countries of the world in English."""
    from babel import Locale

    territories = Locale("en").territories
    return [
        words_of(name) for code, name in territories.items() if len(code) == 2 and code.isalpha()
    ]
