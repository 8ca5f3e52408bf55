"""Several things in one purchase: those that are settled wait in the basket while the choice of the next is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actions.basket_pieces import RATHER, counted, is_off, taken_off
from actions.bought import KEPT, named_surely
from actions.cart_slots import spoken_goods
from actions.change_words import kind_in, number_in
from actions.context import TurnContext
from actions.goods_named import surely_meant
from actions.hearing import fill
from actions.product_choice import named_among, without_refused
from actions.shopping_list import BUYING, as_further, further_thing, names_further_thing
from closer.catalog.records import Product
from closer.orders.records import NewItem

if TYPE_CHECKING:
    from actions.forms import Task

#: What tells one line from another; the rest of a purchase holds for all of them.
LINE_SLOTS = ("product", "product_variant", "product_options", "quantity")
_LINES = "lines"
_OF_ONE_LINE = ("variants", "choices")
_CONFIRMED = "confirmed"
#: A further thing must be named as surely.
_SURELY_NAMED = 0.5
_DIGITS = re.compile(r"\b\d+\b")
_SAYS_NO = re.compile(r"\W*(?:(?:hm+|oh|wait|sorry|well)\W+)*(?:no|nope|not)\b", re.IGNORECASE)


def lines_kept(ctx: TurnContext) -> list[dict[str, Any]]:
    """Return the lines that are settled already, besides the one in the slots."""
    return list((ctx.slot("task_data") or {}).get(_LINES) or [])


def items_of(ctx: TurnContext) -> list[NewItem]:
    """Return all that is bought, the line in the slots last."""
    return _items([*lines_kept(ctx), _line(ctx)])


async def goods_of(ctx: TurnContext) -> list[tuple[NewItem, Product]]:
    """Return all that is bought with its products, the line in the slots last."""
    return await _with_products(ctx, items_of(ctx))


def spoken_basket(goods: list[tuple[NewItem, Product]]) -> str:
    """Return what is bought in words."""
    return "; ".join(spoken_goods(i.quantity, product.name, i.options) for i, product in goods)


async def spoken_lines(ctx: TurnContext) -> str:
    """Return the lines that are settled in words."""
    return spoken_basket(await _with_products(ctx, _items(lines_kept(ctx))))


def waits(ctx: TurnContext) -> bool:
    """Say whether a further thing that was named waits to be put in the same purchase."""
    stack = ctx.slot("interrupted") or []
    return bool(stack) and stack[-1]["task"] == BUYING and "said" in stack[-1]


async def take_next(ctx: TurnContext, task: Task) -> bool:
    """Put the settled line by and read the next thing that the customer named; say whether there is one."""
    if not waits(ctx):
        return False
    stack = list(ctx.slot("interrupted") or [])
    wish = stack.pop()
    ctx.set("interrupted", stack)
    await _begin_line(ctx, task, wish["said"])
    return True


def take_back(ctx: TurnContext) -> bool:
    """Go back to the line that was settled last, as the one in the slots cannot be had; say whether there is one."""
    lines = lines_kept(ctx)
    if not lines:
        return False
    _put_in_slots(ctx, lines.pop())
    _keep(ctx, lines)
    return True


async def hear_of_lines(ctx: TurnContext, task: Task) -> bool:
    """Take what is said of one of several lines, or a further thing; say whether nothing more is to be read."""
    if ctx.slot("product") is None or ctx.text.startswith("/"):
        return False
    asked = ctx.slot("requested_slot")
    if asked in LINE_SLOTS:
        return await _unwanted(ctx) or await _recounted(ctx)
    if asked != _CONFIRMED:
        return False
    return await _reworked_in_parts(ctx, task) or await _reworked(ctx, task)


async def _reworked_in_parts(ctx: TurnContext, task: Task) -> bool:
    """Take each part of a message for the line that it names: "leave out the rope and just one band"."""
    goods = await goods_of(ctx)
    named = [(clause, _named(str(clause["text"]), goods)) for clause in ctx.clauses]
    about = [(clause, lines[0]) for clause, lines in named if len(lines) == 1]
    if len({line for _, line in about}) < 2:
        return False
    for clause, _ in about:
        with ctx.narrowed(clause):
            await _reworked(ctx, task)
    return True


async def _reworked(ctx: TurnContext, task: Task) -> bool:
    """Add, take off or turn to what is named where all of it is to be confirmed; True if nothing more is to be read."""
    goods = await goods_of(ctx)
    named = _named(ctx.text, goods)
    if not named:
        return (
            await _added(ctx, task)
            or await _replaced(ctx, task)
            or await _by_variant(ctx, task, goods)
        )
    if len(named) == 1 and _names_others(ctx, goods):
        _bring_forward(ctx, named[0])  # "not the kite, the train set"
        return False
    gone = taken_off(ctx.text, named, len(goods))
    if gone is not None:
        _drop(ctx, gone)
        return True
    if len(named) > 1:
        return False
    if named[0] < len(goods) - 1:
        _bring_forward(ctx, named[0])
    return await counted(ctx, task)


async def _by_variant(ctx: TurnContext, task: Task, goods: list[tuple[NewItem, Product]]) -> bool:
    """Count the line that is named by its variant ("2 of the white ones"), or choose another one: "no, not cedar, fig"."""
    own: list[int] = []  # lines whose own variant is named
    fitting: list[int] = []  # and those that come in what is named
    for place, (_, product) in enumerate(goods):
        family = await ctx.services.catalog.variants(product.id)
        picked = named_among(without_refused(ctx.text), family) if len(family) > 1 else []
        if picked:
            (own if product in picked else fitting).append(place)
    if len(own) == 1 and len(goods) > 1:
        _bring_forward(ctx, own[0])
        return await counted(ctx, task)
    if len(fitting) != 1 or (len(goods) == 1 and not _SAYS_NO.match(ctx.text)):
        return False
    _bring_forward(ctx, fitting[0])
    await fill(ctx, "product_variant", task.slots["product_variant"], asked=False)
    return True


def _items(lines: list[dict[str, Any]]) -> list[NewItem]:
    return [NewItem(each["product"], each["quantity"], each["options"]) for each in lines]


async def _with_products(ctx: TurnContext, items: list[NewItem]) -> list[tuple[NewItem, Product]]:
    found = await ctx.services.catalog.get_many([item.product_id for item in items])
    return [(item, found[item.product_id]) for item in items]


async def _begin_line(ctx: TurnContext, task: Task, said: dict[str, Any]) -> None:
    """Let a further thing be the one in the slots, read from the words that name it."""
    ctx.refused_value = False
    lines, line = lines_kept(ctx), _line(ctx)
    same = next((each for each in lines if _same_goods(each, line)), None)
    if same is not None:
        same["quantity"] += line["quantity"]
    elif line["product"] is not None:
        lines.append(line)
    _keep(ctx, lines)
    await _read_line(ctx, task, said)


async def _read_line(ctx: TurnContext, task: Task, said: dict[str, Any]) -> None:
    """Read a thing into the slots of a line, in the place of what they hold."""
    for slot in LINE_SLOTS:
        ctx.set(slot, None)
    ctx.fresh.update({"requested_slot": None, _CONFIRMED: None})
    with ctx.narrowed(said):
        for slot, kind in task.slots.items():
            if ctx.slot(slot) is None:
                await fill(ctx, slot, kind, asked=False)
        await task.begin(ctx)


async def _replaced(ctx: TurnContext, task: Task) -> bool:
    """Put other goods in the place of the only thing there is: "no wait, make it the air fryer instead"."""
    name = ctx.entity("product")
    if name is None or lines_kept(ctx) or not RATHER.search(ctx.text):
        return False
    if await surely_meant(ctx, str(name)) is None:
        return False
    await _read_line(ctx, task, ctx.heard)
    return True


async def _added(ctx: TurnContext, task: Task) -> bool:
    """Add other goods that are named beside those to be confirmed: "and a water bottle please"."""
    name = ctx.entity("product")
    thing = further_thing(ctx) or (as_further(ctx) if kind_in(ctx.text) == "add" else None)
    if name is None and await names_further_thing(ctx):
        name, thing = ctx.text, ctx.heard
    if name is None or thing is None or RATHER.search(ctx.text):
        return False
    match = await ctx.services.catalog.match(_DIGITS.sub(" ", str(name)))
    if match is None or match.confidence < _SURELY_NAMED:
        return False
    await _begin_line(ctx, task, thing)
    return True


async def _unwanted(ctx: TurnContext) -> bool:
    """Drop the thing that is asked about where others are bought: "remove the helmet"."""
    if not (lines_kept(ctx) or waits(ctx)) or not is_off(ctx.text):
        return False
    product = await ctx.services.catalog.get(str(ctx.slot("product")))
    if not named_surely(ctx.text, product.name):
        return False
    ctx.set("product", None)
    ctx.refused_value = True  # so that the purchase goes on without it
    return True


async def _recounted(ctx: TurnContext) -> bool:
    """Set the number of pieces of a settled line that is named while another is asked about: "and make it 4 candles"."""
    kept, number = lines_kept(ctx), number_in(ctx.text)
    if not kept or number is None:
        return False
    goods = await goods_of(ctx)
    named = _named(ctx.text, goods)
    if len(named) != 1 or named[0] >= len(kept):
        return False
    kept[named[0]] = {**kept[named[0]], "quantity": number}
    _keep(ctx, kept)
    return True


def _named(text: str, goods: list[tuple[NewItem, Product]]) -> list[int]:
    """Return which of the lines a text names, those aside that it only says to keep."""
    said = KEPT.sub(" ", text)
    return [n for n, (_, product) in enumerate(goods) if named_surely(said, product.name)]


def _names_others(ctx: TurnContext, goods: list[tuple[NewItem, Product]]) -> bool:
    """Whether goods are named beside those that are bought already."""
    return any(
        not any(named_surely(str(name), product.name) for _, product in goods)
        for name in ctx.entities("product")
    )


def _drop(ctx: TurnContext, gone: list[int]) -> None:
    left = [line for n, line in enumerate([*lines_kept(ctx), _line(ctx)]) if n not in gone]
    _put_in_slots(ctx, left.pop())
    _keep(ctx, left)


def _bring_forward(ctx: TurnContext, place: int) -> None:
    """Let a settled line be the one in the slots, so that whatever is said changes that one."""
    lines = [*lines_kept(ctx), _line(ctx)]
    _put_in_slots(ctx, lines.pop(place))
    _keep(ctx, lines)


def _line(ctx: TurnContext) -> dict[str, Any]:
    return {
        "product": ctx.slot("product"),
        "quantity": int(ctx.slot("quantity") or 1),
        "options": dict(ctx.slot("product_options") or {}),
    }


def _put_in_slots(ctx: TurnContext, line: dict[str, Any]) -> None:
    ctx.fresh.update(
        {
            "product": line["product"],
            "product_in_focus": line["product"],
            "last_products": [line["product"]],
            "product_variant": None,
            "product_options": line["options"] or None,
            "quantity": line["quantity"],
        }
    )


def _keep(ctx: TurnContext, lines: list[dict[str, Any]]) -> None:
    data = {n: v for n, v in (ctx.slot("task_data") or {}).items() if n not in _OF_ONE_LINE}
    ctx.set("task_data", {**data, _LINES: lines})


def _same_goods(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (one["product"], one["options"]) == (other["product"], other["options"])
