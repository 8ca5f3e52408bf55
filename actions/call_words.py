"""The words of a wish to be called."""

from __future__ import annotations

import re

from actions.context import TurnContext

_CALL = re.compile(
    r"\b(appointment|call ?back|call me|phone me|ring me|give me a (call|ring)|schedule (a|an|me|the)|book (a|an|me)"
    r"|(?:some(?:one|body)|any(?:one|body)|you|u|your team|an? (?:agent|colleague)) (?:please |pls )?(?:call|ring|phone) me\b|(have|let|get) (someone|somebody|a person|one of your people|an? (agent|colleague)) (to )?(call|ring|phone)|(like|want|need) a (phone )?call\b|(arrange|set up|book) (a|that|the) (phone )?call)\b",
    re.IGNORECASE,
)
#: "The driver should call me on Friday" wants no call of ours.
_NOT_OURS = re.compile(
    r"\b(?:driver|courier|carrier|delivery (?:man|guy|person)|before (?:you )?deliver\w*)\b",
    re.IGNORECASE,
)


def books_call(ctx: TurnContext) -> bool:
    """Say whether a message in one piece asks for a call at a time: "can someone call me tomorrow at 3 about my refund"."""
    return not ctx.clauses and ctx.entity("date") is not None and asks_for_call(ctx.text)


def asks_for_call(text: str) -> bool:
    """Say whether a text asks for a call by appointment."""
    return _CALL.search(text) is not None and _NOT_OURS.search(text) is None
