"""Other people's addresses, guessed codes, other people's sessions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from closer.providers.sandbox import SandboxMessages
from tests.fakes.gateway import MARA, OLE, Door

CHANNELS = "/api/v1/channels"
ADDRESSES = f"{CHANNELS}/addresses"
NUMBER = "+12025550143"


async def add(door: Door, owner: str, address: str = NUMBER, kind: str = "phone") -> dict[str, Any]:
    token = door.token("customer", owner)
    body = {"kind": kind, "address": address}
    status, answer = await door.call("POST", ADDRESSES, body, token=token)
    assert status == 201, answer
    return dict(answer)


async def code_to(door: Door, address: str) -> str:
    await door.services.notifications.deliver_due()
    for message in await SandboxMessages(door.services.db).latest():
        if message.address == address and (found := re.search(r"\b\d{6}\b", message.text)):
            return found.group(0)
    raise AssertionError(f"no code went to {address}")


async def give(door: Door, owner: str, address_id: str, code: str) -> tuple[int, Any]:
    token = door.token("customer", owner)
    path = f"{ADDRESSES}/{address_id}/verify"
    return await door.call("POST", path, {"code": code}, token=token)


async def test_an_address_counts_once_its_code_was_given(door: Door) -> None:
    sent = await add(door, MARA)
    resolve = door.services.identities.resolve
    assert (await resolve("phone", NUMBER)).customer_id is None
    state = {c.channel: c for c in await door.services.reach.available(MARA)}["sms"]
    assert (state.available, state.reason) == (False, "address_not_verified")
    status, address = await give(door, MARA, sent["address_id"], await code_to(door, NUMBER))
    assert (status, address["verified"], address["address"]) == (200, True, "•••• 43")
    assert (await resolve("phone", NUMBER)).customer_id == MARA
    state = {c.channel: c for c in await door.services.reach.available(MARA)}["sms"]
    assert state.available
    token = door.token("customer", MARA)
    status, _ = await door.call("DELETE", f"{ADDRESSES}/{sent['address_id']}", token=token)
    assert status == 204
    assert (await resolve("phone", NUMBER)).customer_id is None


async def test_the_mailbox_of_another_is_not_taken_over(door: Door) -> None:
    sent = await add(door, OLE, "mara@example.org", "email")
    assert sent["sent_to"] == "m•••@example.org"  # no word of whose it is
    identity = await door.services.identities.resolve("email", "mara@example.org")
    assert (identity.customer_id, identity.household) == (MARA, ())
    code = await code_to(door, "mara@example.org")
    # Not even with the right code by somebody else's hand, nor as another's address.
    assert (await give(door, MARA, sent["address_id"], code))[0] == 404


async def test_a_shared_phone_is_nobodys_alone(door: Door) -> None:
    await door.services.customers.update(MARA, phone=NUMBER)
    await door.services.addresses.link(OLE, "phone", NUMBER, by="test")
    identity = await door.services.identities.resolve("phone", NUMBER)
    assert identity.customer_id is None
    assert identity.household == (MARA, OLE)
    assert identity.conversation_id.startswith("vis_")


async def test_guessing_a_code_ends_after_five_tries(door: Door) -> None:
    sent = await add(door, OLE)
    right = await code_to(door, NUMBER)
    wrong = "000000" if right != "000000" else "111111"
    answers = [await give(door, OLE, sent["address_id"], wrong) for _ in range(5)]
    assert [problem["code"] for _, problem in answers] == ["code_wrong"] * 4 + ["code_locked"]
    status, problem = await give(door, OLE, sent["address_id"], right)
    assert (status, problem["code"]) == (429, "code_locked")
    assert (await door.services.identities.resolve("phone", NUMBER)).customer_id is None


async def test_codes_cannot_be_poured_over_a_strangers_phone(door: Door) -> None:
    sent = await add(door, OLE)
    path = f"{ADDRESSES}/{sent['address_id']}/code"
    status, problem = await door.call("POST", path, token=door.token("customer", OLE))
    assert (status, problem["code"]) == (429, "code_cooldown")
    body = {"kind": "phone", "address": NUMBER}
    status, problem = await door.call("POST", ADDRESSES, body, token=door.token("customer", MARA))
    assert (status, problem["code"]) == (429, "code_cooldown")
    # What was refused was not stored either.
    _, own = await door.call("GET", ADDRESSES, token=door.token("customer", MARA))
    assert [item["kind"] for item in own["addresses"]] == ["email"]


async def test_the_address_of_the_account_is_changed_in_the_account(door: Door) -> None:
    token = door.token("customer", MARA)
    status, problem = await door.call("DELETE", f"{ADDRESSES}/record:email", token=token)
    assert (status, problem["code"]) == (409, "address_on_record")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{CHANNELS}/available?customer_id={MARA}", None),
        ("GET", f"{ADDRESSES}?customer_id={MARA}", None),
        ("POST", ADDRESSES, {"customer_id": MARA, "kind": "phone", "address": NUMBER}),
        ("DELETE", f"{ADDRESSES}/record:email?customer_id={MARA}", None),
        ("PUT", f"{CHANNELS}/consent", {"customer_id": MARA, "channel": "email", "granted": False}),
        (
            "POST",
            f"{CHANNELS}/switch",
            {"customer_id": MARA, "current_channel": "web", "new_channel": "mobile"},
        ),
    ],
)
async def test_nobody_names_another_customer(door: Door, method: str, path: str, body: Any) -> None:
    for token in (door.token("customer", OLE), door.token("visitor"), door.token("trainer")):
        status, problem = await door.call(method, path, body, token=token)
        assert (status, problem["code"]) == (403, "not_permitted")
    consents = door.services.contact_consents
    assert await consents.allowed("email", "mara@example.org")


async def test_another_customers_message_is_not_there(door: Door) -> None:
    body = {"customer_id": MARA, "channel": "email", "message": "For Mara only"}
    _, sent = await door.call("POST", f"{CHANNELS}/send", body, token=door.token("service"))
    path = f"{CHANNELS}/messages/{sent['message_id']}"
    assert (await door.call("GET", path, token=door.token("customer", OLE)))[0] == 404
    assert (await door.call("GET", path, token=door.token("visitor")))[0] == 403


async def test_a_visitor_naming_anothers_session_stays_in_its_own(door: Door) -> None:
    token = door.token("visitor")
    body = {"message_id": "m1", "text": "show me my orders", "session_id": MARA}
    status, _ = await door.call("POST", "/api/v1/chat/messages", body, token=token)
    assert status == 422
    del body["session_id"]
    assert (await door.call("POST", "/api/v1/chat/messages", body, token=token))[0] == 200
    assert door.rasa.received[0].conversation_id.startswith("vis_")
    assert door.rasa.received[0].customer_id is None
