"""The checkout by REST: what the page at /checkout asks for."""

from __future__ import annotations

from typing import Any

import pytest

from closer.customers.records import NewAddress
from tests.fakes.gateway import MARA, OLE, Door
from tests.fakes.shop_records import add_products

VIEW, ORDER, LINES = "/api/v1/checkout", "/api/v1/checkout/orders", "/api/v1/checkout/lines"
HOME = {
    "recipient": "Vi Visitor",
    "street": "9 Oak Road",
    "city": "Salem",
    "region": "OR",
    "postcode": "97301",
    "country": "US",
}
CARD = {"number": "4242 4242 4242 4242", "month": 12, "year": 2030, "cvc": "123"}


async def _link(door: Door, owner: str, quantity: int = 1) -> str:
    await add_products(door.services)
    await door.services.carts.add(owner, "P-0001", quantity)
    return (await door.services.carts.checkout_link(owner)).token


def _body(token: str, **more: Any) -> dict[str, Any]:
    given = {
        "token": token,
        "idempotency_key": "k1",
        "expected_total": "79.90",
        "address": HOME,
        "payment": {"method": "card", "card": CARD},
    }
    return {**given, **more}


async def test_a_visitor_orders_and_reads_it_in_the_chat(door: Door) -> None:
    _, visitor = await door.call("POST", "/api/v1/auth/visitor", {})
    socket = await door.socket(visitor["access_token"])
    conversation = (await socket.next("welcome"))["conversation_id"]
    token = await _link(door, conversation)
    status, state = await door.call("POST", VIEW, {"token": token})
    assert status == 200
    assert (state["state"], state["needs_contact"], state["total"]["amount"]) == (
        "open",
        True,
        "79.90",
    )
    assert state["lines"][0]["name"] == "Fjell Quiet headphones"
    assert {"card", "paypal", "bank_transfer"} <= {way["id"] for way in state["payments"]}
    contact = {"name": "Vi Visitor", "email": "vi@example.org"}
    status, order = await door.call("POST", ORDER, _body(token, contact=contact))
    assert (status, order["state"], order["repeated"]) == (200, "paid", False)
    entry = await socket.entry("assistant")
    assert order["order_id"] in entry["text"]
    assert entry["cards"][0]["kind"] == "order"
    status, again = await door.call("POST", ORDER, _body(token, contact=contact))
    assert (status, again["order_id"], again["repeated"]) == (200, order["order_id"], True)
    _, state = await door.call("POST", VIEW, {"token": token})
    assert (state["state"], state["order"]["order_id"]) == ("ordered", order["order_id"])
    assert "Salem" not in str(state["order"])


async def test_saved_addresses_need_the_customers_own_token(door: Door) -> None:
    address = NewAddress("5 Elm Street", "Portland", "US", postcode="97205", region="OR")
    saved = await door.services.customers.add_address(MARA, address)
    token = await _link(door, MARA)
    _, state = await door.call("POST", VIEW, {"token": token})
    assert (state["signed_in"], state["needs_contact"], state["addresses"]) == (False, False, [])
    mine = door.token("customer", MARA)
    _, state = await door.call("POST", VIEW, {"token": token}, token=mine)
    assert [address["address_id"] for address in state["addresses"]] == [saved.id]
    status, problem = await door.call(
        "POST", ORDER, _body(token), token=door.token("customer", OLE)
    )
    assert (status, problem["code"]) == (403, "other_cart")
    body = _body(token, address=None, address_id=saved.id)
    assert (await door.call("POST", ORDER, body))[0] == 422
    status, order = await door.call("POST", ORDER, body, token=mine)
    assert status == 200
    _, tracked = await door.call("GET", f"/api/v1/orders/{order['order_id']}", token=mine)
    assert (tracked["state"], tracked["payment"]["masked"]) == ("paid", "Visa •••• 4242")
    assert tracked["address"]["city"] == "Portland"


async def test_a_declined_card_says_why(door: Door) -> None:
    token = await _link(door, MARA)
    card = {**CARD, "number": "4000000000000002"}
    body = _body(token, payment={"method": "card", "card": card})
    status, problem = await door.call("POST", ORDER, body)
    assert (status, problem["code"]) == (402, "card_declined")
    assert problem["detail"] == "the bank declined the card"
    real = {**CARD, "number": "4111111111111111"}
    body = _body(token, payment={"method": "card", "card": real}, idempotency_key="k2")
    assert (await door.call("POST", ORDER, body))[1]["code"] == "test_card_needed"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"expected_total": "1.00"}, 409, "price_changed"),
        ({"delivery_method": "drone"}, 422, "invalid_input"),
        ({"payment": {"method": "beads"}}, 422, "invalid_input"),
        ({"payment": {"method": "card"}}, 422, "invalid_input"),
        ({"address": {**HOME, "country": "XX"}}, 422, "no_delivery"),
        ({"address": None}, 422, "invalid_input"),
        ({"token": "forged"}, 401, "checkout_invalid"),
    ],
)
async def test_what_cannot_be_ordered_is_refused_with_a_reason(
    door: Door, change: dict[str, Any], status: int, code: str
) -> None:
    token = await _link(door, MARA)
    answer, problem = await door.call("POST", ORDER, {**_body(token), **change})
    assert (answer, problem["code"]) == (status, code)
    assert await door.services.catalog.stock("P-0001") == 40


async def test_goods_that_are_gone_can_be_taken_out(door: Door) -> None:
    token = await _link(door, MARA, 3)
    await door.services.catalog.take_stock("P-0001", 38)
    _, state = await door.call("POST", VIEW, {"token": token})
    assert (state["lines"][0]["available"], state["lines"][0]["stock"]) == (False, 2)
    status, problem = await door.call("POST", ORDER, _body(token, expected_total="239.70"))
    assert (status, problem["code"], problem["available"]) == (409, "out_of_stock", 2)
    line = {"token": token, "product_id": "P-0001", "quantity": 2}
    assert (await door.call("POST", LINES, line))[0] == 204
    status, order = await door.call("POST", ORDER, _body(token, expected_total="159.80"))
    assert (status, order["items"][0]["quantity"]) == (200, 2)


async def test_an_expired_bearer_token_is_told_apart_from_an_expired_link(door: Door) -> None:
    token = await _link(door, MARA)
    status, problem = await door.call("POST", VIEW, {"token": token}, token="junk")
    assert (status, problem["code"]) == (401, "not_authenticated")
