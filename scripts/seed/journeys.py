"""What happened to a parcel of the demo shop on its way."""

from __future__ import annotations

from datetime import datetime, timedelta

from closer.orders.records import Order


def journey(
    order: Order, shipped: datetime, delivered: datetime | None, estimate: datetime, now: datetime
) -> tuple[list[dict[str, str]], str]:
    """Return what happened to a parcel until now, and its state."""
    city = str(order.address["city"])
    arrival = delivered or max(estimate, shipped + timedelta(days=2))
    span = arrival - shipped
    steps = [
        (shipped, "shipped", "Handed over to the carrier", "Reno, NV"),
        (shipped + span * 0.3, "departed", "Left the sorting center", "Reno, NV"),
        (shipped + span * 0.7, "arrived", "Arrived at the local depot", city),
        (
            arrival - min(timedelta(hours=9), span * 0.15),
            "out_for_delivery",
            "Out for delivery",
            city,
        ),
    ]
    if delivered:
        steps.append((delivered, "delivered", "Delivered", city))
    past = [step for step in steps if step[0] <= now]
    events = [
        {"at": at.isoformat(), "code": code, "text": text, "place": place}
        for at, code, text, place in past
    ]
    last = past[-1][1] if past else "shipped"
    late = not delivered and estimate < now
    state = (
        "delayed" if late else last if last in ("delivered", "out_for_delivery") else "in_transit"
    )
    return events, state
