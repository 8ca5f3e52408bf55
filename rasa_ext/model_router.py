"""The agent that holds several versions of the model and gives each conversation one of them.

It stands where Rasa keeps its only agent (`app.ctx.agent`), so Rasa's own HTTP API goes on working, with the main version.
A turn asks `begin` for a version and says `end`. Traffic is one immutable value that is exchanged in a single
assignment: a turn sees the old one or the new one, never half of each, and ends on the version that it began on.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from closer.kit.errors import Unavailable
from closer.kit.logging import get_logger
from closer.lifecycle.assignment import Traffic, choose
from rasa_ext.model_loading import LoadedModel
from rasa_ext.model_shadow import ShadowReader
from rasa_ext.serving import Serving
from rasa_ext.sessions import opened

_log = get_logger(__name__)

_MOST_LOADED = 4


class RouterAgent(Agent):
    """Several agents behind the face of one.

    Args:
        prototype: The agent that Rasa set up; its stores and endpoints are everybody's.
        hold_s: How long a version that is not wanted any more stays for those in the middle of a task.
        shadow: Reads messages along for a candidate.
    """

    def __init__(
        self, prototype: Agent, hold_s: float = 600.0, shadow: ShadowReader | None = None
    ) -> None:
        # Rasa's own set-up is left out on purpose: it would make stores and a model of its own.
        self._prototype = prototype
        self._hold_s = hold_s
        self._shadow = shadow
        self._models: dict[str, LoadedModel] = {}
        self._traffic: Traffic | None = None
        self._store = prototype.tracker_store
        self.lock_store = prototype.lock_store
        self.action_endpoint = prototype.action_endpoint
        self.http_interpreter = prototype.http_interpreter
        self.model_server = prototype.model_server
        self.remote_storage = prototype.remote_storage
        self.fingerprint = prototype.fingerprint

    # --- for turns ---

    async def begin(self, conversation_id: str) -> Serving:
        """Choose a version for a turn and load the conversation with it; call `end` afterwards.

        Raises:
            Unavailable: if no model is loaded.
        """
        traffic = self._traffic
        if traffic is None:
            raise Unavailable("no model is loaded yet")
        name, arm = choose(traffic, conversation_id)
        model = self._models[name]
        serving = await self._open(model, conversation_id, arm, traffic)
        started_on = self._started_on(serving.tracker, traffic)
        if started_on is None or started_on is model:
            _leave_what_is_lost(serving.tracker, model)
            return serving
        self.end(serving)
        return await self._open(started_on, conversation_id, "pinned", traffic)

    def end(self, serving: Serving) -> None:
        """Note that a turn is over: its events are saved or it failed."""
        serving.held.in_flight -= 1
        if serving.saved:
            self._read_along(serving)

    def _read_along(self, serving: Serving) -> None:
        """Let the candidate in shadow read the message that a turn answered."""
        traffic = self._traffic
        candidate = self._models.get(traffic.shadow) if traffic and traffic.shadow else None
        if candidate is not None and self._shadow is not None:
            self._shadow.offer(candidate, serving)

    # --- for whoever follows the deployment record ---

    @property
    def traffic(self) -> Traffic | None:
        """How conversations are shared out; None before the first model."""
        return self._traffic

    @property
    def loaded(self) -> Collection[str]:
        """The names of the versions in memory."""
        return self._models.keys()

    @property
    def roles(self) -> dict[str, str]:
        """What each version in memory is for."""
        wanted = self._traffic.roles if self._traffic else {}
        return {
            name: wanted.get(name, "draining" if model.in_flight else "idle")
            for name, model in self._models.items()
        }

    def model(self, name: str) -> LoadedModel | None:
        """Return a version in memory."""
        return self._models.get(name)

    @property
    def is_idle(self) -> bool:
        """Whether no turn is under way."""
        return not any(model.in_flight for model in self._models.values())

    @property
    def main(self) -> LoadedModel | None:
        """The version that serves what is not on trial."""
        return self._models.get(self._traffic.main) if self._traffic else None

    def add(self, model: LoadedModel, keep_s: float | None = None) -> None:
        """Take in a version that may get traffic from now on; for a while only, if nobody adopts it by then."""
        model.until = None if keep_s is None else time.monotonic() + keep_s
        self._models[model.name] = model

    def adopt(self, traffic: Traffic) -> None:
        """Share conversations out anew.

        Raises:
            ValueError: if a version that it names is not in memory.
        """
        missing = sorted(set(traffic.roles) - set(self._models))
        if missing:
            raise ValueError(f"not loaded: {', '.join(missing)}")
        self._traffic = traffic
        now = time.monotonic()
        for name, model in self._models.items():
            if name in traffic.roles:
                model.until = None
            elif model.until is None or traffic.forced:
                model.until = now if traffic.forced else now + self._hold_s

    def reap(self) -> list[LoadedModel]:
        """Take out the versions that nobody needs any more, for their memory to be released.

        A version stays while a turn is on it, and for a while after it was replaced; that while is cut short when too
        many are in memory.
        """
        draining = sorted(
            (model for model in self._models.values() if model.until is not None),
            key=lambda model: model.until or 0,
        )
        too_many = max(0, len(self._models) - _MOST_LOADED)
        now = time.monotonic()
        idle = [
            model
            for number, model in enumerate(draining)
            if model.in_flight == 0 and (number < too_many or (model.until or 0) <= now)
        ]
        for model in idle:
            del self._models[model.name]
        return idle

    # --- for Rasa ---

    @property
    def processor(self) -> MessageProcessor | None:
        """The main version's."""
        return self.main.agent.processor if self.main else None

    @property
    def domain(self) -> Domain | None:
        """The main version's."""
        return self.main.agent.domain if self.main else None

    @property
    def tracker_store(self) -> TrackerStore:
        """The main version's view on the store."""
        return self.main.agent.tracker_store if self.main else self._store

    @property
    def nlg(self) -> NaturalLanguageGenerator:
        """The main version's."""
        return self.main.agent.nlg if self.main else self._prototype.nlg

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """Handle a message of one of Rasa's own channels, with the version of its conversation."""
        async with self.lock_store.lock(message.sender_id):
            serving = await self.begin(message.sender_id)
            try:
                message.metadata = {**(message.metadata or {}), **serving.as_metadata()}
                assert serving.agent.processor is not None
                return await serving.agent.processor.handle_message(message)
            finally:
                self.end(serving)

    async def execute_action(
        self,
        sender_id: str,
        action: str,
        output_channel: OutputChannel,
        policy: str | None,
        confidence: float | None,
    ) -> DialogueStateTracker | None:
        """Execute an action with the version of the conversation."""
        serving = await self.begin(sender_id)
        try:
            return await serving.agent.execute_action(
                sender_id, action, output_channel, policy, confidence
            )
        finally:
            self.end(serving)

    async def predict_next_for_sender_id(self, sender_id: str) -> dict[str, Any] | None:
        """Predict with the version of the conversation."""
        serving = await self.begin(sender_id)
        try:
            return await serving.agent.predict_next_for_sender_id(sender_id)
        finally:
            self.end(serving)

    # --- inside ---

    async def _open(
        self, model: LoadedModel, conversation_id: str, arm: str, traffic: Traffic
    ) -> Serving:
        model.in_flight += 1
        try:
            processor = model.agent.processor
            assert processor is not None
            tracker = await opened(processor, conversation_id)
        except BaseException:
            model.in_flight -= 1
            raise
        return Serving(model.agent, model.name, tracker, arm, traffic.revision, held=model)

    def _started_on(self, tracker: DialogueStateTracker, traffic: Traffic) -> LoadedModel | None:
        """Return the version on which the conversation's present task began, if it is to end there."""
        loop = tracker.active_loop_name
        if loop is None:
            return None
        name = next(
            (
                event.metadata["model_version"]
                for event in reversed(tracker.events)
                if isinstance(event, UserUttered) and "model_version" in (event.metadata or {})
            ),
            None,
        )
        model = self._models.get(name) if name else None
        moves = traffic.forced and name not in traffic.roles
        return model if model is not None and model.has_form(loop) and not moves else None


def _leave_what_is_lost(tracker: DialogueStateTracker, model: LoadedModel) -> None:
    """End a task that the conversation was in and the version does not have."""
    domain, loop = model.agent.domain, tracker.active_loop_name
    assert domain is not None
    if loop is not None and not model.has_form(loop):
        _log.warning("task_lost", task=loop, version=model.name)
        for event in (ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)):
            tracker.update(event, domain)
    followup = tracker.followup_action
    if followup is not None and followup not in domain.action_names_or_texts:
        tracker.clear_followup_action()
