"""Delivery addresses: where an order goes, and the addresses of an account."""

from __future__ import annotations

import re

from actions.address_slots import (
    AddressSlot,
    DraftSlot,
    OrderBesideAddressSlot,
    label_in,
    new_address,
    one_line,
    settle_address,
)
from actions.context import TurnContext
from actions.forms import Task
from actions.order_slots import find_order, known_order, named_in_vain
from actions.slot_types import ChoiceSlot, ConfirmSlot
from closer.customers.records import Address
from closer.kit.money import Money
from closer.orders.pricing import sums_of
from closer.orders.records import Order

_TARGETS = {
    "order": (
        r"(?:just |only )?(?:for |on )?(?:the |this |that |my |one )?(?:orders?|parcel|package|delivery(?! address)|shipment|purchase)",
        "this time",
        "just this once",
        "just this one",
    ),
    "file": (
        r"(?:my |the )?(?:account|profile)",
        r"on file",
        r"(?:saved|default|main|standard|stored|usual) (?:shipping |delivery )?address",
        r"my address book",
        r"(?:all )?future orders",
        r"from now on",
        r"for good|permanently",
    ),
    "both": (
        r"both(?: of them)?",
        r"order and (?:my |the )?(?:account|profile)",
        r"account and (?:my |the )?order",
        "everywhere",
    ),
}
_ORDER_ANYWHERE = re.compile(r"\b(?:order|parcel|package|shipment)\b", re.IGNORECASE)


