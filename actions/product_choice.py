"""Which of the products that were shown somebody's words choose: by what tells them apart, place, price, size, or exclusion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from actions.bought import PLACES
from closer.catalog.records import Product
from closer.catalog.words import NOISE, SYNONYMS, stem, words_of

_ORDINALS = {**PLACES, "last": -1, "one": 0, "two": 1, "three": 2, "four": 3}
_ORDINAL = re.compile(
    rf"\b({'|'.join(PLACES)}|last)\b(?! (?:time|week|month|year|night|order|longer|long|for)\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(?:number|no\.?|option) (one|two|three|four|[1-4])\b", re.IGNORECASE)
_CHEAPER = re.compile(
    r"\b(?:cheap(?:er|est)|less expensive|least expensive|lower priced?)\b(?! (?:ones|than|alternatives?|options?))",
    re.IGNORECASE,
)
_DEARER = re.compile(
    r"\b(?:dear(?:er|est)|(?:more|most) expensive|pric(?:i?er|iest))\b", re.IGNORECASE
)
_BIGGER = re.compile(
    r"\b(?:bigg(?:er|est)|larg(?:er|est)|longer|longest|tall(?:er|est))\b", re.IGNORECASE
)
_SMALLER = re.compile(r"\b(?:small(?:er|est)|short(?:er|est))\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:the other|another|other|different) (?:one|colou?r|version|variant|kind|type)\b|\bthe other\b$",
    re.IGNORECASE,
)
_ANY = re.compile(
    r"\b(?:any(?: of (?:them|those|these)| one)?|either|whichever|whatever|(?:doesn'?t|does not|don'?t|do not) (?:matter|mind|care)"
    r"|you (?:choose|pick|decide)|no preference|all the same)\b",
    re.IGNORECASE,
)
#: What is not wanted: "not the blue one", "instead of the red".
_NOT = re.compile(
    r"\b(?:not|no|instead of|rather than|except|without) (?:the |a |that |in )?(?!not\b)[\w-]+(?: one)?\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:differences?|diff|differs?|different about|compar\w*|versus|vs|better than|side by side)\b"
    r"|\b(?:which|what)\b.{0,30}\b(?:better|best|more|less|bigger|larger|smaller|lighter|heavier|faster|quieter|louder|longer|stronger|warmer|softer|newer)\b"
    r"|\bbetter,? (?:the |a )?\w+.{0,40}\bor\b",
    re.IGNORECASE,
)
#: What stands between the names of products that are compared.
_BETWEEN = re.compile(
    r"\b(?:vs|versus|between|or|and|with|against|to|than|compared)\b|[,;:?]", re.IGNORECASE
)
_IN_COLOUR = re.compile(
    r"\bin (?:a )?(white|black|red|blue|green|grey|gray|silver|pink|purple|yellow|orange|brown|beige|navy|teal|cream)\b",
    re.IGNORECASE,
)
_ONE = re.compile(r"\bthe (?:\w+ ){1,2}ones?\b", re.IGNORECASE)


def chooses(text: str) -> bool:
    """Say whether a text picks something out of what was shown ("the cheaper one"), rather than naming it."""
    marks = (_ORDINAL, _NUMBERED, _CHEAPER, _DEARER, _OTHER, _ONE)
    return not compares(text) and any(mark.search(text) for mark in marks)


def compares(text: str) -> bool:
    """Say whether a text asks what tells products apart."""
    return _COMPARES.search(text) is not None


def compared_names(text: str) -> list[str]:
    """Return the parts of a text each of which may name one of the products that it compares."""
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()] if compares(text) else []


def place_in_list(text: str) -> int | None:
    """Return which of a list shown before is meant ("the second one"), counting from 0; -1 is the last."""
    places = places_in_list(text)
    return places[0] if places else None


def places_in_list(text: str) -> list[int]:
    """Return all places of a list that a text speaks of: "the first and the third"."""
    found = [_ORDINALS[word.lower()] for word in _ORDINAL.findall(text)]
    for said in map(str.lower, _NUMBERED.findall(text)):
        found.append(int(said) - 1 if said.isdigit() else _ORDINALS[said])
    return found


def chosen(text: str, shown: Sequence[Product], current: Product | None = None) -> list[Product]:
    """Return those of the products shown that a text chooses: several if it leaves a choice, none if it chooses none.

    Args:
        text: What the customer says.
        shown: What there is to choose from, in the order shown.
        current: What is meant so far, so that "the other one" is another.
    """
    wanted = without_refused(text)
    named, place = named_among(wanted, shown), place_in_list(text)
    if not named and wanted != text and (unwanted := named_among(text, shown)):
        named = [product for product in shown if product not in unwanted]
    if named:
        return named
    if place is not None and -len(shown) <= place < len(shown):
        return [shown[place]]
    if shown and (extreme := _most(text, shown)):
        return extreme
    if current is not None and _OTHER.search(text):
        return [product for product in shown if product.id != current.id]
    return [product for product in shown if product.in_stock][:1] if _ANY.search(text) else []


def without_refused(text: str) -> str:
    """Return a text without what it says is not wanted: "not the blue one"."""
    return _NOT.sub(" ", text)


def _most(text: str, shown: Sequence[Product]) -> list[Product]:
    """Return the cheapest, dearest, biggest or smallest if a text asks for that."""
    marks = (
        (_CHEAPER, _price, -1),
        (_DEARER, _price, 1),
        (_BIGGER, _size, 1),
        (_SMALLER, _size, -1),
    )
    for mark, measure, sign in marks:
        if mark.search(text):
            best = max(sign * measure(product) for product in shown)
            return [product for product in shown if sign * measure(product) == best]
    return []


def named_among(text: str, shown: Sequence[Product]) -> list[Product]:
    """Return the products of which a text names the most of what tells them apart; none if it names nothing of that."""
    names = {product.id: _telling(product, shown) for product in shown}
    common = set.intersection(*names.values()) if len(names) > 1 else set()
    said = dict.fromkeys(stem(word) for word in words_of(text) if word not in NOISE)
    scores = {
        product.id: sum(_fits(word, names[product.id] - common) for word in said)
        for product in shown
    }
    best = max(scores.values(), default=0)
    return [product for product in shown if best and scores[product.id] == best]


def difference(product: Product, family: Sequence[Product]) -> str:
    """Return what tells a variant from its family: `128 GB, mint`."""
    parts = _parts(product)
    common = set.intersection(*(set(_parts(other)) for other in family)) if family else set()
    return ", ".join(part for part in parts if part not in common) or product.name


def lacks_colour(text: str, family: Sequence[Product]) -> bool:
    """Say whether a text asks for a colour in which none of the variants is."""
    if (asked := _IN_COLOUR.search(text)) is None:
        return False
    colour = stem(asked[1].lower())
    there = {stem(word) for product in family for word in words_of(product.name)}
    return there.isdisjoint({colour, *SYNONYMS.get(colour, ())})


def common_name(family: Sequence[Product]) -> str:
    """Return the name that all variants of a family share."""
    common = set.intersection(*(set(_parts(other)) for other in family))
    return ", ".join(part for part in _parts(family[0]) if part in common) or family[0].name


def _parts(product: Product) -> list[str]:
    return [part.strip() for part in product.name.split(",")]


def _telling(product: Product, shown: Sequence[Product]) -> set[str]:
    """Return the words of the parts of a name that not all products shown share."""
    return {stem(word) for word in words_of(difference(product, shown))}


def _fits(word: str, telling: set[str]) -> float:
    """Return how well a word is one of those that tell; a bare number may be that of a measure ("the 26")."""
    if word in telling:
        return 1.0
    if {stem(other) for other in SYNONYMS.get(word, ())} & telling:
        return 0.9
    return float(word.isdigit() and any(re.fullmatch(rf"{word}[a-z]+", other) for other in telling))


def _price(product: Product) -> Decimal:
    return product.price.amount


def _size(product: Product) -> Decimal:
    """Return how big a variant is: by the number in its name's last part, a word such as "large", or its price."""
    last = _parts(product)[-1].casefold()
    words = {
        "small": 1,
        "medium": 2,
        "large": 3,
        "single": 1,
        "double": 2,
        "compact": 1,
        "standard": 2,
    }
    if match := re.search(r"\d+(?:\.\d+)?", last):
        return Decimal(match.group(0))
    return Decimal(words[last]) if last in words else product.price.amount
