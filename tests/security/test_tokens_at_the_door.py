"""Forged, foreign, expired and void tokens open nothing."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest

from closer.kit.pagination import PageRequest
from tests.fakes.gateway import MARA, Door

HISTORY = "/api/v1/chat/history"


def _part(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def _claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    base = {
        "iss": "closer",
        "sub": MARA,
        "role": "customer",
        "cid": MARA,
        "jti": "tok_x",
        "iat": now,
        "exp": now + 600,
    }
    return {**base, **more}


def _forgeries(secret: str) -> dict[str, str]:
    signed = jwt.encode(_claims(), secret, algorithm="HS256")
    head, body, signature = signed.split(".")
    return {
        "alg none": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(_claims())}.",
        "alg None": f"{_part({'alg': 'None', 'typ': 'JWT'})}.{_part(_claims())}.{signature}",
        "other key": jwt.encode(_claims(), "x" * 48, algorithm="HS256"),
        "other algorithm": jwt.encode(_claims(), secret, algorithm="HS512"),
        "changed role": f"{head}.{_part(_claims(role='admin'))}.{signature}",
        "no signature": f"{head}.{body}.",
        "cut signature": signed[:-4],
        "other issuer": jwt.encode(_claims(iss="elsewhere"), secret, algorithm="HS256"),
        "no issuer": jwt.encode(
            {k: v for k, v in _claims().items() if k != "iss"}, secret, algorithm="HS256"
        ),
        "no expiry": jwt.encode(
            {k: v for k, v in _claims().items() if k != "exp"}, secret, algorithm="HS256"
        ),
        "unknown role": jwt.encode(_claims(role="root"), secret, algorithm="HS256"),
        "expired": jwt.encode(_claims(exp=int(time.time()) - 1), secret, algorithm="HS256"),
        "junk": "junk",
        "long junk": "e" * 3000,
        "key by header": f"{_part({'alg': 'HS256', 'kid': '../../dev/null'})}.{_part(_claims())}.{signature}",
    }


async def test_forged_tokens_are_refused_at_every_door(door: Door) -> None:
    forgeries = _forgeries(door.services.settings.secret_key.get_secret_value())
    genuine = jwt.encode(
        _claims(), door.services.settings.secret_key.get_secret_value(), algorithm="HS256"
    )
    assert (await door.call("GET", HISTORY, token=genuine))[0] == 200
    for name, token in forgeries.items():
        status, problem = await door.call("GET", HISTORY, token=token)
        assert status == 401, name
        assert problem["code"] in ("not_authenticated", "token_expired"), name
        socket = await door.socket(token)
        assert (await socket.next())["type"] == "error", name
        assert await socket.closed() == 4401, name


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc", "Token x", "Bearer  "])
async def test_other_authorization_is_none(door: Door, header: str) -> None:
    status, problem = await door.call("GET", HISTORY, headers={"Authorization": header})
    assert (status, problem["code"]) == (401, "not_authenticated")


async def test_token_in_the_query_is_none(door: Door) -> None:
    token = door.token("customer", MARA)
    assert (await door.call("GET", HISTORY, params={"token": token, "access_token": token}))[
        0
    ] == 401


async def test_closed_account_keeps_no_session(door: Door) -> None:
    tokens = await door.login("mara@example.org")
    account = await door.services.accounts.find_by_email("mara@example.org")
    assert account is not None
    await door.services.accounts.close(account.account_id)
    assert (await door.call("GET", HISTORY, token=tokens["access_token"]))[0] == 401
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert (await door.call("POST", "/api/v1/auth/refresh", refresh))[0] == 401
    login = {"email": "mara@example.org", "password": "northlight-demo"}
    assert (await door.call("POST", "/api/v1/auth/login", login))[0] == 401


async def test_stolen_refresh_token_ends_with_its_family(door: Door) -> None:
    stolen = (await door.login("mara@example.org"))["refresh_token"]
    other = await door.login("mara@example.org")
    _, thief = await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": stolen})
    assert (await door.call("GET", HISTORY, token=thief["access_token"]))[0] == 200
    assert (await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": stolen}))[0] == 401
    assert (await door.call("GET", HISTORY, token=thief["access_token"]))[0] == 401
    assert (await door.call("GET", HISTORY, token=other["access_token"]))[0] == 200


async def test_running_socket_ends_with_its_family(door: Door) -> None:
    tokens = await door.login("mara@example.org")
    socket = await door.socket(tokens["access_token"])
    await socket.next("welcome")
    for _ in range(2):
        await door.call("POST", "/api/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    await socket.message("still here?")
    assert (await socket.next("error"))["problem"]["code"] == "token_revoked"
    assert await socket.closed() == 4401
    page = await door.services.conversations.history(MARA, PageRequest())
    assert page.items == []


async def test_passwords_and_tokens_are_not_stored_in_clear(door: Door) -> None:
    from sqlalchemy import text

    tokens = await door.login("mara@example.org")
    async with door.services.db.reading() as connection:
        accounts = str((await connection.execute(text("SELECT * FROM accounts"))).all())
        refresh = str((await connection.execute(text("SELECT * FROM refresh_tokens"))).all())
    assert "mara@" not in accounts
    assert "northlight-demo" not in accounts
    assert "$argon2id$" in accounts
    assert tokens["refresh_token"] not in refresh
