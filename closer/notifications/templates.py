"""What our messages say: one small function a message, plain text with a subject."""

from __future__ import annotations

from datetime import datetime

from closer.kit.money import Money
from closer.notifications.records import Content


def _letter(shop: str, name: str | None, *paragraphs: str) -> str:
    greeting = f"Hello {name}," if name else "Hello,"
    return "\n\n".join([greeting, *paragraphs, f"Your {shop} team"])


def _day(at: datetime) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y}"


def one_time_code(shop: str, code: str, minutes: int) -> Content:
    """The code that proves who somebody is."""
    return Content(
        "one_time_code",
        f"Your {shop} code",
        _letter(
            shop,
            None,
            f"Your code is {code}. It works once and for {minutes} minutes.",
            "Tell it only to our assistant, in the chat, message or call in which you asked for it; we never call you "
            "or write to you to ask for it. If you did not ask for a code, ignore this message: "
            "nobody can do anything without it.",
        ),
        f"{code} is your {shop} code. It works for {minutes} minutes. Never share it.",
    )


def password_reset(shop: str, name: str | None, link: str, minutes: int) -> Content:
    """The link behind which a new password is chosen."""
    return Content(
        "password_reset",
        f"Choose a new {shop} password",
        _letter(
            shop,
            name,
            f"You can choose a new password here:\n{link}",
            f"The link works once and for {minutes} minutes. If you did not ask for it, ignore this message: "
            "your password stays as it is.",
        ),
    )


def refund_receipt(
    shop: str, name: str | None, *, refund_id: str, order_id: str, amount: Money
) -> Content:
    """What was asked back for an order."""
    return Content(
        "refund_receipt",
        f"Your refund for order {order_id}",
        _letter(
            shop,
            name,
            f"We have your refund request {refund_id}: {amount} for order {order_id}.",
            "The money goes back to the way you paid. You can ask us about it at any time with the number above.",
        ),
        f"{shop}: refund {refund_id} of {amount} for order {order_id} is on its way.",
    )


def invoice_copy(
    shop: str, name: str | None, *, invoice_id: str, order_id: str, document: str
) -> Content:
    """An invoice as plain text."""
    return Content(
        "invoice_copy",
        f"Your invoice {invoice_id}",
        _letter(shop, name, f"Here is the invoice for your order {order_id}.", document.strip()),
    )


def ticket_receipt(
    shop: str, name: str | None, *, ticket_id: str, subject: str, due_at: datetime
) -> Content:
    """That a ticket was opened."""
    return Content(
        "ticket_receipt",
        f"We are looking into it: {ticket_id}",
        _letter(
            shop,
            name,
            f"We opened ticket {ticket_id} for you: {subject}",
            f"Somebody from our team answers by {_day(due_at)}.",
        ),
        f"{shop}: ticket {ticket_id} is open. We answer by {_day(due_at)}.",
    )


_PRIVACY = {
    "data_deletion": "delete the data that we hold about you",
    "data_export": "give you a copy of the data that we hold about you",
    "opt_out": "not sell or share your data",
    "opt_in": "allow the sale or sharing of your data again",
}


def privacy_receipt(
    shop: str, name: str | None, *, request_id: str, kind: str, due_at: datetime, done: bool
) -> Content:
    """That a privacy request arrived, or was carried out."""
    wish = _PRIVACY.get(kind, "handle your data as you wish")
    state = "This is done." if done else f"We will have done so by {_day(due_at)} at the latest."
    return Content(
        "privacy_erased" if done and kind == "data_deletion" else "privacy_receipt",
        f"Your privacy request {request_id}",
        _letter(shop, name, f"You asked us to {wish}. {state}", f"Your receipt is {request_id}."),
    )


def data_export_ready(
    shop: str, name: str | None, *, request_id: str, link: str, days: int
) -> Content:
    """Where the copy of one's data can be fetched."""
    return Content(
        "data_export_ready",
        f"Your data is ready ({request_id})",
        _letter(
            shop,
            name,
            f"The copy of your data can be fetched here:\n{link}",
            f"The link works for {days} days.",
        ),
    )


def handoff_promise(shop: str, name: str | None, *, ticket_id: str, due_at: datetime) -> Content:
    """That nobody was free, and by when somebody answers."""
    return Content(
        "handoff_promise",
        f"We will get back to you: {ticket_id}",
        _letter(
            shop,
            name,
            "You asked for a person and nobody was free in time. We are sorry.",
            f"Your conversation is with our team as ticket {ticket_id}; somebody answers by {_day(due_at)}.",
        ),
        f"{shop}: sorry, nobody was free. Ticket {ticket_id}: we answer by {_day(due_at)}.",
    )


def order_change(shop: str, name: str | None, *, order_id: str, change: str) -> Content:
    """What changed about an order; `change` is a whole sentence."""
    return Content(
        "order_change",
        f"Your order {order_id}",
        _letter(shop, name, change, f"This is about order {order_id}."),
        f"{shop}, order {order_id}: {change}",
    )


def appointment_booked(shop: str, name: str | None, *, starts_at: datetime, topic: str) -> Content:
    """When an agent calls."""
    when = f"{_day(starts_at)} at {starts_at:%H:%M} UTC"
    return Content(
        "appointment_booked",
        f"We call you on {_day(starts_at)}",
        _letter(shop, name, f"One of our agents calls you on {when} about: {topic}"),
        f"{shop}: we call you on {when}.",
    )
