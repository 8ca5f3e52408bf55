"""Invoices as documents: plain text for chat and mail, HTML for printing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from closer.customers.countries import country_name
from closer.kit.money import Money
from closer.orders.records import Invoice

SHOP = "Northlight"
_WIDTH = 64

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;max-width:46rem;margin:2.5rem auto;padding:0 1.5rem}
header{display:flex;justify-content:space-between;align-items:baseline;border-bottom:2px solid #1c2430}
h1{font-size:1.4rem;margin:.2rem 0}address{font-style:normal;margin:1.5rem 0}
table{width:100%;border-collapse:collapse;margin-top:1rem}th{text-align:left;font-weight:600}
th,td{padding:.45rem .3rem;border-bottom:1px solid #dfe3e8;vertical-align:top}
.n{text-align:right;font-variant-numeric:tabular-nums}tfoot td{border:0}tfoot tr:last-child td{font-weight:700}
.note{color:#5b6675;font-size:.9rem}@media print{body{margin:0 auto}}
"""


def invoice_text(invoice: Invoice) -> str:
    """Return an invoice as plain text."""
    content = invoice.content
    head = [
        f"{SHOP}: invoice {invoice.id}",
        f"{invoice.issued_at:%d %B %Y}, order {invoice.order_id}",
    ]
    if invoice.state != "issued":
        head.append(f"This invoice was {invoice.state}.")
    lines = [_row(_named(line), line["total"], invoice) for line in content["lines"]]
    sums = [_row(label, amount, invoice) for label, amount in _sums(content)]
    paid = f"Paid by {content['payment']}" if content["payment"] else ""
    parts = [*head, "", *_address(content["address"]), "", *lines, "-" * _WIDTH, *sums, "", paid]
    return "\n".join(parts).rstrip() + "\n"


def invoice_html(invoice: Invoice) -> str:
    """Return an invoice as a page of its own."""
    content = invoice.content
    rows = "".join(
        f"<tr><td>{escape(_named(line, counted=False))}<br><small>{escape(line['sku'])}</small></td>"
        f'<td class="n">{line["quantity"]}</td><td class="n">{_amount(line["unit_price"], invoice)}</td>'
        f'<td class="n">{_amount(line["total"], invoice)}</td></tr>'
        for line in content["lines"]
    )
    sums = "".join(
        f'<tr><td colspan="3" class="n">{escape(label)}</td><td class="n">{_amount(amount, invoice)}</td></tr>'
        for label, amount in _sums(content)
    )
    state = (
        ""
        if invoice.state == "issued"
        else f'<p class="note">This invoice was {escape(invoice.state)}.</p>'
    )
    address = "<br>".join(escape(part) for part in _address(content["address"]))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(invoice.id)}</title>'
        f"<style>{_STYLE}</style></head><body><header><h1>{SHOP}</h1><p>Invoice {escape(invoice.id)}</p></header>"
        f'<address>{address}</address><p class="note">{invoice.issued_at:%d %B %Y}, order '
        f"{escape(invoice.order_id)}</p>{state}<table><thead><tr><th>Item</th>"
        f'<th class="n">Pieces</th><th class="n">Each</th><th class="n">Sum</th></tr></thead>'
        f"<tbody>{rows}</tbody><tfoot>{sums}</tfoot></table>"
        f'<p class="note">{escape("Paid by " + content["payment"]) if content["payment"] else ""}</p></body></html>'
    )


def _named(line: Mapping[str, Any], *, counted: bool = True) -> str:
    options = ", ".join(str(value) for value in line["options"].values())
    name = f"{line['name']} ({options})" if options else str(line["name"])
    return f"{line['quantity']} x {name}" if counted else name


def _sums(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    sums = [("Items", content["subtotal"])]
    if Decimal(content["discount"]):
        sums.append(("Discount", f"-{content['discount']}"))
    return [*sums, ("Delivery", content["shipping"]), ("Total", content["total"])]


def _address(address: Mapping[str, str | None]) -> list[str]:
    place = " ".join(
        part for part in (address["city"], address["region"], address["postcode"]) if part
    )
    country = country_name(address["country"] or "")
    return [part for part in (address["recipient"], address["street"], place, country) if part]


def _amount(amount: str, invoice: Invoice) -> str:
    return escape(str(Money(Decimal(amount), invoice.total.currency)))


def _row(label: str, amount: str, invoice: Invoice) -> str:
    money = str(Money(Decimal(amount), invoice.total.currency))
    return f"{label[: _WIDTH - len(money) - 1]:<{_WIDTH - len(money)}}{money}"
