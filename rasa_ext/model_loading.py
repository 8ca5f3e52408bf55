"""Loads a model beside those that serve, and lets go of one: everything here blocks and belongs into a thread.

Each version gets an agent with a view of its own on the one tracker store: a second agent on the same store object
would put its domain under the feet of the first.
"""

from __future__ import annotations

import copy
import ctypes
import gc
import threading
from dataclasses import dataclass
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.nlg import TemplatedNaturalLanguageGenerator

from closer.lifecycle.archives import ArchiveFacts, inspect
from rasa_ext.tracker_store import unwrap
from rasa_ext.wiring import fit


@dataclass
class LoadedModel:
    """A version in memory.

    Attributes:
        facts: What its archive says of itself.
        in_flight: Turns and other uses that are under way.
        until: When it may be released (monotonic seconds); None as long as it is wanted.
    """

    name: str
    agent: Agent
    facts: ArchiveFacts
    in_flight: int = 0
    until: float | None = None

    def has_form(self, name: str | None) -> bool:
        """Say whether the model's domain has a form."""
        domain = self.agent.domain
        return domain is not None and name in domain.form_names


class ModelLoader:
    """Makes agents of archives.

    Args:
        prototype: The agent that Rasa set up; all versions share its locks, its endpoints and what is behind its store.
    """

    def __init__(self, prototype: Agent) -> None:
        unwrap(prototype)  # the copy of a wrapper would share the store within
        self._prototype = prototype
        self._one_at_a_time = threading.Lock()

    def load(self, name: str, path: Path, sha256: str | None = None) -> LoadedModel:
        """Load an archive if it is what was registered.

        Raises:
            ArchiveMissing: if the file is not there. (Rasa would load the newest other one of the folder.)
            ArchiveRefused: if it must not be loaded.
            Exception: whatever Rasa and the model's components raise.
        """
        facts = inspect(path, expected_sha256=sha256)
        mine = self._prototype
        templated = isinstance(mine.nlg, TemplatedNaturalLanguageGenerator)
        with self._one_at_a_time:
            agent = Agent.load(
                str(path),
                generator=None if templated else mine.nlg,
                tracker_store=copy.copy(mine.tracker_store),  # the same backend, another domain
                lock_store=mine.lock_store,
                action_endpoint=mine.action_endpoint,
                model_server=mine.model_server,
                http_interpreter=mine.http_interpreter,
            )
        fit(agent, mine.action_endpoint)
        return LoadedModel(name, agent, facts)


def release(model: LoadedModel) -> None:
    """Take a model apart; nobody may be using it. What is big in it goes at once, the rest with `collect`."""
    processor = model.agent.processor
    if processor is not None:
        # Agents and domains refer to themselves in circles; the model's parts need not wait for those.
        for part in vars(processor.graph_runner).values():
            if isinstance(part, dict):
                part.clear()
    model.agent.processor = None
    model.agent.domain = None


def collect() -> None:
    """Give the memory of what was released back to the system; stops everything for a tenth of a second."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # only glibc keeps freed memory and can be told not to
        trim(0)
