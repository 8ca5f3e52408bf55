"""Numbers and amounts as customers write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from closer.kit.money import Money

_SMALL = {
    word: at
    for at, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: at * 10
    for at, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
} | {"fourty": 40}
_OTHER = {
    "a": 1, "an": 1, "single": 1, "couple": 2, "pair": 2, "both": 2, "few": 3, "several": 3, "some": 3,
    "dozen": 12, "none": 0, "once": 1, "twice": 2,
}  # fmt: skip
_BIG = {"hundred": 100, "thousand": 1000, "k": 1000}
# The longer sign first: "US$" is not "$" behind "US".
_CURRENCIES = (
    ("us$", "USD"), ("ca$", "CAD"), ("c$", "CAD"), ("au$", "AUD"), ("a$", "AUD"), ("nz$", "NZD"), ("hk$", "HKD"),
    ("s$", "SGD"), ("r$", "BRL"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"), ("₹", "INR"), ("₽", "RUB"),
    ("₩", "KRW"), ("₺", "TRY"), ("₦", "NGN"), ("₱", "PHP"), ("₫", "VND"), ("₪", "ILS"), ("฿", "THB"), ("$", "USD"),
    ("zł", "PLN"), ("kč", "CZK"), ("dollar", "USD"), ("buck", "USD"), ("cent", "USD"), ("euro", "EUR"), ("pound", "GBP"),
    ("quid", "GBP"), ("pence", "GBP"), ("fiver", "GBP"), ("tenner", "GBP"), ("franc", "CHF"), ("yen", "JPY"), ("yuan", "CNY"),
    ("rupee", "INR"), ("rs", "INR"), ("rm", "MYR"), ("peso", "MXN"), ("rea", "BRL"), ("rand", "ZAR"), ("kroner", "NOK"),
    ("kronor", "SEK"), ("zlot", "PLN"), ("koruna", "CZK"), ("forint", "HUF"), ("lira", "TRY"), ("roubl", "RUB"),
    ("rubl", "RUB"), ("shekel", "ILS"), ("dirham", "AED"), ("riyal", "SAR"), ("naira", "NGN"), ("shilling", "KES"),
    ("cedi", "GHS"), ("baht", "THB"), ("ringgit", "MYR"), ("dong", "VND"), ("won", "KRW"), ("lei", "RON"), ("kr", "NOK"),
)  # fmt: skip
_BEYOND_TRADE = Decimal(10) ** 12
_DIGITS = re.compile(r"\d[\d.,' ]*")
_CODE = re.compile(r"\b([a-z]{3})\b")
_CODES = frozenset(
    "usd eur gbp chf aud cad nzd sgd hkd jpy cny inr brl mxn zar sek nok dkk isk pln czk huf ron "
    "bgn try rub uah ils aed sar qar kwd egp ngn kes ghs thb php idr myr vnd krw clp cop pen ars".split()
)


_DIGIT_WORDS = {word: str(at) for word, at in _SMALL.items() if at < 10} | {
    "oh": "0", "o": "0", "nought": "0", "to": "2", "too": "2", "for": "4", "ate": "8",
}  # fmt: skip
_SPOKEN = "|".join([*_DIGIT_WORDS, r"double", r"triple", r"\d"])
_SPOKEN_RUN = re.compile(rf"\b(?:{_SPOKEN})\b(?:[\s,.-]+(?:{_SPOKEN})\b)+", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_NINE = 9
#: Fewer digits said one by one are no number of an order or a code.
_FEWEST_SPOKEN = 4


def spoken_digits(text: str) -> str | None:
    """Return the digits of a number that is said digit by digit ("one two double three"), or None.

    What only sounds like a digit ("to", "for") counts between true ones.
    """
    return next((digits for _, _, digits in spoken_runs(text)), None)


def spoken_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where in a text numbers are said digit by digit, from and to, with their digits."""
    for run in _SPOKEN_RUN.finditer(text):
        words = [(found.start(), found.end(), found[0].lower()) for found in _WORD.finditer(run[0])]
        while words and words[0][2] in ("to", "too", "for", "o", "oh", "ate"):
            words.pop(0)
        while words and words[-1][2] in ("to", "too", "for", "double", "triple"):
            words.pop()
        digits, times = "", 1
        for _, _, word in words:
            if word in ("double", "triple"):
                times = 2 if word == "double" else 3
                continue
            digits += (word if word.isdigit() else _DIGIT_WORDS[word]) * times
            times = 1
        if len(digits) >= _FEWEST_SPOKEN:
            yield run.start() + words[0][0], run.start() + words[-1][1], digits


_NUMBER_WORDS = "|".join([*_SMALL, *_TENS, "hundred"])
_LEADING = re.compile(
    rf"\b((?:{_NUMBER_WORDS}|double|triple)(?:[\s-]+(?:{_NUMBER_WORDS}|and|oh?|double|triple))*)\s+(?=[A-Z])",
    re.IGNORECASE,
)


def house_number_in_digits(text: str) -> str:
    """Return a spoken address with its house number in digits: "fourteen Queen Street" as "14 Queen Street"."""
    found = (
        None
        if any(letter.isdigit() for letter in text.split(",", maxsplit=1)[0][:12])
        else _LEADING.search(text)
    )
    number = _house_number(found.group(1).lower()) if found else None
    if found is None or number is None:
        return text
    return f"{text[: found.start()]}{number} {text[found.end() :]}"


