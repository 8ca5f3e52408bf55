"""Forgotten passwords and trouble with signing up. A password is never told or taken in the chat."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from typing import Any

from actions.code_slots import SentCodeSlot, lost_mailbox, say_wait
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.forms import Task
from actions.mail import open_ticket
from actions.mailbox_slot import EmailSlot
from actions.no_account import offer_account, says_no_account
from actions.slot_types import Answer, Filled, Invalid, TextSlot
from actions.spoken_of import told_lately
from actions.tasks.accounts import tell_owner
from actions.tasks.proof import tells_password
from closer.kit.errors import TooManyRequests
from closer.security.account_records import Account
from closer.security.roles import Role
from closer.security.verification_records import CheckResult, mask_address

_PURPOSE = "password_reset"
_LOST = "lost"
#: Marks what is told about a trouble that was dealt with before.
_MORE = {"more": True}


class ResetEmailSlot(EmailSlot):
    """The address of the account; a code is sent to it, if it is a customer's."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the address; ask not to type passwords."""
        if answer.asked and tells_password(ctx.text):
            ctx.say("utter_no_password_please")
        found = super().read(ctx, answer)
        return _LOST if found is None and answer.asked and lost_mailbox(ctx.text) else found

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Send a code to a well-formed address if somebody can sign in with it; without the mailbox only a person can help."""
        if value == _LOST:
            ctx.say("utter_mailbox_lost")
            ctx.set("task_outcome", "handoff")
            return Filled(None)
        outcome = await super().check(ctx, value)
        if isinstance(outcome, Filled) and outcome.value != ctx.slot("email"):
            await _send_or_wait(ctx, str(outcome.value))
        return outcome


class ResetCodeSlot(SentCodeSlot):
    """The code that allows a new password."""

    async def send(self, ctx: TurnContext) -> None:
        """Send another code."""
        await _send_code(ctx, str(ctx.slot("email")))

    async def judge(self, ctx: TurnContext, code: str) -> CheckResult:
        """Check the code that was sent to the address, in this conversation or just before in another one."""
        challenge = (ctx.slot("task_data") or {}).get("challenge")
        if not challenge:
            return CheckResult("not_requested")
        return await ctx.services.verification.check(code, challenge_id=challenge)

    async def void(self, ctx: TurnContext) -> None:
        """Ask for the address again."""
        ctx.set("email", None)


class RecoverPassword(Task):
    """Sends a link for a new password to the owner of the address."""

    name = "recover_password"
    title = "getting you a new password"
    slots = {"email": ResetEmailSlot(), "reset_code": ResetCodeSlot()}
    needs_identity = False
    ticket_category = "account"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Never take a password; without the mailbox only a person can help."""
        if tells_password(ctx.text):
            ctx.say("utter_no_password_please")
        if lost_mailbox(ctx.text):
            ctx.say("utter_mailbox_lost")
            self.finish(ctx, "handoff")

    def revise(self, ctx: TurnContext) -> None:
        """Keep which code was sent to the corrected address."""

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Who is signed in needs no code: the link goes to the address on record."""
        return [] if ctx.customer_id is not None else list(self.slots)

    async def perform(self, ctx: TurnContext) -> None:
        """Send the link."""
        email = ctx.slot("email")
        if ctx.customer_id is not None:
            email = (await ctx.services.customers.get(ctx.customer_id)).email
        before = await ctx.services.accounts.find_by_email(email) if email else None
        account = await _account_to_reset(ctx, email) if email else None
        if account is None:
            ctx.say("utter_no_reset_possible")
            return
        customer = await ctx.services.customers.get(str(account.customer_id))
        try:
            await ctx.services.verification.request_reset(
                account.account_id, account.email, customer.first_name, first=before is None
            )
        except TooManyRequests:
            ctx.say("utter_reset_already_sent", email=mask_address(account.email))
            return
        ctx.say("utter_reset_sent", email=mask_address(account.email), minutes="30")


class ProblemSlot(TextSlot):
    """What went wrong, in the customer's words; "it doesn't work" alone says nothing."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words, without an address that may stand in them."""
        if answer.asked and tells_password(ctx.text):
            ctx.say("utter_no_password_please")
        return super().read(ctx, answer)


#: What can be helped at once, by how it is told.
_KINDS = {
    "taken": re.compile(
        r"\b((already )?taken|already (in use|exists|registered|used)|address is in use)\b"
    ),
    "mail": re.compile(
        r"\b((confirmation|activation|verification|welcome)( ?e?-?mail| link| code)?"
        r"|(mail|link|code) (never|didn'?t|did not|hasn'?t|has not|isn'?t)"
        r"|(no|never got|didn'?t (get|receive)|not received|missing) (an? |the |any )?(e-?mail|mail|link|code))\b"
    ),
}


class RegistrationProblems(Task):
    """Finds out what went wrong at sign-up: sends the link again, or opens a ticket."""

    name = "registration_problems"
    title = "your sign-up problem"
    slots = {"problem_text": ProblemSlot(), "email": EmailSlot()}
    needs_identity = False
    ticket_category = "registration"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Take a first message that already tells what happened; who merely has no account is offered one.

        What is told about the trouble that was just dealt with belongs to the same address, and goes to a colleague.
        """
        before = told_lately(ctx, "email") if ended_lately(ctx) == self.name else None
        if before and ctx.slot("email") in (None, before):
            ctx.fresh.update({"email": before, "problem_text": ctx.text, "task_data": _MORE})
            return
        if says_no_account(ctx) and _kind(ctx.text) is None:
            offer_account(ctx)
            self.finish(ctx, "answered")
            return
        if _kind(ctx.text) or len(ctx.text.split()) >= 8:
            ctx.set("problem_text", ctx.text)

    async def perform(self, ctx: TurnContext) -> None:
        """Help at once where that is possible; what is said tells nothing about the address."""
        problem, email = ctx.slot("problem_text"), ctx.slot("email")
        kind = _kind(problem)
        if kind is None or ctx.slot("task_data") == _MORE:
            await self._ticket(ctx, problem, email)
            return
        account = await ctx.services.accounts.find_by_email(email)
        if (
            account is not None
            and account.role is Role.CUSTOMER
            and not account.verified
            and kind == "mail"
        ):
            with suppress(TooManyRequests):  # the last link still works
                await ctx.services.verification.request_reset(account.account_id, email, first=True)
        elif account is not None or await ctx.services.customers.find_by_email(email) is not None:
            await tell_owner(ctx, email)
        ctx.say(f"utter_registration_{kind}", email=email)

    async def _ticket(self, ctx: TurnContext, problem: str, email: str) -> None:
        opened = await open_ticket(
            ctx,
            subject="Trouble with signing up",
            category="registration",
            facts=[problem, f"Address: {email}"],
            address=email,
        )
        said = "utter_registration_told_more" if opened.again else "utter_registration_ticket"
        ctx.say(said, ticket_id=opened.ticket.id, email=email, date=opened.day)


