"""Who writes where somebody is signed in: the customer, or another person who says so ("this is her husband")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_KIN = (
    r"(?:ex-?)?(?:husband|wife|hubby|partner|spouse|boyfriend|girlfriend|fianc[eé]e?|son|daughter|mother|father|mom|mum|dad|brother|sister"
    r"|flat ?mate|room ?mate|neighbou?r|friend|carer|assistant|secretary|colleague|grand(?:son|daughter|child|ma|pa|mother|father))"
)
#: "This is her husband", "Maya's son here", "I'm not the account holder", "on behalf of my mum", "I'm on my wife's account".
_ANOTHER = re.compile(
    rf"\b(?:this is|it'?s|i'?m|i am|here is|here's)\s+(?:(?!(?:my|our|for|from|to|about|not)\b)\w+,?\s+)?(?:(?:only|just|actually)\s+)?(?:her|his|their|(?!(?:that|what|it|who|where)\b)[a-z]+'s)\s+{_KIN}\b(?!'s)"
    rf"|\b(?:her|his|their)\s+{_KIN}\s+(?:here|speaking|writing|typing|chatting|asking)\b"
    rf"|\b(?:i'?m|i am|this is)\s+(?:the\s+)?{_KIN}\s+of\s+(?:the\s+(?:account|customer|owner|person)|your customer)\b"
    r"|\b(?:i'?m|i am|this is)\s+not\s+(?:actually\s+)?(?:the\s+(?:account\s+)?(?:holder|owner|customer)|(?:her|him)(?:self)?\b)"
    rf"|\b(?:on behalf of|in the name of|instead of)\s+(?:my|her|his)\s+{_KIN}\b"
    rf"|\b(?:(?:calling|writing|chatting|texting|speaking|typing)\s+(?:you\s+)?(?:here\s+)?for)\s+(?:my|her|his)\s+{_KIN}\b(?!'s)"
    rf"|\b(?:this is|it'?s|(?:i'?m\s+|am\s+)(?:(?:logged|signed)\s+)?(?:in(?:to)?|on|using|with|in with))\s+(?:my|her|his)\s+{_KIN}'?s\s+(?:account|log-?in|profile)\b",
    re.IGNORECASE,
)
#: "It's me again, Maya", "Maya herself now", "I'm back".
_SELF = re.compile(
    r"\b(?:it'?s|this is) (?:really |now )?me\b|\b(?:her|him|my)self (?:here|now|again|speaking|writing)\b|\b(?:i'?m|i am|this is) the (?:account )?(?:holder|owner)\b"
    r"|\bthis is \w+ (?:now|again|herself|himself|speaking)\b",
    re.IGNORECASE,
)
#: The slot of who has proved where that they are the customer.
PROOF = "verified_customer_id"


def is_another(events: Iterable[Mapping[str, Any]], place: str) -> bool:
    """Say whether somebody who is not the customer writes at a place, and has not been let in by the customer's code since.

    Args:
        events: The session's events, the newest first.
        place: Where they write from; what was said elsewhere says nothing about who is here.
    """
    for event in events:
        if event.get("event") == "slot" and event.get("name") == PROOF and event.get("value"):
            return False
        if event.get("event") == "user" and _place_of(event) in (None, place):
            text = str(event.get("text") or "").replace("’", "'")
            if says_another(text):
                return True
            if _SELF.search(text):
                return False
    return False


def says_another(text: str) -> bool:
    """Say whether a text tells that somebody else than the customer writes."""
    return _ANOTHER.search(text.replace("’", "'")) is not None


def _place_of(event: Mapping[str, Any]) -> str | None:
    metadata = event.get("metadata") or {}
    return metadata.get("place") or metadata.get("channel")
