"""Asking for an address: read whole or in parts over several messages, or named by its label ("my work address")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from actions.address_mending import known_addresses, with_rest
from actions.address_pieces import joined, read_piece
from actions.address_shapes import missing_parts, postcode_fits
from actions.address_target import is_negated
from actions.address_text import SENT, likely_country, read_address, titled
from actions.context import TurnContext
from actions.order_slots import OrderSlot, find_order, meant_elsewhere
from actions.places import country_of_city, unserved_country
from actions.slot_types import Answer, Filled, Invalid, SlotType
from actions.wording import comes_first
from closer.conversations.value_numbers import house_number_in_digits
from closer.customers.countries import country_name
from closer.customers.records import Address, NewAddress
from closer.kit.errors import InvalidInput, NotFound

_LABELS = {
    "home": r"home|house",
    "work": r"work|office|business|job",
    "parents": r"parents?'?s?|mom'?s?|mum'?s?|dad'?s?|mother'?s?|father'?s?",
    "holiday": r"holiday|vacation|summer|beach|cabin|cottage|second home",
    "school": r"school|university|uni|college|dorm|campus",
    "gift": r"gift|friend'?s?|girlfriend'?s?|boyfriend'?s?|sister'?s?|brother'?s?",
}
_OF_A_FRIEND = "gift"
_STORED = re.compile(
    rf"\b(?:my|the|our)\s+(?:(?P<label>{'|'.join(_LABELS.values())})(?:\s+(?:address|place|one))?|(?P<default>(?:usual|default|normal|saved|regular|main|"
    r"old|stored|same)(?:\s+(?:address|one))?|(?:one|address)\s+(?:on|in)\s+(?:my\s+|the\s+)?(?:file|account|profile)))\b",
    re.IGNORECASE,
)
#: From this confidence on, a message that is out of scope is not taken for a town.
SURELY = 0.9
_WORDS = re.compile(r"[^\W\d_][^\W\d_' .-]{1,40}")
_ORDER_NUMBER = re.compile(
    r"\border\b[\s:]*(?:number|no\.?|nr\.?|id)?\s*[:#]?\s*#?(?P<id>[A-Z0-9-]*\d[A-Z0-9-]*)|#(?P<bare>[A-Z0-9-]*\d[A-Z0-9-]+)",
    re.IGNORECASE,
)


def label_in(text: str) -> str | None:
    """Return what an address is called in a text: home, work, parents, holiday, school, gift."""
    for label, words in _LABELS.items():
        if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            return label
    return None


#: "for 12347", where it was asked what the address is for.
_JUST_NUMBER = re.compile(
    r"\W*(?:(?:just|only|for|of|on|it'?s|the|my|order|number|nr|no)\W+)*#?(?P<id>(?=[\w-]*\d)[A-Z0-9-]{4,20})\W*",
    re.IGNORECASE,
)
#: "we moved to Leeds": the town is told before it is asked for.
_MOVED_TO = re.compile(
    r"\b(?:moved|moving|move|relocat\w+|liv(?:e|ing)|based)\s+(?:\w+\s+)?(?:to|in|at)\b",
    re.IGNORECASE,
)
#: "in Leeds, 12 Park Row".
_TOWN_FIRST = re.compile(
    r"\bin (?P<town>[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?),\s+(?P<street>\d[^,]*?)\s*$"
)


class OrderBesideAddressSlot(OrderSlot):
    """An order number in messages that may hold house numbers and postcodes too."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number that is said to be an order's; any number only where there is no address."""
        if match := SENT.search(ctx.text):
            return next(number for number in match.groups() if number)
        if match := _answers_what_for(ctx):
            return match["id"]
        if match := _ORDER_NUMBER.search(ctx.text):
            return match["id"] or match["bare"]
        if not answer.asked and (read_address(ctx.text) or _telling(ctx, _piece(ctx, answer))):
            return None
        if not answer.asked and ctx.slot("requested_slot") == "address":
            return None
        return super().read(ctx, answer)


