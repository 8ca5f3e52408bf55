"""Profiles, orders, products and tickets by REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.gateway import MARA, OLE, Door
from tests.fakes.shop_records import add_order, add_products

PROFILE = "/api/v1/personalization/customer-profile"
ORDERS = "/api/v1/personalization/order-history"


async def test_profile_is_read(door: Door) -> None:
    order_id = await add_order(door.services, MARA)
    status, profile = await door.call(
        "POST", PROFILE, {"customer_id": MARA}, token=door.token("service")
    )
    assert status == 200
    assert profile["name"] == "Mara Lindqvist"
    assert profile["addresses"][0]["city"] == "Portland"
    assert profile["recent_orders"][0]["order_id"] == order_id
    assert profile["created_at"].endswith("Z")
    assert profile["phone"] is None
    assert profile["changed"] == []


async def test_given_fields_are_changed_and_stay(door: Door) -> None:
    token = door.token("customer", MARA)
    body = {
        "customer_id": MARA,
        "name": "Mara L. Lindqvist",
        "newsletter": True,
        "preferences": {"size": "M"},
    }
    status, profile = await door.call("POST", PROFILE, body, token=token)
    assert status == 200
    assert profile["changed"] == ["name", "newsletter", "preferences"]
    merge = {"customer_id": MARA, "preferences": {"colour": "moss"}}
    await door.call("POST", PROFILE, merge, token=token)
    customer = await door.services.customers.get(MARA)
    assert (customer.name, customer.newsletter) == ("Mara L. Lindqvist", True)
    assert customer.preferences == {"size": "M", "colour": "moss"}
    changes = await door.services.customers.changes(MARA)
    assert {change.by for change in changes if change.field == "name"} == {MARA}


async def test_what_identifies_a_person_is_changed_by_staff_only(door: Door) -> None:
    for field, value in (
        ("email", "new@example.org"),
        ("phone", "+14155550123"),
        ("account_type", "gold"),
    ):
        body = {"customer_id": MARA, "locale": "de-DE", field: value}
        status, problem = await door.call("POST", PROFILE, body, token=door.token("customer", MARA))
        assert (status, problem["code"]) == (403, "not_permitted")
    assert (await door.services.customers.get(MARA)).locale == "en-US"
    body = {"customer_id": MARA, "account_type": "gold"}
    assert (await door.call("POST", PROFILE, body, token=door.token("agent")))[1][
        "account_type"
    ] == "gold"


async def test_change_that_fails_changes_nothing(door: Door) -> None:
    body = {"customer_id": MARA, "name": "Somebody Else", "preferences": {"x": "y" * 20_000}}
    assert (await door.call("POST", PROFILE, body, token=door.token("service")))[0] == 422
    assert (await door.services.customers.get(MARA)).name == "Mara Lindqvist"


async def test_unknown_customer_is_not_found(door: Door) -> None:
    token = door.token("service")
    assert (await door.call("POST", PROFILE, {"customer_id": "nobody"}, token=token))[0] == 404
    assert (await door.call("GET", ORDERS, params={"customer_id": "nobody"}, token=token))[0] == 404


async def test_order_history_pages_and_filters(door: Door) -> None:
    orders = [await add_order(door.services, MARA) for _ in range(5)]
    token = door.token("customer", MARA)
    seen: list[str] = []
    query: dict[str, str] = {"customer_id": MARA, "limit": "2"}
    while True:
        status, page = await door.call("GET", ORDERS, params=query, token=token)
        assert status == 200
        assert page["total"] == 5
        seen += [order["order_id"] for order in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == sorted(orders)
    await door.services.orders.cancel(MARA, orders[0], "changed my mind")
    cancelled = await _ids(door, token, state="cancelled")
    assert cancelled == [orders[0]]
    assert await _ids(door, token, category="toys") == []
    assert await _ids(door, token, until="2020-01-01T00:00:00Z") == []
    assert len(await _ids(door, token, since="2020-01-01T00:00:00Z", category="electronics")) == 5


@pytest.mark.parametrize(
    "query", [{"state": "lost"}, {"since": "yesterday"}, {"since": "5"}, {"limit": "0"}]
)
async def test_bad_filters_are_refused(door: Door, query: dict[str, str]) -> None:
    answer = await door.call(
        "GET", ORDERS, params={"customer_id": MARA, **query}, token=door.token("service")
    )
    assert answer[0] == 422


async def test_order_is_shown_in_full_with_money_as_text(door: Door) -> None:
    order_id = await add_order(door.services, MARA, 2)
    status, order = await door.call(
        "GET", f"/api/v1/orders/{order_id}", token=door.token("customer", MARA)
    )
    assert status == 200
    assert order["subtotal"] == {"amount": "159.80", "currency": "USD"}
    assert order["items"][0]["unit_price"] == {"amount": "79.90", "currency": "USD"}
    assert order["state"] == "paid"
    assert [step["state"] for step in order["steps"]][:2] == ["done", "current"]
    assert order["payment"]["state"] == "captured"
    assert order["placed_at"].endswith("Z")
    assert order["delivered_at"] is None
    assert (await door.call("GET", f"/api/v1/orders/{order_id}", token=door.token("agent")))[
        0
    ] == 200
    assert (await door.call("GET", f"/api/v1/orders/{order_id}", token=door.token("trainer")))[
        0
    ] == 403


async def test_products_are_open_to_everybody(door: Door) -> None:
    await add_products(door.services)
    status, found = await door.call(
        "GET", "/api/v1/catalog/products", params={"q": "quiet hedphones"}
    )
    assert status == 200
    assert found["items"][0]["product_id"] == "P-0001"
    assert found["items"][0]["price"] == {"amount": "79.90", "currency": "USD"}
    in_stock = (await door.call("GET", "/api/v1/catalog/products", params={"in_stock": "true"}))[1][
        "items"
    ]
    assert [product["product_id"] for product in in_stock] == ["P-0001"]
    cheap = (await door.call("GET", "/api/v1/catalog/products", params={"max_price": "50"}))[1][
        "items"
    ]
    assert [product["product_id"] for product in cheap] == ["P-0002"]
    status, product = await door.call("GET", "/api/v1/catalog/products/P-0001")
    assert product["image"] == {
        "url": "/media/products/P-0001.svg",
        "alt": "Fjell Quiet headphones",
    }
    assert (await door.call("GET", "/api/v1/catalog/products/P-9999"))[0] == 404
    async with door.http.get(door.url + product["image"]["url"]) as picture:
        assert picture.headers["Content-Type"] == "image/svg+xml"
        assert "default-src 'none'" in picture.headers["Content-Security-Policy"]
        assert (await picture.text()).startswith("<svg")
    _, categories = await door.call("GET", "/api/v1/catalog/categories")
    assert {"id": "electronics", "products": 2}.items() <= next(
        c for c in categories if c["products"]
    ).items()


async def _ticket(door: Door, customer_id: str) -> Any:
    ticket = await door.services.tickets.create(
        subject="The parcel came open",
        category="complaint",
        customer_id=customer_id,
        comment="It was torn.",
    )
    return await door.services.tickets.comment(
        ticket.id, actor="agent", body="looks like fraud", internal=True
    )


async def test_tickets_are_ones_own_or_any_for_those_who_work_on_them(door: Door) -> None:
    mine, other = await _ticket(door, MARA), await _ticket(door, OLE)
    token = door.token("customer", MARA)
    _, page = await door.call("GET", "/api/v1/tickets", token=token)
    assert [ticket["ticket_id"] for ticket in page["items"]] == [mine.id]
    assert (await door.call("GET", "/api/v1/tickets", params={"customer_id": OLE}, token=token))[
        0
    ] == 403
    assert (await door.call("GET", f"/api/v1/tickets/{other.id}", token=token))[0] == 404
    _, ticket = await door.call("GET", f"/api/v1/tickets/{mine.id}", token=token)
    assert [comment["body"] for comment in ticket["comments"]] == ["It was torn."]
    agent = door.token("agent")
    _, page = await door.call("GET", "/api/v1/tickets", params={"limit": "1"}, token=agent)
    assert page["next_cursor"] is not None
    _, ticket = await door.call("GET", f"/api/v1/tickets/{mine.id}", token=agent)
    assert len(ticket["comments"]) == 2
    assert (await door.call("GET", "/api/v1/tickets", token=door.token("visitor")))[0] == 403


async def _ids(door: Door, token: str, **query: str) -> list[str]:
    status, page = await door.call(
        "GET", ORDERS, params={"customer_id": MARA, **query}, token=token
    )
    assert status == 200, page
    return [order["order_id"] for order in page["items"]]
