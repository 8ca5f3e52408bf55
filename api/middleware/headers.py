"""Security headers: a strict content security policy for pages, none of anything for data."""

from __future__ import annotations

from functools import lru_cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from closer.kit.settings import Settings

_ANY_SITE = ("/static/", "/media/")  # other sites' pages load the widget and product pictures


@lru_cache(maxsize=8)
def page_policy(
    public_url: str,
    embedders: tuple[str, ...],
    *,
    inline_styles: bool = False,
    form_targets: tuple[str, ...] = (),
    framed: bool = True,
) -> str:
    """Return the content security policy of our pages.

    Args:
        public_url: Where the pages are served; sockets go there too.
        embedders: Origins whose pages may show the chat in a frame.
        inline_styles: For the OpenAPI page, whose library writes style attributes.
        form_targets: Origins that a form may lead to.
        framed: Whether a page may be in a frame at all.
    """
    host = public_url.partition("://")[2].partition("/")[0]
    styles = "'self' 'unsafe-inline'" if inline_styles else "'self'"
    rules = {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": styles,
        "img-src": "'self' data:",
        "connect-src": f"'self' ws://{host} wss://{host}",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": " ".join(("'self'", *form_targets)),
        "frame-ancestors": " ".join(("'self'", *embedders)) if framed else "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"


class SecurityHeadersMiddleware:
    """Adds to each answer what makes browsers careful."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def harden(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(
                    MutableHeaders(scope=message),
                    scope["path"],
                    scope["app"].state.gateway.settings,
                )
            await send(message)

        await self._app(scope, receive, harden)


def _add(headers: MutableHeaders, path: str, settings: Settings) -> None:
    page = headers.get("content-type", "").startswith("text/html")
    if page:
        embedders = tuple(settings.cors_origins)
        policy = page_policy(settings.public_url, embedders, inline_styles=path == "/docs")
        headers.setdefault("Content-Security-Policy", policy)
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self), payment=()"
        if not embedders:
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    else:
        headers.setdefault("Content-Security-Policy", _DATA_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = (
        "cross-origin" if path.startswith(_ANY_SITE) else "same-origin"
    )
    if settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if path.startswith("/api/") or page:
        headers.setdefault("Cache-Control", "no-store" if not page else "no-cache")
