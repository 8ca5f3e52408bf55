"""Checks of accounts, privacy, mails, tickets, handoff and appointments."""

from __future__ import annotations

from typing import Any

from closer.handoff.records import HandoffRequest
from closer.kit.pagination import PageRequest
from closer.providers.sandbox import SandboxMessages
from closer.services import Services
from closer.tickets.records import TicketFilter
from tests.conversations.state import arrangement, check

_VISITOR = "vis_harness"


@arrangement("phone_on_file")
async def phone_on_file(services: Services, details: dict[str, Any]) -> None:
    """Let a customer have a phone number."""
    await services.customers.update(details["customer"], phone=details["phone"])


@arrangement("code_asked_elsewhere")
async def code_asked_elsewhere(services: Services, details: dict[str, Any]) -> None:
    """Let a mailbox have got a code in another session a moment ago; a `customer`'s for the proof of identity."""
    await services.verification.request(
        purpose=details.get("purpose", "chat_identity"),
        customer_id=details.get("customer"),
        address=details["email"],
        conversation_id="vis_another",
    )


@check("customer")
async def _customer(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Fields of a customer; `preferences` by key; `email` of nobody means that there is no such customer."""
    found = await services.customers.get(details.get("id") or str(customer))
    for field in (
        "name",
        "email",
        "phone",
        "account_type",
        "locale",
        "newsletter",
        "sale_opt_out",
        "status",
    ):
        if field in details:
            assert getattr(found, field) == details[field], f"{field} is {getattr(found, field)!r}"
    for key, value in details.get("preferences", {}).items():
        assert found.preferences.get(key) == value, f"{key} is {found.preferences.get(key)!r}"


@check("account")
async def _account(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Who can sign in with an address: `exists`, and the customer's `name`, `account_type`."""
    found = await services.accounts.find_by_email(details["email"])
    assert (found is not None) == details.get("exists", True), f"the account is {found}"
    if found is not None and found.customer_id is not None:
        owner = await services.customers.get(found.customer_id)
        for field in ("name", "account_type"):
            if field in details:
                assert getattr(owner, field) == details[field], (
                    f"{field} is {getattr(owner, field)!r}"
                )
        if "customer_id" in details:
            assert owner.id == details["customer_id"], f"it is {owner.id}'s"


@check("no_customer")
async def _no_customer(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Nobody has this address."""
    found = await services.customers.find_by_email(details["email"])
    assert found is None, f"it is {found and found.id}'s"


@check("sent")
async def _sent(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """How often something went `to` an address with words in its subject or text; `count` 1 or more if left out."""
    await services.notifications.deliver_due()
    sent = await SandboxMessages(services.db).latest(address=details["to"])
    words = str(details.get("about", "")).lower()
    fitting = [m for m in sent if words in f"{m.subject}\n{m.text}".lower()]
    if "count" in details:
        assert len(fitting) == details["count"], f"{[m.subject for m in sent]}"
    else:
        assert fitting, f"went there: {[m.subject for m in sent]}"


@check("ticket_kept")
async def _ticket_kept(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """The newest ticket of the conversation: `category`, `priority`, `state`, `comment`; or `count`."""
    wanted = TicketFilter(conversation_id=customer or _VISITOR, category=details.get("category"))
    tickets = (await services.tickets.list(PageRequest(limit=20), wanted)).items
    if "count" in details:
        assert len(tickets) == details["count"], f"there are {len(tickets)}"
    if details.get("count") == 0:
        return
    assert tickets, "there is no ticket"
    newest = await services.tickets.get(tickets[0].id)
    for field in ("priority", "state"):
        if field in details:
            assert getattr(newest, field) == details[field], f"{field} is {getattr(newest, field)}"
    if "comment" in details:
        said = " ".join(comment.body for comment in newest.comments)
        assert details["comment"].lower() in said.lower(), f"the comment is {said!r}"


@check("person")
async def _person(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Who has the conversation (`state`), and of a request `priority`, `reason`, words in its `transcript`."""
    conversation = customer or _VISITOR
    request: HandoffRequest | None = await services.handoff.current(conversation)
    state = request.state if request else "bot"
    assert state == details.get("state", "waiting"), f"state is {state}"
    if request is None:
        return
    for field in ("priority", "reason", "channel"):
        if field in details:
            assert getattr(request, field) == details[field], (
                f"{field} is {getattr(request, field)}"
            )
    if "transcript" in details:
        said = " ".join(str(entry.get("text")) for entry in request.transcript).lower()
        assert details["transcript"].lower() in said, f"the transcript is {said!r}"


@check("appointment")
async def _appointment(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """The next appointment: `starts`, `phone`, what its `topic` holds; or `count` 0."""
    booked = await services.appointments.upcoming(customer or _VISITOR)
    assert len(booked) == details.get("count", 1), f"{booked}"
    if booked:
        starts = f"{booked[0].starts_at:%Y-%m-%d %H:%M}"
        assert starts == details.get("starts", starts), f"starts at {starts}"
        assert booked[0].phone == details.get("phone", booked[0].phone), f"phone {booked[0].phone}"
        assert details.get("topic", "") in booked[0].topic, f"it is about {booked[0].topic}"


@check("privacy")
async def _privacy(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """How many requests of a `kind` there are, and the `state` of the newest."""
    who = details.get("id") or str(customer)
    page = await services.compliance.list(
        PageRequest(limit=10), customer_id=who, kind=details["kind"]
    )
    assert len(page.items) == details.get("count", 1), f"there are {len(page.items)}"
    if page.items and "state" in details:
        assert page.items[0].state in details["state"].split("|"), f"state is {page.items[0].state}"


@check("newsletter")
async def _newsletter(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Whether an address without account is subscribed."""
    found = await services.newsletter.is_subscribed(details["email"])
    assert found == details["subscribed"], f"subscribed is {found}"


@arrangement("account_closed")
async def account_closed(services: Services, customer_id: str) -> None:
    """Close a customer's account, as if that was long ago."""
    await services.customers.close_account(customer_id)
    account = await services.accounts.find_by_customer(customer_id)
    if account is not None:
        await services.accounts.close(account.account_id)
