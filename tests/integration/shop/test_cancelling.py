from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from closer.kit.errors import Conflict, NotFound
from closer.orders.records import NewItem
from tests.integration.shop.stage import ANNA, BEN, LAMP, LAPTOP, Stage


async def test_within_two_hours_all_goes_back(stage: Stage) -> None:
    order = await stage.paid()
    stage.later(hours=2)  # the last moment counts

    change = await stage.orders.cancel(ANNA, order.id, "ordered by mistake", by="msg:m1")

    assert change.order.state == "cancelled"
    assert change.order.cancelled_at == stage.clock.now()
    assert (change.fee.amount, change.refund and change.refund.amount) == (Decimal(0), order.total)
    assert change.refund is not None
    assert (change.refund.state, change.refund.kind) == ("approved", "cancellation")
    assert await stage.stock(LAMP) == 10
    assert (await stage.orders.invoice(ANNA, order.id)).state == "credited"
    assert [e.by for e in await stage.orders.history(ANNA, order.id)][-1] == "msg:m1"


@pytest.mark.parametrize(("product_id", "fee"), [(LAMP, "6.45"), (LAPTOP, "15.00")])
async def test_later_five_per_cent_are_kept_up_to_fifteen(
    stage: Stage, product_id: str, fee: str
) -> None:
    order = await stage.paid(NewItem(product_id))
    stage.later(hours=2, seconds=1)

    terms = stage.orders.cancellation(order)
    change = await stage.orders.cancel(ANNA, order.id)

    assert terms.allowed
    assert terms.free_until == order.placed_at + timedelta(hours=2)
    assert change.fee == terms.fee
    assert str(change.fee.amount) == fee
    assert change.refund is not None
    assert change.refund.amount == order.total - change.fee
    assert change.order.fee == change.fee


async def test_what_was_not_charged_costs_nothing_to_cancel(stage: Stage) -> None:
    order = await stage.placed(payment_method="bank_transfer")
    stage.later(days=1)
    change = await stage.orders.cancel(ANNA, order.id)

    assert (change.fee.amount, change.refund) == (Decimal(0), None)
    assert change.order.payment is not None
    assert change.order.payment.state == "voided"


@pytest.mark.parametrize("state", ["packed", "shipped", "delivered", "returned", "refunded"])
async def test_from_packing_on_it_is_too_late(stage: Stage, state: str) -> None:
    order = await stage.reached(state)
    terms = stage.orders.cancellation(order)
    assert (terms.allowed, terms.reason) == (False, state)

    before = await stage.stock(LAMP)
    with pytest.raises(Conflict) as error:
        await stage.orders.cancel(ANNA, order.id)
    assert error.value.code == "not_cancellable"
    assert (await stage.orders.get(order.id)).state == state
    assert await stage.stock(LAMP) == before


async def test_the_same_key_cancels_once_and_another_says_so(stage: Stage) -> None:
    order = await stage.paid()
    first = await stage.orders.cancel(ANNA, order.id, "x", "key")
    again = await stage.orders.cancel(ANNA, order.id, "x", "key")

    assert again.repeated
    assert (again.order, again.fee, again.refund) == (first.order, first.fee, first.refund)
    assert len(await stage.orders.refunds(ANNA, order.id)) == 1
    assert await stage.stock(LAMP) == 10
    with pytest.raises(Conflict) as error:
        await stage.orders.cancel(ANNA, order.id, "x", "other key")
    assert error.value.code == "already_cancelled"


async def test_two_at_once_cancel_once(stage: Stage) -> None:
    order = await stage.paid()
    outcomes = await asyncio.gather(
        *(stage.orders.cancel(ANNA, order.id) for _ in range(3)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert len(await stage.orders.refunds(ANNA)) == 1
    assert await stage.stock(LAMP) == 10


async def test_another_persons_order_does_not_exist(stage: Stage) -> None:
    order = await stage.paid()
    with pytest.raises(NotFound):
        await stage.orders.cancel(BEN, order.id)
    assert (await stage.orders.get(order.id)).state == "paid"
