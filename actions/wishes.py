"""Several wishes in one message: "cancel 12347, and where is 12345?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from actions.address_text import names_address
from actions.change_words import kind_in, number_in
from actions.clauses import (
    ADDRESS_TASKS,
    LIKELY,
    SURE,
    complains,
    goods_in,
    is_detail,
    numbers_in,
    task_of_clause,
)
from actions.context import TurnContext
from actions.intents import ANSWERS, IMPLIED, TOLD_NOT_WISHED
from actions.refusing import refuses
from actions.shopping_list import BUYING, things_to_buy

if TYPE_CHECKING:
    from actions.forms import Task

_FEW = 4
_DETAILS = "edit_account"
_OPENING = "create_account"
_IN_PARTS = (_DETAILS, _OPENING, *ADDRESS_TASKS)
#: Wishes that are parts of one another only where both are about the same.
_REWORKED = frozenset({"cancel_order", "change_order", "get_refund", "track_order"})
_ABOUT_A_PRODUCT = ("product_info", "check_stock")
#: Wishes that are about the order whose trouble was told before them.
_ABOUT_WHAT_WAS_TOLD = ("get_refund", "complaint")
_JOINED = re.compile(
    r"^[\s,]*(?:and|&|\+|plus|as well as)?[\s,]*(?:also )?(?:my |the )?(?:orders? )?(?:number |no\.? )?#?$",
    re.IGNORECASE,
)

#: "Cancel it, or at least change the address": what follows is wished for if the first cannot be.
_OTHERWISE = r"\bor (?:at least|else|otherwise|if [\w' ]{3,25}),?\s+"
_IT = re.compile(
    r"\b(?:it|that|this|them|the order|the address|deliver|send|ship)\b", re.IGNORECASE
)
#: Among house numbers and postcodes only what is called an order is one.
_SAID_ORDER = re.compile(r"\border\W+(?:number |no\.? ?|nr\.? ?)?#?[a-z-]*\d", re.IGNORECASE)


@dataclass(frozen=True)
class Wish:
    """A task that is wished for.

    Attributes:
        task: Its name.
        clause: The words that say so, as the model read them.
        order_id: The order of the wish before it, if this one names none.
        second_best: Whether it only counts if the one before it comes to nothing.
    """

    task: str
    clause: dict[str, Any]
    order_id: str | None = None
    second_best: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """What is known of it beside its words."""
        if self.order_id is None:
            return {}
        target = {"address_target": "order"} if self.task == "change_shipping_address" else {}
        return {"order_id": self.order_id, **target}


def wishes_of(ctx: TurnContext, first: str | None = None) -> list[Wish]:
    """Return the tasks that a message asks for; what merely explains or follows from another is left out.

    Args:
        ctx: The turn.
        first: The task that the message as a whole begins.
    """
    found: list[Wish] = []
    told: list[dict[str, Any]] = []  # leads up to the first wish: "the lamp from 12345 is broken"
    numbers: list[str] = []  # of orders, in the clauses before
    for clause in ctx.clauses:
        task, number, before = task_of_clause(clause), numbers_in(clause), tuple(numbers)
        numbers += number
        if task is None and found and number and len(str(clause["text"]).split()) <= _FEW:
            task = task_of_clause(clause, LIKELY) or found[-1].task  # "... and 12346"
        if task in (None, *ADDRESS_TASKS) and _sets_pieces(clause, ctx.clauses):
            task = "change_order"
        if found and _adds_detail(found[-1].task, task, clause):
            task = found[-1].task  # "... and my phone to 202 555 0123"
        if task in _ABOUT_A_PRODUCT and clause is not ctx.clauses[0] and not goods_in(clause):
            continue  # "do you ship to Norway, and what does it cost?" asks of no product
        if task is None or (task in TOLD_NOT_WISHED and task != first and not complains(clause)):
            told += [] if found else [clause]
            continue
        same = next((w for w in found if _same(w, task, number)), None)
        if same is not None and not (task == "change_order" and _another_change(same, clause)):
            if task in _IN_PARTS:
                found[found.index(same)] = _together(same, clause)
            continue
        wish = Wish(task, clause if found else _joined([*told, clause]))
        found.append(_beside(ctx, found, before, wish))
    return [w for w in found if not any(_implies(other, w) for other in found)]


def preferred(ctx: TurnContext, task: str) -> list[Wish]:
    """Return the wishes of a message that would rather have something else than the task it begins; empty if it has none."""
    found = wishes_of(ctx, task)
    second = next((wish for wish in found if wish.task == task), None)
    refused = found and refuses(task, ctx.text)  # "don't cancel it, just tell me when it comes"
    if second is None and (refused or _is_blend(ctx, task, found)):
        return found
    if second is None or len(found) < 2:
        return []
    # "Return the tan ones; I'd rather have the black ones": what is bought is known by what goes back.
    nameless = task == BUYING and found[0].task == "get_refund" and not goods_in(second.clause)
    return found if second.second_best or nameless else []


def _is_blend(ctx: TurnContext, task: str, found: Sequence[Wish]) -> bool:
    """Whether a message as a whole sounds like a task that none of its parts surely asks for."""
    opens = found[:1] and found[0].task == _OPENING and task in IMPLIED[_OPENING]
    return bool(opens) or (len(found) > 1 and ctx.confidence < SURE)


def _adds_detail(before: str, task: str | None, clause: dict[str, Any]) -> bool:
    """Whether a clause tells a detail of the wish before it: a name, an address, the tier of a new account."""
    if before == _OPENING and task == "switch_account":
        return True
    return task is None and before in (_DETAILS, _OPENING) and is_detail(clause)


def _beside(ctx: TurnContext, before: Sequence[Wish], numbers: Sequence[str], wish: Wish) -> Wish:
    """Complete a wish by what stands before it: the order, and whether it is only the second best."""
    text = str(wish.clause["text"])
    named = _SAID_ORDER.search(text) if wish.task in ADDRESS_TASKS else numbers_in(wish.clause)
    about_it = wish.task in _ABOUT_WHAT_WAS_TOLD or _IT.search(text)
    lent = numbers[-1] if numbers and not named and about_it else None
    otherwise = re.search(_OTHERWISE + re.escape(text[:20]), ctx.text, re.IGNORECASE)
    return replace(wish, order_id=lent, second_best=otherwise is not None and bool(before))


def _implies(other: Wish, wish: Wish) -> bool:
    """Whether a wish is a part of another one; another number of pieces is no part of a change of address."""
    if wish.task == "change_order" and other.task in ADDRESS_TASKS:
        return kind_in(str(wish.clause["text"])) is None
    if {other.task, wish.task} <= _REWORKED and _other_goods(other, wish):
        return False  # "cancel the mat, and the shoes in 43 instead of 41"
    return wish.task in IMPLIED.get(other.task, ()) and not wish.second_best


def _together(wish: Wish, clause: dict[str, Any]) -> Wish:
    """Return a wish with what a later clause adds: the e-mail address to the name, the street to the town."""
    both = _joined([wish.clause, clause])
    return Wish(wish.task, {**wish.clause, "text": both["text"], "entities": both["entities"]})


def _joined(clauses: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return clauses as one that means what the last of them does."""
    return {
        **clauses[-1],
        "text": ", ".join(str(clause["text"]) for clause in clauses),
        "entities": [entity for clause in clauses for entity in clause["entities"]],
    }


