from __future__ import annotations

import pytest

from closer.kit.errors import Conflict, NotFound
from closer.orders.records import Order
from closer.orders.tables import payments
from tests.integration.shop.stage import ANNA, BEN, Stage


async def charged_again(stage: Stage, order: Order) -> None:
    """Take the order's payment a second time."""
    first = order.payments[0]
    row = {
        **first.__dict__,
        "id": f"{first.id}x",
        "order_id": order.id,
        "amount": first.amount.amount,
    }
    async with stage.services.db.transaction() as connection:
        await connection.execute(payments.insert().values(row))


async def test_an_order_charged_once_is_not_overcharged(stage: Stage) -> None:
    order = await stage.paid()
    assert (await stage.orders.overcharge(ANNA, order.id)).amount == 0
    with pytest.raises(Conflict) as error:
        await stage.orders.refund_overcharge(ANNA, order.id)
    assert error.value.code == "not_overcharged"


async def test_a_second_charge_is_asked_back_once_and_waits_for_a_decision(stage: Stage) -> None:
    order = await stage.paid()
    await charged_again(stage, order)
    assert await stage.orders.overcharge(ANNA, order.id) == order.total

    done = await stage.orders.refund_overcharge(ANNA, order.id, idempotency_key="k1")
    again = await stage.orders.refund_overcharge(ANNA, order.id, idempotency_key="k1")

    assert done.refund is not None
    assert (done.refund.kind, done.refund.state) == ("overcharge", "requested")
    assert done.refund.amount == order.total
    assert again.repeated
    assert again.refund == done.refund
    assert (await stage.orders.overcharge(ANNA, order.id)).amount == 0
    assert len(await stage.orders.refunds(ANNA, order.id)) == 1


async def test_a_refused_correction_can_be_asked_for_again(stage: Stage) -> None:
    order = await stage.paid()
    await charged_again(stage, order)
    done = await stage.orders.refund_overcharge(ANNA, order.id)
    assert done.refund is not None
    await stage.orders.decide_refund(done.refund.id, False, by="test")
    assert await stage.orders.overcharge(ANNA, order.id) == order.total


async def test_somebody_elses_order_is_not_found(stage: Stage) -> None:
    order = await stage.paid()
    with pytest.raises(NotFound):
        await stage.orders.overcharge(BEN, order.id)
