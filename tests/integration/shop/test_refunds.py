from __future__ import annotations

from decimal import Decimal

import pytest

from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.orders.records import NewItem
from tests.integration.shop.stage import ANNA, BEN, LAMP, LAPTOP, SHIRT, Stage

SMALL = NewItem(SHIRT, 1, {"size": "S"})


async def test_the_whole_order_goes_back(stage: Stage) -> None:
    order = await stage.reached("delivered", NewItem(LAMP), SMALL)
    change = await stage.orders.request_refund(ANNA, order.id, reason="changed my mind")

    assert change.refund is not None
    assert (change.refund.state, str(change.refund.amount)) == ("requested", "$154.00")
    assert change.refund.items == ((1, 1), (2, 1))
    assert change.order.refunded == change.refund.amount
    with pytest.raises(Conflict) as error:
        await stage.orders.request_refund(ANNA, order.id)
    assert error.value.code == "nothing_left"


async def test_small_sums_are_approved_at_once(stage: Stage) -> None:
    order = await stage.reached("delivered", SMALL)
    change = await stage.orders.request_refund(ANNA, order.id)
    assert change.refund is not None
    assert (change.refund.state, str(change.refund.amount)) == (
        "approved",
        "$25.00",
    )  # postage aside


async def test_faulty_goods_come_with_the_postage(stage: Stage) -> None:
    order = await stage.reached("delivered", SMALL)
    change = await stage.orders.request_refund(ANNA, order.id, reason="it arrived damaged")
    assert change.refund is not None
    assert (change.refund.reason_code, change.refund.amount) == ("damaged", order.total)


@pytest.mark.parametrize(("days", "eligible"), [(60, True), (60.01, False)])
async def test_the_last_day_counts(stage: Stage, days: float, eligible: bool) -> None:
    order = await stage.reached("delivered")
    stage.later(days=days)
    terms = await stage.orders.refund_terms(ANNA, order.id)
    assert (terms.eligible, terms.reason) == (eligible, "ok" if eligible else "too_late")

    faulty = await stage.orders.refund_terms(ANNA, order.id, "the lamp is broken")
    assert faulty.eligible


async def test_each_category_has_its_own_days(stage: Stage) -> None:
    order = await stage.reached("delivered", NewItem(LAMP), NewItem(LAPTOP))
    stage.later(days=45)  # over for computers, not for the home
    terms = await stage.orders.refund_terms(ANNA, order.id)
    assert [(item.category, item.eligible) for item in terms.items] == [
        ("home", True),
        ("computers", False),
    ]
    assert str(terms.refundable) == "$129.00"

    with pytest.raises(InvalidInput) as error:
        await stage.orders.request_refund(ANNA, order.id, items=[(2, 1)])
    assert error.value.code == "not_returnable"


async def test_computers_cost_a_restocking_fee_unless_faulty(stage: Stage) -> None:
    order = await stage.reached("delivered", NewItem(LAPTOP))
    assert str((await stage.orders.refund_terms(ANNA, order.id)).refundable) == "$899.10"
    assert (
        str((await stage.orders.refund_terms(ANNA, order.id, "wrong item")).refundable) == "$999.00"
    )


async def test_pieces_go_back_one_after_the_other(stage: Stage) -> None:
    order = await stage.reached("delivered", NewItem(LAMP, 3))
    one = await stage.orders.request_refund(ANNA, order.id, items=[(1, 1)])
    assert one.refund is not None
    assert str(one.refund.amount) == "$129.00"
    with pytest.raises(InvalidInput):
        await stage.orders.request_refund(ANNA, order.id, items=[(1, 3)])
    rest = await stage.orders.request_refund(ANNA, order.id)
    assert rest.refund is not None
    assert rest.refund.items == ((1, 2),)
    assert rest.order.refunded == order.total


@pytest.mark.parametrize("amount", ["0", "-5", "129.01", "NaN"])
async def test_amounts_that_are_refused(stage: Stage, amount: str) -> None:
    order = await stage.reached("delivered")
    with pytest.raises(InvalidInput):
        await stage.orders.request_refund(ANNA, order.id, amount=Decimal(amount))
    assert not await stage.orders.refunds(ANNA)


