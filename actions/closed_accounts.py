"""Holders of closed accounts: a code to their address proves them for privacy requests, and for nothing else."""

from __future__ import annotations

from actions.context import TurnContext
from closer.conversations.values import normalise_email
from closer.customers.records import Customer


async def holder_of(ctx: TurnContext, email: str) -> Customer | None:
    """Return the customer of an address; also the one who closed the account, where the task is open to them or the mail is theirs."""
    customers = ctx.services.customers
    found = await customers.find_by_email(email)
    theirs = ctx.sender is not None and normalise_email(ctx.sender) == email
    if found is None and (ctx.open_to_closed or theirs):
        return await customers.find_closed_by_email(email)
    return found


async def is_closed(ctx: TurnContext) -> bool:
    """Say whether it is the holder of a closed account who proved here by code who they are."""
    if ctx.customer_id is None or ctx.metadata.get("proven"):
        return False
    customer = await ctx.services.customers.find(ctx.customer_id)
    return customer is not None and customer.status == "closed"
