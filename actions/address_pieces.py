"""An address in pieces: what a short message adds to the parts that are known, or corrects in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actions.address_shapes import NUMBER_LAST, missing_parts, region_named
from actions.address_text import SENTENCE, UNIT, read_address, titled
from actions.places import country_of_city

#: What stands before a piece: "no sorry, its in ...".
_LEAD = re.compile(
    r"^(?:(?:and|no|nope|oh|ah|sorry|oops|yes|yeah|ok(?:ay)?|um+|wait|actually|well|so|i mean(?:t)?|meant|it'?s|its|that'?s|"
    r"make (?:it|that)|it should (?:be|say)|should be|correction|the (?:city|town|state|street) is|"
    r"(?:i|we)(?:'m|'re| am| are| live| moved| work)?|in|at|to|state of)\b[\s,.:!-]*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[\s,.!]*\b(?:please|pls|plz|thanks|sorry|instead|i mean(?:t)?)\b[\s.!]*$", re.IGNORECASE
)
_OLD_LAST = re.compile(
    r"^(?P<new>.+?)[\s,;:-]+(?:and )?(?:not|instead of|rather than) (?P<old>[^,]+)$", re.IGNORECASE
)
_OLD_FIRST = re.compile(
    r"^not (?P<old>[^,]+?)(?:\s*[,;:-]+\s*|\s+)(?:but|it'?s|its|rather|i mean(?:t)?)\s+(?P<new>.+)$|^not (?P<old2>[^,]+),\s*(?P<new2>.+)$",
    re.IGNORECASE,
)
_NUMBER_WORD = r"(?:(?:the )?(?:house |street |door )?(?:number|no\.?|nr\.?|num)|#)"
_NUMBER = re.compile(
    rf"(?:{_NUMBER_WORD}\s*(?:is|=|:)?\s*)?(?P<v>\d{{1,5}}\s?[a-z]?)", re.IGNORECASE
)
_MARKED = re.compile(_NUMBER_WORD, re.IGNORECASE)
_ONE_UNIT = re.compile(
    rf"(?:{UNIT})\b\.?\s*(?:number |no\.? ?|is )?[\w-]+|#\s*[\w-]+", re.IGNORECASE
)
_REPLACED = ("street", "city", "region", "postcode")
#: Up to so many digits are a house number where a postcode lacks too.
_SHORT = 3
#: Where nothing lacks, only so many words are taken for a region that was left out.
_FEW = 3


def read_piece(
    text: str, known: Mapping[str, Any], lacking: list[str] | None = None
) -> dict[str, str]:
    """Return the parts that a message tells while an address is being given.

    Args:
        text: What somebody wrote.
        known: The parts that are known.
        lacking: The parts that it may tell by a bare word or number; by default those that lack.
    """
    wanted = missing_parts(dict(known)) if lacking is None else lacking
    said = _TAIL.sub("", text.strip(" .!"))
    body = _LEAD.sub("", said).strip(" ,.!")
    if not wanted and known.get("street") and not known.get("region") and len(body.split()) <= _FEW:
        wanted = ["region"]
    if (corrected := _corrected(said, body, known)) is not None:
        return corrected
    if known.get("street") and (unit := _ONE_UNIT.fullmatch(body)):
        return {"unit": unit.group(0)}
    if number := _number(body, known, wanted):
        return {"number": number}
    if wanted and (region := region_named(body, known.get("country"))):
        return {"region": region[1], "country": region[0]}
    if "city" in wanted and (place := _town_and_region(body, known)):
        return place
    found = read_address(text) or read_address(body, wanted)
    return _settled(found, body, wanted)


def joined(known: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of an address after more were told; a house number waits until its street is known."""
    if {"street", "city"} <= set(told):
        known = {}
    moves = any(
        known.get(at) and told.get(at, known[at]) != known[at] for at in ("city", "country")
    )
    parts = {name: part for name, part in known.items() if not (moves and name == "region")}
    parts |= {name: part for name, part in told.items() if name not in ("number", "unit")}
    street, number = str(parts.get("street") or ""), told.get("number") or parts.pop("number", None)
    if number and street and ("number" in told or not any(map(str.isdigit, street))):
        street = _with_number(street, str(number), parts.get("country"))
    elif number and not street:
        parts["number"] = number
    if unit := told.get("unit"):
        street = _with_unit(street, str(unit))
    if street:
        parts["street"] = street
    return parts


