"""The simulator's application: `uvicorn api.simulator.app:app`, on the loopback interface only.

It signs in nobody and shows one-time codes, so it answers only browsers on this machine: by the host that they name (a
foreign page cannot make its own name point here), and by the origin of what changes something.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from starlette.staticfiles import StaticFiles

from api.problems import install_handlers, problem_response
from api.simulator import calls, mails, page, sendgrid, texts, twilio
from api.simulator.desk import Desk
from closer.kit.errors import NotPermitted
from closer.kit.logging import configure_logging
from closer.kit.settings import ROOT
from closer.providers.sandbox_account import may_simulate
from closer.services import Services, process_services

_HOSTS = ("127.0.0.1", "localhost", "::1")
_SAFE = ("GET", "HEAD")


class RealAccount(RuntimeError):
    """A vendor's account is configured: the simulator must not play it."""


def create_app(services: Services | None = None, gateway_url: str | None = None) -> FastAPI:
    """Build the application.

    Args:
        services: The domain; by default the process's own.
        gateway_url: Where webhooks are delivered; by default this machine's gateway.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        chosen = services or process_services()
        if services is None:
            configure_logging("simulator", chosen.settings.log_level, chosen.settings.log_format)
        if not may_simulate(chosen.settings):
            raise RealAccount("there is no simulator in production or beside a vendor's account")
        app.state.desk, app.state.calls = Desk(chosen, gateway_url), {}
        try:
            yield
        finally:
            await app.state.desk.close()
            if services is None:
                await chosen.close()

    app = FastAPI(title="Simulator", lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    install_handlers(app)
    app.middleware("http")(_guard)
    for part in (page, texts, mails, calls, twilio, sendgrid):
        app.include_router(part.router)
    for folder in ("simulator", "design", "vendor"):
        files = StaticFiles(directory=ROOT / "web" / folder, check_dir=False)
        app.mount(f"/static/{folder}", files, name=folder)
    return app


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse what does not come from this machine's own pages and programs; make browsers careful."""
    origin = request.headers.get("origin")
    foreign = origin is not None and origin != f"http://{request.headers.get('host', '')}"
    if request.url.hostname not in _HOSTS or (foreign and request.method not in _SAFE):
        return problem_response(NotPermitted("the simulator is for this machine only"))
    answer = await call_next(request)
    answer.headers.setdefault("Content-Security-Policy", _policy(request))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers.setdefault("Cache-Control", "no-cache")
    return answer


def _policy(request: Request) -> str:
    parts = urlsplit(request.app.state.desk.settings.public_url)
    shop = f"{parts.scheme}://{parts.netloc}"  # pictures of products in messages
    return (
        f"default-src 'self'; img-src 'self' data: {shop}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


app = create_app()
