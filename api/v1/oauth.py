"""Linking an account to Alexa: the page that asks the person, and the tokens for the application (RFC 6749)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from api.deps import Anyone, GatewayDep, ServicesDep, caller_address
from api.v1.oauth_page import consent_page, refusal_page
from closer.kit.errors import CloserError, NotAuthenticated, NotPermitted, TooManyRequests
from closer.security.oauth import OAuthError, Wish
from closer.security.roles import Role
from closer.security.sessions import TokenPair
from closer.services import Services

router = APIRouter(prefix="/oauth", include_in_schema=False)

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def _client_is_set(services: ServicesDep) -> None:
    services.oauth.require_client()


Linking = Depends(_client_is_set)


@router.get("/authorize", dependencies=[Depends(Anyone(per_minute=60)), Linking])
async def ask(request: Request, services: ServicesDep) -> Response:
    """Ask whether the application may act for the person; nobody is sent anywhere that is not the client's own."""
    try:
        wish = services.oauth.wish(_fields(request.url.query))
    except CloserError as error:
        return refusal_page(services.settings, error.detail)
    return _refused(wish) if wish.refusal else consent_page(services.settings, wish)


@router.post("/authorize", dependencies=[Depends(Anyone(per_minute=20)), Linking])
async def decide(request: Request, services: ServicesDep) -> Response:
    """Take the answer: signed in and allowed, or not allowed."""
    settings = services.settings
    try:
        _require_own_page(request)
        fields = await _form(request)
        wish = services.oauth.wish(fields)
    except CloserError as error:
        return refusal_page(settings, error.detail, error.status)
    if wish.refusal:
        return _refused(wish)
    if fields.get("decision") != "allow":
        return _sent(wish.answer(error="access_denied"))
    email = fields.get("email", "")[:320]
    try:
        account = await services.accounts.authenticate(email, fields.get("password", "")[:128])
        if account.role is not Role.CUSTOMER:
            raise NotPermitted("only customers' accounts can be linked")
    except (NotAuthenticated, NotPermitted, TooManyRequests) as error:
        return consent_page(settings, wish, email=email, problem=error)
    return _sent(await services.oauth.allow(wish, account))


@router.post("/token", dependencies=[Depends(Anyone(per_minute=600)), Linking])
async def token(request: Request, gateway: GatewayDep) -> JSONResponse:
    """Hand out tokens for a code or for a refresh token."""
    services = gateway.services
    try:
        fields = await _form(request)
        services.oauth.require_secret(*_client(request, fields))
        return _tokens(services, await _granted(services, fields))
    except OAuthError as error:
        headers = dict(_NO_STORE)
        if error.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="oauth"'
            services.threats.note("forged_client", f"oauth:{caller_address(request)}", error.detail)
        content = {"error": error.code, "error_description": error.detail}
        return JSONResponse(content, error.status, headers)


async def _granted(services: Services, fields: dict[str, str]) -> TokenPair:
    kind = _needed(fields, "grant_type")
    if kind == "authorization_code":
        return await services.oauth.exchange(
            _needed(fields, "code"), _needed(fields, "redirect_uri")
        )
    if kind == "refresh_token":
        return await services.oauth.renew(_needed(fields, "refresh_token"))
    raise OAuthError("this kind of grant is not supported", code="unsupported_grant_type")


def _tokens(services: Services, pair: TokenPair) -> JSONResponse:
    left = pair.claims.expires_at - services.clock.now()
    content = {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": max(0, int(left.total_seconds())),
        "refresh_token": pair.refresh_token,
    }
    return JSONResponse(content, headers=_NO_STORE)


def _client(request: Request, fields: dict[str, str]) -> tuple[str, str]:
    """Return the client's id and secret: by Basic or in the form, not both (section 2.3)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return fields.get("client_id", ""), fields.get("client_secret", "")
    if "client_secret" in fields:
        raise OAuthError("the client proves itself in one way, not in two")
    try:
        plain = base64.b64decode(encoded if scheme.lower() == "basic" else "", validate=True)
        name, _, secret = plain.decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        name = secret = ""
    return unquote_plus(name), unquote_plus(secret)


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise OAuthError(f"send {_FORM}")
    try:
        return _fields((await request.body()).decode("ascii"))
    except UnicodeDecodeError as error:
        raise OAuthError("the form cannot be read") from error


def _fields(text: str) -> dict[str, str]:
    """Return a query's fields; each may come once (section 3.1)."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise OAuthError("the request cannot be read") from error
    if len(dict(pairs)) != len(pairs):
        raise OAuthError("a parameter comes twice")
    return dict(pairs)


def _needed(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise OAuthError(f"{name} is missing")
    return fields[name]


def _require_own_page(request: Request) -> None:
    """Insist that the form is of our page: browsers say so of what they send."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotPermitted("this form was sent from another site")


def _refused(wish: Wish) -> Response:
    return _sent(wish.answer(error=wish.refusal))


def _sent(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers=_NO_STORE)
