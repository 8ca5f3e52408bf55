"""Words that steer consent on phones: STOP, START, HELP and their like, and an opt-out in a person's own words.

The single words are those that Twilio and the carriers know (any case, nothing else in the message): they act on them by
themselves and still hand them to us. 47 CFR 64.1200(a)(10) wants any other reasonable wording honoured too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from closer.messaging.contact_wishes import allows_again, only_asks

STOP = frozenset({"stop", "unsubscribe", "end", "quit", "stopall", "revoke", "optout", "cancel"})
START = frozenset({"start", "unstop"})
YES = "yes"  # an opt-in only for who left by such a word; else it is an answer
HELP = frozenset({"help", "info"})
_PHRASES = frozenset({"stop all", "opt out", "opt-out", "stop please", "please stop"})
#: What means START from somebody who left by such words.
_BACK = frozenset(
    {"opt in", "opt me in", "optin", "resume", "restart", "start again", "resubscribe", "subscribe"}
)

Kind = Literal["stop", "start", "help"]

_NOT = r"(?:not|n['’]?t|never|no longer)"
_MESSAGES = r"(?:texts?|text messages?|messages?|sms(?:es)?|msgs?|txts?)"
_TEXTING = (
    r"(?:text(?:ing)?|messag(?:e|ing)|contact(?:ing)?|sms(?:ing)?|txt(?:ing)?|msg(?:ing)?|writ(?:e|ing)(?: to)?"
    r"|bother(?:ing)?|spam(?:ming)?)"
)
_SENDING = rf"send(?:ing)? (?:me |us |out )?(?:any |any more |anymore |more |these |those |this |the |your )*{_MESSAGES}"
_OPT_OUT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:stop|quit|cease)\s+(?:{_TEXTING}\s+(?:me|us|this number|my (?:number|phone|cell))|{_SENDING})\b",
        rf"\bstop\s+(?:all\s+)?(?:(?:these|those|the|your|further|any)\s+)*{_MESSAGES}\b(?!\s+(?:about|from reaching))",
        rf"\b(?:do|would|could|will)\s?{_NOT}\s+(?:ever\s+)?(?:{_TEXTING}\s+(?:me|us|this number|my (?:number|phone))|{_SENDING})\b",
        rf"\b(?:could|can|would|will)\s+you\s+(?:please\s+)?not\s+(?:{_TEXTING}\s+(?:me|us|this number)|{_SENDING})\b",
        r"\bstop\s+(?:the\s+)?(?:texting|messaging|spamming)\W*$",
        rf"\benough\s+(?:with|of)\s+(?:the|these|your|all)\s+{_MESSAGES}\b",
        rf"\bno\s+longer\s+(?:want|wish|like)\s+(?:to\s+(?:get|receive|have)\s+)?(?:any|these|those|your)?\s*{_MESSAGES}\b",
        rf"\bnever\s+(?:{_TEXTING}\s+(?:me|us|this number)|{_SENDING})\b",
        rf"\bno\s+more\s+{_MESSAGES}\b",
        rf"\bdo\s?{_NOT}\s+(?:want|wish|like)\s+(?:to\s+(?:get|receive|have)\s+)?(?:any\s?more|any|more|further|these|those|your|to get)?\s*"
        rf"(?:of\s+(?:these|your)\s+)?{_MESSAGES}\b",
        rf"\bdo\s?{_NOT}\s+(?:want|wish|like)\s+(?:you\s+)?to\s+be\s+(?:texted|contacted|messaged)\b",
        r"\b(?:take|get|remove|delete)\s+(?:me|us|my\s+(?:number|phone(?:\s+number)?|cell))\s+(?:off|from|out)\b.{0,24}"
        r"\b(?:list|texts?|messages?|sms|system)\b",
        r"\bremove\s+(?:my|this)\s+(?:number|phone(?:\s+number)?)(?:\s+please)?\s*[.!]*$",
        r"\bunsubscribe\s+(?:me|us|my\s+(?:number|phone))(?!.*\b(?:newsletter|e-?mails?|mails?)\b)",
        rf"\bunsubscribe\s+(?:me\s+|us\s+)?from\s+(?:your\s+|these\s+|the\s+|all\s+|any\s+)*{_MESSAGES}\b",
        rf"\bopt(?:ing)?\s+(?:me\s+)?out\s+(?:of|from)\s+(?:your\s+|these\s+|all\s+|the\s+|any\s+)*{_MESSAGES}\b|\bopt\s+me\s+out\b(?!\s+of)",
        r"\b(?:lose|forget|delete)\s+(?:my|this)\s+number\b",
        r"\bi\s+(?:revoke|withdraw)\s+(?:my\s+)?consent\b.{0,40}(?:text|message|sms|contact|$)",
        r"^\W*(?:please\s+)?leave\s+me\s+alone\W*$",
        r"^\W*(?:please\s+)?(?:just\s+)?stop(?:\s+(?:it|this|now|already|please))+\W*$",
        r"^\W*(?:please\s+)?unsubscribe(?:\s+please)?\W*$",
        r"^\W*s+t+o+p+\W*$",
        r"^\W*(?:please\s+)?(?:just\s+)?(?:remove|unlist)\s+(?:me|us)(?:\s+(?:now|please|from this))*\W*$",
        rf"\bi\s+(?:never|did\s?{_NOT})\s+(?:sign(?:ed)?\s+up|subscribed?|agreed?|consent(?:ed)?|asked?)\s+(?:for|to)\s+"
        rf"(?:(?:get|receive)\s+)?(?:this|these|any of (?:this|these)|(?:your\s+)?{_MESSAGES})\W*$",
    )
)
#: It is about something else, or it is asked rather than wanted.
_NOT_MEANT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:do|did|would|could)\s?{_NOT}\s+(?:ever\s+)?stop\b",
        rf"\b(?:why|when|who)\b.{{0,30}}\b(?:{_TEXTING}|{_MESSAGES}|stop)\b.{{0,60}}\?",
        r"\b(?:until|unless|before|if)\b.{0,40}\b(?:order|parcel|package|delivery|arrives?|ships?|stock)\b",
    )
)


@dataclass(frozen=True)
class Steering:
    """What a message says about consent.

    Attributes:
        kind: `stop`, `start` or `help`.
        by_carrier: Whether it is one of the words that the carrier answers by itself.
    """

    kind: Kind
    by_carrier: bool


def steering(text: str, *, opted_out: bool, vendor_says: str = "") -> Steering | None:
    """Return what a message says about consent, or None if it is for the dialogue.

    Args:
        text: The whole message.
        opted_out: Whether its sender has left by one of these words: then YES means "start again".
        vendor_says: The vendor's own verdict (`OptOutType`), which it acted on.
    """
    if vendor_says.lower() in ("stop", "start", "help"):
        kind: Kind = vendor_says.lower()  # type: ignore[assignment]
        return Steering(kind, by_carrier=True)
    exact = text.strip().lower()
    said = " ".join(re.sub(r"[^\w\s-]", " ", exact).split())
    if said in STOP or said in _PHRASES:
        return Steering("stop", exact in STOP)
    if said in START or (opted_out and (said == YES or _wants_back(said))):
        return Steering("start", exact in START or exact == YES)
    if said in HELP:
        return Steering("help", exact in HELP)
    return Steering("stop", by_carrier=False) if wants_out(text) else None


def _wants_back(said: str) -> bool:
    """Say whether somebody who left wants to be written to again."""
    if said in _BACK:
        return True
    about_texts = re.search(rf"\b(?:{_MESSAGES}|{_TEXTING})\b", said) is not None
    return about_texts and allows_again(said) and not only_asks(said)


def wants_out(text: str) -> bool:
    """Say whether somebody asks in their own words not to be written to any more; who only asks how is to be answered."""
    said = " ".join(text.replace("’", "'").split())
    if any(pattern.search(said) for pattern in _NOT_MEANT):
        return False
    return any(pattern.search(said) for pattern in _OPT_OUT) and not only_asks(said)
