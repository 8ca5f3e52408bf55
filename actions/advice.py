"""Looking for products: what fits the customer's words, taste and budget; then others, and cheaper ones."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.product_cards import product_card
from actions.product_choice import chooses, chosen, named_among
from actions.product_slots import compared, focus_of, shown_before, without_small_words
from actions.stock_telling import say_what_there_is
from actions.waiting import begin_with
from closer.catalog.records import Product
from closer.catalog.words import SYNONYMS, price_limits, stem, words_of
from closer.conversations.turn import Card
from closer.kit.money import Money
from closer.recommendations.records import Recommendation

_SHOWN = 3
_TELLING = 2
_LOOKED_AT = 20
_CENT = Decimal("0.01")
_CHEAPER = re.compile(r"\b(?:cheaper|less expensive|lower price|cost less)\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:other|others|else|different|similar|comparable|along (?:those|these|the same) lines|more (?:of|like|options|choices?)|some more|none of (?:these|those|them))\b",
    re.IGNORECASE,
)
#: A wish of its own; "she likes cooking" goes on with the one before, and with its budget.
_ASKS = re.compile(
    r"\b(?:recommend|suggest|look(?:ing)? for|show|find|need|want|wanna|search|got any|do you (?:have|sell)|have you)\b",
    re.IGNORECASE,
)
#: Whose age is told is no word of what is looked for: "for my 6 year old nephew".
_AGE = re.compile(
    r"\b(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)[- ]?(?:years?|yrs?|months?|y)[- ]?olds?\b",
    re.IGNORECASE,
)
_CHILD = re.compile(
    r"\b(?:kids?|child(?:ren)?|toddler|nephew|niece|grand(?:son|daughter|child)|godchild|little (?:boy|girl|one))\b",
    re.IGNORECASE,
)
#: "For my dog", "to go with the sofa": what else is spoken of beside what is looked for.
_FOR_WHOM = re.compile(
    r"\b(?:for|with|like|to go with|because|since|as) (?:my|the|a|an|his|her|our|their|some|this|that|mum|mom|dad|i|we|he|she|they)\b[^,.;!?]*",
    re.IGNORECASE,
)
_GOES_ON = 3  # messages that a budget holds for

#: Another kind of thing rather than others of the kind shown.
_ELSE = re.compile(r"\b(?:some|any)thing (?:\w+ )?(?:else|different)\b", re.IGNORECASE)
#: What there is already is not looked for: "something else, she has enough gloves".
_OWNED = re.compile(r"\b(?:has|have|got|owns?|own)\b(?! you)[^,.;!?]*", re.IGNORECASE)


@dataclass(frozen=True)
class _Search:
    """What is looked for; `goes_on`: the most that it may cost is that of the wish before."""

    text: str | None
    category: str | None
    price_max: Decimal | None
    excluded: tuple[str, ...] = ()
    goes_on: bool = False


class Recommend(CloserAction):
    """`recommend_product`: ranked by what the customer and others bought, within what the message asks for."""

    action_name = "action_recommend"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Show up to three products with a reason each; they can then be named "the first one"."""
        shown = await shown_before(ctx)
        if shown and not ctx.active_form and _picks(ctx, shown):
            return begin_with(ctx, "product_info")
        if not ctx.active_form and await compared(ctx):
            return begin_with(ctx, "product_info")
        search = await _search(ctx, shown)
        found = await _found(ctx, search)
        if search.price_max is not None and await _told_prices(ctx, search, found):
            return []
        if await _told_better(ctx, search, found):
            return []
        if not found and search.goes_on:
            found = _cheapest(await _found(ctx, replace(search, price_max=None), _LOOKED_AT))
        if not found:
            _say_nothing_found(ctx, search, shown)
            return []
        ctx.set("last_products", [item.product.id for item in found])
        ctx.set("product_in_focus", found[0].product.id if len(found) == 1 else None)
        if len(found) == 1:
            ctx.offer("place_order_form", {"product_in_focus": found[0].product.id})
        else:
            ctx.set("pending_offer", None)
        ctx.say(
            "utter_what_there_is" if search.text else "utter_recommendations",
            cards=[_card(item) for item in found],
            reasons=_spoken(found),
            products=_spoken(found),
        )
        return []


