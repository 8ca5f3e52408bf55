"""Registering, confirming, and new passwords by REST."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.gateway import MARA, PASSWORD, Door
from tests.fakes.shop_records import add_products

AUTH = "/api/v1/auth"
NORA = {"name": "Nora Field", "email": "nora@example.org", "password": "a phrase of her own"}


async def _mail(door: Door, address: str, pattern: str) -> str:
    await door.services.notifications.deliver_due()
    for message in await door.services.sandbox.latest(address=address):
        if found := re.search(pattern, message.text):
            return found[1]
    raise AssertionError("no mail came")


async def _confirm(door: Door, **more: Any) -> dict[str, Any]:
    token = await _mail(door, NORA["email"], r"/confirm#(\S+)")
    body = {"token": token, "password": NORA["password"], **more}
    status, data = await door.call("POST", f"{AUTH}/verify-email", body)
    assert status == 200, data
    return dict(data)


async def test_a_visitor_registers_and_keeps_conversation_and_cart(door: Door) -> None:
    await add_products(door.services)
    _, visitor = await door.call("POST", f"{AUTH}/visitor", {})
    socket = await door.socket(visitor["access_token"])
    owner = (await socket.next("welcome"))["conversation_id"]
    await socket.message("said as a visitor")
    await socket.entry("assistant")
    await door.services.carts.add(owner, "P-0001", 2)
    body = {**NORA, "visitor_token": visitor["access_token"]}
    assert await door.call("POST", f"{AUTH}/register", body) == (202, {"state": "mail_sent"})
    tokens = await _confirm(door)
    assert (tokens["role"], tokens["customer"]["name"]) == ("customer", "Nora Field")
    token = tokens["access_token"]
    _, page = await door.call("GET", "/api/v1/chat/history", token=token)
    assert page["items"][0]["text"] == "said as a visitor"
    assert (await door.services.carts.view(tokens["customer"]["customer_id"])).count == 2
    _, me = await door.call("GET", f"{AUTH}/me", token=token)
    assert (me["email"], me["verified"], me["role"]) == (NORA["email"], True, "customer")


async def test_a_visitor_who_signs_in_keeps_the_cart(door: Door) -> None:
    await add_products(door.services)
    _, visitor = await door.call("POST", f"{AUTH}/visitor", {})
    socket = await door.socket(visitor["access_token"])
    owner = (await socket.next("welcome"))["conversation_id"]
    await door.services.carts.add(owner, "P-0001")
    await door.login("mara@example.org", visitor_token=visitor["access_token"])
    assert (await door.services.carts.view(MARA)).count == 1


async def test_registering_answers_alike_for_known_and_unknown_addresses(door: Door) -> None:
    answers = [
        await door.call("POST", f"{AUTH}/{path}", body)
        for email in ("mara@example.org", "nobody@example.org")
        for path, body in (
            ("register", {**NORA, "email": email}),
            ("verification", {"email": email}),
            ("password-reset-request", {"email": email}),
        )
    ]
    assert answers == [(202, {"state": "mail_sent"})] * 6


async def test_signing_in_before_the_link_says_what_to_do(door: Door) -> None:
    await door.call("POST", f"{AUTH}/register", NORA)
    login = {"email": NORA["email"], "password": NORA["password"]}
    status, problem = await door.call("POST", f"{AUTH}/login", login)
    assert (status, problem["code"]) == (403, "email_not_verified")
    wrong = {**login, "password": "another phrase"}
    assert (await door.call("POST", f"{AUTH}/login", wrong))[0] == 401
    await _confirm(door)
    await door.login(NORA["email"], NORA["password"])


async def test_weak_passwords_and_foreign_links_are_refused(door: Door) -> None:
    weak = {**NORA, "password": "aaaaaaaaaaaa"}
    status, problem = await door.call("POST", f"{AUTH}/register", weak)
    assert (status, problem["code"]) == (409, "weak_password")
    nowhere = {**NORA, "email": "nora@nowhere"}
    status, problem = await door.call("POST", f"{AUTH}/register", nowhere)
    assert (status, problem["code"]) == (409, "contact_not_usable")
    forged = {"token": "forged", "password": NORA["password"]}
    status, problem = await door.call("POST", f"{AUTH}/verify-email", forged)
    assert (status, problem["code"]) == (401, "registration_invalid")


async def test_a_forgotten_password_is_replaced_by_mail(door: Door) -> None:
    email = "mara@example.org"
    for _ in range(5):  # more than may be sent: the answer stays the same
        answer = await door.call("POST", f"{AUTH}/password-reset-request", {"email": email})
        assert answer == (202, {"state": "mail_sent"})
    token = await _mail(door, email, r"/reset#(\S+)")
    body = {"token": token, "new_password": "a brand new phrase"}
    assert (await door.call("POST", f"{AUTH}/password-reset", body))[0] == 204
    tokens = await door.login(email, "a brand new phrase")
    _, me = await door.call("GET", f"{AUTH}/me", token=tokens["access_token"])
    assert me["verified"] is True


async def test_a_password_is_changed_by_the_old_one_and_other_sessions_end(door: Door) -> None:
    other = await door.login("mara@example.org")
    here = await door.login("mara@example.org")
    body = {"old_password": "not the old one", "new_password": "a brand new phrase"}
    status, problem = await door.call("POST", f"{AUTH}/password", body, token=here["access_token"])
    assert (status, problem["code"]) == (401, "wrong_credentials")
    body["old_password"] = PASSWORD
    status, fresh = await door.call("POST", f"{AUTH}/password", body, token=here["access_token"])
    assert status == 200
    assert (await door.call("GET", f"{AUTH}/me", token=other["access_token"]))[0] == 401
    assert (await door.call("GET", f"{AUTH}/me", token=fresh["access_token"]))[0] == 200
    await door.login("mara@example.org", "a brand new phrase")
