"""Fits a freshly loaded agent into the product: our tracker store without Rasa's wrapper, the settings' action server."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from closer.kit.settings import Settings
from rasa_ext.tracker_store import unwrap

#: Whether a turn is running that must end when the action server fails.
in_turn: ContextVar[bool] = ContextVar("in_turn", default=False)


class TurnAborted(BaseException):
    """The action server failed: the turn must not go on, or later actions would run without the failed one's outcome.

    Not an `Exception`, because Rasa swallows those and predicts on.
    """


class WatchedEndpoint(EndpointConfig):
    """The action server. Rasa goes on in silence when a call fails; here the turn ends and is run again."""

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call the action server; a failure ends the turn.

        Raises:
            TurnAborted: within a turn, unless the action merely refused to run (status 400).
        """
        try:
            return await super().request(*args, **kwargs)
        except Exception as error:
            refused = isinstance(error, ClientResponseError) and error.status == 400
            if in_turn.get() and not refused:
                raise TurnAborted(type(error).__name__) from error
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
