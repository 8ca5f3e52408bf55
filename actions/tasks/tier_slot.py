"""How the type of an account is read: by name, as the cheapest or best, or as "that one" right after it was asked about."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType, FollowupAction

from actions.address_target import is_negated
from actions.confirming import is_asking
from actions.context import TurnContext
from actions.slot_types import Answer, ChoiceSlot, meant_of
from actions.spoken_of import last_action
from actions.tasks.account_questions import FULLEST_GRATIS, tier_by_rank
from closer.customers.records import ACCOUNT_TYPES

_ABOUT_TIERS = re.compile(r"\b(?:tiers?|plans?|memberships?|account types?|types? of account)\b")
_FEW, _SOME = 5, 9
#: "ok switch me to that", "then i take it".
_TAKES = re.compile(
    r"\b(?:switch|change|upgrade|downgrade|move|put|bump) (?:me|my account|us)\b|\b(?:i'?ll|i|we'?ll|let'?s) (?:take|have|go (?:for|with)|want)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:that|this|it)(?: (?:one|tier|plan|level|type|membership))?\b", re.IGNORECASE
)
#: "The basic one", "one that costs nothing".
_GRATIS = re.compile(r"\b(basic one|(costs?|is) (nothing|free)|no (cost|fee))\b", re.IGNORECASE)
_STAYS = re.compile(r"\b(?:leave|keep|stay|remain)\b")
_COSTS_NOTHING = re.compile(r"\b(?:free of charge|for free|is it free|toll.?free)\b")


class TierSlot(ChoiceSlot):
    """One of the shop's tiers; another may be named until the change is confirmed."""

    def __init__(self) -> None:
        super().__init__({name: (name,) for name in reversed(ACCOUNT_TYPES)}, "account_type")
        self.correctable = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the tier that is wanted: in "from gold to free" the last, not the one left behind."""
        text = ctx.text.lower()
        to = re.search(
            rf"\b(?:to|into|for|with|go|be)\s+(?:an?\s+|the\s+)?({'|'.join(ACCOUNT_TYPES)})\b", text
        )
        if to:
            return to.group(1)
        ranked = _by_rank(ctx, text, asked=answer.asked) if not is_asking(ctx) else None
        if ranked and (answer.asked or ctx.intent == "switch_account"):
            return ranked
        named = [
            (found.start(), found.end(), found.group())
            for found in re.finditer(rf"\b(?:{'|'.join(ACCOUNT_TYPES)})\b", text)
            if not is_negated(text, found.start())
        ]
        if len(named) > 1 and (answer.asked or ctx.intent == "switch_account"):
            return str(meant_of(text, named))
        stays = ctx.slot("confirmed") is False and _STAYS.search(text)  # "no, leave it at pro"
        if not answer.asked and (stays or _COSTS_NOTHING.search(text)):
            return None
        return super().read(ctx, answer) or (None if answer.asked else tier_spoken_of(ctx))


def _by_rank(ctx: TurnContext, text: str, *, asked: bool) -> str | None:
    """Return the tier that an answer means without its name: the cheapest, the best, or the one asked about before."""
    if ranked := tier_by_rank(text):
        return ranked
    if asked and _GRATIS.search(text):
        return FULLEST_GRATIS
    short = len(text.split()) <= _FEW  # "which is the cheapest?", "ok, that one"
    return _named_before(ctx) if asked and short and _POINTS.search(text) else None


def tier_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Begin the change to the tier that few words choose right after the tiers were asked about: "the best one please"."""
    before = _asked_before(ctx)
    if ctx.customer_id is None or ctx.active_form:
        return None
    if _ABOUT_TIERS.search(before) and len(ctx.text.split()) <= _FEW:
        chosen = TierSlot().read(ctx, Answer(slot="account_type", asked=True))
    else:
        chosen = tier_spoken_of(ctx) if len(ctx.text.split()) <= _SOME else None
    if chosen is None:
        return None
    values = {"account_type": chosen}
    ctx.set("resuming", {"task": "switch_account", "values": values, "quiet": True})
    return [FollowupAction("switch_account_form")]


def _asked_before(ctx: TurnContext) -> str:
    """Return the message before this one."""
    return next((str(event.get("text") or "").lower() for event in ctx.said_before(2)), "")


def tier_spoken_of(ctx: TurnContext) -> str | None:
    """Return the tier that "that one" means: the only one that the message before asked about."""
    answered = last_action(ctx, "utter_faq", "action_submit_account_info")
    likely = ctx.intent in ("switch_account", "switch_channel") or (
        answered and _TAKES.search(ctx.text)
    )
    if not (likely and _POINTS.search(ctx.text)):
        return None
    return _named_before(ctx)


def _named_before(ctx: TurnContext) -> str | None:
    """Return the only tier that the message before this one asked about, by its name or its rank."""
    said = _asked_before(ctx)
    if ranked := tier_by_rank(said):
        return ranked
    named = {name for name in ACCOUNT_TYPES if re.search(rf"\b{name}\b", said)}
    return named.pop() if len(named) == 1 else None