async def _found(ctx: TurnContext, search: _Search, most: int = _SHOWN) -> list[Recommendation]:
    """Return what fits; where the words name a kind of thing, only that ("laptops" are no mice)."""
    found = await ctx.services.recommendations.recommend(
        ctx.customer_id,
        category=search.category,
        price_max=search.price_max,
        text=search.text,
        exclude=search.excluded,
        limit=_LOOKED_AT if search.text else _SHOWN,
    )
    said = _said(search.text)
    named = [item for item in found if said & {stem(w) for w in words_of(item.product.kind)}]
    heads = [item for item in named if _is_of_kind(item.product, said)]
    others = [] if search.excluded and search.text else found  # more of that kind, or nothing
    return [await _as_named(ctx, item, search) for item in list(heads or named or others)[:most]]


async def _as_named(ctx: TurnContext, item: Recommendation, search: _Search) -> Recommendation:
    """Return the variant of what is recommended that the words name: for a double bed, the double one."""
    family = [
        variant
        for variant in await ctx.services.catalog.variants(item.product.id)
        if variant.in_stock and variant.price.amount <= (search.price_max or variant.price.amount)
    ]
    text = price_limits(_AGE.sub(" ", ctx.text))[0]
    picked = named_among(text, family) if len(family) > 1 else []
    return item if item.product in picked or not picked else replace(item, product=picked[0])


def _cheapest(found: Sequence[Recommendation]) -> list[Recommendation]:
    return sorted(found, key=lambda item: item.product.price.amount)[:_SHOWN]


def _said(text: str | None) -> set[str]:
    """Return the stems of words and of others for the same."""
    said = {stem(word) for word in words_of(text or "")}
    return said | {stem(other) for word in said for other in SYNONYMS.get(word, ())}


def _is_of_kind(product: Product, said: Collection[str]) -> bool:
    """Whether a product is what words with these stems name; a phone case is no phone."""
    return stem(words_of(product.kind)[-1]) in said


async def _told_prices(ctx: TurnContext, search: _Search, found: Sequence[Recommendation]) -> bool:
    """Show what of the kind that is named costs so little, or the cheapest if nothing does, where nothing of it was found."""
    said = _said(search.text)
    if not search.text or any(_is_of_kind(item.product, said) for item in found):
        return False
    return await _shown_of_kind(ctx, search, said)


async def _told_better(ctx: TurnContext, search: _Search, found: Sequence[Recommendation]) -> bool:
    """Show what is of the very kind that is named where nothing found is: dog food, which somebody has, and no cat food."""
    if not search.text or search.excluded:
        return False
    said = _said(search.text)
    known = await ctx.services.catalog.search(search.text, in_stock=True, limit=_LOOKED_AT)
    best = max((_of_kind(product, said) for product in known), default=0)
    if best < _TELLING or any(_of_kind(item.product, said) >= best for item in found):
        return False
    say_what_there_is(ctx, [p for p in known if _of_kind(p, said) == best][:_SHOWN])
    return True


def _of_kind(product: Product, said: Collection[str]) -> int:
    """Return how many words of a product's kind are said, if all of them are."""
    kind = {stem(word) for word in words_of(product.kind)}
    return len(kind) if kind <= set(said) else 0


async def _shown_of_kind(ctx: TurnContext, search: _Search, said: Collection[str]) -> bool:
    """Show what of a kind costs so little, or the cheapest of it; say whether there is any."""
    known = await ctx.services.catalog.search(str(search.text), in_stock=True, limit=_LOOKED_AT)
    kind = [product for product in known if _is_of_kind(product, said)]
    kind = kind or (list(known) if search.goes_on else [])  # "he likes space", and what it may cost
    fitting = [p for p in kind if search.price_max and p.price.amount <= search.price_max]
    if fitting:
        say_what_there_is(ctx, fitting[:_SHOWN])
        if len({product.family for product in fitting[:_SHOWN]}) == 1:
            ctx.set("product_in_focus", fitting[0].id)
    elif kind and search.price_max:
        _say_none_so_cheap(ctx, kind, search.price_max)
    return bool(kind)


def _picks(ctx: TurnContext, shown: Sequence[Product]) -> bool:
    """Whether the words choose one of the products shown instead of looking for more."""
    return chooses(ctx.text) and not _OTHERS.search(ctx.text) and len(chosen(ctx.text, shown)) == 1


