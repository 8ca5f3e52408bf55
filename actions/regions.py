"""Phone numbers as people write them at home: read by the country of the customer."""

from __future__ import annotations

from actions.context import TurnContext
from closer.conversations.values import normalise_phone


async def phone_of(ctx: TurnContext, text: str) -> str | None:
    """Return a possible number as E.164: of the customer's country, else of the shop's; None if it is none."""
    for region in await _regions(ctx):
        if (found := normalise_phone(text, region)) is not None:
            return found
    return None


async def _regions(ctx: TurnContext) -> list[str]:
    """Return where a number may be from, the likeliest first: the default address, the language, the shop."""
    regions = [ctx.services.settings.default_region]
    customer_id = ctx.likely_customer_id
    customer = await ctx.services.customers.find(customer_id) if customer_id else None
    if customer is None:
        return regions
    homes = await ctx.services.customers.addresses(customer.id)
    _, _, country = customer.locale.partition("-")
    return [*(home.country for home in homes[:1]), *([country] if country else []), *regions]