def _kind(problem: str) -> str | None:
    return next((kind for kind, told in _KINDS.items() if told.search(problem.lower())), None)


async def _send_code(ctx: TurnContext, email: str) -> None:
    known = await _may_reset(ctx, email)
    sent = await ctx.services.verification.request(
        purpose=_PURPOSE, address=email, conversation_id=ctx.conversation_id, deliver=known
    )
    ctx.set("task_data", {"challenge": sent.challenge_id})


async def _send_or_wait(ctx: TurnContext, email: str) -> None:
    """Send a code; where it is too soon for one, the code just sent still holds, or it is said when there can be another."""
    try:
        await _send_code(ctx, email)
    except TooManyRequests as error:
        sent = await ctx.services.verification.pending(
            purpose=_PURPOSE, customer_id=None, address=email
        )
        ctx.set("task_data", {"challenge": sent.id} if sent else None)
        if sent is None:
            say_wait(ctx, error)


async def _may_reset(ctx: TurnContext, email: str) -> bool:
    account = await ctx.services.accounts.find_by_email(email)
    if account is not None:
        return account.role is Role.CUSTOMER
    return await ctx.services.customers.find_by_email(email) is not None


async def _account_to_reset(ctx: TurnContext, email: str) -> Account | None:
    """Return the customer's sign-in; one who has none yet gets it now that the address is proven."""
    account = await ctx.services.accounts.find_by_email(email)
    if account is not None:
        return account if account.role is Role.CUSTOMER else None
    customer = await ctx.services.customers.find_by_email(email)
    if customer is None:
        return None
    return await ctx.services.accounts.create(
        email=email, password=secrets.token_urlsafe(32), customer_id=customer.id, verified=True
    )
