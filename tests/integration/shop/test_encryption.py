from __future__ import annotations

from sqlalchemy import text

from closer.orders.records import NewItem
from tests.integration.shop.stage import ANNA, LAMP, Stage

SECRETS = (
    "Anna",
    "Berg",
    "anna@",
    "Juniper",
    "Portland",
    "97205",
    "2025550143",
    "smartphone",
    "private words",
    "Visa",
)


async def test_nothing_personal_is_readable_in_the_tables(stage: Stage) -> None:
    customers = stage.services.customers
    await customers.update(ANNA, phone="+12025550143")
    await customers.update_preferences(ANNA, {"device": "smartphone"})
    order = await stage.reached("delivered", NewItem(LAMP))
    await stage.orders.request_refund(ANNA, order.id, reason="private words")

    stored = ""
    async with stage.services.db.reading() as connection:
        for table in ("customers", "addresses", "customer_changes", "orders", "order_events", "order_requests",
                      "payments", "shipments", "invoices", "refunds"):  # fmt: skip
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows or table == "order_requests", table
            stored += "\n".join(str(tuple(row)) for row in rows)
    assert ANNA in stored  # the id itself is not secret
    assert [secret for secret in SECRETS if secret in stored] == []


async def test_it_is_read_back(stage: Stage) -> None:
    customer = await stage.services.customers.get(ANNA)
    assert (customer.name, customer.email) == ("Anna Berg", "anna@example.org")
