"""Words for the ear: what a reply says on the phone or on a loudspeaker, without anything that only eyes can use.

Order numbers, phones and codes are said digit by digit, prices and dates as people say them; links, markup and emoji are
left out. The result is plain text that every voice reads alike; `ssml` only wraps it.
"""

from __future__ import annotations

import re
from calendar import day_name, month_name
from collections.abc import Callable, Sequence
from datetime import date
from html import escape

from closer.conversations.turn import Button, Card, Entry, Step
from closer.messaging.choices import offered, typed

#: Who listens cannot scroll back.
MOST_SENTENCES = 4
_MOST_CARDS = 3
_MOST_CHOICES = 6

_LINK = re.compile(r"\[([^\]]+)\]\((\S+?)\)")
_MARKUP = re.compile(r"\*\*|__|`|^[#>•·-]\s+", re.MULTILINE)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: A mailbox of which most is hidden, as `mask_address` writes it, and the end of a number.
_MASKED_MAILBOX = re.compile(r"(\w?)•+@([\w-]+(?:\.[\w-]+)+)")
_MASKED_NUMBER = re.compile(r"•+ ?(\d+)")
#: What a bare link is for is said; the link itself no ear can use.
_AT_A_LINK = re.compile(
    r"\s+(?:at|on|under|via|from|here)\s*:?\s+(?:https?://|www\.)[^\s<>]*[\w/]", re.IGNORECASE
)
_SHORT_DAYS = {name[:3]: name for name in day_name}
_SHORT_MONTHS = {name[:3]: name for name in month_name if name}
_SHORT_DATE = re.compile(
    rf"\b(?:({'|'.join(_SHORT_DAYS)})\.?,? )?(\d{{1,2}}) ({'|'.join(_SHORT_MONTHS)})\b(?!\w)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b(?!:)")
_MONEY = re.compile(
    r"(?P<sign>[$€£])\s?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<cents>\d{2}))?(?!\d)"
)
_CURRENCIES = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_PHONE = re.compile(r"\+\d[\d ().-]{6,}\d")
_CODE = re.compile(
    r"(?<![\w.,$€£])#?(?=[A-Z0-9-]*\d)(?:[A-Z]{1,5}-)?\d[A-Z0-9]*(?:-[A-Z0-9]+)*(?![\w%]|\s(?:dollar|euro|pound|cent|penn|pence))"
)
_YEAR = re.compile(r"(?:19|20)\d{2}")
_DATE_BEFORE = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\.?,?\s+(?:\d{1,2},\s*)?$",
    re.IGNORECASE,
)
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2b00-\u2bff\ufe0f\u200d\u20e3\U0001f1e6-\U0001f1ff]"
)
#: "2 × Linen shirt", which is no sum.
_COUNTED = re.compile(r"(\b\d+) × (?=[A-Z])")
_SIGNS = (
    (" & ", " and "),
    ("%", " percent"),
    ("×", " times "),
    ("…", "."),
    (" · ", ", "),
    (" – ", ", "),
    (" — ", ", "),
    ("→", " to "),
    ("#", " number "),
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_GROUP = 3
_LONGEST_SAID_AS_A_NUMBER = 4
_AT_ONCE = 6


def spoken(entries: Sequence[Entry], *, keypad: bool) -> str:
    """Return what is said of a turn's replies.

    Args:
        entries: What the assistant says.
        keypad: Whether the listener can press keys: then choices are numbered.
    """
    parts = [words_of(entry.text) for entry in entries if entry.text]
    cards = [card for entry in entries for card in entry.cards]
    parts += [_card(card) for card in cards[:_MOST_CARDS]]
    parts += [_stage(entry.steps) for entry in entries if entry.steps]
    said = " ".join(_SENTENCE.split(" ".join(part for part in parts if part))[:MOST_SENTENCES])
    choices = _choices(offered(entries)[:_MOST_CHOICES], keypad=keypad)
    return f"{said} {choices}".strip()


def words_of(text: str) -> str:
    """Return a text as it is said."""
    text = _LINK.sub(lambda found: found[1], text)
    text = _AT_A_LINK.sub(" on our website", _MARKUP.sub("", text))
    text = _COUNTED.sub(r"\1 ", _EMOJI.sub(" ", _URL.sub("", text)))
    for pattern, say in _SAYERS:
        text = pattern.sub(say, text)
    for sign, word in _SIGNS:
        text = text.replace(sign, word)
    text = re.sub(r"\s*\(\s*\)", "", text)
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.split()))
    return text if not text or text[-1] in ".!?" else f"{text.rstrip(':;,')}."