class AddressSlot(SlotType):
    """A postal address as a mapping of its parts; what is incomplete waits in slot `address_draft`."""

    def read(self, ctx: TurnContext, answer: Answer) -> dict[str, Any] | None:
        """Return the parts that the message tells, or the label of an address that is stored."""
        text = _written(ctx)
        if text.startswith("/") or comes_first(ctx) or _answers_what_for(ctx):
            return None
        known, lacking = _known(ctx), _lacking(ctx, answer)
        if (lacking or read_address(text)) and (country := unserved_country(text)):
            return {"no_delivery": country}
        if found := _piece(ctx, answer):
            return found if answer.asked or known or _telling(ctx, found) else None
        if not known and _MOVED_TO.search(text) and (town := ctx.entity("delivery_city")):
            return {"city": titled(str(town))}
        return self._aside(ctx, answer, lacking) if answer.asked or not known else None

    @staticmethod
    def _aside(ctx: TurnContext, answer: Answer, lacking: Sequence[str]) -> dict[str, Any] | None:
        """Return what is no part of an address, but answers: a label, no house number, a country not served."""
        match = _STORED.search(ctx.text)
        if match and is_negated(ctx.text, match.start()):
            return None
        if match and (answer.asked or _points(ctx.text)):
            return {"label": label_in(match["label"]) if match["label"] else "default"}
        if list(lacking) == ["number"] and ctx.intent == "deny":
            return {"unnumbered": True}
        if lacking and lacking[0] == "country" and _WORDS.fullmatch(ctx.text.strip(" .!")):
            return {"no_delivery": titled(ctx.text)}
        return None

    async def check(self, ctx: TurnContext, value: dict[str, Any]) -> Filled | Invalid:
        """Join the parts with those given before; refuse a postcode that cannot be, and where we do not deliver."""
        if "label" in value:
            return Filled(value)
        if set(value) == {"postcode"} and (order := await _order_of(ctx, value["postcode"])):
            ctx.set("order_id", order)  # five digits, but one of the customer's orders
            return Filled(ctx.slot("address"))
        told = {name: part for name, part in value.items() if name != "no_delivery"}
        parts = joined(_known(ctx), told)
        postcode, country = parts.get("postcode"), parts.get("country")
        if "no_delivery" in value:
            return Invalid("utter_no_delivery_country", country=value["no_delivery"])
        if postcode and country and not postcode_fits(str(postcode), str(country)):
            ctx.set(
                "address_draft", {name: part for name, part in parts.items() if name != "postcode"}
            )
            return Invalid(
                "utter_invalid_postcode", postcode=postcode, country=country_name(str(country))
            )
        return Filled(parts)

    def spoken(self, value: Any) -> str:
        """Return the address on one line."""
        return one_line(value)

    def adds(self, before: Any, now: Any) -> bool:
        """Say whether all parts given before are still there: a town behind a street puts nothing right."""
        return all(now.get(name) == part for name, part in before.items())


class DraftSlot(SlotType):
    """The parts of an address that were given so far; filled by `AddressSlot` alone."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> None:
        """Return nothing: no message fills it."""
        return


async def settle_address(ctx: TurnContext) -> bool:
    """Complete the address in the slot, or put what there is of it aside; say whether it is complete."""
    given = ctx.slot("address")
    if given is None:
        return False
    stored = await ctx.services.customers.addresses(str(ctx.customer_id))
    if "label" in given:
        return _take_stored(ctx, given, stored)
    parts = {name: value for name, value in given.items() if value is not None}
    parts = with_rest(parts, await known_addresses(ctx, stored))
    if missing_parts(parts) == ["country"] and (country := concluded_country(parts, stored)):
        parts["country"] = country
    complete = not missing_parts(parts)
    ctx.set("address", parts if complete else None)
    ctx.set("address_draft", None if complete else parts)
    return complete


def new_address(parts: dict[str, Any], label: str) -> NewAddress:
    """Return a complete mapping of parts as an address to be stored."""
    if missing_parts(parts):
        raise InvalidInput("the address is not complete", field="address")
    return NewAddress(
        street=parts["street"],
        city=parts["city"],
        country=parts["country"],
        postcode=parts.get("postcode"),
        region=parts.get("region"),
        label=label,
    )


def one_line(parts: dict[str, Any]) -> str:
    """Return an address on one line, as far as it is known."""
    if "label" in parts:
        return f"your {parts['label']} address"
    area = " ".join(str(parts[part]) for part in ("region", "postcode") if parts.get(part))
    country = country_name(parts["country"]) if parts.get("country") else ""
    return ", ".join(
        part for part in (parts.get("street"), parts.get("city"), area, country) if part
    )


def parts_of(address: Address) -> dict[str, Any]:
    """Return a stored address as parts that remember which one it is."""
    named = ("street", "city", "region", "postcode", "country")
    return {"address_id": address.id, **{part: getattr(address, part) for part in named}}


def _take_stored(ctx: TurnContext, given: dict[str, Any], stored: list[Address]) -> bool:
    wanted = given["label"]
    match = next((a for a in stored if wanted == "default" or a.label.casefold() == wanted), None)
    if match is None:
        if wanted != _OF_A_FRIEND:  # whose address was never said to be here
            ctx.say("utter_no_such_address", label=wanted)
        ctx.set("address", None)
        return False
    ctx.set("address", parts_of(match))
    ctx.set("address_draft", None)
    return True


def concluded_country(parts: dict[str, Any], stored: list[Address]) -> str | None:
    """Return the country that a large town is in, or else the customer's own if the address is written as there."""
    country = country_of_city(str(parts.get("city") or ""))
    if country and postcode_fits(str(parts.get("postcode") or ""), country):
        return country
    return likely_country(parts, stored[0].country) if stored else None


