"""How far an order of the demo shop has come: when it was paid, packed, shipped, delivered, cancelled, returned."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from closer.orders.delivery import DeliveryOption
from closer.orders.policy import add_business_days

_WAY = ("placed", "paid", "packed", "shipped", "delivered")
_PATHS = {
    **{state: _WAY[: number + 1] for number, state in enumerate(_WAY)},
    "cancelled": ("placed", "paid", "cancelled"),
    "returned": (*_WAY, "returned"),
    "refunded": (*_WAY, "returned", "refunded"),
}


@dataclass(frozen=True)
class History:
    """The states that an order went through, each with its moment, in order.

    Attributes:
        refund: The state of its refund, if there is one.
        reason: Why it was cancelled or returned.
        failure: Why its payment failed, if it did.
    """

    moments: dict[str, datetime]
    refund: str | None = None
    reason: str = ""
    failure: str | None = None
    faulty: bool = field(default=False)

    @property
    def state(self) -> str:
        """The state it is in."""
        return list(self.moments)[-1]


def natural(
    rng: random.Random, placed: datetime, now: datetime, *, immediate: bool, option: DeliveryOption
) -> History:
    """Return the history of an order that was placed at a moment, as far as it has come by now."""
    planned = _planned(rng, placed, immediate, option)
    fate = rng.random()
    if fate < 0.045:
        planned = {
            "placed": placed,
            "paid": planned["paid"],
            "cancelled": _cancelled_at(rng, placed, planned),
        }
        return _after_cancelling(History(_until(planned, now), reason=rng.choice(_CANCELLED)), now)
    if fate < 0.12:
        planned["returned"] = planned["delivered"] + timedelta(days=rng.uniform(4, 20))
        planned["refunded"] = planned["returned"] + timedelta(days=rng.uniform(2, 6))
        return _after_returning(rng, History(_until(planned, now)))
    if immediate and fate < 0.14 and now - placed < timedelta(hours=30):
        return History(
            {"placed": placed},
            failure=rng.choice(("card_declined", "insufficient_funds", "authentication_failed")),
        )
    history = History(_until(planned, now))
    recent = history.state == "delivered" and now - planned["delivered"] < timedelta(days=25)
    if recent and rng.random() < 0.08:
        asked = rng.choice(("requested", "approved", "refused"))
        return replace(history, refund=asked, reason=rng.choice(_RETURNED))
    return history


def told(
    rng: random.Random,
    state: str,
    placed: datetime,
    now: datetime,
    *,
    immediate: bool,
    option: DeliveryOption,
) -> History:
    """Return the history of an order that is to be in a given state now; the moments fit into the time there was."""
    planned = _planned(rng, placed, immediate, option)
    planned["cancelled"] = placed + timedelta(hours=5)
    planned["returned"] = planned["delivered"] + timedelta(days=8)
    planned["refunded"] = planned["returned"] + timedelta(days=4)
    moments = {step: planned[step] for step in _PATHS[state]}
    last = moments[state]
    if last >= now:
        shrink = 0.9 * ((now - placed) / (last - placed))
        moments = {step: placed + (moment - placed) * shrink for step, moment in moments.items()}
    return History(moments)


_CANCELLED = ("ordered by mistake", "found it elsewhere", "takes too long", "no longer needed")
_RETURNED = (
    "does not fit",
    "arrived damaged",
    "changed my mind",
    "not as described",
    "stopped working",
)


def _planned(
    rng: random.Random, placed: datetime, immediate: bool, option: DeliveryOption
) -> dict[str, datetime]:
    paid = placed + (
        timedelta(seconds=rng.randint(40, 300))
        if immediate
        else timedelta(hours=rng.uniform(20, 50))
    )
    packed = max(paid, placed + timedelta(hours=2.2)) + timedelta(hours=rng.uniform(5, 24))
    shipped = packed + timedelta(hours=rng.uniform(2, 10))
    span = (option.latest - option.earliest) / timedelta(days=1)
    arrival = option.earliest + timedelta(days=span * rng.random(), hours=-rng.uniform(1, 8))
    delivered = max(arrival, shipped + timedelta(hours=20))
    if rng.random() < 0.06:
        delivered = add_business_days(delivered, rng.randint(1, 4))
    return {
        "placed": placed,
        "paid": paid,
        "packed": packed,
        "shipped": shipped,
        "delivered": delivered,
    }


def _cancelled_at(rng: random.Random, placed: datetime, planned: dict[str, datetime]) -> datetime:
    earliest = planned["paid"] + timedelta(minutes=5)
    return min(
        earliest + timedelta(hours=rng.uniform(0, 7)), planned["packed"] - timedelta(minutes=10)
    )


def _until(planned: dict[str, datetime], now: datetime) -> dict[str, datetime]:
    return {state: moment for state, moment in planned.items() if moment <= now}


def _after_cancelling(history: History, now: datetime) -> History:
    if history.state != "cancelled":
        return history
    old = now - history.moments["cancelled"] > timedelta(days=7)
    return replace(history, refund="paid" if old else "approved")


def _after_returning(rng: random.Random, history: History) -> History:
    if history.state not in ("returned", "refunded"):
        return history
    return replace(
        history,
        refund="paid" if history.state == "refunded" else "approved",
        reason=rng.choice(_RETURNED),
    )
