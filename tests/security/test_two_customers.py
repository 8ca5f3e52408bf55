"""Two customers: neither sees nor changes anything of the other, by any door."""

from __future__ import annotations

import pytest

from tests.fakes.gateway import MARA, OLE, Door
from tests.fakes.shop_records import add_order

PROFILE = "/api/v1/personalization/customer-profile"
ORDERS = "/api/v1/personalization/order-history"


async def test_another_customers_order_does_not_exist(door: Door) -> None:
    order_id = await add_order(door.services, OLE)
    mara = door.token("customer", MARA)
    for written in (order_id, f"%23{order_id}"):
        status, problem = await door.call("GET", f"/api/v1/orders/{written}", token=mara)
        assert status in (404, 422)
        assert "Ole" not in str(problem)
    status, theirs = await door.call("GET", f"/api/v1/orders/{order_id}", token=mara)
    missing_status, missing = await door.call("GET", "/api/v1/orders/99999999", token=mara)
    theirs.pop("correlation_id")
    missing.pop("correlation_id")
    assert (status, theirs) == (missing_status, missing)  # nothing tells that it exists
    assert (
        await door.call("GET", f"/api/v1/orders/{order_id}", token=door.token("customer", OLE))
    )[0] == 200
    assert (await door.call("GET", f"/api/v1/orders/{order_id}", token=door.token("visitor")))[
        0
    ] == 403


async def test_another_customers_history_and_profile_are_refused(door: Door) -> None:
    await add_order(door.services, OLE)
    mara = door.token("customer", MARA)
    assert (await door.call("GET", ORDERS, params={"customer_id": OLE}, token=mara))[0] == 403
    assert (await door.call("POST", PROFILE, {"customer_id": OLE}, token=mara))[0] == 403
    assert (
        await door.call("POST", PROFILE, {"customer_id": OLE, "name": "Taken Over"}, token=mara)
    )[0] == 403
    assert (await door.services.customers.get(OLE)).name == "Ole Berg"
    for role in ("visitor", "trainer"):
        assert (await door.call("POST", PROFILE, {"customer_id": OLE}, token=door.token(role)))[
            0
        ] == 403


async def test_sockets_hear_their_own_conversation_only(door: Door) -> None:
    mara = await door.socket(door.token("customer", MARA))
    ole = await door.socket(door.token("customer", OLE))
    visitor = await door.socket(door.token("visitor"))
    for socket in (mara, ole, visitor):
        await socket.next("welcome")
    await mara.message("my secret")
    await mara.entry("assistant")
    assert await ole.quiet()
    assert await visitor.quiet()
    again = await door.socket(door.token("customer", OLE))
    assert (await again.next("welcome"))["history"] == []
    _, page = await door.call("GET", "/api/v1/chat/history", token=door.token("customer", OLE))
    assert page["items"] == []


async def test_client_cannot_name_a_conversation(door: Door) -> None:
    conversations = door.services.conversations
    await conversations.append(OLE, [conversations.entry("customer", "web", text="my secret")])
    hello = {"conversation_id": OLE, "session_id": OLE, "customer_id": OLE}
    for field, value in hello.items():
        socket = await door.socket()
        await socket.say("hello", token=door.token("customer", MARA), **{field: value})
        assert (await socket.next("error"))["problem"]["code"] == "invalid_input"
    socket = await door.socket(door.token("customer", MARA), after="0")
    assert (await socket.next("welcome"))["history"] == []
    last = (await conversations.since(OLE, ""))[0].id
    socket = await door.socket(door.token("customer", MARA), after=last[:-1])
    assert (await socket.next("welcome"))["history"] == []


async def test_cursor_of_another_conversation_shows_nothing(door: Door) -> None:
    conversations = door.services.conversations
    for person in (MARA, OLE):
        entries = [conversations.entry("agent", "web", n, text=f"{person} {n}") for n in range(4)]
        await conversations.append(person, entries)
    _, page = await door.call(
        "GET", "/api/v1/chat/history", params={"limit": "2"}, token=door.token("customer", OLE)
    )
    status, problem = await door.call(
        "GET",
        "/api/v1/chat/history",
        params={"before": page["next_cursor"]},
        token=door.token("customer", MARA),
    )
    assert (status, problem["code"]) == (404, "page_not_found")


@pytest.mark.parametrize("path", ["/api/v1/chat/messages", "/api/v1/channels/receive"])
async def test_nobody_speaks_for_another_customer(door: Door, path: str) -> None:
    body = {
        "customer_id": OLE,
        "channel": "web",
        "message": "cancel my order",
        "message_id": "m",
        "text": "x",
    }
    assert (await door.call("POST", path, body, token=door.token("customer", MARA)))[0] in (
        403,
        422,
    )
    assert door.rasa.received == []
