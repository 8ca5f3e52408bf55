"""A wish that is named only to be refused: "don't cancel it, just tell me when it comes" cancels nothing."""

from __future__ import annotations

import re

from closer.orders.reasons import wants_replacement

#: The words for what a task does.
_DOES = {
    "cancel_order": r"cancel\w*|call (?:it|that|this) off",
    "get_refund": r"(?:(?:a|the|any|my) )?(?:refund\w*|money back)|return (?:it|them|this|that|anything)|send (?:it|them) back",
    "change_shipping_address": r"(?:chang\w*|updat\w*|touch|alter|edit) (?:(?:my|the|our|any|that) )?(?:\w+ )?ad+res+e?s?",
    "change_order": r"(?:chang\w*|alter|touch|modify) (?:(?:my|the|our|that) )?(?:order|anything in)",
    "delete_account": r"(?:delet\w*|clos\w*|remov\w*|cancel\w*) (?:(?:my|the|our) )?(?:account|profile)",
    "request_data_deletion": r"(?:delet\w*|eras\w*|wip\w*) (?:(?:my|the|our|any) )?(?:data|everything)",
    "switch_account": r"(?:upgrad\w*|downgrad\w*|switch\w*|chang\w* (?:my|the) (?:tier|plan|account|membership))",
    "create_account": r"(?:(?:an|another|any|new) )*(?:account|register|sign up)",
}
#: An order not to: "please don't cancel", "i said do not change ...".
_ORDERS_NOT = (
    r"(?:^|[.,;!:]\s*|\b(?:please|pls|plz|and|but|no|nope|so|just|said|again|ok|okay|oh|also|either|hey|hi)\s+)"
    r"(?:(?:please|pls|just|also|then|again)\s+)*(?:do not|don'?t|dont|never)\s+(?:you\s+(?:dare\s+)?)?(?:ever\s+|please\s+|go\s+|just\s+)?(?:{does})\b"
)
#: No wish for it: "i don't want to cancel", "not asking for a refund", "no refund please".
_WISHES_NOT = (
    r"(?:\b(?:do not|don'?t|dont|didn'?t|did not|never|no longer|not|wasn'?t|ain'?t)\s+(?:(?:actually|really|even|ever|at all|yet|say\w*|said)\s+)*"
    r"(?:want\w*|wanna|wish|need|ask\w*|after|trying|try|going|plan\w*|intend\w*|mean\w*|meant|looking|said|say|request\w*)\s+"
    r"(?:(?:you|to|for|make|get|have|do|be)\s+)*(?:{does})\b)|^\W*(?:no|without)\s+(?:{does})\b"
)
#: Nothing is refused: "why don't you cancel it", "why wasn't it cancelled".
_ASKS_WHY = re.compile(r"\bwhy\b|\bcan'?t you\b|\bif you (?:don'?t|do not)\b", re.IGNORECASE)
_REFUSALS = {
    task: re.compile(f"{_ORDERS_NOT}|{_WISHES_NOT}".replace("{does}", does), re.IGNORECASE)
    for task, does in _DOES.items()
}


#: What stays if a message says nothing but that it is to be kept.
_KEPT = {
    "cancel_order": "order",
    "delete_account": "account|profile|membership",
    "request_data_deletion": "data|information",
    "edit_account": r"(?:phone |mobile )?number|e-?mail(?: address)?|name|address",
    "switch_account": "tier|plan|account type|membership",
}
_KEEPS = {
    task: re.compile(
        r"\W*(?:(?:no|nope|wait|but|and|please|pls|just|actually|ok|okay|oh|rather|you can|i want to|i'd like to|i'll|let's)\W+)*"
        rf"(?:keep|leave) (?:my|the|our) (?:{what})(?: (?:as (?:it|they) (?:is|are)|open|there|then|please|though|alone|after all))*\W*",
        re.IGNORECASE,
    )
    for task, what in _KEPT.items()
}


#: "never mind the address", "forget about that refund".
_GIVES_UP = re.compile(
    r"\W*(?:(?:oh|ok(?:ay)?|no|actually|well|hm+|you know what|then|so|but|and|please)\W+)*(?:never ?mind|forget about)(?: about)?"
    r" (?:the|my|that|this|changing|about) (?:[\w'-]+ ?){1,2}(?: (?:then|please|now|for now|after all))*\W*",
    re.IGNORECASE,
)
#: What may stand beside a refusal that says nothing else.
_BESIDE = re.compile(
    r"(?:\W|\b(?:no|nope|nah|wait|please|pls|i|said|told|you|but|and|ok|okay|oh|hey|actually|it|that|this|them|anything|the|my|an?|any|orders?|at|all"
    r"|sorry|just|really|yet|now|thanks|thank)\b)*",
    re.IGNORECASE,
)


def gives_up(text: str) -> bool:
    """Say whether a text gives a task up by its name."""
    return _GIVES_UP.fullmatch(text) is not None


def only_refuses(task: str, text: str) -> bool:
    """Say whether a text says nothing but that what a task does is not wanted: "no i dont want to cancel!!"."""
    refusal = _REFUSALS.get(task)
    plain = text.replace("’", "'")
    if refusal is None or _ASKS_WHY.search(plain):
        return False
    rest, count = refusal.subn(" ", plain)
    return count > 0 and _BESIDE.fullmatch(rest) is not None


def refuses(task: str, text: str) -> bool:
    """Say whether a text names what a task does only to say that it is not wanted."""
    if task == "get_refund" and wants_replacement(text):
        return False  # "no refund, but a replacement" wants something after all
    refusal = _REFUSALS.get(task)
    plain = text.replace("’", "'")
    if task in _KEEPS and _KEEPS[task].fullmatch(plain):
        return True
    if refusal is None or _ASKS_WHY.search(plain):
        return False
    rest, count = refusal.subn(" ", plain)
    return count > 0 and re.search(rf"\b(?:{_DOES[task]})\b", rest, re.IGNORECASE) is None
