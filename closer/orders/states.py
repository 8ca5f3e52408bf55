"""The life of an order: its states and what may follow what."""

from __future__ import annotations

from closer.kit.errors import Conflict

STATES = ("placed", "paid", "packed", "shipped", "delivered", "cancelled", "returned", "refunded")

TRANSITIONS: dict[str, frozenset[str]] = {
    "placed": frozenset({"paid", "cancelled"}),
    "paid": frozenset({"packed", "cancelled"}),
    "packed": frozenset({"shipped"}),
    "shipped": frozenset(
        {"delivered", "returned", "refunded"}
    ),  # refused at the door; lost on its way
    "delivered": frozenset({"returned", "refunded"}),
    "returned": frozenset({"refunded"}),
    "cancelled": frozenset(),
    "refunded": frozenset(),
}

#: Until it is packed, an order can be cancelled and changed.
OPEN = frozenset({"placed", "paid"})

#: States of a refund that will never be paid.
VOID_REFUNDS = ("refused", "withdrawn")

#: How a state reads to a customer.
STATE_WORDS = {
    "placed": "placed, waiting for payment",
    "paid": "confirmed",
    "packed": "packed",
    "shipped": "on its way",
    "delivered": "delivered",
    "cancelled": "cancelled",
    "returned": "returned",
    "refunded": "refunded",
}


def check_transition(order_id: str, state: str, to: str) -> None:
    """Insist that a state may follow another.

    Raises:
        Conflict: if it may not.
    """
    if to not in TRANSITIONS[state]:
        raise Conflict(
            f"order {order_id} is {state} and cannot become {to}",
            code="transition_not_allowed",
            state=state,
        )
