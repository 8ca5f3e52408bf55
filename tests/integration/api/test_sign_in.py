"""Sign in, renew, sign out, by REST."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

from closer.security.verification import VerificationService
from tests.fakes.gateway import MARA, PASSWORD, Door

LOGIN = "/api/v1/auth/login"
REFRESH = "/api/v1/auth/refresh"


async def test_login_gives_what_the_protocol_says(door: Door) -> None:
    tokens = await door.login(" MARA@Example.org ".strip())
    assert set(tokens) == {
        "access_token",
        "token_type",
        "expires_at",
        "refresh_token",
        "role",
        "customer",
    }
    assert tokens["token_type"] == "Bearer"
    assert tokens["role"] == "customer"
    assert tokens["customer"] == {"customer_id": MARA, "name": "Mara Lindqvist"}
    assert datetime.fromisoformat(tokens["expires_at"].replace("Z", "+00:00")) > datetime.now(
        timezone.utc
    )
    assert tokens["expires_at"].endswith("Z")


async def test_visitor_has_no_customer_and_a_conversation_of_its_own(door: Door) -> None:
    answers = [await door.call("POST", "/api/v1/auth/visitor", {}) for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    assert all(data["customer"] is None and data["role"] == "visitor" for _, data in answers)
    conversations = []
    for _, data in answers:
        socket = await door.socket(data["access_token"])
        conversations.append((await socket.next("welcome"))["conversation_id"])
    assert len(set(conversations)) == 2


async def test_wrong_password_and_unknown_address_get_the_same_answer(door: Door) -> None:
    answers = []
    for email in ("mara@example.org", "nobody@example.org"):
        status, data = await door.call(
            "POST", LOGIN, {"email": email, "password": "wrong-password"}
        )
        data.pop("correlation_id")
        answers.append((status, data))
    assert answers[0] == answers[1]
    assert answers[0][0] == 401
    assert answers[0][1]["code"] == "wrong_credentials"


async def test_lock_out_says_how_long(door: Door) -> None:
    for email in ("mara@example.org", "nobody@example.org"):
        statuses = [
            (await door.call("POST", LOGIN, {"email": email, "password": "wrong-password"}))[0]
            for _ in range(6)
        ]
        assert statuses == [401] * 5 + [429]
    async with door.http.post(
        door.url + LOGIN, json={"email": "mara@example.org", "password": PASSWORD}
    ) as answer:  # the right one does not help now
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 30
        assert (await answer.json(content_type=None))["code"] == "sign_in_locked"


async def test_refresh_works_once_and_reuse_ends_the_family(door: Door) -> None:
    first = await door.login("mara@example.org")
    status, second = await door.call("POST", REFRESH, {"refresh_token": first["refresh_token"]})
    assert status == 200
    assert second["customer"]["customer_id"] == MARA
    status, problem = await door.call("POST", REFRESH, {"refresh_token": first["refresh_token"]})
    assert (status, problem["code"]) == (401, "refresh_reused")
    assert (await door.call("POST", REFRESH, {"refresh_token": second["refresh_token"]}))[0] == 401
    assert (await door.call("GET", "/api/v1/chat/history", token=second["access_token"]))[0] == 401


async def test_two_refreshes_at_once_give_one_pair(door: Door) -> None:
    tokens = await door.login("mara@example.org")
    body = {"refresh_token": tokens["refresh_token"]}
    answers = await asyncio.gather(*(door.call("POST", REFRESH, body) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 401, 401, 401, 401]


async def test_logout_voids_access_and_refresh_token(door: Door) -> None:
    tokens = await door.login("mara@example.org")
    status, data = await door.call("POST", "/api/v1/auth/logout", token=tokens["access_token"])
    assert (status, data) == (204, "")
    status, problem = await door.call("GET", "/api/v1/chat/history", token=tokens["access_token"])
    assert (status, problem["code"]) == (401, "token_revoked")
    assert (await door.call("POST", REFRESH, {"refresh_token": tokens["refresh_token"]}))[0] == 401
    assert (await door.call("POST", "/api/v1/auth/logout", token=tokens["access_token"]))[0] == 401


async def test_visitor_who_signs_in_takes_the_conversation_along(door: Door) -> None:
    _, visitor = await door.call("POST", "/api/v1/auth/visitor", {})
    socket = await door.socket(visitor["access_token"])
    await socket.message("said before signing in")
    await socket.entry("assistant")
    tokens = await door.login("mara@example.org", visitor_token=visitor["access_token"])
    _, page = await door.call("GET", "/api/v1/chat/history", token=tokens["access_token"])
    assert page["items"][0]["text"] == "said before signing in"
    assert await socket.closed() == 4401
    assert (await door.call("GET", "/api/v1/chat/history", token=visitor["access_token"]))[0] == 401


async def test_customers_token_as_visitor_token_moves_nothing(door: Door) -> None:
    ole = await door.login("ole@example.org")
    await door.call(
        "POST",
        "/api/v1/chat/messages",
        {"message_id": "m1", "text": "mine"},
        token=ole["access_token"],
    )
    mara = await door.login("mara@example.org", visitor_token=ole["access_token"])
    _, page = await door.call("GET", "/api/v1/chat/history", token=mara["access_token"])
    assert page["items"] == []
    assert (await door.call("GET", "/api/v1/chat/history", token=ole["access_token"]))[0] == 200


async def test_broken_visitor_token_does_not_keep_one_out(door: Door) -> None:
    await door.login("mara@example.org", visitor_token="junk")


async def test_password_reset_by_link(door: Door) -> None:
    account = await door.services.accounts.find_by_email("mara@example.org")
    assert account is not None
    tokens = await door.login("mara@example.org")
    link = await _reset_token(door, account.account_id, account.email)
    body = {"token": link, "new_password": "a brand new phrase"}
    weak = await door.call(
        "POST", "/api/v1/auth/password-reset", {**body, "new_password": "aaaaaaaaaaaa"}
    )
    assert (weak[0], weak[1]["code"]) == (422, "weak_password")
    assert await door.call("POST", "/api/v1/auth/password-reset", body) == (204, "")
    assert (await door.call("POST", LOGIN, {"email": account.email, "password": PASSWORD}))[
        0
    ] == 401
    await door.login(account.email, "a brand new phrase")
    assert (await door.call("GET", "/api/v1/chat/history", token=tokens["access_token"]))[0] == 401
    assert 400 <= (await door.call("POST", "/api/v1/auth/password-reset", body))[0] < 500


async def test_demo_customers_are_listed_in_a_demo_shop_only(door: Door) -> None:
    await door.services.accounts.create(
        email="real@example.org", password="my own phrase", customer_id="real"
    )
    status, customers = await door.call("GET", "/api/v1/demo/customers")
    assert status == 200
    assert [customer["customer_id"] for customer in customers] == [MARA, "user456"]
    assert set(customers[0]) == {
        "customer_id",
        "name",
        "email",
        "account_type",
        "orders",
        "password",
    }
    await door.login(customers[0]["email"], customers[0]["password"])
    door.services.settings.demo_shop = False
    assert (await door.call("GET", "/api/v1/demo/customers"))[0] == 404


async def _reset_token(door: Door, account_id: str, email: str) -> str:
    """Ask for a reset link and read it where a person would: in the mail."""
    import re

    from closer.providers.sandbox import SandboxMessages

    verification: VerificationService = door.services.verification
    await verification.request_reset(account_id, email, "Mara")
    await door.services.notifications.deliver_due()
    for message in await SandboxMessages(door.services.db).latest():
        if found := re.search(r"/reset#(\S+)", message.text):
            return found[1]
    raise AssertionError("no mail came")
