"""Opening, switching and closing accounts."""

from __future__ import annotations

import re
import secrets

from actions.context import TurnContext
from actions.forms import Task
from actions.slot_types import ConfirmSlot, EmailSlot
from actions.tasks.account_slots import NameSlot, TierSlot
from actions.tasks.proof import tells_password
from closer.customers.records import ACCOUNT_TYPES
from closer.customers.tiers import TIERS, tier
from closer.notifications import account_templates
from closer.orders.records import Order
from closer.security.verification_records import mask_address

_UP = re.compile(r"\b(up(grade|agrade|garde)?|higher|better|bump|step up|more)\b", re.IGNORECASE)
_DOWN = re.compile(r"\b(down(grade)?|lower|cheaper|smaller|basic|less)\b", re.IGNORECASE)
_ANOTHER = re.compile(
    r"\b((other|another|different|second|alt|wrong|business|private|personal|work|wife'?s|husband'?s|two)\s+"
    r"(user|account|accounts|profile|login)(?! ?(type|tier|plan|level))|between (my )?(accounts|users|profiles)|switch users?|log ?in as)\b",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"^(how|what|which|can minors|is there|may|do i|does it)\b|\bhow (do|can|to|2)\b", re.IGNORECASE
)


class CreateAccount(Task):
    """Opens an account; the password is chosen behind a link that goes to the address."""

    name = "create_account"
    title = "opening an account"
    slots = {
        "person_name": NameSlot(),
        "email": EmailSlot(),
        "account_type": TierSlot(),
        "confirmed": ConfirmSlot(),
    }
    needs_identity = False
    ticket_category = "registration"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Tell who has one already; never take a password."""
        if tells_password(ctx.text):
            ctx.say("utter_no_password_please")
        if ctx.customer_id is not None and ctx.slot("email") is None:
            customer = await ctx.services.customers.get(ctx.customer_id)
            ctx.say("utter_have_account", name=customer.first_name, tier=customer.account_type)
        elif _HOW.search(ctx.text):
            ctx.say("utter_how_to_register")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Say the account in one sentence before asking for the yes."""
        if all(ctx.slot(slot) is not None for slot in ("person_name", "email", "account_type")):
            chosen = tier(ctx.slot("account_type"))
            ctx.set(
                "task_summary",
                f"a {chosen.name} account ({chosen.price}) for {ctx.slot('person_name')} with {ctx.slot('email')}",
            )
        return list(self.slots)

    async def perform(self, ctx: TurnContext) -> None:
        """Open it, or tell the owner of the address; here it sounds the same."""
        email = ctx.slot("email")
        services = ctx.services
        known = await services.customers.find_by_email(email)
        if known is not None or await services.accounts.find_by_email(email) is not None:
            await tell_owner(ctx, email)
        else:
            customer = await services.customers.create(
                name=ctx.slot("person_name"),
                email=email,
                account_type=ctx.slot("account_type"),
                by=f"msg:{ctx.message_id}",
            )
            account = await services.accounts.create(
                email=email, password=secrets.token_urlsafe(32), customer_id=customer.id
            )
            await services.verification.request_reset(
                account.account_id, email, customer.first_name
            )
        ctx.say("utter_account_created", email=email, minutes="30")


async def tell_owner(ctx: TurnContext, email: str) -> None:
    """Tell the owner of an address by mail that it has an account; the chat does not learn it."""
    customer = await ctx.services.customers.find_by_email(email)
    settings = ctx.services.settings
    await ctx.services.notifications.enqueue(
        account_templates.account_exists(
            settings.shop_name,
            customer.first_name if customer else None,
            sign_in=settings.public_url,
        ),
        channel="email",
        address=email,
        customer_id=customer.id if customer else None,
        idempotency_key=ctx.key("exists"),
    )