async def _order_of(ctx: TurnContext, number: str) -> str | None:
    """Return the customer's order with a number, where an order is to go elsewhere."""
    if ctx.slot("address_target") != "order" or ctx.customer_id is None:
        return None
    try:
        return (await find_order(ctx, number)).id
    except NotFound:
        return None


def _known(ctx: TurnContext) -> dict[str, Any]:
    """Return the parts that were given so far; a stored address that was named has none."""
    given = ctx.slot("address") or ctx.slot("address_draft") or {}
    return {} if "label" in given else dict(given)


def _lacking(ctx: TurnContext, answer: Answer) -> list[str]:
    """Return the parts that a bare word or number may be: an address was asked for, or what it is for."""
    asked = answer.asked if answer.slot == "address" else False
    aside = ctx.slot("requested_slot") == "address_target"
    return missing_parts(_known(ctx)) if (asked or aside) and not _elsewhere(ctx) else []


def _piece(ctx: TurnContext, answer: Answer) -> dict[str, Any]:
    return read_piece(_written(ctx), _known(ctx), _lacking(ctx, answer))


def _telling(ctx: TurnContext, found: dict[str, Any]) -> bool:
    """Whether parts are surely an address's, though another question was asked."""
    if "street" in found or (found and _known(ctx)):
        return True
    if not any(letter.isalpha() for letter in ctx.text):  # it may as well be an order's number
        return False
    place = country_of_city(str(found.get("city") or ""))
    return bool(place or {"postcode", "region", "country"} & set(found))


def _written(ctx: TurnContext) -> str:
    text = house_number_in_digits(ctx.text) if ctx.channel == "voice" else ctx.text
    return _TOWN_FIRST.sub(r"\g<street>, \g<town>", text)


def _answers_what_for(ctx: TurnContext) -> re.Match[str] | None:
    """Return the order's number that answers what the address is for."""
    asked = ctx.slot("requested_slot") == "address_target"
    return _JUST_NUMBER.fullmatch(ctx.text) if asked else None


def _points(text: str) -> bool:
    return re.search(r"\b(?:to|use|at)\s+(?:my|the|our)\b", text, re.IGNORECASE) is not None


def _elsewhere(ctx: TurnContext) -> bool:
    """Whether the message is surely no answer to the question for an address."""
    if any(letter.isdigit() for letter in ctx.text):
        return False
    if (
        ctx.intent in ("stop", "deny", "affirm", "nlu_fallback", "out_of_scope")
        and len(ctx.text.split()) > 4
    ):
        return True
    own = ("change_shipping_address", "set_up_shipping_address")
    nonsense = ctx.intent == "out_of_scope" and ctx.confidence >= SURELY
    return nonsense or ctx.intent in ("deny", "affirm") or meant_elsewhere(ctx, *own)