def _house_number(said: str) -> str | None:
    """Return a number that is said as a whole or piece by piece: "three oh five", "two twelve", "four double two"."""
    words = re.split(r"[\s-]+", said)
    if {"hundred", "and"} & set(words):
        number = number_of(said)
        return None if number is None else str(number)
    digits, times, tens = "", 1, 0
    for word in words:
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
            continue
        value = _TENS.get(word, _SMALL.get(word, 0))
        if tens and 0 < value <= _NINE and word in _SMALL:
            digits = digits[:-1] + str(value)  # "forty", "two"
        else:
            digits += str(value) * times
        tens, times = _TENS.get(word, 0), 1
    return digits or None


def number_of(text: str) -> int | None:
    """Return the whole number that digits or English words mean, or None.

    Reads "12", "1,500", "a dozen", "twenty-five", "two hundred and fifty", "half a dozen".
    """
    words = re.sub(r"[^\w\s]", " ", re.sub(r"(?<=\d)[,.' ](?=\d{3}\b)", "", text.lower())).split()
    if not words:
        return None
    if words[0] == "half":
        return 6 if "dozen" in words else None
    total, current, seen = 0, 0, False
    for word in words:
        value = (
            int(word) if word.isdecimal() else _SMALL.get(word, _TENS.get(word, _OTHER.get(word)))
        )
        if word in _BIG:
            current = (current or 1) * _BIG[word]
        elif word == "dozen":
            current = (current or 1) * 12
        elif value is not None:
            # "a couple", "a few": the article does not count beside the word.
            current = (
                value if seen and words[0] in ("a", "an") and current == 1 else current + value
            )
        elif word in ("and", "of", "x", "pcs", "pieces", "more", "times"):
            continue
        else:
            return None
        seen = True
        if word == "thousand":
            total, current = total + current, 0
    return total + current if seen else None


def normalise_quantity(text: str) -> int | None:
    """Return a quantity of at least one, or None."""
    number = number_of(re.sub(r"(?<=\d)\s*x\b|\bx\s*(?=\d)", " ", text.lower()))
    return number if number else None


def normalise_rating(text: str) -> int | None:
    """Return a mark as 1 to 5, or None.

    Marks out of ten are halved, fractions rounded up at a half, and zero becomes the worst mark.
    """
    words = text.lower().replace(",", ".")
    match = re.search(r"(\d+(?:\.\d+)?)\s*(?:/|out of|of)\s*(\d+)", words)
    best = Decimal(5)
    if match:
        value, best = Decimal(match.group(1)), Decimal(match.group(2))
    elif match := re.search(r"\d+(?:\.\d+)?", words):
        value = Decimal(match.group())
        best = Decimal(10) if "ten" in words.split() else best
    else:
        left, _, right = words.partition(" out of ")
        number = number_of(re.sub(r"\bstars?\b|\band a half\b", " ", left).strip())
        if number is None:
            return None
        value = Decimal(number) + (Decimal("0.5") if "and a half" in left else 0)
        best = Decimal(number_of(right.replace("stars", "")) or 5) if right else best
    if not best or value > best:
        return None
    scaled = int(value * 5 / best + Decimal("0.5"))
    return max(1, min(5, scaled))


def _amount(digits: str) -> Decimal | None:
    """Read digits with marks for thousands and decimals in either convention."""
    bare = re.sub(r"[' ]", "", digits).rstrip(".,")
    last = max(bare.rfind(","), bare.rfind("."))
    if last >= 0:
        decimals = len(bare) - last - 1
        whole, rest = re.sub(r"[.,]", "", bare[:last]), bare[last + 1 :]
        # Three digits behind a single kind of mark are thousands: 1,299 and 1.299.
        both = "," in bare and "." in bare
        bare = whole + rest if decimals == 3 and not both else f"{whole}.{rest}"
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def normalise_money(text: str, currency: str = "USD") -> Money | None:
    """Return an amount with its currency, or None.

    Args:
        text: The amount, such as "$160", "45 euros", "CHF 80", "1.299,00 €", "two hundred pounds".
        currency: What an amount without a currency is in (ISO 4217).
    """
    words = text.lower().strip()
    found = next(
        (code for sign, code in _CURRENCIES if re.search(_sign_pattern(sign), words)), None
    )
    if code := next((c for c in _CODE.findall(words) if c in _CODES), None):
        found = code.upper()
    minor = (
        Decimal("0.01") if re.fullmatch(r"[\d.,\s]*\s*(?:cents?|pence|p)", words) else Decimal(1)
    )
    if match := re.match(r"\D*(\d[\d.,' ]*)\D+?(\d\d?)\s*(?:cents?|pence|p)?$", words):
        whole, cents = _amount(match.group(1)), Decimal(match.group(2)) / 100
        return _money(whole + cents, found or currency) if whole is not None else None
    if match := _DIGITS.search(words):
        value = _amount(match.group().strip())
        if value is not None and re.match(r"k\b", words[match.end() :]):
            value *= 1000
    else:
        spelled = [
            w for w in re.findall(r"[a-z]+", words) if w in {*_SMALL, *_TENS, *_OTHER, *_BIG, "and"}
        ]
        number = number_of(" ".join(spelled)) if spelled else None
        value = Decimal(number) if number is not None else None
    return _money(value * minor, found or currency) if value is not None else None


def _money(amount: Decimal, currency: str) -> Money | None:
    """Return the amount, or None if it is beyond all trade: a run of thirty digits has no cents to round to."""
    return Money(amount, currency) if amount < _BEYOND_TRADE else None


def _sign_pattern(sign: str) -> str:
    """A word must begin as the sign does; a symbol may stand anywhere."""
    return rf"(?<![a-z]){sign}" if sign.isalpha() and sign.isascii() else re.escape(sign)
