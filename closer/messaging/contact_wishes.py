"""Wishes not to be contacted any more, as people put them anywhere: which channel is meant, and whether it is only asked about.

`stop_words` judges text messages, where such a wish is the law's; here are the words of all channels.
"""

from __future__ import annotations

import re

_NOT = r"(?:do\s?n['o]?t|do not|never|no longer|not to|please not)"
_ME = r"(?:me|us|my\b|this number|our\b)"
_ANY = r"(?:(?:any|any more|anymore|more|further|these|those|the|your|all|marketing|promotional|advertising|automated)\s+){0,3}"
_GET = r"(?:(?:to\s+)?(?:get|receive|be sent|have)\s+)?"
#: A channel's verbs, what follows "stop" without "me", nouns, and what is done to people there.
_WORDS = {
    "sms": (
        r"(?:text|txt|sms|messag(?:e|ing)|text(?:ing)?|txt(?:ing)?|msg(?:ing)?)",
        r"(?:text|txt|messag|msg)ing",
        r"(?:texts?|text messages?|sms(?:es)?|txts?|msgs?|messages to my (?:phone|mobile|cell))",
        r"(?:texted|messaged|sent (?:texts?|sms))",
    ),
    "voice": (
        r"(?:call(?:ing)?|phon(?:e|ing)|ring(?:ing)?)",
        r"(?:call|phon|ring)ing",
        r"(?:(?:phone |cold )?calls|calling|phone ?calls?)",
        r"(?:called|phoned|telephoned|rung(?: up)?)",
    ),
    "email": (
        r"(?:e-?mail(?:ing)?|mail(?:ing)?)",
        r"e-?mailing|mailing",
        r"(?:e-?mails?|mails?|mailings?)",
        r"(?:e-?mailed|mailed|sent (?:e-?)?mails?)",
    ),
}
_EVERYWHERE = r"(?:contact(?:ing)?|bother(?:ing)?|spam(?:ming)?|writ(?:e|ing) to|pester(?:ing)?|harass(?:ing)?)"
_FROM_ALL = re.compile(
    r"\b(?:unsubscribe|opt(?:ing)?|take|remove|get)\s+(?:me\s+|us\s+)?(?:out\s+)?(?:of|from|off)\s+(?:absolutely\s+)?(?:everything"
    r"|all(?:\s+of)?(?:\s+(?:it|them|(?:your\s+|these\s+|the\s+)*(?:lists?|messages|marketing|communications?|things?)))?\W*$)"
    rf"|\b{_NOT}\s+(?:ever\s+)?(?:want|wish|like)\s+to\s+(?:ever\s+)?be\s+(?:contacted|bothered|written to)\b"
)
#: Takes an opt-out back: "start texting me again".
_AGAIN = re.compile(
    r"\b(?:again|back (?:on|in)|resume|restart|start(?:ing)?|re-?subscribe|re-?enable|opt(?:ing)? (?:me |us )?(?:back )?in|(?:turn|switch)\b.{0,30}\bon|allow)\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    rf"\b(?:{_NOT}|not|stop\w*|no|quit|cease|without|unsubscribe|enough|tired|sick)\b|n't\b",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"\b(?:but|and)\s+(?:still\s+)?(?:keep|leave|i (?:still )?want|do send)\b.*", re.IGNORECASE
)
#: A condition, a story or the contrary of an opt-out.
_NOT_MEANT = re.compile(
    rf"\b(?:{_NOT}|did\s?n'?t)\s+(?:ever\s+)?stop\b|\b(?:until|unless|before|if)\b.{{0,40}}\b(?:order|parcel|package|delivery|arrives?|ships?)\b"
    r"|\b(?:instead|rather) of (?:calling|texting|e?-?mailing)\b|\bcancel\b.{0,20}\b(?:call|appointment|callback)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^\W*(?:(?:so|and|but|ok|okay|hi|hello|hey|well|sorry|excuse me|please)\W+)*", re.IGNORECASE
)
_ASKS = re.compile(
    r"(?:how|what|why|who|when|where|which|whose)\b|(?:does|do|did|is|are|was|were|am|if)\s+(?!not\b)"
    r"|(?:can|could|may|will|would|should|shall)\s+(?!(?:you|u|ya|somebody|someone|not)\b)",
    re.IGNORECASE,
)
#: "Could you end it?", and with the beginning left out "take me off the list?".
_REQUEST = re.compile(
    r"(?:can|could|will|would)\s+(?:you|u|ya|somebody|someone)\b|(?:take|remove|unsubscribe|stop|end|cancel|sign|put|add)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")


def unwanted_channels(text: str) -> tuple[str, ...]:
    """Return the channels on which somebody does not want to be contacted any more: `sms`, `voice`, `email`; or none."""
    said = _KEPT.sub("", " ".join(text.lower().replace("’", "'").split()))
    if _NOT_MEANT.search(said):
        return ()
    named = tuple(channel for channel, words in _WORDS.items() if _unwanted(said, *words))
    if _FROM_ALL.search(said):
        return tuple(_WORDS)
    if named or not re.search(
        rf"\b(?:stop|quit|cease|{_NOT})\s+(?:ever\s+)?{_EVERYWHERE}\s+{_ME}", said
    ):
        return named
    return tuple(_WORDS)


def allows_again(text: str) -> bool:
    """Say whether somebody takes back that they are not to be contacted."""
    return _AGAIN.search(text) is not None and _REFUSES.search(text.replace("’", "'")) is None


def only_asks(text: str) -> bool:
    """Say whether a text only asks: "how do I leave the newsletter?" is no order to end it, "could you end it?" is one."""
    sentences = [_POLITE.sub("", part) for part in _SENTENCE.split(text.strip())]
    sentences = [part for part in sentences if any(letter.isalnum() for letter in part)]
    return bool(sentences) and all(_is_question(part) for part in sentences)


def _is_question(sentence: str) -> bool:
    if _ASKS.match(sentence):
        return True
    return sentence.rstrip().endswith("?") and not _REQUEST.match(sentence)


def _unwanted(said: str, verbs: str, doing: str, nouns: str, passive: str) -> bool:
    return any(
        re.search(pattern, said)
        for pattern in (
            rf"\b(?:stop|quit|cease|{_NOT})\s+(?:ever\s+)?{verbs}\s+{_ME}",
            rf"\b(?:stop|quit|cease|end|{_NOT}\s+(?:want|like|wish|need|send))\s+(?:sending\s+)?(?:me\s+|us\s+)?{_GET}{_ANY}{nouns}\b",
            rf"\b(?:stop|quit|cease)\s+(?:\w+ing\s+and\s+)?(?:{doing})\b",
            rf"\bno more\s+(?:of (?:these|your|those)\s+)?(?:marketing\s+|automated\s+)?{nouns}\b",
            rf"\b(?:unsubscribe|opt(?:ing)?|take|remove|get)\s+(?:me\s+|us\s+|my \w+\s+)?(?:out\s+)?(?:of|from|off)\s+{_ANY}{nouns}\b",
            rf"\b(?:turn|switch)\s+(?:off\s+{_ANY}{nouns}|{_ANY}{nouns}\s+(?:\w+\s+)?off)\b",
            rf"\b{_NOT}\s+(?:ever\s+)?(?:want|like|wish|need)\s+(?:you\s+)?to\s+(?:ever\s+)?be\s+{passive}",
            rf"\b(?:want|like|wish)\s+(?:you\s+)?to\s+stop\s+{verbs}\s+{_ME}|\benough\s+(?:with|of)\s+{_ANY}{nouns}\b",
        )
    )
