"""Rasa's message processor on a loaded model, without what costs time in each turn and changes nothing."""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import Action
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import ActionExecutionRejected, Event
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.graph_runner import SequentialGraphRunner
from rasa_ext.lean_actions import lean


class LeanProcessor(MessageProcessor):
    """Runs turns as its parent does: actions are sent less, the graph runs without Dask, nothing is formatted for logs."""

    @classmethod
    def of(cls, processor: MessageProcessor) -> LeanProcessor:
        """Return a lean processor of the model that another has loaded."""
        lean = cls.__new__(cls)
        lean.__dict__.update(processor.__dict__)
        if isinstance(lean.graph_runner, DaskGraphRunner):
            lean.graph_runner = SequentialGraphRunner.of(lean.graph_runner)
        return lean

    def _get_action(self, action_name: str) -> Action | None:
        action = super()._get_action(action_name)
        return lean(action) if action else None

    def predict_next_with_tracker_if_should(
        self, tracker: DialogueStateTracker
    ) -> tuple[Action, PolicyPrediction]:
        """Return what the policies decide, custom actions and forms in their lean form."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        return lean(action), prediction

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
