"""How a message sounds: what raises a priority, and what asks for a word of regret."""

from __future__ import annotations

import re

_FURIOUS = re.compile(
    r"\b(fuck\w*|shit\w*|bullshit|asshole|bastard|wtf|goddamn|damn\w*|scam\w*|fraud|thieves|lawyer|sue|disgrace\w*)\b",
    re.IGNORECASE,
)
_FRUSTRATED = re.compile(
    r"\b(angry|annoy\w*|ridiculous|useless|stupid|idiot\w*|terrible|awful|fed up|sick of|frustrat\w*|unacceptable|hate|pissed|"
    r"(third|3rd|fourth|4th|tenth|umpteenth) time|again and again|for (hours|days|weeks)|still (no|not|waiting)|worst|joke)\b|!{2,}",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"\b(ridiculous|useless|stupid|idiot\w*|moron\w*|clowns?|pissed|fed up|sick of|unacceptable|a joke|incompetent|pathetic|disgust\w*|bloody|the hell|the f)\b",
    re.IGNORECASE,
)
_DESPERATE = re.compile(
    r"\b(desperate\w*|urgent\w*|emergency|please help|crying|begging)\b", re.IGNORECASE
)
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


def emotion_of(texts: list[str]) -> str | None:
    """Return the strongest emotion in somebody's words: furious, frustrated, desperate; None if calm."""
    said = "\n".join(texts)
    shouted = any(len(text) > 12 and text.isupper() for text in texts)
    if _FURIOUS.search(said) and (shouted or _FRUSTRATED.search(said)):
        return "furious"
    if _DESPERATE.search(said):
        return "desperate"
    return "frustrated" if shouted or _FURIOUS.search(said) or _FRUSTRATED.search(said) else None


def swears(text: str) -> bool:
    """Say whether somebody lets off steam by swearing or calling names."""
    return bool(_FURIOUS.search(text) or _NAMES.search(text))
