"""Which of the goods a message means that hardly names them: a mere name, or "them"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from actions.bought import named_surely
from actions.context import TurnContext
from actions.talk import in_talk
from closer.catalog.records import Match, Product
from closer.catalog.words import NOISE, SYNONYMS, stem, words_of
from closer.kit.errors import NotFound

_FEW = 6
_SURE = 0.6


async def only_names_goods(ctx: TurnContext) -> bool:
    """Say whether all that is said names one of the shop's goods: "jump rope", "a jump rope please"."""
    catalog = ctx.services.catalog
    said = [word for word in words_of(ctx.text) if word not in NOISE and not word.isdigit()]
    if not said or len(words_of(ctx.text)) > _FEW:
        return False
    if (await catalog.telling_words(" ".join(said))).split() != said:
        return False
    return await surely_meant(ctx, " ".join(said)) is not None


async def surely_meant(ctx: TurnContext, words: str) -> Product | None:
    """Return the one of the shop's goods that words name, if they surely name one."""
    match = await ctx.services.catalog.match(words)
    return match.product if match is not None and match.confidence >= _SURE else None


async def names_beside(ctx: TurnContext, words: str, known: Iterable[Product]) -> bool:
    """Say whether words hold any that goods are called by, and that neither the goods known nor their variants are."""
    own: set[str] = set()
    for product in known:
        family = await ctx.services.catalog.variants(product.id)
        own |= {stem(word) for each in family for word in words_of(f"{each.name} {each.kind}")}
    own |= {other for word in own for other in SYNONYMS.get(word, ())}
    named = {stem(word) for word in await ctx.services.catalog.naming_words(words)}
    return any(word not in own and own.isdisjoint(SYNONYMS.get(word, ())) for word in named)


async def names_others(ctx: TurnContext, known: Iterable[Product]) -> bool:
    """Say whether a message surely names goods that are of none of the families known."""
    name = ctx.entity("product")
    meant = await surely_meant(ctx, str(name)) if name is not None else None
    return meant is not None and meant.family not in {product.family for product in known}


async def product_in_talk(ctx: TurnContext) -> str | None:
    """Return the product of the only thing that the task in progress, or the order in talk, is about: "do you have them in 41"."""
    waiting = [item for item in ctx.slot("interrupted") or [] if "slots" in item]
    slots = waiting[-1]["slots"] if waiting else {}
    order_id = slots.get("order_id") or in_talk(ctx).get("order_id")
    if ctx.customer_id is None or order_id is None:
        return None
    try:
        order = await ctx.services.orders.find(ctx.customer_id, str(order_id))
    except NotFound:
        return None
    lines = _lines(slots.get("item")) or in_talk(ctx).get("lines")
    meant = [item for item in order.items if not lines or item.line in lines]
    return meant[0].product_id if len(meant) == 1 else None


def _lines(item: Any) -> list[int]:
    """Return the lines that a task is about, as a change or a refund holds them."""
    if isinstance(item, dict):
        return [int(item.get("line") or 0)]
    chosen = str(item or "").rpartition(":")[2]
    return [int(line) for line in chosen.split(",") if line.isdigit()]


def only_one_named(words: str, match: Match) -> bool:
    """Whether words, misspelt as they may be, call by its name just the first of the goods that they may mean."""
    product, family = match.product, match.product.family
    others = [other for other in match.others if other.family != family]
    return named_surely(words, product.name) and not any(
        named_surely(words, other.name) for other in others
    )


def of_the_same_name(words: str, match: Match) -> list[Product]:
    """Return what words may mean where they are as much the name of other goods: "the vista monitor"."""
    product = match.product
    said = {stem(word) for word in words_of(words)} & _title(product)
    if not said - {stem(word) for word in words_of(product.kind)}:
        return []
    alike = [o for o in match.others if o.family == product.family or said <= _title(o)]
    return [product, *alike] if any(o.family != product.family for o in alike) else []


def _title(product: Product) -> set[str]:
    return {stem(word) for word in words_of(product.name.partition(",")[0])}
