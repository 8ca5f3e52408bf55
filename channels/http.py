"""What the connectors' HTTP endpoints share: bearer tokens in, problems out, attacks counted."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ValidationError
from sanic.request import Request
from sanic.response import HTTPResponse, json

from closer.conversations.turn import to_json
from closer.kit.errors import CloserError, InvalidInput, Malformed, NotAuthenticated
from closer.kit.logging import correlated, get_logger
from closer.security.roles import Permission
from closer.security.tokens import Claims
from closer.services import Services

_log = get_logger(__name__)

Handler = Callable[[Request], Awaitable[BaseModel]]
WebhookHandler = Callable[[Request, Services], Awaitable[HTTPResponse]]

_KNOWN_S = 1.0
_FORGED = "forged_webhook"
#: Refusals of webhooks that a vendor does not cause: what they are counted as.
_THREATS = {
    400: "malformed_webhook",
    403: _FORGED,
    413: "oversized_webhook",
    415: "malformed_webhook",
    422: "malformed_webhook",
}


async def answered(request: Request, handler: Handler) -> HTTPResponse:
    """Run a handler under the request's correlation id and render what it returns, or its error as a problem."""
    with correlated(request.headers.get("x-correlation-id")):
        try:
            return json(to_json(await handler(request)))
        except ValidationError as error:
            fields = ", ".join(str(item["loc"][0]) for item in error.errors())
            return problem(InvalidInput(f"not a message: {fields}"))
        except CloserError as error:
            return problem(error)


async def vendor_answered(
    request: Request, services: Services, channel: str, handler: WebhookHandler
) -> HTTPResponse:
    """Run the handler of a vendor's webhook; a refusal is a problem and counted as a threat."""
    with correlated(request.headers.get("x-correlation-id")):
        try:
            return await handler(request, services)
        except ValidationError as error:
            refusal: CloserError = Malformed("a field is not acceptable")
            refusal.__cause__ = error
        except CloserError as error:
            refusal = error
        except Exception:  # the vendor is told to try again, and nothing about why
            _log.exception("webhook_failed", channel=channel)
            refusal = CloserError()
        if refusal.status in _THREATS:
            source = f"{channel}:{request.headers.get('x-forwarded-for', request.ip)}"
            kind = _FORGED if refusal.code == _FORGED else _THREATS[refusal.status]
            services.threats.note(kind, source, refusal.detail)
        return problem(refusal)


async def claims_of(request: Request, services: Services) -> Claims:
    """Return what the request's bearer token says.

    Raises:
        NotAuthenticated: if there is none, or it is forged, expired or void (`token_revoked`).
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("a bearer token is needed")
    return await services.accounts.claims_of(token)


class ServiceDoor:
    """Lets in the product's own processes, which come with one token many times a second.

    Args:
        services: The domain.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, float] = {}

    async def enter(self, request: Request) -> None:
        """Look at the request's token; that it has become void is noticed within a second.

        Raises:
            NotAuthenticated: as `claims_of` does.
            NotPermitted: if it is no service's.
        """
        token, now = request.headers.get("authorization", ""), time.monotonic()
        if self._known.get(token, 0.0) > now:
            return
        (await claims_of(request, self._services)).require(Permission.TURN_RUN)
        self._known = {name: until for name, until in self._known.items() if until > now}
        self._known[token] = now + _KNOWN_S


def problem(error: CloserError) -> HTTPResponse:
    """Return an error as RFC 9457 problem+json."""
    return json(error.as_problem(), status=error.status, content_type="application/problem+json")
