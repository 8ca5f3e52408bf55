"""The orders' service, put together from its parts."""

from __future__ import annotations

from closer.orders.forgetting import Forgetting
from closer.orders.fulfilling import Fulfilling
from closer.orders.importing import Importing
from closer.orders.overcharging import Overcharging
from closer.orders.reading import Reading


class OrderService(Reading, Fulfilling, Overcharging, Importing, Forgetting):
    """Orders, from placing to refund.

    What a customer asks for takes the customer's id and checks that the order is theirs; another person's order is
    `NotFound`. What changes something is one transaction, leaves entries in the order's history, and with an
    `idempotency_key` is done once however often it is asked for (`OrderChange.repeated`).

    Its parts: `reading` (find, get, list, latest, progress, history), `placing` (place_order, pay), `changing`
    (change_quantity, remove_item, add_item, swap_variant, change_address), `cancelling` (cancellation, cancel),
    `refunding` (refund_terms, request_refund, refunds, decide_refund, pay_refund), `overcharging` (overcharge,
    refund_overcharge), `invoicing` (invoice,
    invoices, invoice_document), `fulfilling` (advance), `importing` (import_rows), `forgetting` (forget).
    """
