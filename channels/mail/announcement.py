"""The words by which a mail program announces the earlier mail: "On Monday, ... Anna <anna@example.org> wrote:".

Their form counts more than their language: they end in a colon and hold an address with a date and a clock time. The
verbs of some languages are needed only where the address is missing or the date is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.mail.lines import is_blank, marked_below, unmarked

_MOST_LINES = 6
_LONGEST_VERB = 30
_LONGEST = 600  # all lines of an announcement; also what keeps the patterns quick

_ADDRESS = re.compile(r"[<(\[]\s?(?:mailto:)?[^\s<>()\[\]@]{1,64}@[^\s<>()\[\]@]{1,190}")
_DATE = re.compile(
    r"(?<!\d)(?:(?:\d{1,2}[./-]\s?){2}(?:\d{4}|\d{2})(?!\d)|(?:19|20)\d\d(?!\d)(?:[./-]\d{1,2}){0,2})"
)
_TIME = re.compile(r"(?<!\d)\d{1,2}(?::\d\d(?!\d)|[.h]\d\d(?![\d.]))")
_VERBS = (
    r"(?:wrote|writes|schrieb|geschrieben|a [ée]crit|escribi[óo]|(?:ha )?scritto|escreveu|schreef|geschreven|pisze|napisała?"
    r"|napisał\(a\)|napisa[ol]/?(?:la)?(?: je)?|skrev|kirjoitti|napsala?|napsal\(a\)|napísala?|napísal\(a\)|írta|a scris"
    r"|έγραψε|написала?|написа|написав|пишет|пише|yazdı|đã viết|menulis|写道|寫道|書きました|のメール|작성)"
)
_VERB_LAST = re.compile(rf"(?:^|[\W\d]|님이 |[\u3000-\u9fff]){_VERBS}$", re.IGNORECASE)
_ONLY_VERB = re.compile(rf"^{_VERBS}\s?[:：]$", re.IGNORECASE)
_ADDRESS_THEN_VERB = re.compile(rf"{_ADDRESS.pattern}[>)\]\s,]{{0,4}}{_VERBS}$", re.IGNORECASE)
#: Verbs that stand before the writer, or before the date.
_VERB_THEN = re.compile(
    r"(?<!\w)(?:schrieb|schreef|skrev|írta|kirjoitti|wrote on)\s[^:：]{1,160}", re.IGNORECASE
)
_QUOTING = re.compile(r"^(?:quoting|zitat von|citando|citation de|цитирую)\s", re.IGNORECASE)
#: Nobody's program writes so of a sender: "your agent wrote:", "I wrote:".
_PERSONAL = re.compile(
    r"(?<!\w)(?:i|we|he|she|they|you|my|your|our|ich|wir|mir|mein\w*|ihr\w*|je|vous|votre|ik|mijn|uw|jag|jeg)(?!\w)",
    re.IGNORECASE,
)
#: How announcements of several lines begin: a word, or (a weekday and) a date.
_OPENING_WORD = re.compile(
    r"^[\W_]*(?:on|le|el|il|em|op|am|den|dne|w dniu|dnia|pe|la|în|in|at|vào|на|в|от|在)(?=[\s,.:])",
    re.IGNORECASE,
)
_OPENING_DATE = re.compile(r"^[\W_]*(?:[^\W\d_]{1,12}[.,]*\s){0,2}\d")


def announcement_length(lines: Sequence[str], at: int) -> int:
    """Returns over how many lines from here a quotation is announced; 0 if none is."""
    text = ""
    for count in range(1, _MOST_LINES + 1):
        line = _line(lines, at + count - 1)
        if not line and count > 1 and _ONLY_VERB.match(_line(lines, at + count)):
            continue  # one program breaks its line twice there
        text = f"{text} {line}".strip()
        if not line or len(text) > _LONGEST:
            return 0
        if _may_end(line) and _announces(text, lines, at, at + count):
            return count if _begins_here(lines, at, at + count) else 0
    return 0


def _line(lines: Sequence[str], at: int) -> str:
    return unmarked(lines[at]).replace("*", "") if at < len(lines) else ""


def _may_end(line: str) -> bool:
    return line.endswith((":", "：", "--")) or _ends_in_verb(line)


def _ends_in_verb(text: str) -> bool:
    return _VERB_LAST.search(text[-_LONGEST_VERB:]) is not None


def _announces(whole: str, lines: Sequence[str], at: int, end: int) -> bool:
    """Tells whether these lines, which are `whole` when joined, are an announcement."""
    text = whole.rstrip("-:： ")
    ended = text != whole
    address = "@" in text and _ADDRESS.search(text) is not None
    dated = _is_dated(text)
    if address and dated:
        return ended or _ends_in_verb(text)
    if not ended:
        return False
    if address and (_ADDRESS_THEN_VERB.search(text) or _QUOTING.match(text)):
        return True
    below = marked_below(lines, end)
    if not dated and not below:
        return False
    spoken = _ends_in_verb(text) or _VERB_THEN.search(text) is not None
    if below:
        return spoken or dated
    return spoken and not _PERSONAL.search(text) and not all(map(is_blank, lines[:at]))


def _is_dated(text: str) -> bool:
    """Tells whether a date with its year and, beside it, a clock time are there."""
    if _DATE.search(text) is None:
        return False
    return _TIME.search(_DATE.sub(" ", text)) is not None


def _begins_here(lines: Sequence[str], at: int, end: int) -> bool:
    """Tells an announcement's first line from words of the writer's that stand directly above it."""
    if end - at == 1:
        return True
    later = range(at + 1, end)
    if any(_opens_later(lines[place]) and _announce(lines, place, end) for place in later):
        return False
    if _OPENING_WORD.match(lines[at]):
        return True
    if _is_dated(lines[end - 1]) and _announce(lines, end - 1, end):
        return False  # the last line is whole by itself
    if _OPENING_DATE.match(lines[at]) and _DATE.search(lines[at]):
        return True
    apart = at == 0 or is_blank(lines[at - 1])
    return apart and not any(line.endswith((".", "!", "?")) for line in lines[at : end - 1])


def _announce(lines: Sequence[str], at: int, end: int) -> bool:
    joined = " ".join(_line(lines, place) for place in range(at, end))
    return _announces(joined, lines, at, end)


def _opens_later(line: str) -> bool:
    return _OPENING_WORD.match(line) is not None and any(letter.isdigit() for letter in line)
