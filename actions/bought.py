"""Which of the things that somebody bought their words mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from closer.catalog.categories import match_category
from closer.catalog.spelled import spelled_as
from closer.catalog.words import NOISE, SYNONYMS, query_words, stem, words_of
from closer.orders.records import Order, OrderItem

_ALL = re.compile(
    r"\b(all( of (it|them|those))?|everything|every (thing|item|one)|both|the lot"
    r"|(whole|entire|full|complete) (order|thing|lot|parcel|package|purchase))\b",
    re.IGNORECASE,
)
#: The words for a place in a list, counted from 0.
PLACES = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}
PLACE = re.compile(rf"\b({'|'.join(PLACES)})\b(?! (?:week|month|year|night|time))", re.IGNORECASE)
#: What follows the place of an order, and never that of a thing in it.
_OF_ORDERS = re.compile(r" (?:one|order|of)\b|\W*(?:(?:please|pls)\W*)?$", re.IGNORECASE)
_ORDER = re.compile(r" order", re.IGNORECASE)
_NEWEST = re.compile(
    r"\b(?:last|latest|newest|most recent)\b(?: (?:order|one|purchase|parcel)|\W*$)", re.IGNORECASE
)
PARTS = re.compile(r"\band\b|\bplus\b|,|&|\+")
#: "not the summer dress": what is not meant, up to what is.
NOT_MEANT = re.compile(
    r"\b(?:not|except|without|apart from) (?:for )?(?:(?:the|my|that|those|these)\b(?: (?!(?:but|and|just|only|rather|instead|i|it|they|the|my|a"
    r"|is|are|was|were|return|cancel|refund|send|remove|take|keep|please)\b)[\w'-]+)+|[\w-]+)",
    re.IGNORECASE,
)
#: "keep the shoes", "the dress is fine", "the mat can stay": what stays as it is, up to what is to be done with the rest.
KEPT = re.compile(
    r"\b(?:(?:the|my|that|those|these)\s+)?(?!it\b|that\b|this\b|they\b|all\b|everything\b)[\w-]+\s+(?:is|are|was|were)\s+(?:just |all |really |perfectly )?"
    r"(?:fine|ok|okay|good|great|perfect|lovely|alright|right)\b|"
    r"\b(?:the|my|those|these)\s+[\w-]+\s+(?:(?:can|should|may|will|must)\s+)?stays?\b|"
    r"\b(?:i|we) (?:(?:only|just|still) (?:want|need)|(?:want|need) only)\s+(?:the|my)\s+[^,.;]*|"
    r"\bkeep(?:ing)?\s+(?:(?:just|only)\s+)?(?:the|my|that|those|these)\b[^,.;]*?"
    r"(?=[,.;]|\s+but\b|\s+and (?:please |then |just |only )?(?:take|drop|remove|delete|cancel|return|refund|send|get rid)\b|$)",
    re.IGNORECASE,
)
#: "It doesn't fit my phone": what a thing is for is not what is meant.
FOR_WHAT = re.compile(
    r"\b(?:fits?|fitting|match(?:es)?|suits?|(?:work|go|goes|works|compatible) with)\b(?: (?:on|in|into|with|onto))?\s+(?:my|our|the|his|her)\s+[\w-]+",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:my|our|the|those|these)\s+([a-z-]{3,})(?:\s+([a-z-]{4,}))?\b")
#: Words of departments that more often speak of a place, or of who lives there.
_AT_HOME = frozenset(
    """home house household living office garden balcony patio gym kids children dogs cats pets animals mobile body care hair
    it wear reading kitchen outdoor""".split()
)
#: How much more that very word counts than another one for it: earbuds are no headphones where both were bought.
_BY_NAME = 0.25
#: How much more the word that says what a thing is counts than one that describes it.
_HEAD = 1.5


class _Line(Protocol):
    @property
    def line(self) -> int: ...

    @property
    def name(self) -> str: ...


_L = TypeVar("_L", bound=_Line)


def items_named(text: str, items: Sequence[_L]) -> list[_L]:
    """Return the lines of an order that the words mean: by name, "both", or "the second one"; none if unclear."""
    text = FOR_WHAT.sub(" ", KEPT.sub(" ", NOT_MEANT.sub(" ", text)))
    found = {item.line: item for part in PARTS.split(text) if (item := item_named(part, items))}
    if found:
        return [found[line] for line in sorted(found)]
    if _ALL.search(text):
        return list(items)
    place = place_named(text)
    if place is not None and place < len(items):
        return [items[place]]
    if (meant := as_spelled(text, items)) != text:
        return items_named(meant, items)
    only = only_of_department(text, items)
    return [only] if only else []


def only_of_department(text: str, items: Sequence[_L]) -> _L | None:
    """Return the only line of the department that words name: "the book" of an order with one book."""
    department = match_category(" ".join(word for word in words_of(text) if word not in NOISE))
    fitting = [i for i in items if department and getattr(i, "category", None) == department.id]
    return fitting[0] if len(fitting) == 1 else None


def order_with(text: str, orders: Sequence[Order]) -> Order | None:
    """Return the first of the orders, the newest first, that holds what the words name, or None."""
    scores = [
        max((_likeness(text, item.name) for item in order.items), default=0) for order in orders
    ]
    best = max(scores, default=0)
    lines = [item for order in orders for item in order.items]
    if best == 0 and (meant := as_spelled(text, lines)) != text:
        return order_with(meant, orders)
    return orders[scores.index(best)] if best >= _HEAD else None


def bought_item(text: str, orders: Sequence[Order]) -> tuple[Order, OrderItem] | None:
    """Return what was bought that the words name, with its order; the latest purchase first."""
    order = order_with(text, orders)
    if order is None:
        return None
    return order, max(order.items, key=lambda item: _likeness(text, item.name))


def item_like(text: str, orders: Sequence[Order]) -> tuple[Order, OrderItem] | None:
    """Return what was bought that the words name, or else describe: "the python book"; with its order."""
    if (found := bought_item(text, orders)) is not None:
        return found
    order = order_like(orders, text)
    item = item_named(text, order.items) if order else None
    return (order, item) if order and item else None


def order_like(orders: Sequence[Order], text: str) -> Order | None:
    """Return the one order whose items a text speaks of; what is to be kept is not meant."""
    text = KEPT.sub(" ", NOT_MEANT.sub(" ", text))
    ranked = sorted(
        ((likeness(" ".join(i.name for i in o.items), text), n, o) for n, o in enumerate(orders)),
        reverse=True,
    )
    if ranked and ranked[0][0] == 0:
        meant = as_spelled(text, [item for order in orders for item in order.items])
        return order_like(orders, meant) if meant != text else _order_of_department(orders, text)
    if not ranked or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][2]


def as_spelled(text: str, lines: Iterable[_Line]) -> str:
    """Return a text with the words that sound like one for something that was bought, or miss it by a letter, written as that: "da fone", "candels"."""
    return spelled_as(text, {word for item in lines for word in words_of(item.name)})


def _order_of_department(orders: Sequence[Order], text: str) -> Order | None:
    """Return the one order with goods of the department that a text calls its own: "my books"."""
    words = [w for pair in _OWN.findall(text.lower()) for w in pair if w and w not in _AT_HOME]
    departments = {found.id for word in words if (found := match_category(word))}
    fitting = [o for o in orders if any(i.category in departments for i in o.items)]
    return fitting[0] if len(fitting) == 1 else None


def order_chosen(orders: Sequence[Order], text: str) -> Order | None:
    """Return the order that words choose among those offered: by an item, or by its place."""
    if found := order_like(orders, text):
        return found
    place = next((PLACES[word] for word in words_of(text) if word in PLACES), None)
    return orders[place] if place is not None and place < len(orders) else None


def holds(order: Order, words: str) -> bool:
    """Say whether an order holds what words speak of."""
    return any(likeness(item.name, words) for item in order.items)


def likeness(name: str, text: str) -> int:
    """Return how many telling words of a text are in a name, other words for the same counted too."""
    named = {stem(word) for word in words_of(name)}
    text = _taken_apart(text, name)
    said = {stem(word) for word in words_of(text) if word not in NOISE and not word.isdigit()}
    return sum(1 for word in said if word in named or named & set(SYNONYMS.get(word, ())))


def named_surely(text: str, name: str) -> bool:
    """Say whether words name a thing by the word that says what it is, well or badly spelled."""
    spelled = spelled_as(text, set(words_of(name.partition(",")[0])))
    return max(_likeness(text, name), _likeness(spelled, name)) >= _HEAD


def means_newest(text: str) -> bool:
    """Say whether a text names the order made last: "for my newest order", "the latest one"."""
    return _NEWEST.search(text) is not None


def place_named(text: str, *, of_orders: bool = False) -> int | None:
    """Return which of a list is meant ("the second one"), counting from 0.

    Args:
        text: What was said.
        of_orders: Whether orders are listed; otherwise "the second order" is no place.
    """
    found = PLACE.search(text)
    if found is None:
        return None
    after = (_OF_ORDERS if of_orders else _ORDER).match(text, found.end()) is not None
    return PLACES[found[1].lower()] if after == of_orders else None


def item_named(text: str, items: Sequence[_L]) -> _L | None:
    """Return the one line whose name the words share, or None if none or several are meant."""
    scores = [_likeness(text, item.name) for item in items]
    best = max(scores, default=0)
    return items[scores.index(best)] if best > 0 and scores.count(best) == 1 else None


def _likeness(text: str, name: str) -> float:
    """Return how well a text names a product: by the words that they share."""
    said: set[str] = set()
    direct = query_words(_taken_apart(text, name))
    for word in direct:
        said |= {word, *(stem(other) for other in SYNONYMS.get(word, ()))}
    title = [stem(word) for word in words_of(name.partition(",")[0])]
    rest = {stem(word) for word in words_of(name)} - {*title[-1:]}
    described = sum(1 for word in said & rest if not word.isdigit())
    head = _HEAD if title and title[-1] in said else 0
    return described + head + (_BY_NAME if head and title[-1] in direct else 0)


def _taken_apart(text: str, name: str) -> str:
    """Return a text with what it runs together written as the name does: "powerbank" is a power bank."""
    parts = words_of(name.partition(",")[0])
    pairs = {one + other: f"{one} {other}" for one, other in pairwise(parts)}
    return " ".join(pairs.get(stem(word), pairs.get(word, word)) for word in text.split())
