"""One part of a known address that is wrong ("the zip on my account is wrong"): only that part is asked for, the rest stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from actions.context import TurnContext
from actions.order_slots import find_order
from closer.customers.records import Address
from closer.kit.errors import NotFound

_PARTS = {
    "number": r"(?:house|street|door|building) (?:number|no\.?)",
    "postcode": r"zip(?:[ -]?codes?)?|post(?:al)?[ -]?codes?",
    "city": r"city|town",
    "street": r"street(?: name)?|road",
}
_WRONG = r"wrong|incorrect|not right|mistaken?|typo|misspel\w*|chang\w*|update|correct|fix"
_MENDED = {
    part: re.compile(
        rf"\b(?:{_WRONG})\b.{{0,25}}\b(?:{words})\b|\b(?:{words})\b.{{0,40}}\b(?:{_WRONG})\b",
        re.IGNORECASE,
    )
    for part, words in _PARTS.items()
}
#: Whose address it is that has a wrong part: "in my address", "on my account".
_ON_FILE = re.compile(
    r"\b(?:my|our) (?:\w+ )?(?:address|account|profile)\b|\bon file\b", re.IGNORECASE
)
_OF_AN_ADDRESS = ("street", "city", "region", "postcode", "country")
_NUMBER = re.compile(r"\s*\b\d+\s?[a-z]?\b(?!\w)", re.IGNORECASE)


async def mend_part(ctx: TurnContext) -> None:
    """Keep what is right of the order's address, or of the one on file, where the message says that one part is wrong."""
    part = next((name for name, said in _MENDED.items() if said.search(ctx.text)), None)
    given = ctx.slot("address") or {}
    if part is None or ctx.customer_id is None or set(given) - {part, "postcode_first"}:
        return
    known = await _known(ctx)
    if known is None:
        return
    rest = {name: value for name, value in known.items() if name != part and value}
    if part == "number":
        rest["street"] = _NUMBER.sub("", str(known.get("street") or "")).strip(" ,")
    if not ctx.slot("order_id") and _ON_FILE.search(ctx.text):
        ctx.set("address_target", ctx.slot("address_target") or "file")
    if given:
        ctx.set("address", {**rest, **given})
    else:
        ctx.set("address_draft", rest)


def with_rest(given: dict[str, Any], known: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a street alone with the town of the known address in that street: "it's 50 Juniper Lane, not 48" puts the number right.

    Args:
        given: The parts that were told.
        known: Addresses that may be meant, the likeliest first.
    """
    street = _name_of(given.get("street"))
    if not street or set(given) != {"street"} or not _NUMBER.search(given["street"]):
        return given
    same = next((each for each in known if _name_of(each.get("street")) == street), None)
    rest = {name: same[name] for name in _OF_AN_ADDRESS if same.get(name)} if same else {}
    return {**rest, **given}


async def known_addresses(ctx: TurnContext, stored: Iterable[Address]) -> list[dict[str, Any]]:
    """Return the parts of the addresses that somebody may put right: that of the order in question, then those on file."""
    known = [{name: getattr(each, name) for name in _OF_AN_ADDRESS} for each in stored]
    if ctx.slot("address_target") == "order" and ctx.slot("order_id"):
        with suppress(NotFound):
            order = await find_order(ctx, str(ctx.slot("order_id")))
            known.insert(0, {name: order.address.get(name) for name in _OF_AN_ADDRESS})
    return known


async def puts_number_right(ctx: TurnContext) -> bool:
    """Say whether all that was told is another number in the street of an address on file."""
    given = dict(ctx.slot("address") or ctx.slot("address_draft") or {})
    stored = await ctx.services.customers.addresses(str(ctx.customer_id))
    return with_rest(given, await known_addresses(ctx, stored)) != given


def _name_of(street: Any) -> str:
    """Return the name of a street without its number, in small letters."""
    return " ".join(_NUMBER.sub(" ", str(street or "")).casefold().replace(",", " ").split())


async def _known(ctx: TurnContext) -> dict[str, Any] | None:
    """Return the parts of the address that is meant: that of the order named, or the one on file."""
    if ctx.slot("order_id"):
        try:
            order = await find_order(ctx, str(ctx.slot("order_id")))
        except NotFound:
            return None
        return {name: order.address.get(name) for name in _OF_AN_ADDRESS}
    stored = await ctx.services.customers.addresses(str(ctx.customer_id))
    home = next((address for address in stored if address.is_default), None)
    return {name: getattr(home, name) for name in _OF_AN_ADDRESS} if home else None
