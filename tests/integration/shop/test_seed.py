from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from closer.kit.clock import FixedClock
from closer.kit.pagination import PageRequest
from closer.kit.settings import ROOT
from closer.orders.policy import FREE_CANCELLATION
from closer.security.accounts import DEMO_PASSWORD
from closer.services import Services
from scripts.seed.catalog import product_rows
from scripts.seed.contract import CONTRACT_CUSTOMERS, CONTRACT_ORDERS
from scripts.seed.customers import customer_rows
from scripts.seed.runner import run
from tests.integration.shop.conftest import NOON, Backend, settings_for

CONTRACT_FILE = ROOT.parent / "shared" / "contract" / "seed_examples.json"
_TABLES = (
    "products",
    "customers",
    "addresses",
    "orders",
    "order_items",
    "payments",
    "shipments",
    "invoices",
    "refunds",
)


class _TakeBackError(Exception):
    pass


@pytest.fixture(scope="module")
def seeded_url(backend: Backend) -> str:
    """The address of a database that the first test of the module seeds."""
    return backend.copy()


@pytest_asyncio.fixture
async def shop(seeded_url: str, tmp_path: Path) -> AsyncIterator[Services]:
    services = Services(settings_for(seeded_url, tmp_path), FixedClock(NOON))
    await run(services)
    yield services
    await services.close()


async def count(services: Services, table: str) -> int:
    async with services.db.reading() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar() or 0)


async def test_the_shop_has_its_size(shop: Services) -> None:
    assert (
        await count(shop, "products"),
        await count(shop, "customers"),
        await count(shop, "orders"),
    ) == (300, 500, 3000)
    assert len(await shop.catalog.counts()) == 12
    assert set((await shop.catalog.counts()).values()) == {25}


async def test_a_second_run_changes_nothing_and_is_quick(shop: Services) -> None:
    before = [await count(shop, table) for table in _TABLES]
    started = time.perf_counter()
    assert await run(shop) == []
    assert time.perf_counter() - started < 0.5
    assert [await count(shop, table) for table in _TABLES] == before


@pytest.mark.parametrize("person", CONTRACT_CUSTOMERS, ids=lambda person: person["id"])
async def test_the_contracts_customers_have_orders_and_can_sign_in(
    shop: Services, person: dict[str, Any]
) -> None:
    customer = await shop.customers.get(person["id"])
    orders = (await shop.orders.list(customer.id)).items
    assert len(orders) >= 3
    assert len({order.state for order in orders}) >= 3
    assert (await shop.customers.address(customer.id)).country == person["address"]["country"]
    assert (await shop.customers.find_by_email(str(customer.email))) == customer
    account = await shop.accounts.find_by_customer(customer.id)
    assert account is not None
    assert account.email == customer.email


async def test_the_contracts_orders_are_in_their_states(shop: Services) -> None:
    for told in CONTRACT_ORDERS:
        order = await shop.orders.find(told.customer_id, told.id)
        assert (order.id, order.state) == (told.id, told.state)
        if order.state == "shipped":
            assert order.shipment is not None
            assert order.deliver_until > NOON
    assert (await shop.orders.find("user_abc", "123456")).state_words == "confirmed"
    assert (await shop.orders.find("user123", "12345")).state == "shipped"
    assert (await shop.customers.get("user_123")).email == "user@example.com"
    assert (await shop.orders.find("user456", "ord 2023 0042")).id == "ORD-2023-0042"
    assert (await shop.orders.find("user789", "000123-x")).id == "000123-X"


async def test_every_customer_of_the_contract_is_there(shop: Services) -> None:
    if not CONTRACT_FILE.exists():
        pytest.skip("the contract lies outside of the checkout")
    named = set()
    for example in json.loads(CONTRACT_FILE.read_text("utf-8")):
        for part in (example["query"], example["body"] or {}):
            named |= {part[key] for key in ("customer_id", "user_id") if key in part}
    assert named == {person["id"] for person in CONTRACT_CUSTOMERS}


async def test_staff_and_customers_sign_in_with_the_demo_password(shop: Services) -> None:
    for email in (
        "agent@northlight.example",
        "trainer@northlight.example",
        "admin@northlight.example",
        "user@example.com",
    ):
        assert await shop.accounts.login(email, DEMO_PASSWORD)
    assert len(await shop.accounts.demo_customers(50)) == 16


