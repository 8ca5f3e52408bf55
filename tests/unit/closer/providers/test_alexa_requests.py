"""Which requests are Amazon's: the certificate's place, dates, name and authority, the signature, the age."""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec

from closer.providers import alexa_requests
from closer.providers.alexa_requests import (
    AlexaVerifier,
    Forged,
    HttpChains,
    check_age,
    checked_url,
)
from tests.fakes.alexa_caller import CHAIN_URL, SIGNER, Authority, Chains, signed, signing_key

DATA = Path(__file__).parents[3] / "data"
KEY, ROOT = signing_key(), Authority()
BODY = b'{"version":"1.0","request":{"type":"LaunchRequest"}}'
NOW = datetime.now(timezone.utc)


@pytest.fixture
def chains() -> Chains:
    made = Chains()
    made.put(ROOT.leaf(KEY, SIGNER))
    return made


@pytest.fixture
def verifier(chains: Chains, tmp_path: Path) -> AlexaVerifier:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(ROOT.pem)
    return AlexaVerifier(chains, roots)


async def refused(verifier: AlexaVerifier, body: bytes = BODY, now: datetime = NOW) -> bool:
    try:
        await verifier.verified(CHAIN_URL, signed(KEY, body), body, now)
    except Forged:
        return True
    return False


async def test_a_signed_body_is_amazons_and_its_certificate_is_fetched_once(
    verifier: AlexaVerifier, chains: Chains
) -> None:
    for _ in range(3):
        await verifier.verified(CHAIN_URL, signed(KEY, BODY), BODY, NOW)
    assert chains.fetched == [CHAIN_URL]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (CHAIN_URL, CHAIN_URL),
        ("https://s3.amazonaws.com:443/echo.api/cert.pem", "/echo.api/cert.pem"),
        ("HTTPS://S3.AmazonAWS.com/echo.api/cert.pem", "/echo.api/cert.pem"),
        ("https://s3.amazonaws.com/echo.api/../echo.api/cert.pem", "/echo.api/cert.pem"),
        ("https://s3.amazonaws.com/echo.api/cert.pem?x=1#y", "/echo.api/cert.pem"),
    ],
)
def test_certificates_lie_where_amazon_keeps_them(url: str, place: str) -> None:
    assert checked_url(url).removesuffix(place) in ("", "https://s3.amazonaws.com")


@pytest.mark.parametrize(
    "url",
    [
        "http://s3.amazonaws.com/echo.api/cert.pem",
        "https://notamazon.com/echo.api/cert.pem",
        "https://s3.amazonaws.com.evil.example/echo.api/cert.pem",
        "https://s3.amazonaws.com@evil.example/echo.api/cert.pem",
        "https://user:word@s3.amazonaws.com/echo.api/cert.pem",
        "https://s3.amazonaws.com:563/echo.api/cert.pem",
        "https://s3.amazonaws.com:https/echo.api/cert.pem",
        "https://s3.amazonaws.com/EcHo.aPi/cert.pem",
        "https://s3.amazonaws.com/invalid.path/cert.pem",
        "https://s3.amazonaws.com/echo.api/../evil/cert.pem",
        "https://s3.amazonaws.com/echo.api/%2e%2e/evil/cert.pem",
        "https://s3.amazonaws.com/echo.api/%252e%252e/evil/cert.pem",
        "https://s3.amazonaws.com/echo.api/..%2fevil/cert.pem",
        "https://s3.amazonaws.com/echo.api/..\\evil\\cert.pem",
        "https://s3.amazonaws.com//echo.api/cert.pem",
        "https://s3.amazonaws.com/echo.api/",
        "https://s3.amazonaws.com/echo.api/cert.pem%3Facl",
        "https://[s3.amazonaws.com/echo.api/cert.pem",
        "nonsense",
        "",
    ],
)
def test_certificates_from_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(Forged):
        checked_url(url)


async def test_nothing_is_fetched_from_elsewhere(verifier: AlexaVerifier, chains: Chains) -> None:
    elsewhere = "https://s3.amazonaws.com/echo.api/../evil/cert.pem"
    with pytest.raises(Forged):
        await verifier.verified(elsewhere, signed(KEY, BODY), BODY, NOW)
    assert chains.fetched == []


async def test_every_changed_byte_of_the_body_is_refused(verifier: AlexaVerifier) -> None:
    signature = signed(KEY, BODY)
    for at in range(len(BODY)):
        changed = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
        with pytest.raises(Forged):
            await verifier.verified(CHAIN_URL, signature, changed, NOW)
    for changed in (b"", BODY[:-1], BODY + b" "):
        with pytest.raises(Forged):
            await verifier.verified(CHAIN_URL, signature, changed, NOW)


async def test_every_changed_byte_of_the_signature_is_refused(verifier: AlexaVerifier) -> None:
    raw = base64.b64decode(signed(KEY, BODY))
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(Forged):
            await verifier.verified(CHAIN_URL, base64.b64encode(changed).decode(), BODY, NOW)


@pytest.mark.parametrize("spelling", ["", " {}", "{}=", "{}\n", "%{}", "ü", "AAAA"])
async def test_a_signature_has_one_spelling(verifier: AlexaVerifier, spelling: str) -> None:
    with pytest.raises(Forged):
        await verifier.verified(CHAIN_URL, spelling.format(signed(KEY, BODY)), BODY, NOW)


