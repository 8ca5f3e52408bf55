"""How a message sounds: what raises the priority of a complaint."""

from __future__ import annotations

import re

from actions.handoff import emotion_of

_DANGER = re.compile(
    r"\b(hurt|injur\w+|burn(t|ed)|caught fire|on fire|smok(e|ing)|explo\w+|electr\w* shock|shocked me|bleed\w*"
    r"|allerg\w+|hospital|unsafe|dangerous)\b",
    re.IGNORECASE,
)
_THREAT = re.compile(
    r"\b(lawyer|solicitor|attorney|sue|suing|(to|in) court|legal action|police|fraud|ombudsman|trading standards|charge ?back"
    r"|consumer protection|small claims|bbb)\b",
    re.IGNORECASE,
)
_UPSET = re.compile(
    r"\b(disgust\w*|furious|livid|outrag\w*|appall\w*|pathetic|scandal\w*|shame(ful)?|horrible|never again|rip[- ]?off"
    r"|liars?|tears|devastated|incompetent|hell|crap)\b",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")


def priority_of(text: str) -> str:
    """Return the priority of a complaint: urgent for danger and threats, high for anger, else normal."""
    if _DANGER.search(text) or _THREAT.search(text):
        return "urgent"
    return "high" if is_emotional(text) else "normal"


def is_emotional(text: str) -> bool:
    """Say whether somebody is upset: by the words, exclamation marks or shouting."""
    return (
        emotion_of([text]) is not None
        or bool(_UPSET.search(text))
        or len(_CAPITALS.findall(text)) >= 3
    )
