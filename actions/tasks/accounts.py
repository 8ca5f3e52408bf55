"""Opening accounts and changing their type."""

from __future__ import annotations

import re
import secrets
from typing import Any

from actions.address_target import asks_default
from actions.afterwards import remember_change
from actions.context import TurnContext
from actions.forms import Task
from actions.mailbox_slot import EmailSlot
from actions.no_account import asks_for_need, offer_account
from actions.slot_types import ConfirmSlot
from actions.spoken_of import address_just_given
from actions.tasks.account_questions import about_tier
from actions.tasks.name_slot import NameSlot
from actions.tasks.proof import tells_password
from actions.tasks.tier_slot import TierSlot
from actions.waiting import hand_over
from closer.customers.records import ACCOUNT_TYPES
from closer.customers.tiers import TIERS, tier
from closer.notifications import account_templates

_UP = re.compile(r"\b(up(grade|agrade|garde)?|higher|better|bump|step up|more)\b", re.IGNORECASE)
_DOWN = re.compile(r"\b(down(grade)?|lower|cheaper|smaller|basic|less)\b", re.IGNORECASE)
_ANOTHER = re.compile(
    r"\b((other|another|different|second|alt|wrong|business|private|personal|work|wife'?s|husband'?s|two)\s+"
    r"(user|account|accounts|profile|login)(?! ?(type|tier|plan|level))|between (my )?(accounts|users|profiles)|switch users?|log ?in as)\b",
    re.IGNORECASE,
)
#: Who is signed in and says this wants another type of account rather than another account.
_OWN_TIER = re.compile(r"\b(member|membership|tier|plan|upgrade|(make|turn) me)\b", re.IGNORECASE)
#: With a tier but none of these, "a gold account" is one's own that becomes gold.
_OPENS = re.compile(
    r"\b(?:open|creat\w*|set(?:ting)? up|regist\w*|sign(?:ing)? ?(?:me )?up|new|another|second)\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\b(?:options|choices|which ones|what (?:is|are) there|what (?:do|have) you (?:have|got))\b",
    re.IGNORECASE,
)
_FOR_SOMEBODY = re.compile(r"\bfor (my|our|a|an|somebody|someone|him|her|them)\b", re.IGNORECASE)
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
        """Tell who has one already, and who asks whether they need one; never take a password."""
        if asks_for_need(ctx):
            offer_account(ctx)
            self.finish(ctx, "answered")
            return
        if tells_password(ctx.text):
            ctx.say("utter_no_password_please")
        if ctx.customer_id is not None and ctx.slot("email") is None:
            customer = await ctx.services.customers.get(ctx.customer_id)
            own: dict[str, Any] = {"name": customer.first_name, "tier": customer.account_type}
            wished = ctx.slot("account_type")
            own_tier = _OWN_TIER.search(ctx.text) or (wished and not _OPENS.search(ctx.text))
            if own_tier and not _FOR_SOMEBODY.search(ctx.text):
                if wished not in (None, customer.account_type):
                    hand_over(ctx, self, "switch_account", account_type=wished)
                    return
                ctx.offer("switch_account_form", {"account_type": wished})
                ctx.say("utter_have_account_only", **own)
                self.finish(ctx, "answered")
                return
            ctx.say("utter_have_account", **own)
        elif _HOW.search(ctx.text):
            ctx.say("utter_how_to_register")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Say what was understood so far; say the account in one sentence before asking for the yes."""
        told = [
            str(ctx.slot(slot))
            for slot in ("person_name", "email", "account_type")
            if ctx.fresh.get(slot) and ctx.fresh[slot] != ctx.tracker.slots.get(slot)
        ]
        if told and ctx.slot("person_name") is None:
            ctx.say("utter_account_so_far", known=" and ".join(told))
        if all(ctx.slot(slot) is not None for slot in ("person_name", "email", "account_type")):
            chosen = tier(ctx.slot("account_type"))
            ctx.set(
                "task_summary",
                f"a {chosen.name} account ({chosen.price}) for {ctx.slot('person_name')} with {ctx.slot('email')}",
            )
        return list(self.slots)

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer what a type of account costs and brings."""
        return about_tier(ctx, ctx.slot("account_type"))

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
                account.account_id, email, customer.first_name, first=True
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
        if asks_default(ctx.text) and address_just_given(ctx):
            hand_over(ctx, self, "set_up_shipping_address")
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

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer what the new tier costs and brings, and from when; the question that follows names the choice."""
        if ctx.slot("account_type") is None and _CHOICE.search(ctx.text):
            return True
        return about_tier(ctx, ctx.slot("account_type"))

    async def perform(self, ctx: TurnContext) -> None:
        """Change the tier."""
        old = await ctx.services.customers.get(str(ctx.customer_id))
        customer = await ctx.services.customers.change_tier(
            old.id, ctx.slot("account_type"), by=f"msg:{ctx.message_id}"
        )
        chosen = tier(customer.account_type)
        ctx.say(
            "utter_tier_changed", tier=chosen.name, price=chosen.price, benefits=chosen.benefits
        )
        remember_change(ctx, self.name, {"account_type": old.account_type})
