"""Loads what recommendations rest on when the action server starts, so that no customer waits for it."""

from __future__ import annotations

import sys
from typing import Any

import pluggy
from rasa_sdk.plugin import plugin_manager
from sanic import Sanic

from actions.runtime import services
from closer.kit.logging import get_logger

_log = get_logger(__name__)


@pluggy.HookimplMarker("rasa_sdk")
def attach_sanic_app_extensions(app: Sanic) -> None:
    """Warm up once the server listens; Rasa's SDK calls this before."""

    async def begin(app: Sanic, _: Any) -> None:
        app.add_task(warm_up())

    app.register_listener(begin, "after_server_start")


async def warm_up() -> None:
    """Ask for a recommendation; a database that is away now will be there when a customer asks."""
    try:
        await services().recommendations.recommend(limit=1)
    except Exception as error:
        _log.warning("not_warmed_up", reason=type(error).__name__)


if not plugin_manager().is_registered(sys.modules[__name__]):
    plugin_manager().register(sys.modules[__name__])