def _corrected(said: str, body: str, known: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the part in which something is put in place of something else: "number 9, not 7"; None if that is not said."""
    match = _OLD_LAST.match(body) or _OLD_FIRST.match(said) or _OLD_FIRST.match(body)
    if match is None:
        return None
    groups = match.groupdict()
    new, old = (
        groups.get("new") or groups.get("new2") or "",
        groups.get("old") or groups.get("old2") or "",
    )
    new, old = (_bare(words) for words in (new, old))
    if known.get("street") and _ONE_UNIT.fullmatch(new):
        return {"unit": new}
    for part in _REPLACED:
        value = str(known.get(part) or "")
        pattern = re.compile(rf"(?<![\w-]){re.escape(old)}(?![\w-])", re.IGNORECASE)
        if old and pattern.search(value):
            return {part: pattern.sub(lambda _: titled(new), value, count=1)}
    return read_piece(new, known) if new else None


def _bare(words: str) -> str:
    words = _LEAD.sub("", words.strip(" ,.!"))
    return _MARKED.sub("", words, count=1).strip(" ,.!") if _MARKED.match(words) else words


def _number(body: str, known: Mapping[str, Any], wanted: list[str]) -> str | None:
    """Return a house number: marked as one, or bare where one lacks and it is no postcode."""
    match = _NUMBER.fullmatch(body)
    if match is None:
        return None
    number = match["v"].replace(" ", "")
    if _MARKED.match(body):
        return number if known.get("street") or "street" in wanted else None
    lacks = "number" in wanted or ("street" in wanted and not known.get("number"))
    surely = "postcode" not in wanted or sum(map(str.isdigit, number)) <= _SHORT
    return number if lacks and surely else None


def _town_and_region(body: str, known: Mapping[str, Any]) -> dict[str, str] | None:
    """Read "madison wi", "portland, oregon"."""
    match = re.fullmatch(
        r"(?P<city>[^\d,]{2,40}?)[\s,]+(?P<region>[^\W\d]{2,3}|[^\W\d]{4,20}(?: [^\W\d]{4,12})?)",
        body,
    )
    region = region_named(match["region"], known.get("country")) if match else None
    if match is None or region is None or read_address(body) or SENTENCE.search(match["city"]):
        return None
    return {"city": titled(match["city"]), "region": region[1], "country": region[0]}


def _settled(found: dict[str, str], body: str, wanted: list[str]) -> dict[str, str]:
    """Take a bare word for the town where it is a large one, also in place of the one that is known."""
    town = titled(body) if country_of_city(body) else ""
    bare = not found or set(found) == {"street"}
    return {"city": town} if town and wanted and bare and "number" not in wanted else found


def _with_number(street: str, number: str, country: str | None) -> str:
    """Put a house number where the country has it, in place of one that is there."""
    if re.search(r"\b\d+\w?\b", street):
        return re.sub(r"\b\d+\w?\b", number, street, count=1)
    return f"{street} {number}" if country in NUMBER_LAST else f"{number} {street}"


def _with_unit(street: str, unit: str) -> str:
    """Put flat or suite behind the street, in place of one that is there."""
    bare = re.sub(rf"[\s,]*(?:\b(?:{UNIT})\b\.?|#)\s*[\w-]+\s*$", "", street, flags=re.IGNORECASE)
    return f"{bare} {titled(unit)}"
