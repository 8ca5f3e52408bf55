"""Not being written to or called any more, or again, as the chat carries it out: for every address of that kind, in the ledger."""

from __future__ import annotations

from actions.context import TurnContext
from closer.reach.records import KIND_OF


async def stop_contact(
    ctx: TurnContext, channel: str, customer_id: str | None, address: str | None = None
) -> bool:
    """Keep that somebody is not to be contacted on a channel; say whether we know an address of theirs for it.

    Args:
        ctx: The turn.
        channel: `sms`, `voice` or `email`.
        customer_id: The customer, all of whose addresses it holds for, those added later too.
        address: The one address that a stranger named, whoever it belongs to.
    """
    services, kind, source = ctx.services, KIND_OF[channel], f"chat:{ctx.message_id}"
    owned: list[tuple[str | None, str]]
    if customer_id is not None:
        owned = [
            (customer_id, item.address)
            for item in await services.addresses.of(customer_id)
            if item.kind == kind
        ]
    else:
        owners = await services.addresses.owners(kind, str(address))
        owned = [(owner, str(address)) for owner in owners]
    for owner, place in owned or ([(None, str(address))] if address else []):
        await services.contact_consents.record(
            channel, str(place), granted=False, source=source, customer_id=owner
        )
        if channel == "email":
            await services.newsletter.unsubscribe(str(place))
    if customer_id is not None:
        await services.contact_consents.record_for_all(
            channel, customer_id, granted=False, source=source
        )
    return bool(owned or address)


async def allow_contact(ctx: TurnContext, channel: str, customer_id: str) -> None:
    """Take a customer's own word that they may be contacted on a channel again."""
    services, source = ctx.services, f"chat:{ctx.message_id}"
    for item in await services.addresses.of(customer_id):
        if item.kind == KIND_OF[channel]:
            await services.contact_consents.record(
                channel, item.address, granted=True, source=source, customer_id=customer_id
            )
    await services.contact_consents.record_for_all(
        channel, customer_id, granted=True, source=source
    )
