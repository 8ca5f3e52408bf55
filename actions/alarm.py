"""Somebody else may be in the account: everybody is signed out, and a person looks into it with top priority."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta

from rasa_sdk.events import ActiveLoop, EventType, SlotSet

from actions.after_task import task_follow_up
from actions.base import CloserAction
from actions.context import TurnContext
from actions.forms import HOUSEKEEPING, TASKS
from actions.no_account import offer_account, says_no_account
from actions.waiting import begin_with
from closer.conversations.turn import to_json
from closer.kit.errors import TooManyRequests
from closer.kit.pagination import PageRequest

#: An e-mail address that was changed so lately may be the intruder's: no link goes there.
_DOUBTFUL = timedelta(days=30)
#: Shut out of one's own account: a new password helps, it is no alarm.
_LOCKED = re.compile(
    r"\b(?:account|profile|log ?in|access)\b.{0,20}\b(?:locked|blocked|suspended|disabled|frozen)\b|\block(?:ed)? (?:me )?out\b"
    r"|\bblocked (?:me )?from (?:my account|logging in|signing in)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:some(?:one|body)|hack\w*|stole\w*|intruder|who|they|(?:not|wasn'?t|was not|isn'?t) me|i did(?:n'?t| not)|never|chang\w*|order\w*)\b",
    re.IGNORECASE,
)
_TRANSCRIPT = 50


class SecurityAlert(CloserAction):
    """`security_alert`: ends the sessions, sends a link for a new password, queues an urgent request with a ticket.

    Signing somebody out does no harm, so the address that a message came from is proof enough for it.
    """

    action_name = "action_security_alert"
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Secure the account and fetch a person; whatever was in progress ends, it may not be the owner's wish."""
        if (events := await task_follow_up(ctx)) is not None:
            return events  # "but I never got it" is about the refund just spoken of
        if _LOCKED.search(ctx.text) and not _SOMEBODY.search(ctx.text):
            return begin_with(ctx, "recover_password")
        if says_no_account(ctx):
            offer_account(ctx)
            return []
        secured, linked = await _secure(ctx)
        history = await ctx.services.conversations.history(
            ctx.conversation_id, PageRequest(limit=_TRANSCRIPT)
        )
        request = await ctx.services.handoff.request(
            conversation_id=ctx.conversation_id,
            reason="safety",
            priority="urgent",
            customer_id=ctx.likely_customer_id,
            channel=ctx.channel,
            transcript=[to_json(entry) for entry in history.items],
            subject="Somebody else may be in a customer's account",
        )
        said = "secured" if linked else "signed_out" if secured else "passed_on"
        ctx.say(f"utter_alarm_{said}", ticket_id=request.ticket_id)
        form = ctx.active_form
        task = TASKS.get(form.removesuffix("_form"))
        ctx.fresh.update({**(task.forgotten() if task else HOUSEKEEPING), "interrupted": None})
        return [ActiveLoop(None), SlotSet("requested_slot", None)]

    async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
        """Say how else people can be reached."""
        ctx.say("utter_handoff_down", email=ctx.services.settings.mail_from)
        return []


async def _secure(ctx: TurnContext) -> tuple[bool, bool]:
    """Sign everybody out and send a link for a new password; return whether each was done."""
    services, customer_id = ctx.services, ctx.likely_customer_id
    account = await services.accounts.find_by_customer(customer_id) if customer_id else None
    if customer_id is None or account is None:
        return False, False
    await services.accounts.end_sessions(account.account_id)
    since = services.clock.now() - _DOUBTFUL
    changes = await services.customers.changes(customer_id, since=since)
    if any(change.field == "email" for change in changes):
        return True, False
    customer = await services.customers.get(customer_id)
    with suppress(TooManyRequests):
        await services.verification.request_reset(
            account.account_id, account.email, customer.first_name
        )
        return True, True
    return True, False
