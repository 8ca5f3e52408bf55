"""What is told right after a ticket about a complaint or a payment was opened: it goes on that ticket."""

from __future__ import annotations

from actions.confirming import is_asking
from actions.context import TurnContext
from actions.forms import TASKS
from actions.spoken_of import last_action
from actions.tone import priority_of

#: The tasks that open a ticket about a trouble.
_TROUBLES = ("complaint", "payment_issue")
_ENOUGH = 3


async def tells_more_of_trouble(ctx: TurnContext) -> bool:
    """Write on the ticket that was just opened what is told after it; say whether something was."""
    task = next((name for name in _TROUBLES if last_action(ctx, f"action_submit_{name}")), None)
    told = ctx.intent == "inform" and len(ctx.text.split()) >= _ENOUGH and not is_asking(ctx)
    if task is None or not told:
        return False
    tickets = ctx.services.tickets
    ticket = await tickets.latest_open(ctx.conversation_id, TASKS[task].ticket_category)
    if ticket is None:
        return False
    await tickets.tell_more(
        ticket.id,
        actor=ctx.likely_customer_id or "assistant",
        body=f"In the customer's words: {ctx.text}",
        priority=priority_of(ctx.text),
    )
    ctx.say("utter_added_to_ticket", ticket_id=ticket.id)
    return True