@pytest.mark.parametrize(("url", "signature"), [(None, "x"), (CHAIN_URL, None), ("", "")])
async def test_what_is_not_signed_is_refused(
    verifier: AlexaVerifier, url: str | None, signature: str | None
) -> None:
    with pytest.raises(Forged):
        await verifier.verified(url, signature, BODY, NOW)


@pytest.mark.parametrize("days", [(-60, -1), (1, 60)])
async def test_a_certificate_out_of_date_is_refused(
    verifier: AlexaVerifier, chains: Chains, days: tuple[int, int]
) -> None:
    chains.put(ROOT.leaf(KEY, SIGNER, days=days))
    assert await refused(verifier)


async def test_a_certificate_that_ran_out_since_is_fetched_again(
    verifier: AlexaVerifier, chains: Chains
) -> None:
    assert not await refused(verifier)
    assert await refused(verifier, now=NOW + timedelta(days=31))
    chains.put(ROOT.leaf(KEY, SIGNER, days=(-1, 60)))
    assert not await refused(verifier, now=NOW + timedelta(days=31))


@pytest.mark.parametrize("name", ["echo-api.amazon.com.evil.example", "amazon.com", "evil.example"])
async def test_a_certificate_of_another_name_is_refused(
    verifier: AlexaVerifier, chains: Chains, name: str
) -> None:
    chains.put(ROOT.leaf(KEY, name))
    assert await refused(verifier)


async def test_a_certificate_of_several_names_needs_only_the_right_one_among_them(
    verifier: AlexaVerifier, chains: Chains
) -> None:
    chains.put(ROOT.leaf(KEY, "other.amazon.com", SIGNER))
    assert not await refused(verifier)


async def test_a_chain_to_another_root_is_refused_even_if_it_brings_that_root(
    verifier: AlexaVerifier, chains: Chains
) -> None:
    other = Authority()
    chains.put(other.leaf(KEY, SIGNER), other.root)
    assert await refused(verifier)


async def test_another_kind_of_key_is_refused(verifier: AlexaVerifier, chains: Chains) -> None:
    chains.put(ROOT.leaf(ec.generate_private_key(ec.SECP256R1()), SIGNER))
    assert await refused(verifier)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
async def test_what_is_no_certificate_is_refused(
    verifier: AlexaVerifier, chains: Chains, content: bytes
) -> None:
    chains.files[CHAIN_URL] = content
    assert await refused(verifier)


async def test_amazons_own_expired_certificate_is_trusted_only_in_its_time(
    chains: Chains,
) -> None:
    """A real chain by the public roots: it fails by its dates alone."""
    chains.files[CHAIN_URL] = (DATA / "alexa" / "echo-api-cert-7.pem").read_bytes()
    for now, reason in (
        (NOW, "not to be trusted"),
        (datetime(2019, 9, 1, tzinfo=timezone.utc), "signature is wrong"),
    ):
        with pytest.raises(Forged, match=reason):
            await AlexaVerifier(chains).verified(CHAIN_URL, signed(KEY, BODY), BODY, now)


@pytest.mark.parametrize(
    ("seconds", "kind", "fresh"),
    [
        (-149, "IntentRequest", True),
        (149, "IntentRequest", True),
        (-151, "IntentRequest", False),
        (151, "LaunchRequest", False),
        (-3599, "AlexaSkillEvent.SkillDisabled", True),
        (-3601, "AlexaSkillEvent.SkillDisabled", False),
    ],
)
def test_a_request_is_good_for_150_seconds(seconds: int, kind: str, fresh: bool) -> None:
    sent = (NOW + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    if fresh:
        check_age(sent, kind, NOW)
        return
    with pytest.raises(Forged):
        check_age(sent, kind, NOW)


@pytest.mark.parametrize("timestamp", ["", "yesterday", None, 1700000000, "2026-13-40T00:00:00Z"])
def test_a_request_without_time_is_refused(timestamp: object) -> None:
    with pytest.raises(Forged):
        check_age(timestamp, "IntentRequest", NOW)


async def _chains_from(handler: object) -> None:
    app = web.Application()
    app.router.add_get("/", handler)  # type: ignore[arg-type]
    async with TestServer(app) as server:
        await HttpChains().fetch(str(server.make_url("/")))


async def test_a_chain_that_comes_in_pieces_is_read_whole() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for piece in (b"one ", b"two ", b"three"):
            await answer.write(piece)
            await asyncio.sleep(0.01)
        return answer

    app = web.Application()
    app.router.add_get("/", slow)
    async with TestServer(app) as server:
        assert await HttpChains().fetch(str(server.make_url("/"))) == b"one two three"


async def test_a_chain_that_is_large_missing_elsewhere_or_late_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alexa_requests, "_DEADLINE_S", 0.3)

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (64 * 1024 + 1))

    async def missing(_: web.Request) -> web.Response:
        return web.Response(status=404)

    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async def late(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response(body=b"late")

    for handler in (large, missing, moved, late):
        with pytest.raises(Forged):
            await _chains_from(handler)
    with pytest.raises(Forged):
        await HttpChains().fetch("http://127.0.0.1:1/")
