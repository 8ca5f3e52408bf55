from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from html.parser import HTMLParser

from closer.kit.money import Money
from closer.orders.documents import invoice_html, invoice_text
from closer.orders.records import Invoice

CONTENT = {
    "currency": "USD",
    "address": {
        "recipient": "A & <b>B</b>",
        "street": "1 Road",
        "city": "Leeds",
        "region": None,
        "postcode": "LS1",
        "country": "GB",
    },
    "lines": [
        {
            "line": 1,
            "sku": "S<1>",
            "name": 'Lamp "Halo" & more',
            "options": {"size": "M"},
            "quantity": 2,
            "unit_price": "20.00",
            "total": "40.00",
        },
        {
            "line": 2,
            "sku": "S2",
            "name": "A name that is much too long to fit on one line of a plain text invoice",
            "options": {},
            "quantity": 1,
            "unit_price": "1000.00",
            "total": "1000.00",
        },
    ],
    "subtotal": "1040.00",
    "discount": "104.00",
    "shipping": "0.00",
    "total": "936.00",
    "payment": "Visa ending in 4242",
}
INVOICE = Invoice(
    "INV-2026-00001",
    "12345",
    "c",
    "replaced",
    None,
    datetime(2026, 3, 1, tzinfo=timezone.utc),
    Money(Decimal(936)),
    CONTENT,
)


class Balance(HTMLParser):
    """Checks that tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_balanced_and_escaped() -> None:
    page = Balance()
    page.feed(invoice_html(INVOICE))
    assert page.open == []
    assert 'Lamp "Halo" & more (M)' in page.text
    assert "A & <b>B</b>" in page.text
    assert "This invoice was replaced." in page.text


def test_text_has_aligned_amounts() -> None:
    lines = invoice_text(INVOICE).splitlines()
    amounts = [line for line in lines if line.endswith(".00")]
    assert {len(line) for line in amounts} == {64}
    assert "-$104.00" in invoice_text(INVOICE) or "$-104.00" in invoice_text(INVOICE)
    assert lines[-1] == "Paid by Visa ending in 4242"
