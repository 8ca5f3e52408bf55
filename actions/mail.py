"""Writing to the customer beside the conversation: receipts, documents, tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from actions.context import TurnContext
from actions.days import due_day
from closer.notifications import templates
from closer.notifications.records import Content
from closer.tickets.records import Ticket


async def mail_customer(
    ctx: TurnContext,
    key: str,
    content: Callable[[str, str | None], Content],
    address: str | None = None,
) -> str | None:
    """Send an e-mail to the customer, once for a message and key.

    Args:
        ctx: The turn.
        key: What the mail is, for doing it once.
        content: Makes the mail of the shop's name and the customer's first name.
        address: Where to, if not the customer's own address.

    Returns:
        The address, or None if there is none.
    """
    customer = (
        await ctx.services.customers.find(ctx.likely_customer_id)
        if ctx.likely_customer_id
        else None
    )
    chosen = address or (customer.email if customer else None)
    if chosen is None:
        return None
    await ctx.services.notifications.enqueue(
        content(ctx.services.notifications.shop_name, customer.first_name if customer else None),
        channel="email",
        address=chosen,
        customer_id=customer.id if customer else None,
        idempotency_key=ctx.key(key),
    )
    return chosen


@dataclass(frozen=True)
class Opened:
    """A ticket that keeps what was told, the day of its due time, and whether it was there already."""

    ticket: Ticket
    day: str
    again: bool


async def open_ticket(
    ctx: TurnContext,
    *,
    subject: str,
    category: str,
    facts: list[str],
    priority: str = "normal",
    address: str | None = None,
) -> Opened:
    """Open a ticket with what is known and send its receipt; the same trouble told again goes to the ticket it has.

    Args:
        ctx: The turn.
        subject: What the trouble is; what follows a colon are the customer's words.
        category: One of the tickets' categories.
        facts: What is known, line by line.
        priority: How urgent it is; a ticket that is there becomes no less urgent.
        address: Where the receipt goes, if not to the customer's own address.
    """
    tickets, body = ctx.services.tickets, "\n".join(fact for fact in facts if fact)
    known = await tickets.find_trouble(ctx.conversation_id, category, subject.partition(":")[0])
    if known is not None:
        ticket = await tickets.tell_more(
            known.id, actor=ctx.likely_customer_id or "assistant", body=body, priority=priority
        )
        return Opened(ticket, due_day(ticket.due_at, ctx.services.clock.now()), again=True)
    ticket = await tickets.create(
        customer_id=ctx.likely_customer_id,
        conversation_id=ctx.conversation_id,
        subject=subject,
        category=category,
        comment=body,
        priority=priority,
        idempotency_key=ctx.key(category),
    )

    def receipt(shop: str, name: str | None) -> Content:
        return templates.ticket_receipt(
            shop, name, ticket_id=ticket.id, subject=ticket.subject, due_at=ticket.due_at
        )

    await mail_customer(ctx, "ticket", receipt, address)
    return Opened(ticket, due_day(ticket.due_at, ctx.services.clock.now()), again=False)
