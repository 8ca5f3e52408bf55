"""Vendors' webhooks, handed to the connectors in the Rasa process with the raw body and headers they were signed with."""

from __future__ import annotations

import asyncio
import re

import aiohttp
from fastapi import APIRouter, Depends, Request, Response
from yarl import URL

from api.deps import Anyone, GatewayDep, caller_address
from api.gateway import Gateway
from closer.kit.errors import DeadlineExceeded, NotFound, Unavailable
from closer.kit.logging import correlation_id

router = APIRouter(include_in_schema=False)

#: `turn` is for our own processes; the others believe whatever sender the body names.
PRIVATE = frozenset({"turn", "rest", "socketio", "callback"})
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_PATH = re.compile(r"/webhooks/([a-z][a-z0-9_-]{0,31})(/[A-Za-z0-9_~.:@+-]+)*/?")
_DOTS = re.compile(r"/\.{1,2}(/|$)")
_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
    }
)
_OURS = frozenset(
    {
        "host",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "forwarded",
        "x-correlation-id",
    }
)
_WITHIN = aiohttp.ClientTimeout(total=15, sock_connect=2)  # vendors wait no longer


@router.api_route(
    "/webhooks/{path:path}", methods=_METHODS, dependencies=[Depends(Anyone(per_minute=60_000))]
)
async def webhook(request: Request, gateway: GatewayDep) -> Response:
    """Forward a vendor's call to its connector and hand back the connector's answer."""
    target = _target(request, gateway.settings.rasa_url)
    try:
        return await _forward(gateway, request, target)
    except asyncio.TimeoutError as error:
        raise DeadlineExceeded("the connector takes too long") from error
    except aiohttp.ClientError as error:
        raise Unavailable("the assistant is restarting") from error


async def _forward(gateway: Gateway, request: Request, target: URL) -> Response:
    async with gateway.http.request(
        request.method,
        target,
        data=await request.body(),
        headers=_headers(request),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        allow_redirects=False,
        timeout=_WITHIN,
    ) as answer:
        content = await answer.read()
        if answer.status == 404:
            raise NotFound("there is no such webhook")
        response = Response(content, answer.status)
        kept = [
            (name.lower(), value)
            for name, value in answer.raw_headers
            if _passes(name.decode("latin-1"))
        ]
        response.raw_headers = [*kept, (b"content-length", str(len(content)).encode())]
        return response


def _target(request: Request, rasa_url: str) -> URL:
    raw = request.scope["raw_path"].decode("latin-1")
    found = _PATH.fullmatch(raw)
    if found is None or found[1] in PRIVATE or _DOTS.search(raw):
        raise NotFound("there is no such webhook")
    query = request.scope["query_string"].decode("latin-1")
    return URL(f"{rasa_url}{raw}{'?' if query else ''}{query}", encoded=True)


def _headers(request: Request) -> list[tuple[str, str]]:
    kept = [
        (name, value)
        for name, value in request.headers.items()
        if _passes(name) and name not in _OURS
    ]
    return [
        *kept,
        ("X-Forwarded-For", caller_address(request)),
        ("X-Forwarded-Host", request.headers.get("host", "")),
        ("X-Forwarded-Proto", request.url.scheme),
        ("X-Correlation-Id", correlation_id()),
    ]


def _passes(name: str) -> bool:
    return name.lower() not in _HOP
