"""Questions about a task on the account while its yes is awaited: what it means, from when, what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.context import TurnContext
from closer.customers.records import ACCOUNT_TYPES
from closer.customers.tiers import TIERS, tier
from closer.kit.money import Money

Answers = Sequence[tuple[re.Pattern[str], str]]


def _answers(*pairs: tuple[str, str]) -> Answers:
    return [(re.compile(pattern, re.IGNORECASE), response) for pattern, response in pairs]


_WHEN = r"\b(when|right away|immediately|at once|straight ?away|how (long|soon|fast|quick\w*)|instantly|take effect)\b"
_WHAT = r"\b(what|which|everything|exactly|all of)\b"

CLOSING = _answers(
    (r"\b(come back|reopen|re-open|reactivat\w*|restore|undo|again|later|return|change my mind|revers\w*|get it back)\b", "utter_closing_back"),
    (r"\b(freez\w*|paus\w*|temporar\w*|suspend\w*|deactivat\w*|for a while)\b", "utter_closing_pause"),
    (r"\b(member\w*|tiers?|plan|benefits|gold|premium|platinum|pro)\b", "utter_closing_membership"),
    (r"\b(money|refund\w*|paid|pay|credits?|gift ?cards?|vouchers?|coupons?|points)\b", "utter_closing_money"),
    (r"\b(orders?|invoices?|receipts?|history|los[et]|everything gone)\b", "utter_closing_keeps"),
    (_WHEN, "utter_closing_when"),
    (r"\b(data|information|details|conversations?|addresses)\b", "utter_closing_data"),
)  # fmt: skip
ERASING = _answers(
    (_WHEN, "utter_erasing_when"),
    (r"\b(undo|take (it|that) back|change my mind|restore|come back|revers\w*)\b", "utter_erasing_when"),
    (rf"{_WHAT}.*\b(eras\w*|delet\w*|remov\w*|gone|go|stays?|kept|keep|data|lose|happens?|means?)\b", "utter_erasing_what"),
    (r"\b(invoices?|orders?|receipts?|history|addresses|conversations?|account)\b", "utter_erasing_what"),
)  # fmt: skip
EXPORT = _answers(
    (_WHEN, "utter_export_when"),
    (r"\b(pdf|csv|excel|json|format|file|zip|word)\b", "utter_export_format"),
    (rf"{_WHAT}.*\b(in it|copy|data|contain\w*|includ\w*|get|export\w*|about me)\b", "utter_export_what"),
)  # fmt: skip
NEWSLETTER = _answers(
    (r"\b(how (often|many|frequent\w*|regular\w*)|(is|does|do) it cost|what(?:'?s| is) (in|inside) it|what (?:do|will|would|kind of \w+ do|sort of \w+ do) (?:you|u) (?:send|write|put)|what(?:'?s| is) it about|free)\b(?!.*\b(orders?|deliver\w*|parcel|returns?)\b)", "utter_newsletter_info"),
)  # fmt: skip
_PAUSE = re.compile(r"\b(freez\w*|paus\w*|temporar\w*|suspend\w*|for a while)\b", re.IGNORECASE)
_YEARLY = re.compile(r"\b(year\w*|annual\w*|annum|12 months|twelve months)\b", re.IGNORECASE)
_COST = re.compile(
    r"\b(cost\w*|price\w*|how much|pay|charg\w*|fees?|expensive|free|month\w*|year\w*|annual\w*)\b",
    re.IGNORECASE,
)
_BENEFITS = re.compile(
    r"\b(what (do|does|would|will|else|is|are)\b.*\b(get|in (it|there)|bring|include|benefits?|perks?|advantages?|difference|for (it|that|this))"
    r"|benefits?|perks?|worth|what'?s (in|it for|the point)|why (would|should))\b",
    re.IGNORECASE,
)
#: The tiers that cost nothing and those that cost something, the fullest last.
_GRATIS = [name for name in ACCOUNT_TYPES if not TIERS[name].monthly.amount]
_PAYING = [name for name in ACCOUNT_TYPES if TIERS[name].monthly.amount]
FULLEST_GRATIS = _GRATIS[-1]
_LEAST = re.compile(
    r"\b(?:cheapest|lowest|least|least expensive|smallest|most basic)\b", re.IGNORECASE
)
_MOST = re.compile(
    r"\b(?:best|highest|biggest|fullest|dearest|most expensive|top (?:one|tier|plan|level))\b",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\b(?:{'|'.join(ACCOUNT_TYPES[1:])})\b", re.IGNORECASE)
_PAID = re.compile(
    r"\b(?:paid|paying|(?:not|isn'?t|isnt|aren'?t|non)[ -](?:the )?free|(?:costs?|that costs?|with a) (?:something|money|fee)|besides|apart from|except)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:differen\w+|compare[sd]?|comparison|versus|vs|better|which of)\b", re.IGNORECASE
)


def first_answer(ctx: TurnContext, answers: Answers) -> bool:
    """Say the answer to the first question that the message asks; False if it asks none of them."""
    found = next((response for pattern, response in answers if pattern.search(ctx.text)), None)
    if found is not None:
        ctx.say(found)
    return found is not None


def wants_pause(text: str) -> bool:
    """Say whether somebody would rather have the account asleep for a while than closed."""
    return _PAUSE.search(text) is not None


def tier_by_rank(text: str) -> str | None:
    """Return the tier that a superlative means where none is named: of the cheapest the fullest that costs nothing, unless a paid one is meant."""
    if _NAMED.search(text):
        return None  # "at least pro", "which is better, gold or premium?"
    if _LEAST.search(text):
        return _PAYING[0] if _PAID.search(text) else FULLEST_GRATIS
    return ACCOUNT_TYPES[-1] if _MOST.search(text) else None


def _about_ranks(ctx: TurnContext) -> bool:
    """Answer which tier is the cheapest or the fullest."""
    meant = tier_by_rank(ctx.text)
    if meant is None:
        return False
    found = tier(meant)
    if found.rank == len(ACCOUNT_TYPES) - 1:
        ctx.say("utter_tier_fullest", tier=meant, price=found.price, benefits=found.benefits)
        return True
    least = TIERS[_PAYING[0]]
    names = f"{', '.join(_GRATIS[:-1])} and {FULLEST_GRATIS}"
    ctx.say("utter_tier_cheapest", free=names, tier=least.name, price=least.price)
    return True


def about_tier(ctx: TurnContext, chosen: str | None) -> bool:
    """Answer what a tier costs and brings and from when: the one that the question names, or the chosen one."""
    text = ctx.text.lower()
    if _about_ranks(ctx):
        return True
    if _COMPARES.search(text):
        named = [n for n in ACCOUNT_TYPES if re.search(rf"\b{n}\b", text)]
        for each in named:
            ctx.say("utter_tier_brings", tier=each.capitalize(), benefits=tier(each).benefits)
        return bool(named)
    name = next((n for n in reversed(ACCOUNT_TYPES) if re.search(rf"\b{n}\b(?! of)", text)), chosen)
    if name is None:
        return False
    found, shown = tier(name), name.capitalize()
    if _YEARLY.search(text) and found.monthly.amount:
        yearly = str(Money(found.monthly.amount * 12, found.monthly.currency))
        ctx.say("utter_tier_costs_yearly", tier=shown, price=found.price, yearly=yearly)
    elif _COST.search(text):
        ctx.say("utter_tier_costs", tier=shown, price=found.price)
    elif _BENEFITS.search(text):
        ctx.say("utter_tier_brings", tier=shown, benefits=found.benefits)
    elif re.search(_WHEN, text):
        ctx.say("utter_tier_when")
    else:
        return False
    return True
