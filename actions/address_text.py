"""Reading postal addresses as people of many countries write them, whole or in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.address_shapes import POSTCODE_LAST, POSTCODES, REGIONS, postcode_fits
from closer.customers.countries import COUNTRIES, country_code

_STREET_WORD = (
    r"street|st|str|road|rd|avenue|ave|av|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|way|close|"
    r"crescent|parade|highway|hwy|parkway|pkwy|row|walk|gardens|quay|hill|circle|cir|trail|loop|alley|mews|broadway"
)
_STREET_FIRST = r"rue|avenue|boulevard|calle|carrer|paseo|plaza|avenida|via|viale|piazza|corso|rua|ul\.?|ulica|c/|chemin|place|quai"
UNIT = r"apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|building|bldg|block|door|c/o|#"
_UNIT_REST = re.compile(rf"^\s*(?:(?:{UNIT})\b\.?|#)\s*[\w-]+", re.IGNORECASE)
_BEHIND = re.compile(r"\s*\d+\s?[a-z]?\b", re.IGNORECASE)
_HAS_STREET = re.compile(
    rf"\d.*\b(?:{_STREET_WORD})\b|\b(?:{_STREET_FIRST})\s+\w|\b\w+(?:stra(?:ß|ss)e|str|weg|gasse|platz|allee|straat|laan|gracht|gatan|"
    rf"v(?:ä|a)gen|gata|gade|vej|katu)\b|\b\d{{1,5}}[a-z]?\s+[^\W\d]+\s+(?:view|rise|grove|wharf|heights|ridge|glen|cove|gate|meadows|fields|park)\b(?=\s*,|\s*$)"
    rf"|\bp\.?\s?o\.?\s*box\b|\b\w{{3,}}\s+(?:{_STREET_WORD})\b",
    re.IGNORECASE,
)
_SPLIT_STREET = re.compile(
    rf"^(?P<street>.*?\b(?:{_STREET_WORD})\b\.?(?:\s+(?:north|south|east|west|n|s|e|w|nw|ne|sw|se)\b)?)\s+(?!(?:{_STREET_WORD})\b)(?P<rest>.+)$",
    re.IGNORECASE,
)
_NUMBERED = r"#?(?=[A-Z0-9-]*\d)(?:[A-Z]{2,4}-)?[0-9][A-Z0-9-]{3,18}"
#: An order that is to go to what follows: "send 12347 to ...", "for 12347: ...".
SENT = re.compile(
    rf"\b(?:send|ship|deliver|redirect|re-?route|forward|divert|change|move)\s+(?:the\s+|my\s+)?(?:order\s+|parcel\s+|package\s+)?(?P<id>{_NUMBERED})\s+(?:to|at)\b|"
    rf"\b(?:for|of)\s+(?P<of>{_NUMBERED})(?:\s+(?:please|pls|plz))?\s*,?\s*(?:to\b|:|it'?s\b|is\b)|^\s*(?P<first>{_NUMBERED})\s+(?:to|should go to|goes to)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^.*?\b(?:(?:address|addy|adress|home|place|house|it|that|order|package|parcel|stuff)\s*(?:is|are|to|should be|will be|:|=)|go(?:es)?\s+to|(?:send|sent|ship|shipped|deliver|delivered|redirect|"
    r"changed?|updated?|switch|mail|post|bring|order|buy)\b[^,\d]*?\bto|live[sd]? (?:at|in|on)|moved to|moving to|address(?:\s+(?:of|for|on)\s+(?:my|the|this|that)\s+(?:[a-z]+\s+)?(?:order|parcel|package)\b(?:\s+(?:can|could|be|should|to|is|changed?|updated?)\b)*)?|it'?s|its|at)\b[\s:,-]*(?:my\s+\w+[\s,:]+)?",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:for|of|on|to|from)?\s*(?:my\s+)?order\s*(?:number|no\.?|nr\.?|id)?\s*[:#]?\s*#?[A-Z0-9-]*\d[A-Z0-9-]*\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:(?:ok(?:ay)?|fine|well|sure|so|yes|no|alright|then|um+|hi|hello|please|oh|oops|sorry|wait|actually|i mean(?:t)?)[\s,.!:]+)+",
    re.IGNORECASE,
)
#: "my parents' place: 5 Main Street": what leads up to an address ends with a colon.
_ANNOUNCED = re.compile(r"^[^\d:]*:\s*(?=\S)")
#: "send it to my sister instead, 5 Main Street".
_ASIDE = re.compile(
    r"^(?:(?:instead|rather|please|pls|this time|then|the new one)[\s,:]+|for (?:the|my|our|his|her) [\w' ]{2,20}?\s*[-–—:,]\s*(?=.*\d))",
    re.IGNORECASE,
)
#: "to 12 Rose Street", "the new one would be 5 Mill Lane", "make it 5 Mill Lane": what is left before the address itself.
_BEFORE = re.compile(
    r"^(?:(?:(?:the |my )?new one|(?:the |my )?new address|now|to|at|is|was|be|would|should|will|must|can|use|make|take|put|try|go|goes|you|could|we|i|i'd|want|like|live(?! oak)|living|moved|it|its|it's|"
    r"that|this|for|just|pls|please|sent|ship|shipped|delivered|changed)[\s:,]+)+(?=\w)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,.!]*\b(?:please|pls|plz|thanks|thank you|thx|cheers|instead|from now on|now|also|too|as well|(?:update|change|fix|correct)(?: it| that)?)\b)+[\s.!]*$",
    re.IGNORECASE,
)
#: "Same city and zip" is no town; it is asked for.
_THE_SAME = re.compile(
    r"[\s,]*\b(?:in |and |with )?(?:the )?same (?:city|town|zip(?:[ -]?code)?|post(?:al)?[ -]?code|street|state|country|place)\b"
    r"(?:\s*(?:,|/|&|\bn\b|\band\b|\b(?:the )?same\b)*\s*(?:city|town|zip(?:[ -]?code)?|post(?:al)?[ -]?code|state|country)\b)*",
    re.IGNORECASE,
)
_NAMED = {
    "postcode": re.compile(r"\b(?:zip(?:\s?code)?|post(?:al)?\s?code|postcode|plz)\b\s*(?:is|should be|:|=|to)?\s*(?P<v>[A-Z0-9][A-Z0-9 -]{2,9})", re.IGNORECASE),
    "city": re.compile(r"\b(?:city|town)\b\s*(?:is|should be|:|=|to)\s*(?P<v>[^\d,]{2,40})", re.IGNORECASE),
    "country": re.compile(r"\bcountry\b\s*(?:is|should be|:|=|to)\s*(?P<v>[^\d,]{2,40})", re.IGNORECASE),
    "street": re.compile(r"\bstreet\b\s*(?:is|should be|:|=|to|(?=\d))\s*(?P<v>[^,]{3,60})", re.IGNORECASE),
    "number": re.compile(r"\b(?:house |street |door )?(?:number|no\.)\s*(?:is|should be|:|=|to)?\s*(?P<v>\d+\w?)\b", re.IGNORECASE),
}  # fmt: skip
#: Where a sentence ends; after a short word it is rather an abbreviation ("St.").
_SENTENCES = re.compile(
    r"(?:(?<=[^\W\d_]{3}[.!?])|(?<=\d[^\W\d_]{2}[.!?])|(?<=\d{4}[.!?])|(?<=\b(?:me|it|us|ok|no|so)[.!?])|(?<=[!?])),?\s+",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\d[^,]*,[^,]+,.*[^\W\d]|[^\W\d][^,]*\d[^,]*,[^,]+,", re.IGNORECASE)
SENTENCE = re.compile(
    r"\?|\b(i|you|we|my|me|what|how|why|when|where|who|is|are|can|could|do|does|don'?t|want|it|that|this|no|not|yes|ok|okay|hello|"
    r"hi|help|please|address|another|somewhere|anywhere|nothing|idk|whatever|order)\b",
    re.IGNORECASE,
)


def named_parts(text: str) -> dict[str, str]:
    """Return the parts that somebody names: "the zip is 78702"."""
    found = {}
    for part, pattern in _NAMED.items():
        if match := pattern.search(text):
            value = _TAIL.sub("", re.split(r"\b(?:not|instead|and)\b", match["v"])[0]).strip(" .,")
            if part == "country":
                value = country_code(value) or ""
            if part == "postcode" and not any(letter.isdigit() for letter in value):
                value = ""
            if value:
                found[part] = (
                    value.upper()
                    if part == "postcode"
                    else value
                    if part == "country"
                    else titled(value)
                )
    return found


#: What is to be done with it, said behind an address: ", and use that from now on".
_AND_MORE = re.compile(
    r"[,;]?\s+(?:and|but|then)\s+(?:please |pls |also |then |just )*(?:use|make|save|keep|set|remember|let|from now)\b.*$",
    re.IGNORECASE | re.DOTALL,
)


def names_address(text: str) -> bool:
    """Say whether a text holds a town and where in it."""
    found = read_address(text)
    return "city" in found and not {"street", "postcode"}.isdisjoint(found)


def read_address(text: str, lacking: Sequence[str] = ()) -> dict[str, str]:
    """Return the parts of an address in a text; empty if there is none.

    Args:
        text: What somebody wrote; of several sentences the one that tells more of an address than all of them do together.
        lacking: The parts that were asked for: then a bare town or number is understood.
    """
    text = _AND_MORE.sub("", text)
    whole, sentences = _read(text, lacking), _SENTENCES.split(text.strip())
    if len(sentences) == 1:
        return whole
    return max([whole, *(_read(sentence, ()) for sentence in sentences)], key=len)


def _read(text: str, lacking: Sequence[str]) -> dict[str, str]:
    if named := named_parts(text):
        rest = _without_named(text, named)
        beside = _HAS_STREET.search(rest) is not None and not {"street", "number"} & set(named)
        return {**(_read(rest, ()) if beside else {}), **named}
    body = _THE_SAME.sub(" ", SENT.sub("it to", text.replace("\n", ", ")))
    body = _TAIL.sub("", _ORDER.sub(" ", body)).strip(" ,.")
    looks = _HAS_STREET.search(body) is not None
    if not (looks or lacking or _LISTED.search(body)):
        return {}
    body = _without_lead(body)
    parts: dict[str, str] = {}
    body = _take_country(body, parts)
    body, city = _take_postcode(body, parts)
    if "country" not in parts and not city:
        body = _take_country(body, parts)
    body = _take_region(body, parts, alone="city" not in lacking)
    _take_places(body, city, parts, lacking)
    if SENTENCE.search(parts.get("city", "")):
        parts.pop("city")
        if not (looks or any(letter.isdigit() for letter in parts.get("street", ""))):
            parts.pop("street", None)
    if "street" in parts and "city" not in parts and parts.get("country") in ("SG", "HK"):
        parts["city"] = COUNTRIES[parts["country"]]
    found = {part: value for part, value in parts.items() if value or part == "postcode_first"}
    return found if looks or lacking or {"country", "postcode"} & set(found) else {}


def _without_named(text: str, named: dict[str, str]) -> str:
    """Return what a text says beside the parts that it names."""
    for part in named:
        text = re.sub(
            rf"(?:\band\b|,)?\s*(?:\bthe\s+|\bmy\s+)?{_NAMED[part].pattern}",
            " ",
            text,
            flags=re.IGNORECASE,
        )
    return text.strip(" ,.")


def likely_country(parts: dict[str, str | None], home: str) -> str | None:
    """Return the customer's own country if an address without one is written as it is there."""
    postcode, first = parts.get("postcode"), parts.get("postcode_first")
    if not postcode or not postcode_fits(postcode, home):
        return None
    return home if first is None or bool(first) != (home in POSTCODE_LAST) else None


