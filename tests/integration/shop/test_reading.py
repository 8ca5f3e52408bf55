from __future__ import annotations

from datetime import timedelta

import pytest

from closer.kit.errors import InvalidInput, NotFound
from closer.kit.pagination import PageRequest
from closer.orders.records import NewItem
from tests.integration.shop.stage import ANNA, BEN, LAMP, LAPTOP, SHIRT, Stage

SMALL = NewItem(SHIRT, 1, {"size": "S"})


@pytest.mark.parametrize(
    "written", ["{}", "#{}", " # {} ", "order {}", "Order no. {}", "my order #{}", "ORD-{}"]
)
async def test_order_numbers_are_read_tolerantly(stage: Stage, written: str) -> None:
    order = await stage.placed()
    assert await stage.orders.find(ANNA, written.format(order.id)) == order


@pytest.mark.parametrize(
    "written", ["", "#", "order", "0", "12 or 13", "' or 1=1 --", "9" * 300, "\x00"]
)
async def test_what_is_no_number_is_not_found(stage: Stage, written: str) -> None:
    await stage.placed()
    with pytest.raises(NotFound):
        await stage.orders.find(ANNA, written)


async def test_another_persons_order_is_as_good_as_none(stage: Stage) -> None:
    order = await stage.paid()
    for attempt in (
        stage.orders.find(BEN, order.id),
        stage.orders.history(BEN, order.id),
        stage.orders.invoice(BEN, order.id),
        stage.orders.pay(BEN, order.id),
    ):
        with pytest.raises(NotFound) as error:
            await attempt
        assert error.value.code == "order_not_found"
    with pytest.raises(NotFound):
        await stage.orders.find(ANNA, "no-such-order")


async def test_pages_hold_every_order_once_the_newest_first(stage: Stage) -> None:
    placed = []
    for number in range(7):
        placed.append((await stage.placed(SMALL)).id)
        if number % 3:  # some in the same moment
            stage.later(hours=1)
    seen, cursor = [], None
    while True:
        page = await stage.orders.list(ANNA, PageRequest(limit=3, cursor=cursor))
        seen += [order.id for order in page.items]
        assert page.total == 7
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(placed)
    moments = [(await stage.orders.get(order_id)).placed_at for order_id in seen]
    assert moments == sorted(moments, reverse=True)
    assert [order.id for order in await stage.orders.latest(ANNA, 2)] == seen[:2]


async def test_lists_are_filtered(stage: Stage) -> None:
    old = await stage.reached("delivered", NewItem(LAMP))
    stage.later(days=1)
    new = await stage.placed(NewItem(LAPTOP))
    theirs = await stage.placed(customer_id=BEN)
    orders = stage.orders

    async def ids(**filters: object) -> list[str]:
        return [order.id for order in (await orders.list(ANNA, **filters)).items]  # type: ignore[arg-type]

    assert await ids() == [new.id, old.id]
    assert await ids(states=["delivered"]) == [old.id]
    assert await ids(states=["cancelled"]) == []
    assert await ids(since=new.placed_at) == [new.id]
    assert await ids(until=new.placed_at - timedelta(seconds=1)) == [old.id]
    assert await ids(category="home") == [old.id]
    assert theirs.id not in await ids()
    with pytest.raises(InvalidInput):
        await ids(states=["lost"])
    with pytest.raises(InvalidInput):
        await orders.list(ANNA, PageRequest(cursor="bm9uc2Vuc2U="))


async def test_progress_tells_what_is_done_where_it_stands_and_what_follows(stage: Stage) -> None:
    order = await stage.reached("packed")
    steps = [(step.label, step.state) for step in stage.orders.progress(order)]
    assert steps == [
        ("Ordered", "done"),
        ("Confirmed", "done"),
        ("Packed", "current"),
        ("Shipped", "todo"),
        ("Delivered", "todo"),
    ]


@pytest.mark.parametrize(
    ("state", "last"),
    [("delivered", "Delivered"), ("returned", "Returned"), ("refunded", "Refunded")],
)
async def test_progress_ends(stage: Stage, state: str, last: str) -> None:
    steps = stage.orders.progress(await stage.reached(state))
    assert steps[-1].label == last
    assert {step.state for step in steps} == {"done"}
    assert all(step.at for step in steps)


async def test_progress_of_a_cancelled_order(stage: Stage) -> None:
    order = await stage.paid()
    cancelled = (await stage.orders.cancel(ANNA, order.id)).order
    assert [step.label for step in stage.orders.progress(cancelled)] == [
        "Ordered",
        "Confirmed",
        "Cancelled",
    ]


async def test_invoices_by_number_or_order(stage: Stage) -> None:
    order = await stage.paid(SMALL)
    invoice = await stage.orders.invoice(ANNA, f"#{order.id}")
    year, number = invoice.id.split("-")[1:]

    assert invoice.id == "INV-2026-00001"
    assert await stage.orders.invoice(ANNA, f"inv {year} {int(number)}") == invoice
    assert list(await stage.orders.invoices(ANNA)) == [invoice]
    with pytest.raises(NotFound):
        await stage.orders.invoice(BEN, invoice.id)
    with pytest.raises(NotFound) as error:
        await stage.orders.invoice(ANNA, (await stage.placed()).id)
    assert error.value.code == "not_invoiced_yet"


async def test_an_invoice_reads_well(stage: Stage) -> None:
    order = await stage.paid(NewItem(SHIRT, 2, {"size": "S"}))
    invoice = await stage.orders.invoice(ANNA, order.id)
    text = stage.orders.invoice_document(invoice)
    page = stage.orders.invoice_document(invoice, "html")

    for part in (
        invoice.id,
        order.id,
        "Anna Berg",
        "48 Juniper Lane",
        "Everyday T-shirt",
        "$50.00",
    ):
        assert part in text
        assert part in page
    assert "2 x Everyday T-shirt, white (S)" in text


async def test_a_parcel_is_found_by_its_number(stage: Stage) -> None:
    order = await stage.reached("shipped")
    assert order.shipment is not None
    number = order.shipment.tracking_number
    assert (await stage.orders.find_by_tracking(ANNA, number.lower())).id == order.id
    with pytest.raises(NotFound):
        await stage.orders.find_by_tracking(BEN, number)


async def test_baskets_leave_out_what_was_cancelled(stage: Stage) -> None:
    kept = await stage.paid(NewItem(LAMP), SMALL)
    gone = await stage.paid()
    await stage.orders.cancel(ANNA, gone.id)
    baskets = await stage.orders.baskets()
    assert [(basket.order_id, basket.lines) for basket in baskets] == [
        (kept.id, ((LAMP, 1), (SHIRT, 1)))
    ]


async def test_delivery_is_estimated(stage: Stage) -> None:
    placed = await stage.placed()
    first, last = stage.orders.delivery_estimate(placed)
    assert placed.placed_at < first <= last
    order = await stage.reached("delivered")
    assert stage.orders.delivery_estimate(order) == (order.delivered_at, order.delivered_at)
    ways = stage.orders.delivery_options("US")
    assert [way.method for way in ways] == ["standard", "express", "pickup"]
