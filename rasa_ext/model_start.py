"""Puts the router in the place of the agent that Rasa loaded, when the server starts.

Until a model is there, messages wait for a moment and are then refused, and the server does not call itself ready; so no
message ever meets a missing model. With no deployment record, what Rasa loaded serves alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from closer.kit.errors import CloserError, Conflict, Unavailable
from closer.kit.logging import get_logger
from closer.kit.memory import settle
from closer.kit.threads import take_short_turns
from closer.lifecycle.archives import ArchiveFacts, inspect
from closer.lifecycle.assignment import Traffic
from closer.services import Services
from rasa_ext.action_endpoint import WatchedEndpoint
from rasa_ext.model_acquiring import Acquirer
from rasa_ext.model_follower import ModelFollower
from rasa_ext.model_gate import Conversation
from rasa_ext.model_loading import LoadedModel, ModelLoader
from rasa_ext.model_router import RouterAgent
from rasa_ext.model_shadow import ShadowReader
from rasa_ext.serving import version_name
from rasa_ext.wiring import adapt

_log = get_logger(__name__)

_PATIENCE_S = 10.0
_FIRST_WORDS = (
    "hello"  # the first parse loads half a second's worth of tables: not with a customer waiting
)
_FIRST_LOOK_S = 30.0


class Models:
    """The models of a server: the router, and what keeps it in step with the deployment record.

    Args:
        agent: What Rasa loaded, with or without a model.
        services: The domain.
        smoke: What a version must manage before it serves; the product's conversations if left out.
    """

    def __init__(
        self, agent: Agent, services: Services, smoke: Sequence[Conversation] | None = None
    ) -> None:
        settings, self._services = services.settings, services
        adapt(agent, settings)
        self._primary = agent
        self._shadow = ShadowReader(services.lifecycle.shadow, services.clock)
        self.router = RouterAgent(agent, settings.model_hold_s, self._shadow)
        acquirer = Acquirer(
            ModelLoader(agent), services.lifecycle.versions, settings.actions_url, smoke
        )
        self.follower = ModelFollower(
            self.router, acquirer, services.lifecycle, services.redis, settings.model_poll_s
        )

    async def start(self) -> None:
        """Take over what Rasa loaded, look at the record once, and follow it from now on."""
        await self._take_over()
        try:
            await asyncio.wait_for(self.follower.look(), _FIRST_LOOK_S)
        except (CloserError, asyncio.TimeoutError) as error:
            _log.warning("models_not_followed", reason=type(error).__name__)
        except Exception:
            _log.exception("models_not_followed")
        self._shadow.start()
        self.follower.start()

    async def stop(self) -> None:
        """End following."""
        await self.follower.stop()
        await self._shadow.stop()
        endpoint = self._primary.action_endpoint
        if isinstance(endpoint, WatchedEndpoint):
            await endpoint.close()

    async def _take_over(self) -> None:
        processor = self._primary.processor
        if processor is None:
            _log.error("no_model", hint="none was given to the server, or it could not be loaded")
            return
        try:
            facts = await asyncio.to_thread(_inspect_given, processor)
        except CloserError as error:  # removed since it was loaded
            _log.warning("model_not_inspected", reason=error.detail)
            return
        name = await self._registered_name(facts.sha256) or version_name(self._primary)
        await processor.parse_message(UserMessage(text=_FIRST_WORDS))
        self.router.add(LoadedModel(name, self._primary, facts))
        self.router.adopt(Traffic(revision=0, main=name))
        _log.info("model_taken_over", version=name)

    async def _registered_name(self, sha256: str) -> str | None:
        """Return the version that this archive was registered as, the deployed one first."""
        lifecycle = self._services.lifecycle
        try:
            deployment = await lifecycle.active()
            for name in deployment.wanted if deployment else ():
                if (await lifecycle.versions.get(name)).sha256 == sha256:
                    return name
            entry = await lifecycle.versions.find_by_digest(sha256)
        except CloserError as error:
            _log.warning("models_not_followed", code=error.code)
            return None
        return entry.version if entry else None


def _inspect_given(processor: MessageProcessor) -> ArchiveFacts:
    """Look into the archive that Rasa loaded; Rasa may have been given only its folder."""
    given = Path(processor.model_path)
    return inspect(given if given.is_file() else given / processor.model_filename)


def prepare(app: Sanic) -> None:
    """Let requests wait for a model from the first moment on; call it before the server starts."""
    settle()
    take_short_turns()
    app.register_middleware(_guard, "request")


async def begin(app: Sanic, services: Services) -> None:
    """Install the router and let requests in as soon as it has a model."""
    models = Models(app.ctx.agent, services)
    await models.start()
    app.ctx.models, app.ctx.agent = models, models.router


async def end(app: Sanic) -> None:
    """Stop following."""
    models: Models | None = getattr(app.ctx, "models", None)
    if models is not None:
        await models.stop()


async def _guard(request: Request) -> HTTPResponse | None:
    app: Any = request.app
    if request.path == "/model" and request.method in ("PUT", "DELETE"):
        # Rasa's own way stops all conversations while it loads, checks nothing and reaches one process.
        return _problem(Conflict("models are changed by deployments", code="deploy_instead"))
    waits = request.path.startswith("/webhooks/")
    if not (waits or request.path == "/") or _has_model(app):
        return None
    deadline = _PATIENCE_S if waits else 0.0
    while deadline > 0 and not _has_model(app):
        await asyncio.sleep(0.05)
        deadline -= 0.05
    return None if _has_model(app) else _problem(Unavailable("no model is loaded yet"))


def _has_model(app: Any) -> bool:
    chain = getattr(app.ctx, "chain", None)
    models: Models | None = getattr(app.ctx, "models", None)
    return chain is not None and models is not None and models.router.traffic is not None


def _problem(error: CloserError) -> HTTPResponse:
    return json(error.as_problem(), status=error.status, content_type="application/problem+json")
