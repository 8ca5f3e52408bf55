"""Reading which product is meant, what is spoken of, and showing products."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.bought import likeness
from actions.context import TurnContext
from actions.goods_named import of_the_same_name, only_one_named, surely_meant
from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from actions.product_cards import product_button
from actions.product_choice import (
    chooses,
    chosen,
    compared_names,
    compares,
    named_among,
    places_in_list,
)
from actions.shopping_list import further_thing
from actions.slot_types import Answer, Filled, Invalid, SlotType
from closer.catalog.records import Match, Product
from closer.catalog.spelled import spelled_as
from closer.catalog.words import words_of

_THAT = re.compile(r"\b(it|that( one)?|this( one)?|them|these|those)\b", re.IGNORECASE)
_SURE = 0.6
#: Intents whose messages name no product, even where one was asked for.
_NO_NAME = frozenset(
    {"stop", "deny", "affirm", "thank", "greet", "goodbye", "contact_human_agent", "help", "repeat"}
)
_SURELY = 0.8
_FAR = 0.2
#: What stands before goods that are not meant.
_UNMEANT = re.compile(
    r"\b(?:not|no|instead of|rather than|except|skip|without|forget|drop|remove)\s+(?:(?:the|an?|that|this|those|these|my)\s+)?$",
    re.IGNORECASE,
)
#: What is bought is what the bag holds: "two bags of dog food".
_HELD_IN = re.compile(r" of (?!the same|them|those|these|it\b)[a-z]", re.IGNORECASE)
#: Intents whose messages may name a product, however sure they are.
_ABOUT_GOODS = frozenset(
    "product_info check_stock place_order recommend_product change_cart change_order out_of_scope repeat".split()
)
_OFFERED = 4
_COMPARED = 3
_SMALL_WORDS = frozenset(
    """a about an and any anything are available availability bag basket big buy can cart carts check checkout could cost
    costs customer detail details do does for from get give go got great has have hello hey hi how i i'd i'll i'm if in
    info information interested into is it left like long look looking may me more much my need now of on one ones or
    order out please pls price prices purchase put remaining sell send should show size so some still stock take tell
    than thanks thank that the there these they this to today trolley two three u ur us want wanna wants was we what
    what's whats when where which will with would you your back again i've im buying ordering me pieces piece pcs x
    times another new stick pop throw pair couple""".split()
)


class ProductSlot(SlotType):
    """A product of the shop: by its name, its number, or as one of those shown before."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a product's id, the customer's words for it, or the words that choose among those shown."""
        found = _named(ctx)
        if answer.asked and found is None and _surely_elsewhere(ctx):
            return None
        if ctx.slot("requested_slot") == "product_variant" and further_thing(ctx) is not None:
            return None  # it is bought after this one
        if ctx.slot("last_products") and (chooses(ctx.text) or (answer.asked and not found)):
            return {"choosing": ctx.text, "named": found}
        if found:
            return str(found)
        if not answer.asked and _THAT.search(ctx.text):
            return {"spoken_of": spoken_of(ctx)} if spoken_of(ctx) else None
        return (ctx.text.strip() or None) if answer.asked and ctx.intent not in _NO_NAME else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a product that is surely meant; have the likeliest ones asked for otherwise."""
        if isinstance(value, dict):
            if "spoken_of" in value:  # a choice of variants that is open stays open
                return Filled(await self._narrowed(ctx) or value["spoken_of"])
            return await self._choose(ctx, value)
        words = await self._whole_name(ctx, str(value))
        if ctx.slot("last_products") and await only_describes(ctx, words):
            return await self._choose(ctx, {"choosing": ctx.text, "named": words})
        if len(words.split()) == 1 and await only_describes(ctx, words):  # "black": of what?
            return self._unclear(ctx, await ctx.services.catalog.search(words, limit=_OFFERED))
        return await self._name(ctx, words)

    @staticmethod
    async def _narrowed(ctx: TurnContext) -> str | None:
        """Narrow the open choice of variants by what the words name of them: "is it there in black"."""
        shown = await shown_before(ctx)
        picked = named_among(ctx.text, shown) if len(shown) > 1 else []
        if not picked or len(picked) == len(shown):
            return None
        put_in_focus(ctx, picked[0], picked)
        return picked[0].id

    async def _choose(self, ctx: TurnContext, value: dict[str, Any]) -> Filled | Invalid:
        """Take what is chosen among the products shown; when asked for a product, another may be named, too."""
        shown = await shown_before(ctx)
        picked = await chosen_of_shown(ctx, value["choosing"], shown)
        if len(picked) == 1:
            put_in_focus(ctx, picked[0], picked)
            return Filled(picked[0].id)
        asked = ctx.slot("requested_slot") == "product"
        refusing = ctx.intent in ("stop", "deny", "help", "repeat")
        if refusing or (not asked and ctx.slot("product") is not None):
            return Filled(ctx.slot("product"))
        if picked:
            return self._unclear(ctx, picked)
        words = str(value["named"] or without_small_words(value["choosing"]))
        if shown and await only_describes(ctx, words):
            return self._unclear(ctx, shown)  # nothing of what was shown is blue
        if not asked and not value["named"]:
            return Filled(None)
        return await self._name(ctx, str(value["named"] or value["choosing"]))

    @staticmethod
    async def _whole_name(ctx: TurnContext, words: str) -> str:
        """Return words with those before them where these name goods far more surely: of "the Stride 2 shoes" only "shoes" was seen."""
        wider = _with_words_before(ctx.text, words)
        whole = await ctx.services.catalog.match(wider) if wider else None
        if whole is None or whole.confidence < _SURELY:
            return words
        alone = await ctx.services.catalog.match(words)
        return wider if whole.confidence > (alone.confidence if alone else 0) + _FAR else words

    async def _name(self, ctx: TurnContext, words: str) -> Filled | Invalid:
        match = await ctx.services.catalog.match(words)
        if match is None:
            alike = await ctx.services.catalog.search(words, limit=3) if words else []
            return self._unclear(ctx, alike) if alike else Invalid("utter_product_not_found")
        if match.confidence < _SURE and match.others and not only_one_named(words, match):
            return self._unclear(ctx, [match.product, *match.others])
        if alike := of_the_same_name(words, match):
            return self._unclear(ctx, alike)
        if (before := ctx.slot("product")) and await self._same_thing(ctx, before, match, words):
            return Filled(before)
        return Filled((await settle(ctx, match.product, words)).id)

    @staticmethod
    async def _same_thing(ctx: TurnContext, before: str, match: Match, words: str) -> bool:
        """Whether words only name again what is chosen already: "one more candle" leaves it fig."""
        family = await ctx.services.catalog.variants(match.product.id)
        return before in {v.id for v in family} and not named_among(f"{words} {ctx.text}", family)

    def spoken(self, value: Any) -> str:
        """Return nothing: what follows names the product."""
        return ""

    def _unclear(self, ctx: TurnContext, likely: Sequence[Product]) -> Filled | Invalid:
        """Have the question name what may be meant; the same ones twice are no answer."""
        ids = [product.id for product in likely[:_OFFERED]]
        data = ctx.slot("task_data") or {}
        if data.get("choices") == ids:
            return Invalid("utter_invalid_value")
        ctx.set("task_data", {**data, "choices": ids})
        ctx.set("last_products", ids)
        ctx.set("product_in_focus", None)
        return Filled(None)


def _named(ctx: TurnContext) -> str | None:
    """Return the first of the goods named that is meant: "not the kite, the train set"."""
    places = ctx.places("product")
    meant = [
        value
        for start, end, value in places
        if not (_UNMEANT.search(ctx.text[:start]) or _HELD_IN.match(ctx.text[end:]))
    ]
    return str(meant[0]) if meant else None


def _with_words_before(text: str, words: str) -> str:
    """Return words with the two that stand before them in a text; nothing if they do not stand there."""
    at = text.casefold().find(words.casefold())
    return " ".join([*text[: max(at, 0)].split()[-2:], words]) if at > 0 else ""


def _surely_elsewhere(ctx: TurnContext) -> bool:
    """Whether a message that names no product is surely about something else: "how do i pay"."""
    other = TASK_OF_INTENT.get(ctx.intent) or (ctx.intent if ctx.intent in DIGRESSIONS else None)
    return other is not None and other not in _ABOUT_GOODS and ctx.confidence >= _SURELY


async def settle(ctx: TurnContext, product: Product, words: str) -> Product:
    """Put the product that words mean in focus: one variant, or, where they leave a choice, all that can be had."""
    family = await ctx.services.catalog.variants(product.id)
    if words in (product.id, product.sku):
        open_ones = [product]
    else:
        named = named_among(f"{words} {ctx.text}", family) if len(family) > 1 else [product]
        can_be_had = [variant for variant in named or family if variant.in_stock]
        open_ones = can_be_had or named or [product]
    meant = product if product in open_ones else open_ones[0]
    put_in_focus(ctx, meant, open_ones)
    return meant


def put_in_focus(ctx: TurnContext, product: Product, among: Sequence[Product]) -> None:
    """Remember what is spoken of, and which variants of it are still to choose from."""
    ctx.set("product_in_focus", product.id)
    ctx.set("last_products", [variant.id for variant in among])


def spoken_of(ctx: TurnContext) -> str | None:
    """Return the product that "it" means, if there is just one."""
    shown: list[str] = ctx.slot("last_products") or []
    return ctx.slot("product_in_focus") or (shown[0] if len(shown) == 1 else None)


async def shown_before(ctx: TurnContext) -> list[Product]:
    """Return the products shown last, in order."""
    ids: list[str] = ctx.slot("last_products") or []
    return list((await ctx.services.catalog.get_many(ids)).values()) if ids else []


async def chosen_of_shown(ctx: TurnContext, text: str, shown: Sequence[Product]) -> list[Product]:
    """Return what words choose of the products shown, or else of their variants."""
    family: list[Product] = []
    for product in shown:
        family += [v for v in await ctx.services.catalog.variants(product.id) if v not in family]
    picked = chosen(text, shown if len(shown) > 1 else family, await focus_of(ctx))
    if len(picked) == 1 and len(shown) > 1:  # "the cheaper one, in blue"
        own = [variant for variant in family if variant.family == picked[0].family]
        narrowed = named_among(text, own)
        return picked if picked[0] in narrowed else narrowed or picked
    return picked or named_among(text, family)


async def compared(ctx: TurnContext) -> list[Product]:
    """Return the products that a text compares: those it names, or else those of what was shown; none if it compares nothing."""
    named: dict[str, Product] = {}
    for part in compared_names(ctx.text):
        telling = (await ctx.services.catalog.telling_words(without_small_words(part))).split()
        words = " ".join(w for w in words_of(part) if w in telling or (telling and w.isdigit()))
        if words:
            meant = await surely_meant(ctx, words)
            if meant is not None:
                named.setdefault(meant.family, meant)
    if len(named) > 1:
        return list(named.values())
    shown = await shown_before(ctx) if compares(ctx.text) else []
    places = [p for p in places_in_list(ctx.text) if -len(shown) <= p < len(shown)]
    chosen_ones = [shown[place] for place in dict.fromkeys(places)]
    families = {product.family for product in shown}
    if named and not families & named.keys():
        return []
    return chosen_ones if len(chosen_ones) > 1 else shown[:_COMPARED] if len(shown) > 1 else []


async def only_describes(ctx: TurnContext, words: str) -> bool:
    """Whether words say what a product is like ("blue") and not which it is."""
    match = await ctx.services.catalog.match(words)
    if match is None or words in (match.product.id, match.product.sku):
        return False
    title = match.product.name.partition(",")[0]
    return not likeness(title, spelled_as(words, set(words_of(title))))


async def focus_of(ctx: TurnContext) -> Product | None:
    """Return the product that is spoken of."""
    product_id = ctx.slot("product_in_focus")
    found = await ctx.services.catalog.get_many([product_id]) if product_id else {}
    return next(iter(found.values()), None)


def is_settled(ctx: TurnContext, product_id: str) -> bool:
    """Say whether it is clear which variant of a product is meant."""
    shown: list[str] = ctx.slot("last_products") or []
    return product_id not in shown or len(shown) == 1


class AskProduct(CloserAction):
    """Asks which product, offering the likely ones if there are some."""

    action_name = "action_ask_product"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer what the words may have meant."""
        ids: list[str] = (ctx.slot("task_data") or {}).get("choices") or []
        likely = list((await ctx.services.catalog.get_many(ids)).values())
        if likely:
            ctx.say("utter_which_product", buttons=[product_button(item) for item in likely])
        else:
            ctx.say("utter_ask_product")
        return []


def without_small_words(text: str) -> str:
    """Return what may name a product in a sentence: the words that are not about asking and buying."""
    return " ".join(
        word for word in re.findall(r"[\w.'-]+", text) if word.lower() not in _SMALL_WORDS
    )