async def test_the_shop_looks_open(shop: Services) -> None:
    async with shop.db.reading() as connection:
        rows = (await connection.execute(text("SELECT id, state FROM orders"))).all()
    states = Counter(state for _, state in rows)
    assert set(states) == {
        "placed",
        "paid",
        "packed",
        "shipped",
        "delivered",
        "cancelled",
        "returned",
        "refunded",
    }
    assert states["shipped"] > 30
    open_orders = [
        await shop.orders.get(order_id) for order_id, state in rows if state in ("placed", "paid")
    ]
    fresh = [order for order in open_orders if NOON - order.placed_at <= FREE_CANCELLATION]
    assert len(fresh) >= 8
    assert len(open_orders) > len(fresh)


async def test_every_order_adds_up(shop: Services) -> None:
    for customer_id in ("user123", "user_abc", *(await shop.customers.ids(limit=60))):
        for order in (await shop.orders.list(customer_id)).items:
            assert order.total == order.subtotal - order.discount + order.shipping
            assert sum(item.total.amount for item in order.items) == order.subtotal.amount
            assert order.placed_at <= NOON
            assert order.refunded.amount <= order.paid.amount
            times = [step.at for step in shop.orders.progress(order) if step.at]
            assert times == sorted(times)
            assert max(times) <= NOON
            assert (order.paid_at is None) == (order.paid.amount == 0)
            assert (order.delivered_at is None) or order.shipment is not None


async def test_buying_looks_believable(shop: Services) -> None:
    baskets = await shop.orders.baskets()
    buyers = Counter(basket.customer_id for basket in baskets)
    assert sum(1 for n in buyers.values() if n > 1) > 250  # repeat buyers
    sold = Counter(product_id for basket in baskets for product_id, _ in basket.lines)
    best = [n for _, n in sold.most_common(30)]
    assert sum(best) > 0.25 * sum(sold.values())  # a long tail
    assert len(sold) > 270
    products = await shop.catalog.get_many(sold)
    related = sum(
        any(other in products[first].related for other, _ in basket.lines)
        for basket in baskets
        for first, _ in basket.lines[:1]
    )
    assert related > 600  # things bought together
    toys = Counter(
        b.placed_at.month for b in baskets for p, _ in b.lines if products[p].category == "toys"
    )
    assert toys[12] > 2 * toys[7]  # seasons
    assert min(basket.placed_at for basket in baskets) > NOON - timedelta(days=550)


async def test_new_orders_continue_the_numbers(shop: Services) -> None:
    last = max(invoice.id for invoice in await shop.orders.invoices("user123"))
    with pytest.raises(_TakeBackError):
        async with shop.db.transaction():
            paid = await shop.orders.pay("user_123", "22311")
            issued = await shop.orders.invoice("user_123", paid.order.id)
            assert issued.id > last
            raise _TakeBackError
    assert (await shop.orders.find("user_123", "22311")).state == "placed"


def test_the_same_number_gives_the_same_shop() -> None:
    one, two, other = (product_rows(random.Random(seed)) for seed in ("a", "a", "b"))
    assert one == two
    assert one != other
    people = [customer_rows(random.Random(seed), NOON) for seed in ("a", "a", "b")]
    assert people[0] == people[1]
    assert people[0] != people[2]


async def test_two_databases_seeded_at_once_are_alike(
    backend: Backend, shop: Services, tmp_path: Path
) -> None:
    again = Services(settings_for(backend.copy(), tmp_path), FixedClock(NOON))
    await run(again)
    for customer_id in ("user123", "cus_00042", "cus_00300"):
        assert (await again.customers.get(customer_id)) == (await shop.customers.get(customer_id))
        assert (await again.orders.list(customer_id)).items == (
            await shop.orders.list(customer_id)
        ).items
    await again.close()


def test_no_phone_can_ring_at_a_real_persons_home() -> None:
    people, _ = customer_rows(random.Random(1), NOON)
    phones = [person["phone"] for person in people if person["phone"]]
    assert len(phones) == len(set(phones)) > 350
    for phone in phones:
        assert "55501" in phone or phone.startswith(
            ("+4477009", "+35320", "+3363998", "+4670174", "+61491")
        )


async def test_the_feedback_that_the_contract_names_is_about_an_answer(shop: Services) -> None:
    named = await shop.feedback.get("feedback_987654")
    assert named.customer_id == "user123"
    assert named.about.response_text == "Your order will arrive in 3 days."
    start, end = (datetime(2023, 9, day, 10, tzinfo=timezone.utc) for day in (20, 22))
    found = await shop.feedback.list(PageRequest(limit=5), start=start, end=end)
    assert named.id in [item.id for item in found.items]