def other_wishes(ctx: TurnContext, task: Task) -> list[Wish]:
    """Return what a message asks for beside the task in progress."""
    return [wish for wish in wishes_of(ctx) if wish.task != task.name]


async def shared_out(ctx: TurnContext, task: str) -> tuple[Wish | None, list[Wish]]:
    """Return the wish that begins a task and those that come after it; None if the message is of one piece."""
    found = wishes_of(ctx, task)
    if task == BUYING and (things := [Wish(task, clause) for clause in await things_to_buy(ctx)]):
        others = [w for w in found if w.task != task and w.task not in IMPLIED[task]]
        return things[0], [*things[1:], *others]
    own = next((wish for wish in found if wish.task == task), None)
    if own is None and task in ADDRESS_TASKS:  # an address alone sounds like either
        own = next((wish for wish in found if wish.task in ADDRESS_TASKS), None)
    if own is None:
        return None, []
    more = _listed(own) if len(found) == 1 else []
    others = [wish for wish in found if wish is not own] + more
    return (own, others) if others or questions_of(ctx) else (None, [])


def questions_of(ctx: TurnContext) -> list[dict[str, Any]]:
    """Return the clauses that ask something which is answered at once, beside a wish."""
    return [
        clause
        for clause in ctx.clauses
        if clause["intent"]["name"] in ANSWERS
        and float(clause["intent"]["confidence"]) >= SURE
        and task_of_clause(clause) is None
    ]


def _sets_pieces(clause: dict[str, Any], clauses: Sequence[dict[str, Any]]) -> bool:
    """Whether a clause sets a number of pieces where another one names an address: "make it two and send it to ..."."""
    text = str(clause["text"])
    if kind_in(text) != "quantity" or number_in(text) is None or names_address(text):
        return False
    return any(
        str(other["intent"]["name"]) in ADDRESS_TASKS and names_address(str(other["text"]))
        for other in clauses
    )


def _other_goods(one: Wish, other: Wish) -> bool:
    """Whether two wishes name goods that differ."""
    goods = goods_in(one.clause), goods_in(other.clause)
    return all(goods) and goods[0].isdisjoint(goods[1])


def _listed(wish: Wish) -> list[Wish]:
    """Return a wish for each further order that is named in one go: "cancel 12346, 12347"."""
    named = [item for item in wish.clause["entities"] if item["entity"] == "order_id"]
    text = str(wish.clause["text"])
    joined = all(_JOINED.match(text[one["end"] : other["start"]]) for one, other in pairwise(named))
    if not joined:
        return []
    return [Wish(wish.task, {**wish.clause, "entities": [item]}) for item in named[1:]]


def _same(wish: Wish, task: str, number: Sequence[str]) -> bool:
    """Whether a clause only says more about a wish that was found before."""
    before = numbers_in(wish.clause)
    return wish.task == task and not (number and before and number != before)


def _another_change(wish: Wish, clause: dict[str, Any]) -> bool:
    """Whether a clause changes something else of an order: "... to red and add two fig candles"."""
    kinds = [kind_in(str(wish.clause["text"])), kind_in(str(clause["text"]))]
    other_kind = kinds[1] is not None and kinds[0] != kinds[1]
    return other_kind and _other_goods(wish, Wish(wish.task, clause))
