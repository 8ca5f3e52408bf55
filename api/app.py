"""The gateway's application: `uvicorn api.app:app --ws wsproto`."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from api.gateway import Gateway
from api.middleware.access import AccessMiddleware
from api.middleware.body import BodyLimitMiddleware
from api.middleware.correlation import CorrelationMiddleware
from api.middleware.cors import CorsMiddleware
from api.middleware.flood import FloodMiddleware
from api.middleware.headers import SecurityHeadersMiddleware
from api.middleware.last_net import LastNetMiddleware
from api.openapi import install_openapi, problem_responses
from api.problems import install_handlers
from api.v1 import (
    analytics,
    auth,
    catalog,
    channels,
    chat,
    checkout,
    demo,
    health,
    links,
    media,
    metrics,
    oauth,
    orders,
    pages,
    personalization,
    proxy,
    reach,
    registration,
    socket,
    tickets,
    unsubscribe,
)
from closer.kit.logging import configure_logging
from closer.kit.memory import settle
from closer.services import Services, process_services

# From the outside in.
_MIDDLEWARE = (
    CorrelationMiddleware,
    AccessMiddleware,
    SecurityHeadersMiddleware,
    CorsMiddleware,
    FloodMiddleware,
    BodyLimitMiddleware,
    LastNetMiddleware,
)
_V1 = (
    auth,
    registration,
    chat,
    socket,
    channels,
    reach,
    personalization,
    orders,
    checkout,
    catalog,
    tickets,
    demo,
    media,
    analytics,
)


def create_app(services: Services | None = None) -> FastAPI:
    """Build the application.

    Args:
        services: The domain; by default the process's own, made when the server starts.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        chosen = services or _own_services()
        gateway = app.state.gateway = Gateway(chosen)
        gateway.start()
        settle()
        try:
            yield
        finally:
            await gateway.close()
            if services is None:
                await chosen.close()

    app = FastAPI(
        title="AI Closer X",
        version="1.0.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    for middleware in reversed(_MIDDLEWARE):
        app.add_middleware(middleware)
    install_handlers(app)
    install_openapi(app)
    _include_routers(app)
    return app


def _include_routers(app: FastAPI) -> None:
    v1 = APIRouter(prefix="/api/v1")
    for group in _V1:
        v1.include_router(group.router)
    app.include_router(v1, responses=problem_responses())
    for group in (health, metrics, pages, links, unsubscribe, oauth, proxy):
        app.include_router(group.router)
    pages.mount_files(app)


def _own_services() -> Services:
    services = process_services()
    configure_logging("gateway", services.settings.log_level, services.settings.log_format)
    for name in (
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
    ):  # one shape of logs; the access log is ours
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    return services


app = create_app()