async def test_a_part_of_the_price_leaves_the_rest(stage: Stage) -> None:
    order = await stage.reached("delivered")
    part = await stage.orders.request_refund(ANNA, order.id, amount=Decimal("20"))
    assert part.refund is not None
    assert (part.refund.items, part.refund.state) == ((), "approved")
    terms = await stage.orders.refund_terms(ANNA, order.id)
    assert str(terms.refundable) == "$109.00"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("paid", "cancel_instead"),
        ("packed", "not_delivered_yet"),
        ("shipped", "not_delivered_yet"),
        ("refunded", "nothing_left"),
    ],
)
async def test_states_without_refund(stage: Stage, state: str, code: str) -> None:
    order = await stage.reached(state)
    with pytest.raises(Conflict) as error:
        await stage.orders.request_refund(ANNA, order.id)
    assert error.value.code == code


async def test_a_lost_parcel_is_refunded(stage: Stage) -> None:
    order = await stage.reached("shipped")
    stage.clock.set(order.deliver_until)
    stage.later(days=7)
    assert not (await stage.orders.refund_terms(ANNA, order.id, "never arrived")).eligible
    stage.later(seconds=1)
    change = await stage.orders.request_refund(ANNA, order.id, reason="it never arrived")
    assert change.refund is not None
    assert change.refund.amount == order.total


async def test_the_same_key_asks_once(stage: Stage) -> None:
    order = await stage.reached("delivered", NewItem(LAMP, 2))
    first = await stage.orders.request_refund(ANNA, order.id, items=[(1, 1)], idempotency_key="k")
    again = await stage.orders.request_refund(ANNA, order.id, items=[(1, 1)], idempotency_key="k")
    assert again.repeated
    assert again.refund == first.refund
    assert len(await stage.orders.refunds(ANNA, order.id)) == 1


async def test_a_refund_is_decided_paid_and_ends_the_order(stage: Stage) -> None:
    order = await stage.reached("delivered")
    asked = (await stage.orders.request_refund(ANNA, order.id)).refund
    assert asked is not None
    with pytest.raises(Conflict):
        await stage.orders.pay_refund(asked.id, by="agent")
    approved = await stage.orders.decide_refund(asked.id, True, by="agent")
    assert await stage.orders.decide_refund(asked.id, True, by="agent") == approved
    with pytest.raises(Conflict):
        await stage.orders.decide_refund(asked.id, False, by="agent")
    paid = await stage.orders.pay_refund(asked.id, by="agent")
    assert (paid.state, await stage.orders.pay_refund(asked.id, by="agent")) == ("paid", paid)
    assert (await stage.orders.get(order.id)).state == "refunded"


async def test_a_refused_refund_can_be_asked_for_again(stage: Stage) -> None:
    order = await stage.reached("delivered")
    asked = (await stage.orders.request_refund(ANNA, order.id)).refund
    assert asked is not None
    await stage.orders.decide_refund(asked.id, False, by="agent")
    assert (await stage.orders.refund_terms(ANNA, order.id)).eligible


async def test_refunds_are_their_owners(stage: Stage) -> None:
    order = await stage.reached("delivered")
    await stage.orders.request_refund(ANNA, order.id)
    assert not await stage.orders.refunds(BEN)
    for attempt in (
        stage.orders.refunds(BEN, order.id),
        stage.orders.refund_terms(BEN, order.id),
        stage.orders.request_refund(BEN, order.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_request_is_withdrawn_while_nobody_has_decided(stage: Stage) -> None:
    order = await stage.reached("delivered", NewItem(LAMP), SMALL)
    change = await stage.orders.request_refund(ANNA, order.id)
    assert change.refund is not None
    with pytest.raises(NotFound):
        await stage.orders.withdraw_refund(BEN, change.refund.id)

    for _ in range(2):  # twice is once
        withdrawn = await stage.orders.withdraw_refund(ANNA, change.refund.id)
        assert withdrawn.state == "withdrawn"
    assert (await stage.orders.get(order.id)).refunded.amount == 0
    assert (await stage.orders.refund_terms(ANNA, order.id)).eligible  # it may be asked for again


async def test_what_is_granted_is_not_withdrawn(stage: Stage) -> None:
    order = await stage.reached("delivered", SMALL)
    change = await stage.orders.request_refund(ANNA, order.id)
    assert change.refund is not None
    with pytest.raises(Conflict) as error:
        await stage.orders.withdraw_refund(ANNA, change.refund.id)
    assert error.value.code == "refund_decided"
