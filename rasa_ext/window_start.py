"""The event that stands at the beginning of a window and carries the whole state before it (`rasa_ext.window`)."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

from rasa.shared.core.events import ActiveLoop, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, TrackerActiveLoop


class WindowStart(ActiveLoop):
    """The state of a dialogue before its window, as the window's first event.

    It is an `ActiveLoop` so that Rasa knows of a form that began before; outside, it looks like one.
    """

    type_name = "window_start"

    def __init__(self, state: dict[str, Any], timestamp: float | None = None) -> None:
        super().__init__((state["active_loop"] or {}).get("name"), timestamp)
        self.state = state
        heard = state["latest_message"] and Event.from_parameters(state["latest_message"])
        if heard:
            heard.use_text_for_featurization = state["read_as_text"]
        self._heard: UserUttered | None = heard

    @classmethod
    def of(cls, tracker: DialogueStateTracker, timestamp: float | None = None) -> WindowStart:
        """Return the state of a tracker as an event."""
        heard = tracker.latest_message
        state = {
            "slots": {
                name: slot.value for name, slot in tracker.slots.items() if slot.has_been_set
            },
            "active_loop": tracker.active_loop and dataclasses.asdict(tracker.active_loop),
            "latest_action": tracker.latest_action,
            "latest_message": heard.as_dict() if heard and not heard.is_empty() else None,
            "read_as_text": heard and heard.use_text_for_featurization,
            "followup_action": tracker.followup_action,
            "paused": tracker.is_paused(),
        }
        return cls(copy.deepcopy(state), timestamp)

    @classmethod
    def from_state(cls, stored: dict[str, Any]) -> WindowStart:
        """Return the event that `stored` has given."""
        return cls(stored["state"], stored["timestamp"])

    def stored(self) -> dict[str, Any]:
        """Return what `from_state` makes the event of."""
        return {"state": self.state, "timestamp": self.timestamp}

    def as_dict(self) -> dict[str, Any]:
        """Return the event as actions and readers of the API see it."""
        return {**super().as_dict(), "event": ActiveLoop.type_name}

    def apply_to(self, tracker: DialogueStateTracker) -> None:
        """Bring a tracker into the state."""
        state = self.state
        for name, value in state["slots"].items():
            if name in tracker.slots:  # a later model may not know it any more
                tracker.slots[name].value = copy.copy(value)
        loop = state["active_loop"]
        tracker.active_loop = TrackerActiveLoop(**loop) if loop else None
        tracker.latest_action = state["latest_action"]
        if self._heard:
            tracker.latest_message = self._heard
        tracker.followup_action = state["followup_action"]
        tracker._paused = state["paused"]
