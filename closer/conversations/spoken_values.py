"""Values as they are said aloud, written as the model knows them: order numbers digit by digit, mailboxes with "dot" and "at".

A caller says "order four four seven one" and "liam dot may at example dot com"; some people also write their mailbox so.
"""

from __future__ import annotations

import re

from closer.conversations.value_numbers import spoken_digits, spoken_runs

#: Channels on which people speak.
SPOKEN = ("voice", "alexa")

_CONNECTORS = {
    "dot": ".",
    "point": ".",
    "period": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
}
_TOKEN = re.compile(r"[^\W_][\w.-]*[^\W_]|[^\W_]", re.UNICODE)
_AT = re.compile(r"(?<=\s)(?:at|\(at\)|\[at\])(?=\s)|\s*(?:\(at\)|\[at\])\s*", re.IGNORECASE)
_DOT_IN_BRACKETS = re.compile(r"\s*(?:\(dot\)|\[dot\])\s*", re.IGNORECASE)
#: Words in front of an "at" that are no name of a mailbox: "I bought it at shop dot com".
_NO_NAME = frozenset(
    "i me it us you them this that one is was be are am my your order ordered bought buy shop shopping saw found look looking"
    " see reached reach address email mail price here there mailbox".split()
)
#: Letters that are words by themselves.
_LONE_LETTERS = "ainru"
_TENS = {
    word: at
    for at, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_ONES = {
    word: at
    for at, word in enumerate("one two three four five six seven eight nine".split(), start=1)
}
_TEENS = {
    word: at
    for at, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        start=10,
    )
}
_PAIR = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_ONES)}))?|{'|'.join(_TEENS)})"
#: Numbers said in pairs are only taken where the word before says what they are.
_IN_PAIRS = re.compile(
    rf"\b((?:order|invoice|refund|number)(?:\s+(?:number|is|no))*\s+)({_PAIR}(?:\s+{_PAIR}){{1,5}})\b",
    re.IGNORECASE,
)


#: Digits of a number that a mailbox may end with.
_SHORT = 4
#: A number at the end of a mailbox's name: "torres ninety one at example dot org".
_SAID_NUMBER = rf"(?:{_PAIR}|(?:zero|{'|'.join(_ONES)})(?:\s+(?:zero|{'|'.join(_ONES)}))+)"
_BEFORE_AT = re.compile(
    rf"\b({_SAID_NUMBER}(?:\s+{_SAID_NUMBER})*)(?=\s+at\s+\w+(?:\s+\w+)?\s+(?:dot|point)\b)",
    re.IGNORECASE,
)


def as_written(text: str, channel: str) -> str:
    """Return what was said or written with numbers and mailboxes in their usual shape.

    Args:
        text: The customer's words.
        channel: Where they were said; in writing only mailboxes are looked for.
    """
    if channel in SPOKEN:
        text = _BEFORE_AT.sub(lambda found: _counted(found[1]), text)
    text = _mailboxes(text)
    return _numbers(text) if channel in SPOKEN else text


def _numbers(text: str) -> str:
    """Write numbers that are said digit by digit, or as pairs after "order", in digits."""
    text = _IN_PAIRS.sub(lambda found: found[1] + _pairs(found[2]), text)
    for start, end, digits in reversed(list(spoken_runs(text))):
        before = re.sub(r"\bplus\s+$", "+", text[:start], flags=re.IGNORECASE)
        text = f"{before}{digits}{text[end:]}"
    return text


def _pairs(said: str) -> str:
    digits = ""
    for pair in re.findall(_PAIR, said.lower()):
        tens, _, ones = pair.replace("-", " ").partition(" ")
        digits += (
            str(_TEENS[tens]) if tens in _TEENS else str(_TENS[tens] * 10 + _ONES.get(ones, 0))
        )
    return digits


def _counted(said: str) -> str:
    """Write a number said in pairs or digit by digit in digits."""
    parts = re.findall(rf"{_PAIR}|[a-z]+", said.lower())
    return "".join(
        _pairs(part) if re.fullmatch(_PAIR, part) else str(_ONES.get(part, 0)) for part in parts
    )


def _mailboxes(text: str) -> str:
    """Write mailboxes that are said in words with their signs."""
    for at in reversed(list(_AT.finditer(text))):
        name, domain = _name(text[: at.start()]), _domain(text[at.end() :])
        if name and domain:
            start, end = name[1], at.end() + domain[1]
            text = f"{text[:start]}{name[0]}@{domain[0]}{text[end:]}"
    return text


def _name(before: str) -> tuple[str, int] | None:
    """Return the name of a mailbox at the end of a text, and where it begins."""
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(before)]
    if not tokens or before[tokens[-1][2] :].strip() or tokens[-1][0].lower() in _NO_NAME:
        return None
    name, start = _digit(tokens[-1][0]), tokens[-1][1]
    left = len(tokens) - 2
    while left >= 0:
        word = tokens[left][0].lower()
        if word in _CONNECTORS and left >= 1:
            name, start = (
                _digit(tokens[left - 1][0]) + _CONNECTORS[word] + name,
                tokens[left - 1][1],
            )
            left -= 2
        elif _belongs(word, tokens[left + 1][0]) and not _cut_off(before, tokens[left][1]):
            name, start = _digit(tokens[left][0]) + name, tokens[left][1]
            left -= 1
        else:
            break
    return name.lower(), start


def _cut_off(text: str, start: int) -> bool:
    """Say whether what begins somewhere is only the end of a word, as in "it's"."""
    return text[:start].endswith(("'", "’"))


def _belongs(word: str, following: str) -> bool:
    """Say whether a word is of one name with the word after it: "m torres", "torres 91", letters and digits one by one."""
    initial = len(word) == 1 and word.isalpha() and word not in _LONE_LETTERS
    spelled = _is_piece(following) and (_is_piece(word) or word not in _NO_NAME)
    return word.isalnum() and (initial or spelled)


def _domain(after: str) -> tuple[str, int] | None:
    """Return the domain at the beginning of a text, and where it ends; one without a spoken dot is none."""
    tokens = [(found[0], found.end()) for found in _TOKEN.finditer(_same_length(after))]
    if not tokens:
        return None
    domain, dots, at = tokens[0][0], 0, 1
    while len(domain) == 1 and at < len(tokens) and tokens[at][0].lower() not in _CONNECTORS:
        domain, at = domain + tokens[at][0], at + 1  # "g mail"
    end = tokens[at - 1][1]
    while at + 1 < len(tokens) and (sign := _CONNECTORS.get(tokens[at][0].lower())):
        domain, end = f"{domain}{sign}{tokens[at + 1][0]}", tokens[at + 1][1]
        dots += sign == "."
        at += 2
    last = domain.rpartition(".")[2]
    return (domain.lower(), end) if dots and last.isalpha() and len(last) > 1 else None


def _same_length(text: str) -> str:
    """Return a text in which "(dot)" is the word, every other letter at its place."""
    return _DOT_IN_BRACKETS.sub(lambda found: "dot".center(len(found[0])), text)


def _is_piece(word: str) -> bool:
    """Say whether a word is a letter, digit or short number of something that is spelled."""
    if len(word) == 1 or (word.isdigit() and len(word) <= _SHORT):
        return True
    return spoken_digits(" ".join([word] * 4)) is not None


def _digit(word: str) -> str:
    """Return a digit for its word, any other word as it is."""
    digits = spoken_digits(" ".join([word] * 4))
    return digits[0] if digits and not word.isdigit() else word
