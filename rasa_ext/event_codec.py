"""Events from plain data, as Rasa's own reading gives them, without searching all classes for each event."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from rasa.shared.core.events import Event


def events_from(data: Iterable[dict[str, Any]]) -> list[Event]:
    """Return the events that dictionaries describe; what is no event is left out.

    Args:
        data: What `Event.as_dict` gave, or an action server.

    Raises:
        ValueError: if a kind of event is unknown.
    """
    events: list[Event] = []
    for item in data:
        kind = _class_of(item["event"]) if item.get("event") else None
        event = kind._from_parameters(item) if kind is not None else None
        if event is not None:
            events.append(event)
    return events


@lru_cache(maxsize=64)
def _class_of(name: str) -> type[Event] | None:
    found: type[Event] | None = Event.resolve_by_type(name)
    return found
