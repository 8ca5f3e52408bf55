"""Changing delivery addresses: where an order goes, the address on file, or both."""

from __future__ import annotations

from actions.address_mending import mend_part, puts_number_right
from actions.address_slots import (
    AddressSlot,
    DraftSlot,
    OrderBesideAddressSlot,
    new_address,
    one_line,
    settle_address,
)
from actions.address_target import TARGETS, settle_target
from actions.address_text import names_address
from actions.bought import order_like
from actions.change_text import variant_like
from actions.context import TurnContext
from actions.forms import Task
from actions.meanings import PERSON
from actions.order_slots import find_order, known_order, named_in_vain
from actions.slot_types import ChoiceSlot, ConfirmSlot
from actions.spoken_of import address_just_given, means_just_given
from actions.tasks.detail_removal import removal_in
from actions.waiting import hand_over
from closer.customers.records import Address
from closer.kit.money import Money
from closer.orders.pricing import sums_of
from closer.orders.records import Order

#: States in which a parcel is out of our hands, but not with the customer.
_ON_ITS_WAY = ("packed", "shipped")


class ChangeShippingAddress(Task):
    """Sends an order elsewhere while that is possible, or changes the address on file, or both."""

    name = "change_shipping_address"
    title = "changing the delivery address"
    ticket_category = "delivery"
    slots = {
        "address_target": ChoiceSlot(TARGETS, eager=False),
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
        """Understand from the first message whether an order or the account is meant, and which order; leave removals to others."""
        if removal_in(ctx.text):
            hand_over(ctx, self, "edit_account")
            return
        if ctx.slot("order_id") is None and ctx.customer_id and ctx.entity("product", "category"):
            latest = await ctx.services.orders.latest(ctx.customer_id, 8)
            under_way = [o for o in latest if self.suits(o) or o.state in _ON_ITS_WAY]
            if (named := order_like(under_way, ctx.text)) is not None:
                ctx.set("order_id", named.id)  # "send the monitor to my brother"
        if await self._names_variant(ctx):
            hand_over(ctx, self, "change_order")  # "change 12347 to plum"
            return
        settle_target(ctx)
        if ctx.slot("address_target") is None and named_in_vain(ctx):
            ctx.set("address_target", "order")  # never the account instead
        if ctx.slot("address") is None and means_just_given(ctx.text):
            ctx.set("address", address_just_given(ctx))  # "ship the bbq there"
        await mend_part(ctx)

    @staticmethod
    async def _names_variant(ctx: TurnContext) -> bool:
        """Whether a colour or a size of something in the named order is told, and no address."""
        number = ctx.entity("order_id")
        if number is None or ctx.customer_id is None or ctx.slot("address") is not None:
            return False
        if names_address(ctx.text) or "address" in ctx.text.lower():
            return False
        latest = await ctx.services.orders.latest(ctx.customer_id, 8)
        items = [item for order in latest if order.id == str(number) for item in order.items]
        return any([await variant_like(ctx, item, ctx.text) is not None for item in items])

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
        """Let the order go there; the account keeps the address only if it is for the account, too."""
        target, given = ctx.slot("address_target"), ctx.slot("address")
        filed = await self._filed(ctx) if target in ("file", "both") else None
        known = filed.id if filed else given.get("address_id")
        said = {
            "order_id": ctx.slot("order_id"),
            "address": filed.one_line if filed else one_line(given),
        }
        if filed is not None and target == "file":
            ctx.say("utter_address_changed", **said)
            await self._mind_orders(ctx, filed)
            return
        order = await find_order(ctx, ctx.slot("order_id"))
        change = await ctx.services.orders.change_address(
            str(ctx.customer_id),
            order.id,
            known,
            deliver_to=None if known else new_address(given, "other"),
            idempotency_key=ctx.key(),
        )
        ctx.say(
            "utter_order_readdressed" if target == "order" else "utter_order_and_address_changed",
            **said,
        )
        ctx.cost = change.difference
        if change.difference.amount:
            more = change.difference.amount > 0
            amount = Money(abs(change.difference.amount), change.difference.currency)
            ctx.say("utter_postage_more" if more else "utter_postage_less", amount=str(amount))

    async def _mind_orders(self, ctx: TurnContext, address: Address) -> None:
        """Tell which orders still go to the address before, and offer to send the only one to the new one."""
        latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
        there = [o.id for o in latest if self.suits(o) and o.address["street"] != address.street]
        if len(there) == 1:
            ctx.say("utter_order_still_goes_there", order_id=there[0])
            given = {"address_target": "order", "address": ctx.slot("address")}
            ctx.offer(self.form, {"order_id": there[0], **given})
        elif there:
            ctx.say("utter_orders_still_go_there", orders=" and ".join(there))

    async def _target(self, ctx: TurnContext) -> str | None:
        if ctx.slot("address_target") is None:
            if ctx.slot("order_id"):
                ctx.set("address_target", "order")
            elif await puts_number_right(ctx) or not any(
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
            if order.state in _ON_ITS_WAY:
                ctx.say("utter_redirect_by_person", buttons=[PERSON])
                ctx.offer("action_handoff")
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
