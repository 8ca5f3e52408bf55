"""Which agent runs a turn: the contract between a turn and whoever holds the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from rasa.core.agent import Agent
from rasa.core.lock_store import LockStore
from rasa.shared.core.trackers import DialogueStateTracker

from closer.kit.errors import Unavailable
from rasa_ext.sessions import opened


@dataclass
class Serving:
    """The model that serves one turn, and the conversation as that model loaded it.

    Attributes:
        agent: The agent of the version.
        version: The version's name.
        tracker: The conversation, in the version's domain.
        arm: Why this version: `stable`, `candidate`, or `pinned` in the middle of a task.
        revision: The deployment that was in force; 0 if there is none.
        held: What whoever gave it out keeps count of.
        saved: Whether the turn's events were stored.
    """

    agent: Agent
    version: str
    tracker: DialogueStateTracker
    arm: str = "stable"
    revision: int = 0
    held: Any = None
    saved: bool = False

    def as_metadata(self) -> dict[str, Any]:
        """Return what a message keeps of its assignment."""
        return {
            "model_version": self.version,
            "model_arm": self.arm,
            "deployment_revision": self.revision,
        }


class Agents(Protocol):
    """Whoever holds one or more models."""

    @property
    def lock_store(self) -> LockStore:
        """The locks of conversations, the same for all versions."""
        ...

    async def begin(self, conversation_id: str) -> Serving:
        """Choose a version for a turn and load the conversation with it; call `end` afterwards.

        Raises:
            Unavailable: if no model is loaded.
        """
        ...

    def end(self, serving: Serving) -> None:
        """Note that a turn is over: its events are saved or it failed."""
        ...


class SingleAgent:
    """One agent with one model, as Rasa loads it.

    Args:
        agent: The agent; its model and stores may be replaced between turns.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    @property
    def lock_store(self) -> LockStore:
        """The agent's."""
        return self._agent.lock_store

    async def begin(self, conversation_id: str) -> Serving:
        """Load the conversation with the only model.

        Raises:
            Unavailable: if it is not loaded.
        """
        processor = self._agent.processor
        if processor is None:
            raise Unavailable("no model is loaded yet")
        tracker = await opened(processor, conversation_id)
        return Serving(self._agent, version_name(self._agent), tracker)

    def end(self, serving: Serving) -> None:
        """Nothing is counted."""


def agents_of(agent: Any) -> Agents:
    """Return the agent itself if it holds several versions, else a view on its only one."""
    holds_several = hasattr(agent, "begin") and hasattr(agent, "end")
    agents: Agents = agent if holds_several else SingleAgent(agent)
    return agents


def version_name(agent: Agent) -> str:
    """Return the name of an agent's model: that of its archive without the ending."""
    processor = agent.processor
    return str(processor.model_filename).removesuffix(".tar.gz") if processor else ""
