from __future__ import annotations

import random

import pytest

from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.orders.states import STATES, TRANSITIONS
from tests.integration.shop.stage import ANNA, LAMP, Stage


@pytest.mark.parametrize("state", STATES)
async def test_only_what_the_table_allows_follows(stage: Stage, state: str) -> None:
    if state == "placed":
        order = await stage.placed()
    elif state == "cancelled":
        order = (await stage.orders.cancel(ANNA, (await stage.paid()).id)).order
    else:
        order = await stage.reached(state)
    for to in STATES:
        if to != state and to not in TRANSITIONS[state]:
            with pytest.raises(Conflict) as error:
                await stage.orders.advance(order.id, to, by="test")
            assert error.value.code == "transition_not_allowed"
    assert await stage.orders.get(order.id) == order
    assert await stage.orders.advance(order.id, state, by="test") == order


@pytest.mark.parametrize("seed", range(6))
async def test_any_way_through_leaves_a_consistent_order(stage: Stage, seed: int) -> None:
    rng = random.Random(seed)
    order = await stage.placed()
    while TRANSITIONS[order.state]:
        stage.later(hours=rng.choice((1, 5, 60)))
        order = await stage.orders.advance(
            order.id, rng.choice(sorted(TRANSITIONS[order.state])), by="test"
        )

    history = await stage.orders.history(ANNA, order.id)
    states = [event.to_state for event in history if event.to_state]
    assert states[-1] == order.state
    moments = [order.reached_at(str(state)) for state in states]
    assert all(moments)
    assert moments == sorted(moment for moment in moments if moment)
    kept = "cancelled" not in states and "returned" not in states
    assert await stage.stock(LAMP) == (9 if kept else 10)


async def test_shipping_opens_a_parcel_and_delivery_closes_it(stage: Stage) -> None:
    shipped = await stage.reached("shipped")
    assert shipped.shipment is not None
    assert (shipped.shipment.state, shipped.shipment.carrier) == ("in_transit", "USPS")
    assert shipped.shipment.estimated_delivery > stage.clock.now()
    delivered = await stage.orders.advance(shipped.id, "delivered", by="carrier")
    assert delivered.shipment is not None
    assert (delivered.shipment.state, delivered.shipment.delivered_at) == (
        "delivered",
        delivered.delivered_at,
    )


async def test_unknown_states_and_orders(stage: Stage) -> None:
    with pytest.raises(InvalidInput):
        await stage.orders.advance("1", "lost", by="test")
    with pytest.raises(NotFound):
        await stage.orders.advance("1", "paid", by="test")


async def test_the_shop_cancels_on_the_customers_terms(stage: Stage) -> None:
    order = await stage.paid()
    stage.later(hours=3)
    cancelled = await stage.orders.advance(order.id, "cancelled", by="agent")
    assert str(cancelled.fee) == "$6.45"


async def test_forgetting_empties_closed_orders_and_keeps_the_books(stage: Stage) -> None:
    closed = await stage.reached("delivered")
    await stage.orders.request_refund(ANNA, closed.id, reason="private words")
    open_order = await stage.paid()

    assert await stage.orders.forget(ANNA) == 1
    assert await stage.orders.forget(ANNA) == 0
    emptied = await stage.orders.get(closed.id)
    assert (emptied.address["street"], emptied.address["country"], emptied.total) == (
        None,
        "US",
        closed.total,
    )
    assert [refund.reason for refund in await stage.orders.refunds(ANNA, closed.id)] == ["erased"]
    assert (await stage.orders.get(open_order.id)).address["street"] == "48 Juniper Lane"
    assert (await stage.orders.invoice(ANNA, closed.id)).content["address"][
        "recipient"
    ] == "Anna Berg"
