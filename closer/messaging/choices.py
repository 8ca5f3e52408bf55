"""Quick replies where nothing can be pressed: buttons become numbered choices, a number or a title chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from closer.conversations.turn import Button, Entry
from closer.messaging.stop_words import STOP

#: Where buttons are numbered.
NUMBERED = ("sms", "voice")
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_NUMBER = re.compile(
    r"(?:(?:option|number|no|nr|choice|answer|#)\s*\.?\s*)?"
    rf"(?:(?P<digits>\d{{1,2}})|(?P<word>{'|'.join(_WORDS)}))\s*[.):]?(?:\s+please)?"
)
_ORDINAL = re.compile(
    rf"(?:the\s+)?(?P<word>{'|'.join(_ORDINALS)})(?:\s+(?:one|option|choice))?(?:\s+please)?"
)


def offered(entries: Sequence[Entry]) -> list[Button]:
    """Return the buttons of the entries in the order in which they are numbered, each payload once."""
    found: dict[str, Button] = {}
    for entry in entries:
        for button in [*entry.buttons, *(item for card in entry.cards for item in card.buttons)]:
            found.setdefault(button.payload, button)
    return list(found.values())


def chosen(text: str, entries: Sequence[Entry], *, numbered: bool) -> Button | None:
    """Return the button that a text stands for: by its title or, where they are numbered, by its number."""
    said = _normal(text)
    buttons = offered(entries)
    for button in buttons:
        if said and said in (_normal(button.title), _normal(typed(button))):
            return button
    number = _number(said) if numbered else None
    return buttons[number - 1] if number and number <= len(buttons) else None


def typed(button: Button) -> str:
    """Return a title that may be typed back: a bare "Cancel" would end the messages altogether."""
    title = button.title.strip()
    return f"{title} it" if _normal(title) in STOP else title


def _number(said: str) -> int | None:
    found = _NUMBER.fullmatch(said)
    if found:
        return int(found["digits"]) if found["digits"] else _WORDS.index(found["word"]) + 1
    found = _ORDINAL.fullmatch(said)
    return _ORDINALS.index(found["word"]) + 1 if found else None


def _normal(text: str) -> str:
    return " ".join(text.lower().split()).strip(".!?,")
