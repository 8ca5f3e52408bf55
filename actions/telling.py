"""Whether a message tells something, or only says that somebody wants to tell it."""

from __future__ import annotations

import re

_WISH = re.compile(
    r"\b(complain(t|ts|ing)?|grievance|review|feedback|rate|rating|stars?|i|i'd|id|a|an|the|to|want|wanna|would|like|make|file|lodge"
    r"|leave|give|write|submit|post|raise|register|need|please|pls|plz|can|could|how|do|where|my|formal|some|hi|hello|about|of|for"
    r"|this|chat|you|your|it|is|with|get|let|me|have|think|service|out|conversation|bot|assistant|answer|product|order|no|nope|sorry|mean|meant|oops|wait|actually|rather|instead|number|one)\b",
    re.IGNORECASE,
)
_TELLING_WORDS = 3


def telling(text: str) -> bool:
    """Say whether a message tells something beyond the wish to tell it."""
    return len(re.findall(r"[a-z']{2,}", _WISH.sub(" ", text.lower()))) >= _TELLING_WORDS
