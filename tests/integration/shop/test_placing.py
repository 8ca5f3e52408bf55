from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.orders.records import NewItem
from tests.integration.shop.stage import ANNA, BEN, BERLIN, LAMP, LAPTOP, SHIRT, SHIRT_RED, Stage


async def test_an_order_takes_stock_and_waits_for_payment(stage: Stage) -> None:
    order = await stage.placed(NewItem(SHIRT, 2, {"size": "m"}), NewItem(LAMP))

    assert order.state == "placed"
    assert order.payment is not None
    assert order.payment.state == "authorised"
    assert [(i.line, i.quantity, dict(i.options)) for i in order.items] == [
        (1, 2, {"size": "M"}),
        (2, 1, {}),
    ]
    assert (order.subtotal.amount, order.shipping.amount) == (Decimal("179.00"), Decimal("0.00"))
    assert await stage.stock(SHIRT) == 8
    assert order.address["street"] == "48 Juniper Lane"
    assert order.placed_at == stage.clock.now()


async def test_small_orders_pay_for_delivery(stage: Stage) -> None:
    order = await stage.placed(NewItem(SHIRT, 1, {"size": "S"}))
    assert str(order.total) == "$29.95"


async def test_paying_confirms_the_order_and_issues_an_invoice(stage: Stage) -> None:
    order = await stage.paid()

    assert order.state == "paid"
    assert order.paid == order.total
    assert (await stage.orders.invoice(ANNA, order.id)).total == order.total


async def test_a_failed_payment_can_be_made_good_with_another_method(stage: Stage) -> None:
    order = await stage.placed()
    failed = await stage.orders.payment_failed(order.id, "card_declined")
    assert failed.payment is not None
    assert failed.payment.failure == "card_declined"

    paid = (await stage.orders.pay(ANNA, order.id, "PayPal")).order
    assert paid.payment is not None
    assert (paid.payment.method, paid.payment.state, paid.paid) == (
        "paypal",
        "captured",
        order.total,
    )


async def test_what_is_paid_is_not_paid_again(stage: Stage) -> None:
    order = await stage.paid()
    with pytest.raises(Conflict) as error:
        await stage.orders.pay(ANNA, order.id)
    assert error.value.code == "not_payable"


async def test_the_same_key_orders_once(stage: Stage) -> None:
    first = await stage.orders.place_order(ANNA, [NewItem(LAMP)], idempotency_key="k1")
    again = await stage.orders.place_order(ANNA, [NewItem(LAMP)], idempotency_key="k1")

    assert (first.repeated, again.repeated) == (False, True)
    assert again.order == first.order
    assert again.difference == first.difference
    assert await stage.stock(LAMP) == 9


async def test_a_key_is_for_one_operation_of_one_customer(stage: Stage) -> None:
    mine = await stage.orders.place_order(ANNA, [NewItem(LAMP)], idempotency_key="k1")
    theirs = await stage.orders.place_order(BEN, [NewItem(LAMP)], idempotency_key="k1")
    assert theirs.order.id != mine.order.id

    with pytest.raises(Conflict) as error:
        await stage.orders.cancel(ANNA, mine.order.id, idempotency_key="k1")
    assert error.value.code == "idempotency_key_reused"


async def test_a_failed_request_may_be_repeated_under_its_key(stage: Stage) -> None:
    with pytest.raises(Conflict):
        await stage.orders.place_order(
            ANNA, [NewItem(SHIRT_RED, 3, {"size": "S"})], idempotency_key="k1"
        )
    done = await stage.orders.place_order(
        ANNA, [NewItem(SHIRT_RED, 2, {"size": "S"})], idempotency_key="k1"
    )
    assert not done.repeated


