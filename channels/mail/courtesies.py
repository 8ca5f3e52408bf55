"""What a mail asks for, without salutation and closing; with the subject where that carries the request."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SALUTATION = re.compile(
    r"^\W*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|to whom it may concern)\b[^.?!:]{0,60}[,!.:]?\s*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\W*(?:(?:many |kind |best |warm |with )*(?:regards|wishes)|sincerely|yours(?: \w+)?|cheers|best|(?:many )?thanks(?: (?!please|and|but)[^\W\d]+){0,6}"
    r"|thank you(?: (?!please|and|but)[^\W\d]+){0,9}|thx|br|kr|take care|looking forward to (?:hearing|your)\b.{0,40})"
    r"(?:\s*[,.!–-]+\s*(?-i:[^\W\d_a-z][\w'.-]*(?:\s+[^\W\d_a-z][\w'.-]*){0,3}))?\W*$",  # "Regards, Maya"
    re.IGNORECASE,
)
#: No line of a signature: it asks, wishes or adds something.
_SPEAKS = re.compile(
    r"\?\s*$|\b(?:please|pls|also|i|i'?m|i'?d|can|could|would|my|you|p\.? ?s)\b", re.IGNORECASE
)
_GENERIC = re.compile(
    r"^\W*(?:hi|hello|hey|help|please help|question|query|enquiry|inquiry|urgent|important|customer (?:service|care|support)|support"
    r"|request|message|contact|no subject|\(no subject\)|order)?\W*$",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\border\s+#?((?=[\w-]*\d)[\w-]{3,40})", re.IGNORECASE)
_NUMBER = re.compile(r"\d{4,}")
_SIGNATURE_LINES, _SIGNATURE_WORDS = 8, 8
_SUBJECT_COUNTS_BELOW = 400


def request_of(text: str, subject: str, *, new_thread: bool) -> str:
    """Returns what the dialogue is to read of a mail.

    Args:
        text: The fresh words.
        subject: The subject.
        new_thread: Whether the mail answers none of ours: only then the subject is the writer's own.
    """
    body = without_courtesies(text)
    subject = subject.strip()
    fitting = new_thread and len(body) < _SUBJECT_COUNTS_BELOW and not _GENERIC.match(subject)
    if not fitting or subject.lower() in body.lower():
        return body
    return f"{subject.rstrip('.')}. {body}" if body else subject


def topic_of(subject: str, text: str) -> str:
    """Returns the order that a mail of ours was about, for an answer that does not name one ("when?").

    Args:
        subject: The answer's subject, which repeats ours.
        text: The answer's fresh words.
    """
    found = _ORDER.search(subject)
    return f"Order {found[1]}" if found and not _NUMBER.search(text) else ""


def without_courtesies(text: str) -> str:
    """Returns the text without salutation and closing; all of it if nothing else is there."""
    lines = text.strip().split("\n")
    kept = lines[1:] if lines and _SALUTATION.match(lines[0]) else list(lines)
    spoken = [at for at, line in enumerate(kept) if line.strip()]
    for at in spoken[1:]:  # a mail that begins with "Thanks" is no closing
        signature = [line for line in kept[at + 1 :] if line.strip()]
        if _CLOSING.match(kept[at]) and _is_signature(signature):
            kept = kept[:at]
            break
    return "\n".join(kept).strip() or text.strip()


def _is_signature(lines: Sequence[str]) -> bool:
    """Say whether lines only tell who writes: a name, a position, a company, its address and numbers."""
    return len(lines) <= _SIGNATURE_LINES and not any(
        len(line.split()) > _SIGNATURE_WORDS or _SPEAKS.search(line) for line in lines
    )
