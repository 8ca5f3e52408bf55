"""How a person's name is read."""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from actions.name_parts import with_part
from actions.slot_types import Answer, Filled, Invalid, SlotType

_NAMED = re.compile(
    r"(?:\b(?:my|the|his|her) name(?:'?s| is)|\bname'?s|\bcall me|\bi am|\bi'm|\bthis is"
    r"|\b(?:it'?s|it is) for|^for|^it'?s)\s+"
    r"([^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*){0,3})$",
    re.IGNORECASE,
)
_FOR = re.compile(r"\bfor (?:my |our )?(?:[a-z]+,? )?((?:[A-Z][a-z'’-]+ ?){1,3})")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(\s+[^\W\d_][\w'’.-]*){0,4}")
_FILLER = re.compile(
    r"^(well|ok|okay|sure|yes|yeah|hi|hello|it'?s|its|that'?s|the name|please|uh|um)[,:]?\s+",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    (
        "my name account change update it the a new wrong please pls details phone email mail profile what "
        "why how when where who nothing no yes not idk dunno gold standard free premium pro platinum freemium "
        "silver bronze diamond ok okay done sure cheapest best later nobody its it's misspelled misspelt typo incorrect spelled spelt"
    ).split()
)
_WORD = r"[A-Z][\w'’-]+"
_LATER = r"\s*(?:from (?:now|today) on(?:wards)?|instead|now|these days)?"
#: "call me Mia from now on", "I'm Maya Hill now".
_GOES_BY = (
    re.compile(rf"\b[Cc]all me (?P<name>{_WORD}(?: {_WORD}){{0,2}}){_LATER}$"),
    re.compile(r"\b(?:put|list|note|register) me (?:down )?as (?P<name>[^\W\d_][\w'’-]+(?: [^\W\d_][\w'’-]+){1,2}?)(?: from (?:now|today) on(?:wards)?| instead| now)$", re.IGNORECASE),
    re.compile(r"\bcall me (?P<name>[^\W\d_][\w'’-]+) (?:from (?:now|today) on(?:wards)?|instead)$", re.IGNORECASE),
    re.compile(rf"\b[Ii](?:'?m| am) (?:now )?(?P<name>{_WORD}(?: {_WORD}){{1,2}}) (?:now|these days)$"),
    re.compile(rf"\b(?:married|divorced|renamed)\b.*\b[Ii](?:'?m| am) (?:now )?(?P<name>{_WORD}(?: {_WORD}){{1,2}}){_LATER}$"),
    re.compile(rf"\b[Ii] (?:now )?go by (?P<name>{_WORD}(?: {_WORD}){{0,2}}){_LATER}$"),
    re.compile(r"\bi (?:now )?go by (?P<name>[^\W\d_][\w'’-]+ [^\W\d_][\w'’-]+) (?:now|these days|from now on)$", re.IGNORECASE),
)  # fmt: skip
#: "my surname should read Hill, not Hall", "it ought to be Hill".
_SHOULD_BE = re.compile(
    r"\b(?:should|ought to|must|has to|needs to|is supposed to) (?:be (?:spelled|spelt|written)|be|read|say)\W+(?P<name>[^\W\d_][\w'’-]+(?: (?!and\b|not\b|instead\b)[^\W\d_][\w'’-]+){0,3})",
    re.IGNORECASE,
)
#: "My name is misspelled, it's Jon not John", "my last name has a typo, its Okafor".
_RIGHT_IS = re.compile(
    r"\bname\b.*\b(?:mis-?spel\w*|mistyped|wrong(?:ly)?|typo\w*|incorrect(?:ly)?|mistake)\b.*?"
    r"\b(?:it'?s|it is|that'?s|i'?m|i am|correct(?:ly)? is|right (?:one )?is)\s+(?:actually |really |spel(?:led|t) )?"
    r"(?P<name>[^\W\d_][\w'’-]+(?: (?!and\b|not\b|instead\b|without\b|with\b)[^\W\d_][\w'’-]+){0,2})",
    re.IGNORECASE,
)
#: "sorry, last name Hill".
_PART_IS = re.compile(
    r"\b(?i:last|sur|family|first|fore|given|middle)[ -]?(?i:name)[:,]? (?P<name>[A-Z][\w'’-]+)$"
)
_AFTER_NAME = re.compile(
    r"[,;]?\s*\b(?:please|pls|plz|thanks|now|with|not|instead|without|as in|spelled|spelt|because|since|cause)\b.*$"
    r"|\s*[,;(]\s*(?:i|we|as|it|my|the|so|for)\b.*$",
    re.IGNORECASE,
)
_NO_CALL = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
    november december tomorrow today tonight back later again first mobile morning afternoon evening asap soon""".split()
)
_SPEAKS_OF_NAME = re.compile(r"\b(?:sur|last|fore|first|middle)? ?name\b", re.IGNORECASE)
_EMAIL = re.compile(r"\S+@\S+")


class NameSlot(SlotType):
    """A person's name."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the name that the model found or, when asked, what can be nothing else."""
        found, known = self._told(ctx, answer), ctx.slot(answer.slot)
        if found and isinstance(known, str):  # "no, the surname is Hill"
            return with_part(known, found, ctx.text)
        return found

    def _told(self, ctx: TurnContext, answer: Answer) -> str | None:
        found = ctx.entity("person_name")
        if found is not None and not (answer.asked and _is_more(ctx.text, str(found))):
            return str(found)
        if not answer.asked:
            other = _FOR.search(ctx.text)  # "an account for my daughter Leila"
            return other.group(1).strip() if other and _is_name(other.group(1)) else None
        return None if "?" in ctx.text else self._answer(ctx)

    @staticmethod
    def _answer(ctx: TurnContext) -> str | None:
        """Return the name in an answer to the question for it."""
        text = _EMAIL.sub("", ctx.text).strip(" .,!")
        named = _NAMED.search(text)
        if named and _is_name(named.group(1)):
            return named.group(1)
        plain = _FILLER.sub("", text)
        if not _NAME.fullmatch(plain) or not _is_name(plain):
            return None
        if len(plain.split()) > 1 and plain == plain.title():  # a name, whatever the model says
            return plain
        elsewhere = ctx.intent in DIGRESSIONS or ctx.intent in TASK_OF_INTENT
        return None if elsewhere or ctx.intent in ("deny", "stop") else plain

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Write a name in small or big letters alone with capitals."""
        name = " ".join(str(value).split())[:120]
        return Filled(name.title() if name in (name.lower(), name.upper()) else name)


def name_in(text: str) -> str | None:
    """Return the name in a wish ("change my name to Maya Hill", "my surname should read Hill"), or None."""
    right = _SHOULD_BE.search(text) if _SPEAKS_OF_NAME.search(text) else None
    if right is not None and _is_name(right["name"]):
        return right["name"]
    spelled = _RIGHT_IS.search(text)
    if spelled is not None and _is_name(spelled["name"]):
        return spelled["name"]
    part = _PART_IS.search(text.strip(" .!"))
    if part is not None and _is_name(part["name"]):
        return part["name"]
    match = re.search(
        r"\b(?:sur|last|fore|first)?name\b.*\b(?:to|is now|into|is)\s+(?:(?:now|actually|really|spelled|spelt|written)\s+)*(.+)$",
        text.strip(" .!"),
        re.IGNORECASE,
    )
    if match is None:
        return goes_by(text)
    name = _NAME.fullmatch(_AFTER_NAME.sub("", match.group(1)))
    return name.group(0) if name and _is_name(name.group(0)) else None


def goes_by(text: str) -> str | None:
    """Return the name that somebody says they go by from now on, or None."""
    plain = text.strip(" .!?")
    found = next((match for shape in _GOES_BY if (match := shape.search(plain))), None)
    if found is None or _NO_CALL & set(found["name"].lower().split()):
        return None
    return found["name"] if _is_name(found["name"]) else None


def _is_more(text: str, found: str) -> bool:
    """Whether the whole message is a name of which the model found only a part: "Priya N"."""
    plain = _FILLER.sub("", _EMAIL.sub("", text).strip(" .,!"))
    more = plain.replace(found, " ").split() if found in plain else []
    named = _NAME.fullmatch(plain) is not None and _is_name(plain) and not _NAMED.search(plain)
    return bool(more) and named and all(word[0].isupper() or len(word) == 1 for word in more)


def _is_name(text: str) -> bool:
    return not _NO_NAME & set(text.lower().split())