def ssml(text: str) -> str:
    """Return spoken text in SSML's envelope."""
    return f"<speak>{escape(text, quote=False)}</speak>"


def digit_by_digit(code: str) -> str:
    """Return a number or code as it is spelled: digits and capital letters apart, in groups when there are many."""
    pieces = []
    for block in re.findall(r"[A-Za-z]+|\d+", code):
        signs = list(block.upper())
        if len(signs) <= _AT_ONCE:
            pieces.append(" ".join(signs))
        else:
            groups = [signs[at : at + _GROUP] for at in range(0, len(signs), _GROUP)]
            pieces += [" ".join(group) for group in groups]
    return ", ".join(pieces)


def _price(found: re.Match[str]) -> str:
    whole, cents = int(found["whole"].replace(",", "")), int(found["cents"] or 0)
    unit, part = _CURRENCIES[found["sign"]]
    parts_name = "pence" if part == "penny" and cents != 1 else part if cents == 1 else f"{part}s"
    units = f"{whole} {unit if whole == 1 or unit == 'euro' else unit + 's'}"
    if not cents:
        return units
    return f"{units} and {cents} {parts_name}" if whole else f"{cents} {parts_name}"


def _day(found: re.Match[str]) -> str:
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return digit_by_digit(found[0])
    return f"{day.day} {day:%B} {day.year}"


def _masked_mailbox(found: re.Match[str]) -> str:
    begins = f" that begins with {found[1].upper()}" if found[1] else ""
    return f"the mailbox{begins}, at {found[2].replace('.', ' dot ')}"


def _masked_number(found: re.Match[str]) -> str:
    return f"the number ending in {' '.join(found[1])}"


def _short_date(found: re.Match[str]) -> str:
    day = f"{_SHORT_DAYS[found[1].capitalize()]}, " if found[1] else ""
    return f"{day}{found[2]} {_SHORT_MONTHS[found[3].capitalize()]}"


def _clock(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), found[2]
    return f"{hour} o'clock" if minute == "00" else f"{hour} {minute}"


def _mailbox(found: re.Match[str]) -> str:
    return found[0].replace("@", " at ").replace(".", " dot ").replace("_", " underscore ")


def _phone(found: re.Match[str]) -> str:
    return f"plus {digit_by_digit(found[0])}"


def _code(found: re.Match[str]) -> str:
    """Spell what is a code; leave a count, a year and a day of the month as they are."""
    code = found[0].lstrip("#")
    before = found.string[: found.start()]
    if code.isdigit() and not found[0].startswith("#"):
        short = len(code) < _LONGEST_SAID_AS_A_NUMBER
        if short or (
            _YEAR.fullmatch(code)
            and (_DATE_BEFORE.search(before) or "order" not in before[-12:].lower())
        ):
            return found[0]
    if re.fullmatch(r"\d{1,3}[A-Za-z]+", code):  # 44EU, 500ML
        return found[0]
    return digit_by_digit(code)


_SAYERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_MASKED_MAILBOX, _masked_mailbox),
    (_MASKED_NUMBER, _masked_number),
    (_EMAIL, _mailbox),
    (_SHORT_DATE, _short_date),
    (_CLOCK, _clock),
    (_MONEY, _price),
    (_ISO_DATE, _day),
    (_PHONE, _phone),
    (_CODE, _code),
)


def _card(card: Card) -> str:
    head = f"{card.title}, {card.subtitle}" if card.subtitle else card.title
    price = next(
        (fact.value for fact in card.facts if fact.label.lower() in ("price", "total")), None
    )
    return words_of(f"{head}: {price}" if price else head)


def _stage(steps: Sequence[Step]) -> str:
    current = [step.label for step in steps if step.state == "current"]
    return words_of(f"It stands at: {current[0]}") if current else ""


def _choices(buttons: Sequence[Button], *, keypad: bool) -> str:
    titles = [words_of(typed(button)).rstrip(".") for button in buttons]
    if not titles:
        return ""
    if keypad:
        said = [f"press {number} or say {title}" for number, title in enumerate(titles, start=1)]
        return f"P{', '.join(said)[1:]}."
    if len(titles) == 1:
        return f"You can say {titles[0]}."
    return f"You can say {', '.join(titles[:-1])} or {titles[-1]}."
