"""Rasa's message processor on a loaded model, without what costs time in each turn and changes nothing."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecutionRejected, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from closer.kit.logging import get_logger
from rasa_ext.graph_runner import SequentialGraphRunner
from rasa_ext.lean_actions import copied, lean
from rasa_ext.parse_cache import ParseCache

_log = get_logger(__name__)


class LeanProcessor(MessageProcessor):
    """Runs turns as its parent does: actions are sent less, the graph runs without Dask, nothing is formatted for logs.

    Attributes:
        parses: What the model made of short messages.
    """

    parses: ParseCache

    @classmethod
    def of(cls, processor: MessageProcessor) -> LeanProcessor:
        """Return a lean processor of the model that another has loaded."""
        lean = cls.__new__(cls)
        lean.__dict__.update(processor.__dict__)
        lean.parses = ParseCache()
        if isinstance(lean.graph_runner, DaskGraphRunner):
            lean.graph_runner = SequentialGraphRunner.of(lean.graph_runner)
        return lean

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """Return what the model makes of a message, from memory if it read the same before."""
        plain = only_output_properties and not self.http_interpreter
        text = message.text or ""
        known = self.parses.get(text) if plain else None
        if known is not None:
            return known
        parsed: dict[str, Any] = await super().parse_message(
            message, tracker, only_output_properties
        )
        if plain:
            self.parses.put(text, parsed)
        return parsed

    def _get_action(self, action_name: str) -> Action | None:
        action = super()._get_action(action_name)
        return lean(action) if action else None

    def predict_next_with_tracker_if_should(
        self, tracker: DialogueStateTracker
    ) -> tuple[Action, PolicyPrediction]:
        """Return what the policies decide, custom actions and forms in their lean form."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        return lean(action), prediction

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        situation = copied(tracker)
        situation.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, situation, self.domain)
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(
                    action.name(), prediction.policy_name, prediction.max_confidence
                )
            )
            return self.should_predict_another_action(action.name())
        except Exception:
            _log.exception("action_broken", action=action.name())
            events = []
        self._log_action_on_tracker(tracker, action, events, prediction)
        if any(isinstance(event, UserUttered) for event in events):
            tracker = await self.run_action_extract_slots(output_channel, tracker)
        await self.execute_side_effects(events, tracker, output_channel)
        return self.should_predict_another_action(action.name())

    @staticmethod
    def _log_slots(tracker: DialogueStateTracker) -> None:
        """Do not format all slots for a debug line."""

    def _log_action_on_tracker(
        self,
        tracker: DialogueStateTracker,
        action: Action,
        events: list[Event] | None,
        prediction: PolicyPrediction,
    ) -> None:
        found: list[Any] = events or []
        if not any(isinstance(event, ActionExecutionRejected) for event in found):
            tracker.update_with_events(prediction.events, self.domain)
            tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(found, self.domain)
