"""Fits a freshly loaded agent into the product: our tracker store without Rasa's wrapper, the settings' action server."""

from __future__ import annotations

from rasa.core.agent import Agent
from rasa.utils.endpoints import EndpointConfig
from threadpoolctl import threadpool_limits

from closer.kit.settings import Settings
from rasa_ext.action_endpoint import WatchedEndpoint
from rasa_ext.lean_processor import LeanProcessor
from rasa_ext.tracker_store import unwrap


def adapt(agent: Agent, settings: Settings) -> None:
    """Change the agent in place.

    Args:
        agent: An agent, with or without a model.
        settings: Say where the action server is.
    """
    # One message is too little to share out; idle helpers of the linear algebra would spin on the other cores.
    threadpool_limits(1)
    # An action takes its deadline, a look at its receipt (1 s) and as long again for an apology (actions/base.py).
    patience_s = 2 * settings.action_deadline_s + 2
    fit(agent, WatchedEndpoint(f"{settings.actions_url}/webhook", patience_s))


def fit(agent: Agent, endpoint: EndpointConfig) -> None:
    """Change an agent in place that is to use a given way to the action server, which several may share."""
    unwrap(agent)
    agent.action_endpoint = endpoint
    if agent.processor is not None:
        agent.processor = LeanProcessor.of(agent.processor)
        agent.processor.action_endpoint = endpoint
