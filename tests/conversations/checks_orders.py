"""What cases about orders and addresses can assert."""

from __future__ import annotations

from typing import Any

from closer.kit.pagination import PageRequest
from closer.services import Services
from closer.tickets.records import TicketFilter
from tests.conversations.state import check


@check("order_items")
async def _order_items(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """`items` names all lines as "2 x product id", with the size behind a blank if there is one."""
    order = await services.orders.get(details["id"])
    found = sorted(
        " ".join([f"{i.quantity} x {i.product_id}", *i.options.values()]) for i in order.items
    )
    if "items" in details:
        assert found == sorted(details["items"]), f"the lines are {found}"
    if "total" in details:
        assert str(order.total) == details["total"], f"the total is {order.total}"


@check("order_goes_to")
async def _order_goes_to(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    order = await services.orders.get(details.pop("id"))
    for part, expected in details.items():
        assert order.address[part] == expected, f"it goes to {dict(order.address)}"


@check("cancellation")
async def _cancellation(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    order = await services.orders.get(details["id"])
    assert order.state == "cancelled", f"the order is {order.state}"
    assert str(order.fee) == details["fee"], f"the fee is {order.fee}"
    assert str(order.refunded) == details["refunded"], f"{order.refunded} go back"


@check("address_on_file")
async def _address_on_file(
    services: Services, customer: str | None, details: dict[str, Any]
) -> None:
    """The address with a `label`, or else the default one, in its parts."""
    label, known = details.pop("label", None), await services.customers.addresses(str(customer))
    chosen = [
        address for address in known if (address.label == label if label else address.is_default)
    ]
    assert chosen, f"there is none among {[address.label for address in known]}"
    for part, expected in details.items():
        assert getattr(chosen[-1], part) == expected, f"on file is {chosen[-1].one_line}"


@check("address_count")
async def _address_count(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    known = await services.customers.addresses(str(customer))
    assert len(known) == details["count"], f"on file are {[address.one_line for address in known]}"


@check("delivery_ticket")
async def _delivery_ticket(
    services: Services, customer: str | None, details: dict[str, Any]
) -> None:
    """The tickets of a category: how many, and what the newest is about."""
    wanted = TicketFilter(category=details.get("category", "delivery"))
    created = [
        ticket
        for ticket in (await services.tickets.list(PageRequest(limit=50), wanted)).items
        if ticket.conversation_id
    ]
    mine = [ticket for ticket in created if ticket.customer_id == customer or customer is None]
    assert len(mine) == details["count"], f"the tickets are {[ticket.subject for ticket in mine]}"
    if "about" in details:
        assert details["about"] in mine[0].subject, f"it is about {mine[0].subject}"


@check("nothing_sent")
async def _nothing_sent(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """No message went to an address."""
    await services.notifications.deliver_due()
    sent = [message.address for message in await services.sandbox.latest()]
    assert details["to"] not in sent, f"messages went to {sent}"
