"""Fits a freshly loaded agent into the product: our tracker store without Rasa's wrapper, the settings' action server."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig

from closer.kit.settings import Settings
from rasa_ext.tracker_store import unwrap

#: Failed calls of the action server in the turn that is running; the turn runner sets a fresh list.
action_failures: ContextVar[list[str] | None] = ContextVar("action_failures", default=None)


class WatchedEndpoint(EndpointConfig):
    """The action server. Rasa goes on in silence when a call fails; here the turn gets to know of it."""

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call the action server and note a failure before it is passed on."""
        try:
            return await super().request(*args, **kwargs)
        except Exception as error:
            failures = action_failures.get()
            if failures is not None:
                failures.append(type(error).__name__)
            raise


def adapt(agent: Agent, settings: Settings) -> None:
    """Change the agent in place.

    Args:
        agent: An agent, with or without a model.
        settings: Say where the action server is.
    """
    unwrap(agent)
    endpoint = WatchedEndpoint(f"{settings.actions_url}/webhook")
    agent.action_endpoint = endpoint
    if agent.processor is not None:
        agent.processor.action_endpoint = endpoint