class ChangeShippingAddress(Task):
    """Sends an order elsewhere while that is possible, or changes the address on file, or both."""

    name = "change_shipping_address"
    title = "changing the delivery address"
    ticket_category = "delivery"
    slots = {
        "address_target": ChoiceSlot(_TARGETS, eager=False),
        "order_id": OrderBesideAddressSlot(),
        "address": AddressSlot(),
        "address_draft": DraftSlot(),
        "confirmed": ConfirmSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order can still go elsewhere."""
        return order.is_open

    async def begin(self, ctx: TurnContext) -> None:
        """Understand from the first message whether an order or the account is meant."""
        for target, words in _TARGETS.items():
            if target != "order" and any(
                re.search(rf"\b(?:{word})\b", ctx.text, re.IGNORECASE) for word in words
            ):
                ctx.set("address_target", target)
        if ctx.slot("address_target") is None and (
            ctx.slot("order_id") or _ORDER_ANYWHERE.search(ctx.text)
        ):
            ctx.set("address_target", "order")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Say at once when it is too late; name everything, also another postage, before asking for a yes."""
        target = await self._target(ctx)
        order = None
        if target in ("order", "both"):
            order = await self._order(ctx)
            if order is None:
                return [] if ctx.slot("task_outcome") else ["order_id"]
        if target is None or not await settle_address(ctx):
            return ["address_target", "address"]
        address = ctx.slot("address")
        what = {
            "order": "order {0}",
            "file": "your address on file",
            "both": "order {0} and your address on file",
        }[target]
        extra = self._postage(ctx, order, str(address["country"])) if order else ""
        ctx.set(
            "task_summary",
            f"{what.format(order.id if order else '')} to **{one_line(address)}**{extra}",
        )
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Store the address, and let the order go there."""
        target = ctx.slot("address_target")
        address = await (self._filed(ctx) if target in ("file", "both") else self._kept(ctx))
        said = {"order_id": ctx.slot("order_id"), "address": address.one_line}
        if target == "file":
            ctx.say("utter_address_changed", **said)
            return
        order = await find_order(ctx, ctx.slot("order_id"))
        change = await ctx.services.orders.change_address(
            str(ctx.customer_id), order.id, address.id, idempotency_key=ctx.key()
        )
        ctx.say(
            "utter_order_readdressed" if target == "order" else "utter_order_and_address_changed",
            **said,
        )
        if change.difference.amount:
            more = change.difference.amount > 0
            amount = Money(abs(change.difference.amount), change.difference.currency)
            ctx.say("utter_postage_more" if more else "utter_postage_less", amount=str(amount))

    async def _target(self, ctx: TurnContext) -> str | None:
        if ctx.slot("address_target") is None:
            if ctx.slot("order_id"):
                ctx.set("address_target", "order")
            elif not any(
                map(self.suits, await ctx.services.orders.latest(str(ctx.customer_id), 8))
            ):
                ctx.set("address_target", "file")
        return str(ctx.slot("address_target")) if ctx.slot("address_target") else None

    async def _order(self, ctx: TurnContext) -> Order | None:
        """Return the order that is meant if it can still go elsewhere; else it is asked for, or the task ends."""
        if ctx.slot("order_id") is None:
            fitting = [
                o
                for o in await ctx.services.orders.latest(str(ctx.customer_id), 8)
                if self.suits(o)
            ]
            if not fitting:
                ctx.say("utter_no_order_to_redirect")
                self.finish(ctx, "impossible")
            if len(fitting) != 1 or named_in_vain(ctx):
                return None
            ctx.set("order_id", fitting[0].id)
        order = await known_order(ctx)
        if order is not None and not order.is_open:
            ctx.say("utter_cannot_redirect", order_id=order.id, state=order.state_words)
            self.finish(ctx, "impossible")
            return None
        return order

    def _postage(self, ctx: TurnContext, order: Order, country: str) -> str:
        if country == order.address["country"]:
            return ""
        difference = (
            sums_of(order, order.items, country, ctx.services.clock.now()).total - order.total
        )
        amount = Money(abs(difference.amount), difference.currency)
        if difference.amount == 0:
            return ", at no extra cost"
        return f" ({amount} {'more' if difference.amount > 0 else 'less'} postage)"

    async def _kept(self, ctx: TurnContext) -> Address:
        """Return the address of one order as one of the customer's, without making it the default."""
        customer_id, address = str(ctx.customer_id), ctx.slot("address")
        if "address_id" in address:
            return await ctx.services.customers.address(customer_id, address["address_id"])
        new = new_address(address, label_in(ctx.slot("order_id") or "") or "other")
        return await ctx.services.customers.add_address(
            customer_id, new, by=f"msg:{ctx.message_id}"
        )

    async def _filed(self, ctx: TurnContext) -> Address:
        """Let the default address be another one."""
        customer_id, address, by = (
            str(ctx.customer_id),
            ctx.slot("address"),
            f"msg:{ctx.message_id}",
        )
        customers = ctx.services.customers
        if "address_id" in address:
            return await customers.set_default_address(customer_id, address["address_id"], by=by)
        new = new_address(address, "home")
        known = await customers.addresses(customer_id)
        if not known:
            return await customers.add_address(customer_id, new, default=True, by=by)
        parts = {
            name: getattr(new, name) for name in ("street", "city", "region", "postcode", "country")
        }
        return await customers.update_address(customer_id, known[0].id, by=by, **parts)


class _DefaultSlot(ChoiceSlot):
    """Whether orders go there from now on; may be said at any time."""

    def __init__(self) -> None:
        refused = (r"not (?:as |the |my )*default", r"don'?t make it (?:my |the )?default")
        super().__init__({"no": refused, "yes": ("default", "main address", "primary")})
        self.correctable = True


class SetUpShippingAddress(Task):
    """Adds an address to the account."""

    name = "set_up_shipping_address"
    title = "adding a delivery address"
    ticket_category = "delivery"
    slots = {
        "address": AddressSlot(),
        "address_draft": DraftSlot(),
        "address_label": ChoiceSlot(
            {
                "home": ("home", "house"),
                "work": ("work", "office", "business"),
                "parents": (r"parents?'?s?", r"mom'?s?", r"mum'?s?", r"dad'?s?"),
                "holiday": ("holiday", "vacation", "cabin", "cottage", "summer house"),
                "gift": ("gift", r"friend'?s?"),
                "other": (
                    "other",
                    "something else",
                    "doesn'?t matter",
                    "whatever",
                    "no name",
                    "nothing",
                ),
            }
        ),
        "address_default": _DefaultSlot(),
        "confirmed": ConfirmSlot(),
    }

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the address, then what to call it if there is one already, then for a yes."""
        if not await settle_address(ctx):
            return ["address"]
        known = await ctx.services.customers.addresses(str(ctx.customer_id))
        if not known and ctx.slot("address_label") is None:
            ctx.set("address_label", "home")
        if ctx.slot("address_label") is None:
            return ["address_label"]
        default = ctx.slot("address_default") == "yes" or not known
        role = " and use it by default" if default else ""
        ctx.set(
            "task_summary",
            f"**{one_line(ctx.slot('address'))}** as your {ctx.slot('address_label')} address{role}",
        )
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Add it."""
        known = await ctx.services.customers.addresses(str(ctx.customer_id))
        address = await ctx.services.customers.add_address(
            str(ctx.customer_id),
            new_address(ctx.slot("address"), str(ctx.slot("address_label"))),
            default=ctx.slot("address_default") == "yes",
            by=f"msg:{ctx.message_id}",
        )
        said = (
            "utter_address_known"
            if any(a.id == address.id for a in known)
            else "utter_address_added"
        )
        ctx.say("utter_address_added_default" if address.is_default and said == "utter_address_added" else said,
                address=address.one_line, label=address.label)  # fmt: skip
