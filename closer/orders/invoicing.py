"""Invoices: issued when an order is paid, replaced when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from closer.kit.errors import NotFound
from closer.orders.base import OrdersBase
from closer.orders.documents import invoice_html, invoice_text
from closer.orders.identifiers import invoice_id
from closer.orders.records import Invoice, Order


class Invoicing(OrdersBase):
    """Issuing and finding invoices."""

    async def invoice(self, customer_id: str, reference: str) -> Invoice:
        """Return a customer's invoice by its own number or by that of its order (then the valid one).

        Raises:
            NotFound: if there is none, or it is another customer's.
        """
        found = await self._invoices.find(invoice_id(reference))
        if found is not None and found.customer_id == customer_id:
            return found
        if not invoice_id(reference).startswith("INV"):
            order = await self.find(customer_id, reference)
            issued = await self._invoices.of_order(order.id)
            if issued:
                return issued[0]
            raise NotFound("the invoice is issued once the order is paid", code="not_invoiced_yet")
        raise NotFound("there is no such invoice", code="invoice_not_found")

    async def invoices(self, customer_id: str) -> Sequence[Invoice]:
        """Return a customer's invoices, the newest first."""
        return await self._invoices.of_customer(customer_id)

    def invoice_document(self, invoice: Invoice, form: Literal["text", "html"] = "text") -> str:
        """Return an invoice as a document to read or to print."""
        return invoice_html(invoice) if form == "html" else invoice_text(invoice)

    async def _issue_invoice(self, order: Order, by: str) -> Invoice:
        """Issue an invoice over the order as it is; one that there is becomes `replaced`."""
        now = self._clock.now()
        before = await self._invoices.of_order(order.id)
        await self._invoices.set_state(order.id, "replaced")
        number = await self._requests.next_number(f"invoice-{now.year}")
        chosen = f"INV-{now.year}-{number:05d}"
        await self._invoices.add(
            {
                "id": chosen,
                "order_id": order.id,
                "customer_id": order.customer_id,
                "state": "issued",
                "replaces": before[0].id if before else None,
                "issued_at": now,
                "currency": order.currency,
                "total": order.total.amount,
                "content": invoice_content(order),
            }
        )
        await self._event(order, "invoice", by, invoice_id=chosen)
        issued = await self._invoices.find(chosen)
        if issued is None:  # pragma: no cover - inserted above
            raise RuntimeError("an invoice vanished")
        return issued


def invoice_content(order: Order) -> dict[str, Any]:
    """Return what an invoice over the order says."""
    payment = order.payment
    return {
        "currency": order.currency,
        "address": dict(order.address),
        "ordered_at": order.placed_at.isoformat(),
        "lines": [
            {
                "line": item.line,
                "sku": item.sku,
                "name": item.name,
                "options": dict(item.options),
                "quantity": item.quantity,
                "unit_price": str(item.unit_price.amount),
                "total": str(item.total.amount),
            }
            for item in order.items
        ],
        "subtotal": str(order.subtotal.amount),
        "discount": str(order.discount.amount),
        "shipping": str(order.shipping.amount),
        "total": str(order.total.amount),
        "payment": payment.masked if payment else "",
    }
