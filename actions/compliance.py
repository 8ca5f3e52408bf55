"""Privacy requests as the chat makes them: recorded with a receipt, which is said."""

from __future__ import annotations

from datetime import datetime

from actions.context import TurnContext
from closer.compliance.records import PrivacyRequest
from closer.customers.records import Customer
from closer.security.verification_records import mask_address


async def opt_out_of_sale(ctx: TurnContext, customer_id: str) -> PrivacyRequest:
    """Stop the sale and sharing of a customer's data at once."""
    return await ctx.services.compliance.opt_out(customer_id, reason=ctx.text, **_source(ctx))


async def allow_sale_again(ctx: TurnContext, customer_id: str) -> PrivacyRequest:
    """Take an opt-out back."""
    return await ctx.services.compliance.opt_in(customer_id, reason=ctx.text, **_source(ctx))


async def request_export(ctx: TurnContext, customer_id: str) -> PrivacyRequest:
    """Ask for a copy of a customer's data; the identity is proven."""
    return await ctx.services.compliance.request_export(customer_id, verified=True, **_source(ctx))


async def request_deletion(ctx: TurnContext, customer_id: str) -> PrivacyRequest:
    """Ask for the erasure of a customer's data; the identity is proven."""
    return await ctx.services.compliance.request_deletion(
        customer_id, verified=True, second_thoughts=True, **_source(ctx)
    )


async def withdraw_deletion(ctx: TurnContext, customer_id: str) -> PrivacyRequest:
    """Take the wish to be forgotten back."""
    actor = _source(ctx)["actor"]
    return await ctx.services.compliance.withdraw_deletion(customer_id, actor=actor)


def say_receipt(
    ctx: TurnContext, response: str, request: PrivacyRequest, customer: Customer
) -> None:
    """Say a response with the receipt, the due date and where the mail goes."""
    shown = customer.email if ctx.customer_id else None  # a mere guess who writes must not learn it
    where = mask_address(shown) if shown else "the address we have on file"
    ctx.say(response, receipt=request.receipt, date=day(request.due_at), email=where)


def day(moment: datetime) -> str:
    """Return a day in words."""
    return f"{moment.day} {moment:%B %Y}"


def _source(ctx: TurnContext) -> dict[str, str]:
    return {"channel": ctx.channel, "actor": f"chat:{ctx.conversation_id}"}
