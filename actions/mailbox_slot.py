"""How an e-mail address is read: of several the one that is meant, and a known one that is put right in part."""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.slot_types import Answer, EntitySlot, Filled, Invalid
from closer.conversations import values

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: What stands before an address that is not the one meant.
_LEFT = re.compile(
    r"\b(?:not|isn't|from|instead of|rather than|no longer|(?:old|former|previous|wrong)(?: \w+)?(?: is| was)?:?)\s+$",
    re.IGNORECASE,
)
#: A piece of an address and the one that it replaces.
_PIECES = (
    re.compile(r"(?P<new>[\w.+@-]+)[\s,]+(?:and )?(?:not|instead of) (?P<old>[\w.+@-]+)$", re.IGNORECASE),
    re.compile(r"\bnot (?P<old>[\w.+@-]+)[\s,;-]+(?:but |it'?s |rather )?(?P<new>[\w.+@-]+)$", re.IGNORECASE),
    re.compile(r"(?P<old>[\w.+@-]+) (?:should|ought to|has to|must) (?:be|read|say) (?P<new>[\w.+@-]+)$", re.IGNORECASE),
)  # fmt: skip


class EmailSlot(EntitySlot):
    """An e-mail address; of several the one that is meant."""

    def __init__(self) -> None:
        super().__init__("email", pattern=_EMAIL.pattern)

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the address: the last that is not one left behind ("x@y.org, no, z@y.org"; "z@y.org, not x@y.org")."""
        found = list(_EMAIL.finditer(ctx.text))
        if not found and (known := ctx.slot(answer.slot)):
            return put_right(ctx.text, str(known)) or super().read(ctx, answer)
        if len(found) <= 1:
            return super().read(ctx, answer)
        kept = [match for match in found if not _LEFT.search(ctx.text[: match.start()])]
        return (kept or found)[-1].group(0)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a well-formed address, in lower case."""
        email = values.normalise_email(str(value))
        return Filled(email) if email else Invalid("utter_invalid_email")


def put_right(text: str, known: str) -> str | None:
    """Return a known address with the piece replaced that a text puts right: ".net, not .ner"."""
    plain = text.strip(" !.")
    match = next((m for shape in _PIECES if (m := shape.search(plain))), None)
    if match is None or known.count(match["old"].lower()) != 1:
        return None
    return known.replace(match["old"].lower(), match["new"].lower())
