"""What addresses look like by country: regions, postcodes, which parts there are and in which order they stand."""

from __future__ import annotations

import re

_STATES = (
    "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,FL Florida,GA Georgia,"
    "HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,"
    "MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,"
    "NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,"
    "RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,"
    "WV West Virginia,WI Wisconsin,WY Wyoming,DC District of Columbia"
)
_PROVINCES = (
    "ON Ontario,QC Quebec,BC British Columbia,AB Alberta,MB Manitoba,SK Saskatchewan,NS Nova Scotia,NB New Brunswick,"
    "NL Newfoundland,PE Prince Edward Island"
)
_AUSTRALIAN = "NSW New South Wales,VIC Victoria,QLD Queensland,WA Western Australia,SA South Australia,TAS Tasmania,ACT ACT"


def codes(text: str) -> frozenset[str]:
    """Return country codes that are written in a row."""
    return frozenset(text.split())


def _regions(table: str) -> dict[str, str]:
    return {
        word.lower(): row.split(" ", 1)[0] for row in table.split(",") for word in row.split(" ", 1)
    }


REGIONS = {"US": _regions(_STATES), "CA": _regions(_PROVINCES), "AU": _regions(_AUSTRALIAN)}

#: The shape of postcodes, the telling ones first; a country is only concluded from those marked as sure.
POSTCODES: tuple[tuple[str, str, bool], ...] = (
    ("GB", r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}", True),
    ("CA", r"[A-Z]\d[A-Z][\s-]?\d[A-Z]\d", True),
    ("IE", r"[A-Z]\d[\dW]\s?[A-Z\d]{4}", True),
    ("NL", r"\d{4}\s?[A-Z]{2}", False),
    ("US", r"\d{5}-\d{4}", True),
    ("JP", r"\d{3}-\d{4}", True),
    ("BR", r"\d{5}-\d{3}", True),
    ("PT", r"\d{4}-\d{3}", True),
    ("PL", r"\d{2}-\d{3}", True),
    ("SE", r"\d{3}\s\d{2}", False),
    ("IN", r"\d{3}\s\d{3}", False),
    ("", r"\d{4,6}", False),
)
_FIVE, _FOUR, _SIX = r"\d{5}", r"\d{4}", r"\d{6}"
_SHAPES = {
    **{code: shape for code, shape, _ in POSTCODES if code},
    **dict.fromkeys(codes("DE FR ES IT FI MX TR UA KR TH MY HR EE LT MA EG"), _FIVE),
    **dict.fromkeys(codes("AT BE CH DK NO AU NZ HU BG CY LU SI LV ZA PH"), _FOUR),
    **dict.fromkeys(codes("CN SG RO VN CO"), _SIX),
    **dict.fromkeys(codes("SE CZ SK GR"), r"\d{3}\s?\d{2}"),
    "US": r"\d{5}(-\d{4})?",
    "IN": r"\d{3}\s?\d{3}",
    "JP": r"\d{3}-?\d{4}",
}
#: Where addresses do without a postcode, or often do.
_NO_POSTCODE = codes("AE HK GH KE NG AR CL PE UY SA IL IS MT TW ID")
POSTCODE_LAST = codes("US GB CA AU NZ IN IE JP SG ZA KR TH TW PH")
#: Where the house number follows the street.
NUMBER_LAST = codes(
    "DE AT CH NL BE IT ES PT PL CZ SK HU SE NO DK FI IS HR SI GR TR RO BG EE LV LT BR MX AR CL CO PE UY"
)


#: Regions that share their name with a town.
_TOWNS_TOO = frozenset({"new york", "washington", "quebec"})
#: Codes of regions that are words, so that they only count in capitals.
_WORDS_TOO = codes("in or me hi ok oh al de la pa ma id co mo on act")


def region_named(text: str, country: str | None = None) -> tuple[str, str] | None:
    """Return country and code of the region that a text is, by name or code; None if it is none, or might be a town."""
    word = text.strip(" ,.")
    for code in [country] if country in REGIONS else [] if country else ["US", "CA", "AU"]:
        region = REGIONS[code].get(word.lower())
        if region is None or word.lower() in _TOWNS_TOO:
            continue
        if len(word) > 3 or word.isupper() or word.lower() not in _WORDS_TOO:
            return code, region
    return None


def missing_parts(parts: dict[str, str | None]) -> list[str]:
    """Return what an address still lacks, in the order of asking; `number` is the house's."""
    country = parts.get("country") or ""
    wanted = ["street", "city", *([] if country in _NO_POSTCODE else ["postcode"]), "country"]
    lacking = [part for part in wanted if not parts.get(part)]
    street = parts.get("street") or ""
    if parts.get("number"):  # it waits for its street
        return lacking
    if street and not parts.get("unnumbered") and not any(letter.isdigit() for letter in street):
        lacking.insert(0, "number")
    return lacking


def postcode_fits(postcode: str, country: str) -> bool:
    """Say whether a postcode has its country's shape; where none is known, any will do."""
    shape = _SHAPES.get(country)
    return shape is None or re.fullmatch(shape, postcode.strip(), re.IGNORECASE) is not None
