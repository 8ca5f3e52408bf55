"""An invoice as it is shown: a card, and the words for a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from actions.days import day_of
from closer.conversations.turn import Button, Card, Fact
from closer.kit.money import Money
from closer.orders.records import Invoice

_SHOWN_LINES = 8


def invoice_card(invoice: Invoice, buttons: list[Button] | None = None) -> Card:
    """Return an invoice as a card: its lines, sums and payment."""
    content = invoice.content
    facts = [
        Fact(label=_counted(line), value=_money(line["total"], invoice))
        for line in content["lines"][:_SHOWN_LINES]
    ]
    if Decimal(content["discount"]):
        facts.append(Fact(label="Discount", value=f"-{_money(content['discount'], invoice)}"))
    facts.append(Fact(label="Delivery", value=_money(content["shipping"], invoice)))
    facts.append(Fact(label="Total", value=str(invoice.total)))
    if content["payment"]:
        facts.append(Fact(label="Paid by", value=str(content["payment"])))
    day = f"{invoice.issued_at.day} {invoice.issued_at:%B %Y}"
    return Card(
        kind="invoice",
        title=f"Invoice {invoice.id}",
        subtitle=f"{day}, order {invoice.order_id}",
        facts=facts,
        buttons=buttons or [],
    )


def invoice_values(invoice: Invoice) -> dict[str, Any]:
    """Return what a sentence about an invoice names."""
    names = " and ".join(_counted(line) for line in invoice.content["lines"][:_SHOWN_LINES])
    return {
        "invoice_id": invoice.id,
        "order_id": invoice.order_id,
        "date": day_of(invoice.issued_at),
        "total": str(invoice.total),
        "lines": names,
        "payment": str(invoice.content["payment"] or "a way not recorded"),
    }


def _counted(line: Mapping[str, Any]) -> str:
    return f"{line['quantity']} x {line['name']}" if line["quantity"] > 1 else str(line["name"])


def _money(amount: str, invoice: Invoice) -> str:
    return str(Money(Decimal(amount), invoice.total.currency))


def invoices_listed(invoices: Sequence[Invoice]) -> str:
    """Return several invoices in one line."""
    return "; ".join(f"{each.id} ({each.total}, order {each.order_id})" for each in invoices)


def mail_button(invoice_id: str) -> Button:
    """Return the quick reply that has an invoice sent."""
    return Button(title="E-mail it to me", payload=f'/get_invoice{{"invoice_id":"{invoice_id}"}}')
