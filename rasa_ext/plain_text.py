"""What people write is text, never a command of Rasa's."""

from __future__ import annotations

from rasa.shared.constants import INTENT_MESSAGE_PREFIX


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
