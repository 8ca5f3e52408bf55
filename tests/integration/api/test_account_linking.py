"""Linking an account to Alexa (RFC 6749): the page, codes, tokens, and what is refused."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

from closer.kit.clock import FixedClock
from closer.kit.pagination import PageRequest
from closer.security.oauth_tables import oauth_codes
from closer.security.roles import Role
from closer.security.tokens import verify_token
from closer.services import Services
from tests.fakes.gateway import MARA, PASSWORD, Door

CLIENT, SECRET = "alexa", "a secret: with/signs"
BACK = "https://layla.amazon.com/api/skill/link/M0"
OTHER = "https://pitangui.amazon.com/api/skill/link/M0"
ASK = {"response_type": "code", "client_id": CLIENT, "redirect_uri": BACK, "state": "a&b=ü"}
SIGN_IN = {"email": "mara@example.org", "password": PASSWORD, "decision": "allow"}


@pytest_asyncio.fixture
async def services(services: Services) -> Services:
    services.settings.alexa_client_id = CLIENT
    services.settings.alexa_client_secret = SecretStr(SECRET)
    services.settings.alexa_redirect_uris = [BACK, OTHER]
    return services


async def get(door: Door, **changes: str) -> tuple[int, Any, str]:
    fields = {**ASK, **changes}
    async with door.http.get(
        door.url + "/oauth/authorize", params=fields, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers, await answer.text()


async def decide(door: Door, _headers: Any = None, **changes: str) -> tuple[int, Any, str]:
    fields = {**ASK, **SIGN_IN, **changes}
    async with door.http.post(
        door.url + "/oauth/authorize", data=fields, allow_redirects=False, headers=_headers
    ) as answer:
        return answer.status, answer.headers, await answer.text()


async def code_for(door: Door, **changes: str) -> str:
    status, headers, page = await decide(door, **changes)
    assert status == 303, page
    return parse_qs(urlsplit(headers["Location"]).query)["code"][0]


async def token(door: Door, **fields: str) -> tuple[int, Any]:
    """Call the token endpoint as the client, unless the fields say otherwise."""
    return await door.call(
        "POST",
        "/oauth/token",
        data={"client_id": CLIENT, "client_secret": SECRET, **fields},
    )


async def exchange(door: Door, code: str, **changes: str) -> tuple[int, Any]:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **changes}
    return await token(door, **fields)


async def refresh(door: Door, refresh_token: str, **changes: str) -> tuple[int, Any]:
    return await token(door, grant_type="refresh_token", refresh_token=refresh_token, **changes)


async def works(door: Door, access_token: str) -> bool:
    return (await door.call("GET", "/api/v1/auth/me", token=access_token))[0] == 200


async def audited(door: Door) -> list[tuple[str, str]]:
    page = await door.services.audit.entries(PageRequest(limit=50))
    return [(e.action, e.outcome) for e in page.items if e.action.startswith("oauth.")][::-1]


async def test_a_person_allows_and_the_application_gets_tokens(door: Door) -> None:
    status, _, page = await get(door)
    assert status == 200
    assert "Amazon Alexa asks to act for you at Northlight" in page
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert hidden == {**ASK, "state": "a&amp;b=ü"}
    status, headers, _ = await decide(door)
    assert status == 303
    back = urlsplit(headers["Location"])
    assert back._replace(query="").geturl() == BACK
    assert parse_qs(back.query)["state"] == [ASK["state"]]
    status, tokens = await exchange(door, parse_qs(back.query)["code"][0])
    assert status == 200
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert tokens["token_type"] == "Bearer"
    assert 1700 < tokens["expires_in"] <= 1800
    claims = verify_token(door.services.settings, tokens["access_token"])
    assert (claims.role, claims.customer_id) == (Role.CUSTOMER, MARA)
    assert await works(door, tokens["access_token"])
    assert await audited(door) == [("oauth.allowed", "ok"), ("oauth.linked", "ok")]


async def test_who_does_not_allow_is_sent_back_without_signing_in(door: Door) -> None:
    status, headers, _ = await decide(door, decision="deny", email="", password="")
    assert status == 303
    assert headers["Location"].startswith(f"{BACK}?error=access_denied&state=")
    assert await audited(door) == []


async def test_a_wrong_password_asks_again_and_keeps_no_password(door: Door) -> None:
    wrong = '"><script>wrong'
    status, _, page = await decide(door, password=wrong, email='x"><script>@example.org')
    assert status == 401
    assert "password is wrong" in page
    assert "<script>" not in page.replace("<script src", "")
    assert "wrong&" not in page.split('name="password"')[1].split("/>")[0]
    for _ in range(5):
        await decide(door, password=wrong)
    status, headers, _ = await decide(door)
    assert status == 429
    assert int(headers["Retry-After"]) > 0


async def test_staff_cannot_be_linked(door: Door) -> None:
    await door.services.accounts.create(
        email="agent@example.org", password="a long enough word", role=Role.AGENT
    )
    status, _, page = await decide(door, email="agent@example.org", password="a long enough word")
    assert status == 403
    assert "customers" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": ""},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "/../evil"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": BACK.upper()},
        {"redirect_uri": ""},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    door: Door, changes: dict[str, str]
) -> None:
    for status, headers, page in (await get(door, **changes), await decide(door, **changes)):
        assert status == 400
        assert "Location" not in headers
        assert "evil" not in page
    assert (await decide(door, **changes, decision="deny"))[0] == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
        ({"state": "x" * 2001}, "invalid_request"),
    ],
)
async def test_the_client_is_told_of_its_mistakes(
    door: Door, changes: dict[str, str], error: str
) -> None:
    for status, headers, _ in (await get(door, **changes), await decide(door, **changes)):
        assert status == 303
        assert headers["Location"].startswith(f"{BACK}?error={error}&state=")


async def test_the_page_cannot_be_framed_kept_or_led_elsewhere(door: Door) -> None:
    _, headers, _ = await get(door)
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://layla.amazon.com;" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_a_form_of_another_site_is_refused(door: Door) -> None:
    for site in ("cross-site", "same-site"):
        status, _, _ = await decide(door, {"Sec-Fetch-Site": site})
        assert status == 403
    assert (await decide(door, {"Sec-Fetch-Site": "same-origin"}))[0] == 303


async def test_a_code_that_comes_back_ends_what_grew_from_it(door: Door) -> None:
    code = await code_for(door)
    _, tokens = await exchange(door, code)
    _, renewed = await refresh(door, tokens["refresh_token"])
    status, problem = await exchange(door, code)
    assert (status, problem["error"]) == (400, "invalid_grant")
    assert not await works(door, renewed["access_token"])
    assert (await refresh(door, renewed["refresh_token"]))[0] == 400
    assert (await audited(door))[-1] == ("oauth.code_reused", "refused")


async def test_of_many_who_bring_a_code_at_once_nobody_keeps_tokens(door: Door) -> None:
    code = await code_for(door)
    answers = await asyncio.gather(*(exchange(door, code) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [200, 400, 400, 400, 400]
    [tokens] = [data for status, data in answers if status == 200]
    assert not await works(door, tokens["access_token"])


async def test_a_code_is_for_its_address_alone(door: Door) -> None:
    code = await code_for(door)
    for address in (OTHER, BACK):  # after the wrong one it is used up
        status, problem = await exchange(door, code, redirect_uri=address)
        assert (status, problem["error"]) == (400, "invalid_grant")


async def test_a_code_is_for_its_client_alone(door: Door) -> None:
    code = await code_for(door)
    door.services.settings.alexa_client_id = "another"
    status, problem = await exchange(door, code, client_id="another")
    assert (status, problem["error"]) == (400, "invalid_grant")


async def test_a_code_lasts_five_minutes_and_is_stored_as_a_hash(door: Door) -> None:
    now = door.services.clock.now()
    code = await code_for(door)
    async with door.services.db.reading() as connection:
        [row] = (await connection.execute(select(oauth_codes))).mappings().all()
    assert code not in map(str, row.values())
    assert timedelta(minutes=4) < row["expires_at"] - now < timedelta(minutes=6)
    oauth = door.services.oauth
    oauth._clock = FixedClock(row["expires_at"] + timedelta(seconds=1))
    assert (await exchange(door, code))[1]["error"] == "invalid_grant"
    assert await oauth.purge() == 0
    oauth._clock = FixedClock(row["expires_at"] + timedelta(days=2))
    assert await oauth.purge() == 1


async def test_a_refresh_token_works_once_and_its_return_ends_the_link(door: Door) -> None:
    _, first = await exchange(door, await code_for(door))
    status, second = await refresh(door, first["refresh_token"])
    assert status == 200
    assert await works(door, second["access_token"])
    assert (await refresh(door, first["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await refresh(door, second["refresh_token"]))[0] == 400
    assert not await works(door, second["access_token"])


async def test_refresh_tokens_of_the_chat_and_of_the_application_are_not_exchanged(
    door: Door,
) -> None:
    chat = await door.login("mara@example.org")
    assert (await refresh(door, chat["refresh_token"]))[1]["error"] == "invalid_grant"
    _, linked = await exchange(door, await code_for(door))
    body = {"refresh_token": linked["refresh_token"]}
    assert (await door.call("POST", "/api/v1/auth/refresh", body))[0] == 401
    assert (await refresh(door, linked["refresh_token"]))[0] == 200
    assert (await refresh(door, "nonsense"))[1]["error"] == "invalid_grant"


async def test_a_new_password_ends_links_and_codes(door: Door) -> None:
    _, tokens = await exchange(door, await code_for(door))
    code = await code_for(door)
    account = await door.services.accounts.find_by_customer(MARA)
    assert account is not None
    await door.services.accounts.change_password(
        account.account_id, PASSWORD, "another long enough word"
    )
    assert not await works(door, tokens["access_token"])
    assert (await refresh(door, tokens["refresh_token"]))[0] == 400
    assert (await exchange(door, code))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "client",
    [
        {"client_secret": "wrong"},
        {"client_id": "another"},
        {"client_secret": ""},
        {"client_id": "", "client_secret": ""},
    ],
)
async def test_a_client_without_its_secret_gets_nothing(door: Door, client: dict[str, str]) -> None:
    code = await code_for(door)
    status, problem = await exchange(door, code, **client)
    assert (status, problem["error"]) == (401, "invalid_client")
    assert (await exchange(door, code))[0] == 200  # nothing was used up
    await door.services.threats.flush()
    since = door.services.clock.now() - timedelta(hours=1)
    [threat] = await door.services.threats.recent(since=since)
    assert (threat.kind, threat.count) == ("forged_client", 1)


async def test_a_client_may_prove_itself_by_basic(door: Door) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": BACK}
    for user, secret, expected in ((CLIENT, SECRET, 200), (CLIENT, "wrong", 401)):
        async with door.http.post(
            door.url + "/oauth/token",
            data={**form, "code": await code_for(door)},
            auth=aiohttp.BasicAuth(user, secret),
        ) as answer:
            assert answer.status == expected
            assert answer.headers["Cache-Control"] == "no-store"
            assert ("WWW-Authenticate" in answer.headers) is (expected == 401)
    for header in ("Basic nonsense", "Basic /w==", "Bearer x"):
        status, problem = await door.call(
            "POST", "/oauth/token", data=form, headers={"Authorization": header}
        )
        assert (status, problem["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": BACK}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
    ],
)
async def test_wrong_requests_get_the_errors_of_the_rfc(
    door: Door, fields: dict[str, str], error: str
) -> None:
    status, problem = await token(door, **fields)
    assert (status, problem["error"]) == (400, error)
    assert problem["error_description"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"client_id=a&client_id=b", "application/x-www-form-urlencoded"),
        (b"client_id=%ff", "application/x-www-form-urlencoded"),
        (b"client_id=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(30)), "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
    ],
)
async def test_what_is_no_form_is_refused(door: Door, body: bytes, kind: str) -> None:
    for path in ("/oauth/token", "/oauth/authorize"):
        status, _ = await door.call("POST", path, data=body, headers={"Content-Type": kind})
        assert status == 400


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "redirect_uris"])
async def test_without_a_client_there_is_nothing_to_link(door: Door, missing: str) -> None:
    empty: Any = {"client_secret": SecretStr(""), "redirect_uris": []}.get(missing, "")
    setattr(door.services.settings, f"alexa_{missing}", empty)
    assert (await get(door))[0] == 404
    assert (await decide(door))[0] == 404
    assert (await token(door, grant_type="refresh_token"))[0] == 404