def titled(text: str) -> str:
    """Return words in capitals where they were written without any."""
    text = " ".join(text.split()).strip(" ,.-")
    if text != text.lower():
        return text
    return re.sub(r"(?:^|(?<=[\s-]))[^\W\d_]", lambda match: match.group(0).upper(), text)


def _without_lead(body: str) -> str:
    body = _FILLER.sub("", body)
    if announced := _ANNOUNCED.match(body):
        body = body[announced.end() :]
    lead = _LEAD.match(body)
    if lead and lead.end() < len(body) and not any(letter.isdigit() for letter in lead.group(0)):
        body = body[lead.end() :]
    return _BEFORE.sub("", _ASIDE.sub("", body))


def _take_country(body: str, parts: dict[str, str]) -> str:
    words = body.replace(",", " , ").split()
    for count in (4, 3, 2, 1):
        last = [word for word in words[-count:] if word != ","]
        if len(last) != min(count, len(words)) or not last:
            continue
        name = " ".join(last).strip(".")
        if len(name) == 2 and name.lower() not in ("us", "uk", "gb", "nz"):
            continue
        if code := country_code(name):
            parts["country"] = code
            return " ".join(words[:-count]).replace(" ,", ",").strip(" ,")
    return body


def _take_postcode(body: str, parts: dict[str, str]) -> tuple[str, str]:
    """Take the postcode out; return what is before it and the town that follows it."""
    for code, shape, sure in POSTCODES:
        flags = 0 if code in ("NL", "IE") and parts.get("country") != code else re.IGNORECASE
        matches = list(re.finditer(rf"(?<![\w-])(?:[A-Z]{{1,2}}-)?({shape})(?![\w-])", body, flags))
        match = matches[-1] if matches else None
        if match is None or (
            match.start() == 0 and _HAS_STREET.search(body) and "," not in body[: match.end() + 1]
        ):
            continue
        country = parts.get("country")
        if code and country and not postcode_fits(match.group(1), country):
            continue
        parts["postcode"] = match.group(1).upper()
        if sure:
            parts.setdefault("country", code)
        before, after = body[: match.start()].strip(" ,"), body[match.end() :].strip(" ,")
        if before or after:
            parts["postcode_first"] = "yes" if after else ""
        return before, _take_region(after, parts) if after else ""
    return body, ""


