"""What is said of the lines of a purchase that is to be confirmed: which go, and how many pieces there are to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actions.change_words import kind_in, number_in
from actions.context import TurnContext
from actions.hearing import fill
from actions.slot_types import Filled

if TYPE_CHECKING:
    from actions.forms import Task


_OFF = re.compile(
    r"\b(?:not|no|skip|except|without|forget|scrap|lose|cancel|leave)\b", re.IGNORECASE
)
_ONLY = re.compile(r"\b(?:only|just)\b", re.IGNORECASE)
RATHER = re.compile(r"\b(?:instead|rather)\b", re.IGNORECASE)


async def counted(ctx: TurnContext, task: Task) -> bool:
    """Set the number of pieces that is told of the line in the slots, with its colour or size: "make the frames three"."""
    number = number_in(ctx.text) if kind_in(ctx.text) == "quantity" else None
    if number is None:
        return False
    outcome = await task.slots["quantity"].check(ctx, number)
    if not isinstance(outcome, Filled) or outcome.value != number:
        return False
    ctx.set("quantity", number)
    for slot in ("product_variant", "product_options"):
        await fill(ctx, slot, task.slots[slot], asked=False)
    return True


def is_off(text: str) -> bool:
    """Say whether a text takes something off."""
    return kind_in(text) == "remove" or _OFF.search(text) is not None


def taken_off(text: str, named: list[int], count: int) -> list[int] | None:
    """Return the lines that a text does not want after all; None if it wants them all."""
    if count == 1 or len(named) == count or RATHER.search(text):
        return None
    if is_off(text):
        return named
    if _ONLY.search(text) and number_in(text) is None:
        return [n for n in range(count) if n not in named]
    return None
