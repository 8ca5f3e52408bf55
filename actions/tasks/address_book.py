"""The addresses of an account: adding one."""

from __future__ import annotations

import re
from typing import Any

from actions.address_slots import AddressSlot, DraftSlot, new_address, one_line, settle_address
from actions.address_target import asks_default, is_negated
from actions.context import TurnContext
from actions.forms import Task
from actions.slot_types import Answer, ChoiceSlot, ConfirmSlot
from actions.spoken_of import address_just_given
from closer.customers.records import Address

_SAME = re.compile(r"\b(?:it|that|this|there|the same|same)\b", re.IGNORECASE)
#: What an address is called that was given no name.
_UNNAMED = "other"


class _DefaultSlot(ChoiceSlot):
    """Whether orders go there from now on; may be said at any time."""

    def __init__(self) -> None:
        refused = (
            r"(?:don'?t|won'?t|isn'?t|not|never|without)\b[^.,;!?]*\b(?:default|main address|primary)",
            r"(?:keep|leave)\b[^.,;!?]*\b(?:home|old|other|current|existing|present|first|before)\b[^.,;!?]*\b(?:default|main|primary)",
        )
        always = ("from now on", "(?:in|for) (?:the |my |all )*future", "always")
        super().__init__({"no": refused, "yes": ("default", "main address", "primary", *always)})
        self.correctable = True


class _LabelSlot(ChoiceSlot):
    """What an address is called: "save it as my work address", "call it home"; it is never asked for."""

    insists = True
    _NAMING = (
        r"(?:^\W*|\b(?:call(?:ed)?|name|label|as|it'?s|that'?s|is|my|our|the|a|an|new|another|second|for)\s+(?:it\s+)?(?:(?:my|our|the|a)\s+)?)"
        r"(?:{word})(?:\W*$|\s+(?:address|place|one|please|pls)\b|\s+(?:and|&)\s+\w+'?s?\b|\s*[,:.–—-])"
    )

    def __init__(self) -> None:
        words = {
            "home": ("home", "house"),
            "work": ("work", "office", "business"),
            "parents": (r"parents?'?s?", r"mom'?s?", r"mum'?s?", r"dad'?s?"),
            "holiday": ("holiday", "vacation", "cabin", "cottage", "summer house"),
            "gift": ("gift", r"(?:girl|boy)?friend'?s?", r"sister'?s?", r"brother'?s?"),
            "other": ("other", "something else"),
        }
        super().__init__(words)
        self.correctable = True
        self._named = {
            name: re.compile(self._NAMING.format(word="|".join(each)), re.IGNORECASE)
            for name, each in words.items()
        }

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the name that the message gives."""
        for name, named in self._named.items():
            found = named.search(ctx.text)
            if found is not None and not is_negated(ctx.text, found.start()):
                return name
        return None

    def adds(self, before: Any, now: Any) -> bool:
        """Say that a name for an address without one puts nothing right."""
        return bool(before == _UNNAMED)


class SetUpShippingAddress(Task):
    """Adds an address to the account."""

    name = "set_up_shipping_address"
    title = "adding a delivery address"
    ticket_category = "delivery"
    slots = {
        "address": AddressSlot(),
        "address_draft": DraftSlot(),
        "address_label": _LabelSlot(),
        "address_default": _DefaultSlot(),
        "confirmed": ConfirmSlot(),
    }

    async def begin(self, ctx: TurnContext) -> None:
        """Take the address that was just given: "save it as my work address"."""
        if ctx.slot("address") is None and (asks_default(ctx.text) or _SAME.search(ctx.text)):
            ctx.set("address", address_just_given(ctx))

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the address, then for a yes; what it is called may be said at any time and is not asked for."""
        if not await settle_address(ctx):
            return ["address"]
        known = await ctx.services.customers.addresses(str(ctx.customer_id))
        if ctx.slot("address_label") is None:
            ctx.set("address_label", _label_for(ctx.slot("address"), known))
        label = ctx.slot("address_label")
        named = "as another address" if label == _UNNAMED else f"as your {label} address"
        default = ctx.slot("address_default") == "yes" or not known
        role = " and use it by default" if default else ""
        ctx.set("task_summary", f"**{one_line(ctx.slot('address'))}** {named}{role}")
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Add it."""
        customer_id, by = str(ctx.customer_id), f"msg:{ctx.message_id}"
        known = await ctx.services.customers.addresses(customer_id)
        label, default = str(ctx.slot("address_label")), ctx.slot("address_default") == "yes"
        new = new_address(ctx.slot("address"), label)
        address = await ctx.services.customers.add_address(customer_id, new, default=default, by=by)
        before = next((a for a in known if a.id == address.id), None)
        if address.label != label:
            address = await ctx.services.customers.update_address(
                customer_id, address.id, label=label, by=by
            )
        same = before is not None and (before.label, before.is_default) == (
            address.label,
            address.is_default,
        )
        added = "utter_address_added_default" if address.is_default else "utter_address_added"
        ctx.say(
            "utter_address_known" if same else added,
            address=address.one_line,
            label=address.label,
        )


def _label_for(parts: dict[str, Any], known: list[Address]) -> str:
    """Return what an address is called that got no name: as before if it is on file, the first one home."""
    if not known:
        return "home"
    place = [parts.get(name) for name in ("street", "city", "postcode", "country")]
    return next(
        (a.label for a in known if [a.street, a.city, a.postcode, a.country] == place),
        _UNNAMED,
    )
