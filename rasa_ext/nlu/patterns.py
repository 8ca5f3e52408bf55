"""Values with a fixed shape: addresses, numbers, amounts, marks, dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

EMAIL, URL, DATE, RATING, MONEY, PHONE = "email", "url", "date", "rating", "money", "phone"
# What these stand for, only the words around them tell.
CODE, NUMBER, COUNT = "code", "number", "count"


@dataclass(frozen=True)
class Candidate:
    """A stretch of a message with a recognised shape.

    Attributes:
        kind: What it looks like.
        start: First character.
        end: Behind the last character.
    """

    kind: str
    start: int
    end: int


_UNITS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_TEENS = "thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fourty|fifty|sixty|seventy|eighty|ninety"
NUMBER_WORD = rf"(?:(?:{_TENS})(?:[\s-](?:{_UNITS}))?|{_UNITS}|{_TEENS}|zero|(?:a|one)\s+(?:hundred|thousand))"
_BIG_NUMBER_WORD = rf"(?:{NUMBER_WORD}(?:\s+(?:hundred|thousand)(?:\s+(?:and\s+)?{NUMBER_WORD})?)?|(?:hundred|thousand))"
_AMOUNT = r"\d{1,3}(?:[,.' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?![\d])"
_SIGN = r"(?:US|CA|AU|NZ|HK|C|A|S|R)?[$€£¥₹₽₩₺₦₱₫₪฿]|zł|Kč"
_ISO_MONEY = (
    "usd|eur|gbp|chf|aud|cad|nzd|sgd|hkd|jpy|cny|rmb|inr|brl|mxn|zar|sek|nok|dkk|isk|pln|czk|huf|"
    "ron|bgn|try|rub|uah|ils|aed|sar|qar|kwd|egp|ngn|kes|ghs|thb|php|idr|myr|vnd|krw|clp|cop|pen|ars"
)
_MONEY_WORD = (
    r"doll[ae]rs?|dolars?|euros?|pounds?|quid|bucks?|francs?|yen|yuan|rupees?|rs\.?|pesos?|reais|real|rand|"
    r"kroner|kronor|kronur|krona|krone|kr\.?|zloty(?:ch|s)?|z\u0142oty|z\u0142|koruna|forints?|lei|lira|roubles?|rubles?|"
    r"hryvnia|shekels?|dirhams?|riyals?|dinars?|naira|shillings?|ksh|cedis?|baht|ringgit|dong|won|"
    r"cents?|pence|pennies|fiver|tenner|k\u010d"
)
_REST = (
    rf"(?:(?:\s+(?:and\s+)?(?:\d{{1,2}}|{NUMBER_WORD})\s+(?:cents?|pence|p)|\s+\d\d)"
    rf"(?!\w|[.,]\d|\s+(?:days?|weeks?|times)))?"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday|nesdsay)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|"
    r"sat(?:urday)?|sun(?:day)?)"
)
_FULL_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_DAY_NUMBER = r"(?:0?[1-9]|[12]\d|3[01])"
_NTH = rf"{_DAY_NUMBER}(?:st|nd|rd|th)"
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|"
    r"twenty[\s-](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirtieth|thirty[\s-]first)"
)
_YEAR = r"(?:19|20)\d\d"
_UNIT = r"(?:days?|weeks?|wks?|months?|years?|yrs?|fortnights?|hours?|hrs?)"
_COUNT = rf"(?:\d+|{NUMBER_WORD}|an?|a\s+couple(?:\s+of)?|a\s+few|few|couple\s+of|several|some)"
_PART = r"(?:morning|afternoon|evening|night|noon|lunchtime)"
_SEASON = r"(?:spring|summer|autumn|fall|winter)"
_FEAST = (
    r"(?:christmas(?:\s+(?:eve|day))?|xmas|easter(?:\s+(?:sunday|monday))?|good\s+friday|"
    r"black\s+friday|cyber\s+monday|new\s+year(?:'?s)?(?:\s+(?:eve|day))?|valentine'?s(?:\s+day)?|"
    r"halloween|thanksgiving|mother'?s\s+day|father'?s\s+day|boxing\s+day)"
)
_YESTERDAY_AND_SO_ON = (
    "yesterday|tomorrow|tmrw|tmr|tomorow|tommorow|tommorrow|tomorrrow|2morrow|today|2day|yday|"
    "yesterdy|yestrday|yesteday"
)
_RELATIVE = (
    rf"(?:last|next|this|past|coming|the\s+coming|previous|this\s+coming|this\s+past)\s+"
    rf"(?:{_DAY}(?:\s+{_PART})?|week(?:end)?|month|year|quarter|fortnight|{_SEASON}|{_MONTH}|{_PART}|{_FEAST})"
)
_DATES = (
    rf"{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}",
    rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:{_YEAR}|\d\d)",
    rf"(?:{_DAY}\.?,?\s+(?:the\s+)?)?(?:{_NTH}|{_DAY_NUMBER})\.?\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
    rf"(?:{_DAY}\.?,?\s+)?{_MONTH}\s+(?:the\s+)?(?:{_NTH}|{_DAY_NUMBER})(?![\d/])(?:,?\s+{_YEAR})?",
    rf"{_MONTH}\s+(?:the\s+)?{_ORDINAL}|{_ORDINAL}\s+of\s+{_MONTH}(?:,?\s+{_YEAR})?",
    rf"{_DAY}\.?,?\s+(?:the\s+)?{_NTH}",
    rf"(?:end|beginning|start|middle)\s+of\s+(?:{_MONTH}|(?:last|next|this|the)\s+(?:week|month|year))",
    rf"(?:early|late|mid)[\s-]+(?:{_MONTH}|{_RELATIVE})",
    rf"{_MONTH},?\s+{_YEAR}",
    r"day\s+(?:before\s+yesterday|after\s+tomorrow)",
    rf"{_FULL_DAY}\s+(?:before\s+last|after\s+next|week)",
    r"(?:week|month|year)\s+(?:before\s+last|after\s+next)",
    rf"(?:a\s+)?week\s+(?:from\s+)?(?:on\s+)?(?:{_FULL_DAY}|today|tomorrow)",
    rf"{_COUNT}\s*{_UNIT}\s+(?:ago|back|from\s+(?:now|today)|later)",
    rf"in\s+{_COUNT}\s+{_UNIT}(?:'?s)?\s+time",
    _RELATIVE,
    rf"(?:{_YESTERDAY_AND_SO_ON})(?:\s+{_PART})?",
    r"tonight|tonite|earlier\s+(?:today|this\s+(?:week|month|year))",
    rf"{_FULL_DAY}(?:\s+{_PART})?",
    rf"{_NTH}(?!\s+(?:order|time|one|item|purchase|attempt|email|message|parcel|floor|street|avenue))",
    _FEAST,
)
_NUMBERED = r"(?:order|ordr|oder|ordre|purchase|invoice|bill|refund|number|parcel|package)"
_MEASURES = r"(?:mah|mhz|ghz|rpm|watts?|usd|eur|gbp|chf|lbs|kgs?|mls?|cms?|mms?)"
# Where a space was lost before or behind a number: order4471, changingorder4471, orderord-9931,
# no.4471, 4471plz, ORD-9931/invoice. It matches up to that place.
LOST_SPACE = re.compile(
    rf"{_NUMBERED}[:=]?(?=\#?\d{{3,}})|[a-z]{{6,}}(?=\d{{4,}})|"
    r"[a-z]{4,}(?=(?:ord|inv)[-_]\d)|\b(?:no|nr|num)\.(?=\#?\d)|"
    rf"(?:(?<![\w.-])|(?<=[a-z]{{4}}))\#?\d{{4,}}(?=(?!{_MEASURES}\b)[a-z]{{3,}})|"
    r"\d(?=/[a-z]{3,}\b)",
    re.IGNORECASE,
)
_EDGE, _AFTER = r"(?<![\w@])", r"(?![\w@]|[-.]\w)"

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (URL, r"\bhttps?://\S+|\bwww\.\S+"),
        (EMAIL, r"[\w.+'-]*\w@\w[\w-]*(?:\.[\w-]+)*\.[a-z]{2,}"),
        (DATE, _EDGE + "(?:" + "|".join(_DATES) + ")" + _AFTER),
        (
            RATING,
            rf"{_EDGE}(?:(?:\d+(?:[.,]\d)?|{NUMBER_WORD}|half\s+a)(?:\s+and\s+a\s+half)?[\s-]*star(?:s|ts)?|"
            rf"(?:10|\d)(?:[.,]\d)?\s?(?:/|of)\s?(?:5|10)\b|\d{{1,3}}/100\b|"
            rf"(?:\d+(?:[.,]\d)?|{NUMBER_WORD})\s+out\s+of\s+(?:5|10|five|ten)(?:\s+stars)?)(?![\w/])",
        ),
        (
            MONEY,
            rf"(?<![\w.,])(?:{_SIGN})\s?(?:{_AMOUNT})(?:k\b|\s?(?:{_ISO_MONEY})\b)?|"
            rf"(?<![\w.,])(?:{_ISO_MONEY}|rs\.?|rm|ksh)\s?(?:{_AMOUNT})(?!\w)|"
            rf"(?<![\w.,#-])(?:{_AMOUNT})k?\s?(?:(?:{_MONEY_WORD}|{_ISO_MONEY})(?!\w){_REST}|(?:{_SIGN})|,-|p\b)|"
            rf"{_EDGE}(?:{_BIG_NUMBER_WORD})\s+(?:{_MONEY_WORD})(?!\w){_REST}",
        ),
        (
            CODE,
            r"(?<![\w@])\#?[a-z]{1,5}[-_/]?\d[\da-z]*(?:[-_/][\da-z]+)*\b(?![@.]\w)|"
            r"(?<![\w@])\#?\d+(?:-[\da-z]+)*-[a-z]{1,3}\d*(?:-[\da-z]+)*\b|"
            r"(?<![\w@])\#?\d+[a-z]{1,3}[-/]?\d{2,}[\da-z]*\b|"
            r"(?<![\w@])\#\s?\d+(?:[-/]\d+)*\b|"
            # ORD 2023 0042; order 12 345.
            r"(?<![\w@])(?:ord|inv|po)\s20\d\d\s\d{2,6}\b|"
            r"(?:(?<=\border\s)|(?<=\binvoice\s)|(?<=\bpurchase\s)|(?<=\bnumber\s)|(?<=\bbill\s))"
            r"\d{1,3}(?:\s\d{3})+(?![\w-])",
        ),
        (
            PHONE,
            r"(?<![\w+.,-])(?:\+\s?\d{1,3}|00\d{1,3}|\(\d{2,5}\)|0\d{1,4})[\s./-]?(?:\(?\d{1,5}\)?[\s./-]?){1,6}\d{2,}(?![\w-])|"
            r"(?<![\w+.,-])\d{3}[\s.-]\d{3}[\s.-]\d{4}(?![\w-])|(?<![\w+.,-])\d{3}-\d{4}(?![\w-])|"
            r"(?<![\w+.,-])\d{2,5}(?:[\s.-]\d{2,4}){2,4}(?![\w-])",
        ),
        (NUMBER, r"(?<![\w@.,+-])\d+(?:[-/]\d+)*(?:[.,]\d+)*k?(?![\w@])"),
        (
            COUNT,
            rf"{_EDGE}(?:half\s+a\s+dozen|(?:(?:a|{NUMBER_WORD})\s+)?dozen|a\s+(?:couple|pair)|"
            rf"{_BIG_NUMBER_WORD})(?!\w)",
        ),
    )
)


# On a tie of length the earlier kind wins.
_RANK = {kind: rank for rank, (kind, _) in enumerate(_PATTERNS)}


def find_candidates(text: str) -> list[Candidate]:
    """Finds values with a fixed shape.

    Args:
        text: A message, typographic characters already made plain.

    Returns:
        Stretches in their order; where shapes overlap, the longest stands.
    """
    found = [
        Candidate(kind, match.start(), match.end())
        for kind, pattern in _PATTERNS
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]
    found.sort(key=lambda c: (c.start - c.end, _RANK[c.kind]))
    kept: list[Candidate] = []
    for candidate in found:
        if all(candidate.end <= other.start or other.end <= candidate.start for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda c: c.start)
