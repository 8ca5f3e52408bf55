"""What people write is text, never a command of Rasa's; a thumb alone is the word that it stands for."""

from __future__ import annotations

import re

from rasa.shared.constants import INTENT_MESSAGE_PREFIX

#: Skin tones and the mark that asks for a picture stand behind a sign.
_TONES = "[\U0001f3fb-\U0001f3ff\ufe0f\\s.!]*"
_SIGNS = {
    "yes": re.compile(f"(?:[\U0001f44d\U0001f44c\u2705\u2714\u2611\U0001f197]{_TONES})+"),
    "no": re.compile(f"(?:[\U0001f44e\u274c\u274e\u2716]{_TONES})+"),
}


def spelled_out(text: str) -> str:
    """Return the word for a message that is a sign alone: a thumb up or down, a tick, a cross; else the text itself.

    Sentence encoders know no difference between these signs.
    """
    if text.isascii():
        return text
    sign = text.strip()
    return next((word for word, signs in _SIGNS.items() if signs.fullmatch(sign)), text)


def neutralise(text: str) -> str:
    """Return the text without a leading `/`, which Rasa would take for an intent (intent injection).

    Rasa strips what it reads, all that Unicode calls a space, so slashes and spaces may take turns at the beginning.
    """
    harmless = (
        place
        for place, letter in enumerate(text)
        if not (letter.isspace() or letter == INTENT_MESSAGE_PREFIX)
    )
    return text[next(harmless, len(text)) :].rstrip()