def _take_region(body: str, parts: dict[str, str], *, alone: bool = False) -> str:
    country = parts.get("country")
    for code in [country] if country in REGIONS else [] if country else ["US", "CA", "AU"]:
        for name, short in sorted(REGIONS[code].items(), key=lambda item: -len(item[0])):
            match = re.search(rf"(?:^|[\s,])({re.escape(name)})\.?$", body, re.IGNORECASE)
            if match is None:
                continue
            before = body[: match.start()].strip(" ,")
            if len(name) > 3 and not (before or alone) and "postcode" not in parts:
                continue
            if len(name) <= 3 and not (match.group(1).isupper() or "postcode" in parts or country):
                continue
            parts["region"] = short
            if not country and code == "US":
                parts["country"] = "US"
            return before
    return body


def _take_places(body: str, city: str, parts: dict[str, str], lacking: Sequence[str]) -> None:
    """Divide what is left into street and town."""
    segments = [_TAIL.sub("", part).strip() for part in body.split(",") if part.strip()]
    if (
        not city
        and len(segments) > 1
        and not any(letter.isdigit() for letter in segments[-1])
        and not _UNIT_REST.match(segments[-1])
    ):
        city = segments.pop()
    street = ", ".join(segments)
    if street and not city and (divided := _SPLIT_STREET.match(street)):
        rest = divided["rest"]
        behind = _BEHIND.match(rest) or _UNIT_REST.match(rest)  # a house number or a flat
        street = divided["street"] + (f" {behind.group(0).strip()}" if behind else "")
        city = rest[behind.end() :].strip(" ,") if behind else rest
    if street and not _HAS_STREET.search(street) and not any(letter.isdigit() for letter in street):
        if (not city and "city" in lacking) or not lacking:
            street, city = "", city or street
        elif "street" not in lacking:
            street = ""
    if street.isdigit() and "street" not in parts:
        parts["number"] = street
        street = ""
    if street and not SENTENCE.search(street):
        parts["street"] = titled(street)
    city = re.sub(r"^(?:in|at)\s+|\s+(?:the|and|with|my)$", "", city, flags=re.IGNORECASE)
    city = titled(city)
    if city and not any(letter.isdigit() for letter in city):
        parts["city"] = city