async def test_nothing_is_taken_when_one_item_is_short(stage: Stage) -> None:
    with pytest.raises(Conflict) as error:
        await stage.placed(NewItem(LAMP), NewItem(SHIRT_RED, 3, {"size": "S"}))

    assert error.value.code == "out_of_stock"
    assert error.value.extra["available"] == 2
    assert await stage.stock(LAMP) == 10
    assert not (await stage.orders.list(ANNA)).items


async def test_the_last_pieces_are_sold_once(stage: Stage) -> None:
    wanted = [NewItem(SHIRT_RED, 1, {"size": "M"})]
    tries = [stage.orders.place_order(customer, wanted) for customer in (ANNA, BEN, ANNA, BEN)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(not isinstance(outcome, Exception) for outcome in outcomes) == 2
    assert {type(o) for o in outcomes if isinstance(o, Exception)} == {Conflict}
    assert await stage.stock(SHIRT_RED) == 0


async def test_the_same_key_at_the_same_time_orders_once(stage: Stage) -> None:
    tries = [stage.orders.place_order(ANNA, [NewItem(LAMP)], idempotency_key="k") for _ in range(4)]
    outcomes = await asyncio.gather(*tries)

    assert len({outcome.order.id for outcome in outcomes}) == 1
    assert sorted(outcome.repeated for outcome in outcomes) == [False, True, True, True]
    assert await stage.stock(LAMP) == 9


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (NewItem(SHIRT), "option_missing"),
        (NewItem(SHIRT, 1, {"size": "XXXL"}), "option_unknown"),
        (NewItem(LAMP, 0), "invalid_input"),
        (NewItem(LAMP, 21), "invalid_input"),
    ],
)
async def test_items_that_cannot_be_ordered(stage: Stage, item: NewItem, code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        await stage.placed(item)
    assert error.value.code == code


async def test_unknown_things_are_not_found(stage: Stage) -> None:
    for attempt in (
        stage.placed(NewItem("P-9999")),
        stage.placed(customer_id="nobody"),
        stage.placed(address_id="adr_nowhere"),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_another_persons_address_is_not_found(stage: Stage) -> None:
    theirs = (await stage.services.customers.addresses(BEN))[0]
    with pytest.raises(NotFound):
        await stage.placed(address_id=theirs.id)


async def test_no_order_for_a_closed_account(stage: Stage) -> None:
    await stage.services.customers.close_account(ANNA)
    with pytest.raises(Conflict) as error:
        await stage.placed()
    assert error.value.code == "account_closed"


async def test_delivery_abroad_costs_more_and_pick_up_points_end_somewhere(stage: Stage) -> None:
    berlin = await stage.services.customers.add_address(ANNA, BERLIN)
    order = await stage.placed(NewItem(SHIRT, 1, {"size": "S"}), address_id=berlin.id)
    assert (order.address["country"], str(order.shipping)) == ("DE", "$12.95")

    with pytest.raises(InvalidInput):
        await stage.placed(NewItem(LAPTOP), delivery_method="drone")


async def test_an_ambient_transaction_takes_the_order_back(stage: Stage) -> None:
    with pytest.raises(RuntimeError):
        async with stage.services.db.transaction():
            await stage.placed()
            raise RuntimeError
    assert await stage.stock(LAMP) == 10
    assert not (await stage.orders.list(ANNA)).items


async def test_a_quote_is_what_the_order_costs(stage: Stage) -> None:
    item = NewItem(SHIRT, 1, {"size": "S"})
    quote = await stage.orders.quote(ANNA, [item])
    order = await stage.placed(item)
    assert quote.total == order.total
    assert quote.delivery.price == order.shipping


async def test_ways_to_pay_on_file_are_those_that_worked_before(stage: Stage) -> None:
    assert await stage.orders.payments_on_file(ANNA) == ()
    await stage.placed()
    assert await stage.orders.payments_on_file(ANNA) == ()

    order = await stage.placed()
    await stage.orders.pay(ANNA, order.id, "PayPal")
    assert [payment.method for payment in await stage.orders.payments_on_file(ANNA)] == ["paypal"]
