"""Checks and arrangements of money and the customers' voice: refunds, tickets, mails, feedback, payments."""

from __future__ import annotations

import re
from typing import Any

from closer.kit.pagination import PageRequest
from closer.orders.tables import payments
from closer.services import Services
from closer.tickets.records import TicketFilter
from tests.conversations.state import arrangement, check

_SOME = PageRequest(limit=50)


@check("refund")
async def _refund(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """A refund of an order that fits, or with `count`, how many the order has."""
    found = await services.orders.refunds(str(customer), details.get("order"))
    if "count" in details:
        assert len(found) == details["count"], f"there are {len(found)} refunds"
    wanted = {
        k: v
        for k, v in details.items()
        if k in ("state", "amount", "kind", "reason_code", "lines", "pieces", "reason")
    }
    if not wanted:
        return
    seen = [
        {
            "state": refund.state,
            "amount": str(refund.amount),
            "kind": refund.kind,
            "reason_code": refund.reason_code,
            "lines": [line for line, _ in refund.items],
            "pieces": [list(pair) for pair in refund.items],
            "reason": refund.reason,
        }
        for refund in found
    ]
    assert any(all(_fits(item[k], v) for k, v in wanted.items()) for item in seen), (
        f"refunds are {seen}"
    )


@check("ticket")
async def _ticket(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """A ticket that fits, or with `count`, how many there are of a category."""
    conversation = customer or "vis_harness"
    wanted = TicketFilter(conversation_id=conversation, category=details.get("category"))
    page = await services.tickets.list(_SOME, wanted)
    if "count" in details:
        assert len(page.items) == details["count"], f"there are {[t.subject for t in page.items]}"
    said = details.get("says")
    if not said and "priority" not in details:
        return
    seen = []
    for item in page.items:
        full = await services.tickets.get(item.id)
        text = "\n".join([full.subject, *(comment.body for comment in full.comments)])
        seen.append((full.priority, text))
        words = [said] if isinstance(said, str) else said or []
        if full.priority == details.get("priority", full.priority) and all(
            re.search(each, text, re.IGNORECASE) for each in words
        ):
            return
    raise AssertionError(f"tickets are {seen}")


@check("mail")
async def _mail(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """A mail of a kind in the outbox, or with `count`, how many."""
    who = None if details.get("anybody") else customer
    rows = (await services.notifications.list(_SOME, customer_id=who)).items
    found = [row for row in rows if row.kind == details["kind"]]
    if "count" in details:
        assert len(found) == details["count"], f"mails are {[row.kind for row in rows]}"
    if "says" in details or "to" in details:
        assert any(
            re.search(details.get("says", ""), row.body or "")
            and details.get("to", row.address) == row.address
            for row in found
        ), f"mails are {[(row.address, row.body) for row in found]}"


@check("feedback")
async def _feedback(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Feedback that fits; `about` are words of the answer that it is about."""
    rows = [
        r
        for r in (await services.feedback.list(_SOME)).items
        if r.conversation_id == (customer or "vis_harness")
    ]
    if "count" in details:
        assert len(rows) == details["count"], f"there are {len(rows)}"
    wanted = {
        k: v
        for k, v in details.items()
        if k in ("rating", "kind", "product_id", "order_id", "comment")
    }
    if not wanted and "about" not in details:
        return
    for row in rows:
        fits = all(_fits(getattr(row, k), v) for k, v in wanted.items())
        if fits and "about" in details:
            about = row.about
            complete = (
                about.entry_id and about.message_id and about.confidence and about.model_version
            )
            assert complete, f"what it is about is incomplete: {about}"
            fits = re.search(details["about"], about.response_text or "", re.IGNORECASE) is not None
        if fits:
            return
    raise AssertionError(
        f"feedback is {[(r.kind, r.rating, r.comment, r.product_id, r.about) for r in rows]}"
    )


@check("handoff")
async def _handoff(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Who has the conversation."""
    state = (await services.handoff.state(customer or "vis_harness")).state
    assert state == details["state"], f"it is {state}"


@arrangement("charged_twice")
async def charged_twice(services: Services, order_id: str) -> None:
    """Take the payment of an order a second time."""
    order = await services.orders.get(order_id)
    first = order.payments[0]
    row = {
        **first.__dict__,
        "id": f"{first.id}x",
        "order_id": order_id,
        "amount": first.amount.amount,
    }
    async with services.db.transaction() as connection:
        await connection.execute(payments.insert().values(row))


def _fits(value: Any, wanted: Any) -> bool:
    """Compare; words are looked for as a regular expression, amounts and names must be the same."""
    if isinstance(wanted, str) and isinstance(value, str):
        return value == wanted or (
            not wanted.startswith("$") and re.search(wanted, value, re.IGNORECASE) is not None
        )
    return bool(value == wanted)
