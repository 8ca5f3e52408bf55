"""The health gate: what a model must show before it gets a customer.

It must be made for this assistant and lack nothing that what serves now has (unless somebody decided so), its custom
actions must be known to the action server, and it must understand and answer a few conversations. They run in memory,
with a tracker store of their own and without any action being carried out, so nothing outside is touched. Blocks; it also
warms the model up.
"""

from __future__ import annotations

import asyncio
import copy
import statistics
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import rasa.shared.utils.io
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.utils.endpoints import EndpointConfig

from closer.lifecycle.archives import ArchiveFacts
from rasa_ext.model_loading import LoadedModel
from rasa_ext.model_reach import too_far

_SMOKE = Path(__file__).with_name("smoke.yml")
_CUSTOM = ("action_", "validate_")  # prefixes of what the action server runs

Conversation = Sequence[dict[str, str]]


class GateFailed(Exception):
    """The model must not serve.

    Attributes:
        report: What was found out.
    """

    def __init__(self, reason: str, report: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.report = report or {}


def check_domain(
    facts: ArchiveFacts,
    reference: ArchiveFacts | None,
    *,
    accepts_missing: bool = False,
    known_actions: Collection[str] | None = None,
) -> dict[str, Any]:
    """Compare a model with what serves and with the action server, before it is loaded.

    Args:
        facts: The model's.
        reference: Those of what serves; None if nothing does.
        accepts_missing: Whether it may lack something.
        known_actions: What the action server can run; None if it could not be asked.

    Returns:
        What it lacks by kind, for the report.

    Raises:
        GateFailed: if it is another assistant's, or lacks something that it must have.
    """
    report: dict[str, Any] = {"missing": facts.missing_from(reference) if reference else {}}
    if reference is not None and facts.assistant_id != reference.assistant_id:
        raise GateFailed(
            f"it was trained for the assistant {facts.assistant_id}, not {reference.assistant_id}",
            report,
        )
    if report["missing"] and not accepts_missing:
        told = "; ".join(f"{kind} {', '.join(names)}" for kind, names in report["missing"].items())
        raise GateFailed(f"it lacks what serves now: {told}", report)
    if known_actions is None:
        report["actions"] = "not compared: the action server did not answer"
        return report
    report["actions"] = sorted(
        name for name in facts.actions if name.startswith(_CUSTOM) and name not in known_actions
    )
    if report["actions"]:
        raise GateFailed(f"the action server does not know: {', '.join(report['actions'])}", report)
    return report


def try_out(
    model: LoadedModel, conversations: Sequence[Conversation] | None = None
) -> dict[str, Any]:
    """Hold the smoke conversations with a loaded model.

    Returns:
        How many messages it answered and how long they took.

    Raises:
        GateFailed: if it fails at one, or its policies look back further than the window of conversations reaches.
    """
    if far := too_far(model.agent):
        raise GateFailed(
            f"its policies look further back than conversations are loaded: {'; '.join(far)}. Raise window_states in endpoints.yml"
        )
    if conversations is None:
        conversations = rasa.shared.utils.io.read_yaml_file(_SMOKE)
    return asyncio.run(_hold(model, conversations))


async def _hold(model: LoadedModel, conversations: Sequence[Conversation]) -> dict[str, Any]:
    processor = _apart(model)
    taken: list[float] = []
    for number, conversation in enumerate(conversations):
        for step in conversation:
            began = time.perf_counter()
            await _check_answer(processor, f"smoke-{number}", step)
            taken.append((time.perf_counter() - began) * 1000)
    return {
        "answered": len(taken),
        "turn_ms": round(statistics.median(taken), 1),
        "slowest_ms": round(max(taken), 1),
    }


def _apart(model: LoadedModel) -> MessageProcessor:
    """Return a processor on the same graph that keeps conversations to itself and runs no action."""
    processor = copy.copy(model.agent.processor)
    assert processor is not None
    processor.tracker_store = InMemoryTrackerStore(processor.domain)
    processor.lock_store = InMemoryLockStore()
    processor.action_endpoint = _NoActions()
    return processor


async def _check_answer(
    processor: MessageProcessor, conversation: str, step: dict[str, str]
) -> None:
    said = step["say"]
    message = UserMessage(said, CollectingOutputChannel(), conversation)
    try:
        await processor.handle_message(message)
        tracker = await processor.get_tracker(conversation)
    except Exception as error:
        raise GateFailed(f"it fails at {said!r}: {type(error).__name__}: {error}") from error
    events = list(tracker.events)
    start = max(n for n, event in enumerate(events) if isinstance(event, UserUttered))
    found = events[start].intent_name
    if found != step["intent"]:
        raise GateFailed(f"it takes {said!r} for {found}, not {step['intent']}")
    acted = [
        event.action_name
        for event in events[start:]
        if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME
    ]
    if not acted:
        raise GateFailed(f"it does not answer {said!r}")


class _NoActions(EndpointConfig):
    """An action server that does nothing."""

    def __init__(self) -> None:
        super().__init__("http://actions.invalid/webhook")

    async def request(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Say that the action ran and changed nothing."""
        return {"events": [], "responses": []}
