from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from closer.catalog.categories import CATEGORIES
from closer.kit.money import Money
from closer.orders import policy
from closer.orders.records import Order, OrderItem, Payment
from closer.orders.states import STATES, TRANSITIONS

PLACED = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)
CENTS = st.integers(1, 500_000).map(lambda cents: Decimal(cents) / 100)


def money(amount: Decimal | str) -> Money:
    return Money(Decimal(amount))


def order(
    state: str = "paid", price: Decimal | str = "100", quantity: int = 1, **values: object
) -> Order:
    item = OrderItem(1, "P-0001", "S", "Lamp", "home", {}, money(price), quantity)
    total = item.total
    payment = Payment("p", "payment", "visa", "captured", "Visa", total, None, PLACED, PLACED)
    defaults: dict[str, object] = {
        "id": "1",
        "customer_id": "c",
        "state": state,
        "subtotal": total,
        "discount": money("0"),
        "shipping": money("0"),
        "total": total,
        "fee": money("0"),
        "refunded": money("0"),
        "delivery_method": "standard",
        "address": {},
        "deliver_from": PLACED + timedelta(days=3),
        "deliver_until": PLACED + timedelta(days=5),
        "placed_at": PLACED,
        **{f"{name}_at": None for name in STATES if name != "placed"},
        "updated_at": PLACED,
        "items": (item,),
        "payments": (payment,),
    }
    if state in ("delivered", "returned"):
        defaults["delivered_at"] = PLACED + timedelta(days=4)
    return Order(**{**defaults, **values})  # type: ignore[arg-type]


@given(price=CENTS, seconds=st.integers(0, 7200))
def test_two_hours_are_free(price: Decimal, seconds: int) -> None:
    terms = policy.cancellation_terms(order(price=price), PLACED + timedelta(seconds=seconds))
    assert (terms.allowed, terms.fee.amount, terms.refund.amount) == (True, 0, price)


@given(price=CENTS, seconds=st.integers(7201, 10**7))
def test_the_fee_is_never_above_five_per_cent_nor_fifteen_dollars(
    price: Decimal, seconds: int
) -> None:
    terms = policy.cancellation_terms(order(price=price), PLACED + timedelta(seconds=seconds))
    assert terms.allowed
    assert 0 <= terms.fee.amount <= min(Decimal(15), price * Decimal("0.05") + Decimal("0.005"))
    assert terms.fee + terms.refund == money(price)


@given(
    state=st.sampled_from(sorted(set(STATES) - {"placed", "paid"})), hours=st.integers(0, 10_000)
)
def test_nothing_is_cancelled_from_packing_on(state: str, hours: int) -> None:
    terms = policy.cancellation_terms(order(state), PLACED + timedelta(hours=hours))
    assert (terms.allowed, terms.refund.amount) == (False, 0)
    assert terms.text


def test_the_fee_is_never_more_than_what_was_taken() -> None:
    little = order(price="200", refunded=money("195"))
    terms = policy.cancellation_terms(little, PLACED + timedelta(hours=3))
    assert (terms.fee.amount, terms.refund.amount) == (5, 0)


def test_each_department_has_a_policy() -> None:
    assert set(policy.REFUND_POLICIES) == {category.id for category in CATEGORIES}
    for terms in policy.REFUND_POLICIES.values():
        assert 14 <= terms.days <= 365
        assert 0 <= terms.restocking_rate < 1
    assert policy.refund_policy("unknown") == policy.DEFAULT_POLICY


@given(
    price=CENTS,
    quantity=st.integers(1, 20),
    returned=st.integers(0, 25),
    days=st.floats(0, 500),
    reason=st.sampled_from(["changed_mind", "damaged", "late", "wrong_item"]),
)
def test_never_more_goes_back_than_was_paid(
    price: Decimal, quantity: int, returned: int, days: float, reason: str
) -> None:
    bought = order("delivered", price, quantity)
    now = PLACED + timedelta(days=4 + days)
    terms = policy.refund_terms(bought, now, {1: returned}, reason)
    assert 0 <= terms.refundable.amount <= bought.paid.amount
    assert terms.eligible == (terms.refundable.amount > 0 or (terms.reason == "ok"))
    if returned >= quantity:
        assert terms.reason == "nothing_left"
    elif days < 60:
        assert terms.reason == "ok"


@given(start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), days=st.integers(1, 40))
def test_business_days_never_end_on_a_weekend(start: datetime, days: int) -> None:
    end = policy.add_business_days(start, days)
    assert end.weekday() < 5
    assert timedelta(days=days) <= end - start <= timedelta(days=days * 7 / 5 + 3)


def test_every_state_is_reachable_and_some_are_final() -> None:
    reached, frontier = {"placed"}, {"placed"}
    while frontier:
        frontier = set().union(*(TRANSITIONS[state] for state in frontier)) - reached
        reached |= frontier
    assert reached == set(STATES) == set(TRANSITIONS)
    assert {state for state in STATES if not TRANSITIONS[state]} == {"cancelled", "refunded"}
