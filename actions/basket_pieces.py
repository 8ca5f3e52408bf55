"""How many pieces there are to be of the line in the slots, where all of a purchase is to be confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actions.change_words import kind_in, number_in
from actions.context import TurnContext
from actions.hearing import fill
from actions.slot_types import Filled

if TYPE_CHECKING:
    from actions.forms import Task


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