class SwitchAccount(Task):
    """Moves the account to another tier, with price and benefits before the yes."""

    name = "switch_account"
    title = "changing your account type"
    slots = {"account_type": TierSlot(), "confirmed": ConfirmSlot()}
    ticket_category = "account"

    async def begin(self, ctx: TurnContext) -> None:
        """Tell another user's sign-in from another tier; "upgrade" without a tier means the next one."""
        if ctx.slot("account_type") is not None:
            return
        if _ANOTHER.search(ctx.text):
            ctx.say("utter_sign_in_as_another", url=ctx.services.settings.public_url)
            self.finish(ctx, "answered")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Compare the two tiers."""
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        now, name = tier(customer.account_type), ctx.slot("account_type")
        if name is None:
            self._offer(ctx, now.rank)
            return ["account_type"]
        if name == now.name:
            ctx.say("utter_same_tier", tier=name)
            ctx.set("account_type", None)
            self._offer(ctx, now.rank)
            return ["account_type"]
        new = tier(name)
        ctx.set(
            "task_summary",
            f"from {now.name} ({now.price}; {now.benefits}) to {new.name} ({new.price}; {new.benefits})",
        )
        return ["account_type", "confirmed"]

    @staticmethod
    def _offer(ctx: TurnContext, rank: int) -> None:
        others = [name for name in ACCOUNT_TYPES if name != ACCOUNT_TYPES[rank]]
        if _UP.search(ctx.text) and rank < len(ACCOUNT_TYPES) - 1:
            others = list(ACCOUNT_TYPES[rank + 1 :])
        elif _DOWN.search(ctx.text) and rank > 0:
            others = list(ACCOUNT_TYPES[:rank])
        ctx.set("task_data", {"offered": others})
        gratis = [name for name in others if not TIERS[name].monthly.amount]
        priced = [f"{name} ({TIERS[name].price})" for name in others if name not in gratis]
        listed = [f"{' or '.join(gratis)} (free of charge)", *priced] if gratis else priced
        ctx.set("task_summary", ", ".join(listed))

    async def perform(self, ctx: TurnContext) -> None:
        """Change the tier."""
        customer = await ctx.services.customers.change_tier(
            str(ctx.customer_id), ctx.slot("account_type"), by=f"msg:{ctx.message_id}"
        )
        chosen = tier(customer.account_type)
        ctx.say(
            "utter_tier_changed", tier=chosen.name, price=chosen.price, benefits=chosen.benefits
        )


class DeleteAccount(Task):
    """Closes the account after saying what that means."""

    name = "delete_account"
    title = "closing your account"
    slots = {"confirmed": ConfirmSlot("delete|close|remove|cancel")}
    ticket_category = "account"

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Name the orders that are still on their way."""
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        if customer.status == "closed":
            ctx.say("utter_account_is_closed")
            self.finish(ctx, "impossible")
            return []
        orders = [o for o in await ctx.services.orders.latest(customer.id, 20) if _on_its_way(o)]
        ctx.set("task_summary", _orders_note(orders))
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Close the account and its sign-in, tell by mail, offer the erasure of the data."""
        services, customer_id = ctx.services, str(ctx.customer_id)
        customer = await services.customers.get(customer_id)
        await services.customers.close_account(customer_id, by=f"msg:{ctx.message_id}")
        account = await services.accounts.find_by_customer(customer_id)
        if account is not None:
            await services.accounts.close(account.account_id)
        if customer.email:
            await services.notifications.enqueue(
                account_templates.account_closed(services.settings.shop_name, customer.first_name),
                channel="email",
                address=customer.email,
                customer_id=customer_id,
                idempotency_key=f"closed:{customer_id}",
            )
        where = mask_address(customer.email) if customer.email else "your address"
        ctx.offer("request_data_deletion_form")
        ctx.say("utter_account_closed", email=where)


def _on_its_way(order: Order) -> bool:
    return order.state in ("placed", "paid", "packed", "shipped")


def _orders_note(orders: list[Order]) -> str:
    if not orders:
        return ""
    numbers = ", ".join(order.id for order in orders)
    return (
        f"Your open orders ({numbers}) still arrive. "
        if len(orders) > 1
        else f"Your open order {numbers} still arrives. "
    )