async def _search(ctx: TurnContext, shown: Sequence[Product]) -> _Search:
    """Return what is looked for: what the words name, or else more of what was shown."""
    text, lowest, highest = price_limits(_AGE.sub(" ", ctx.text))
    if highest is None and lowest is None:
        highest = _amount(ctx.entities("money"))
    before = _budget_before(ctx, shown) if highest is None and lowest is None else None
    words = " ".join(map(str, ctx.entities("product")))
    if words:  # "shoes for trail running"
        others = await ctx.services.catalog.naming_words(_FOR_WHOM.sub(" ", text))
        words = " ".join([words, *(word for word in others if word not in words_of(words))])
    words = words or await ctx.services.catalog.telling_words(without_small_words(text))
    category = ctx.services.catalog.match_category(
        " ".join(map(str, ctx.entities("category", "product"))) or without_small_words(text)
    )
    more = _CHEAPER.search(text) or _OTHERS.search(text)
    if shown and more and _OWNED.search(text):
        left = without_small_words(_OWNED.sub(" ", text))
        words = await ctx.services.catalog.telling_words(left)
    if shown and more and not words:
        like = await focus_of(ctx) or shown[0]
        if _CHEAPER.search(text) and highest is None:
            seen = [like] if await focus_of(ctx) else shown
            highest = min(product.price.amount for product in seen) - _CENT
        same_kind = len({product.kind for product in shown}) == 1 and not _ELSE.search(text)
        kind = like.kind if same_kind else None
        category_id = like.category if len({product.category for product in shown}) == 1 else None
        seen_ids = tuple(product.id for product in shown)
        return _Search(kind, category_id, highest or before, seen_ids)
    category_id = category.id if category else None
    if category_id is None and not words and (_CHILD.search(ctx.text) or _AGE.search(ctx.text)):
        category_id = "toys"
    return _Search(words or None, category_id, highest or before, goes_on=before is not None)


def _amount(found: Sequence[Any]) -> Decimal | None:
    """Return the first amount of some values of money."""
    amounts = [item["amount"] for item in found if isinstance(item, dict)]
    return Decimal(str(amounts[0])) if amounts else None


def _budget_before(ctx: TurnContext, shown: Sequence[Product]) -> Decimal | None:
    """Return what the wish that this message goes on with may cost."""
    if not shown or _ASKS.search(ctx.text):
        return None
    for heard, event in ctx.events_back(_GOES_ON):
        parsed = event.get("parse_data") or {}
        if heard < 2 or (parsed.get("intent") or {}).get("name") != "recommend_product":
            continue
        entities = parsed.get("entities") or []
        money = [item.get("value") for item in entities if item.get("entity") == "money"]
        limit = price_limits(str(event.get("text") or ""))[2] or _amount(money)
        if limit is not None:
            return limit
    return None


def _say_none_so_cheap(ctx: TurnContext, dearer: Sequence[Product], limit: Decimal) -> None:
    """Say that nothing of that kind costs so little, and show the cheapest."""
    cheapest = min(dearer, key=lambda product: product.price.amount)
    ctx.set("last_products", [cheapest.id])
    ctx.set("product_in_focus", cheapest.id)
    ctx.offer("place_order_form", {"product_in_focus": cheapest.id})
    ctx.say(
        "utter_none_so_cheap",
        cards=[product_card(cheapest)],
        limit=str(Money(limit)),
        product=cheapest.name,
        price=str(cheapest.price),
    )


def _say_nothing_found(ctx: TurnContext, search: _Search, shown: Sequence[Product]) -> None:
    if shown and search.excluded and _CHEAPER.search(ctx.text):
        cheapest = min(shown, key=lambda product: product.price.amount)
        ctx.say("utter_nothing_cheaper", product=cheapest.name, price=str(cheapest.price))
    elif search.excluded:
        ctx.say("utter_no_others")
    else:
        ctx.say("utter_nothing_to_recommend")


def _card(item: Recommendation) -> Card:
    return product_card(item.product, subtitle=item.reason)


def _spoken(found: Sequence[Recommendation]) -> str:
    return "; ".join(f"{item.product.name} for {item.product.price}" for item in found)
