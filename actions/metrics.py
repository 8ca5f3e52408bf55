"""The action server's figures for Prometheus, at `/metrics` of its own port, which only this machine reaches."""

from __future__ import annotations

import sys

import pluggy
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from rasa_sdk.plugin import plugin_manager
from sanic import HTTPResponse, Request, Sanic

REGISTRY = CollectorRegistry()

_FAILURES = Counter(
    "closer_action_failures_total",
    "Actions that ended in an apology",
    ["action", "kind"],
    registry=REGISTRY,
)


def count_failure(action: str, error: Exception) -> None:
    """Count an action that failed, by its error's code, or by its type if it was not foreseen."""
    _FAILURES.labels(action, getattr(error, "code", None) or type(error).__name__).inc()


@pluggy.HookimplMarker("rasa_sdk")
def attach_sanic_app_extensions(app: Sanic) -> None:
    """Add the page to the action server; Rasa's SDK calls this before it starts."""

    @app.get("/metrics")
    async def metrics(_: Request) -> HTTPResponse:
        return HTTPResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


if not plugin_manager().is_registered(sys.modules[__name__]):
    plugin_manager().register(sys.modules[__name__])
