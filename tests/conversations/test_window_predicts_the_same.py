"""With the bounded window the real policies decide as they do with the whole history."""

from __future__ import annotations

import os
from functools import partial

import pytest
from rasa.core.agent import Agent
from rasa.core.policies.policy import PolicyPrediction
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

from closer.kit.logging import configure_logging
from closer.kit.settings import load_settings
from closer.services import Services
from migrations.tables import all_tables
from rasa_ext.tracker_store import CloserTrackerStore
from tests.conversations.random_dialogues import RandomDialogue

pytestmark = pytest.mark.rasa


class Comparison:
    """Plays random dialogues on the tracker of the whole history and on that of the store side by side."""

    def __init__(self, agent: Agent, store: CloserTrackerStore) -> None:
        assert agent.processor is not None
        assert agent.domain is not None
        self._predict = agent.processor._predict_next_with_tracker
        self._domain = agent.domain
        self._store = store
        self.predictions = 0
        self.differences: list[str] = []
        self.longest = 0
        self.cut = 0

    async def play(self, seed: int, turns: int) -> None:
        name = f"customer_{seed}"
        dialogue = RandomDialogue(self._domain, seed)
        whole = DialogueStateTracker(name, self._domain.slots)
        part = await self._store.get_or_create_tracker(name, append_action_listen=False)
        self._update([whole, part], dialogue.opening())
        for turn in range(turns):
            await self._store.save(part)
            loaded = await self._store.retrieve(name)
            assert loaded is not None
            part = loaded
            self.longest = max(self.longest, len(part.events))
            self.cut += len(part.events) < len(whole.events)
            self._turn(dialogue, whole, part, f"seed {seed}, turn {turn}")

    def _turn(
        self,
        dialogue: RandomDialogue,
        whole: DialogueStateTracker,
        part: DialogueStateTracker,
        at: str,
    ) -> None:
        self._compare(whole, part, at)
        both = [whole, part]
        self._update(both, dialogue.before_message(whole))
        self._update(both, [dialogue.message(whole)])
        predict = partial(self._both_predictions, whole, part, at)
        for events in dialogue.turn(whole, predict):
            self._update(both, events)

    def _update(self, trackers: list[DialogueStateTracker], events: list[Event]) -> None:
        for event in events:
            for tracker in trackers:
                tracker.update(event, self._domain)

    def _both_predictions(
        self, whole: DialogueStateTracker, part: DialogueStateTracker, at: str
    ) -> PolicyPrediction:
        right, ours = self._predict(whole), self._predict(part)
        self.predictions += 1
        actions = self._domain.action_names_or_texts
        decided = [
            (actions[p.max_confidence_index], round(p.max_confidence, 6), p.policy_name)
            for p in (right, ours)
        ]
        hidden = [
            (p.hide_rule_turn, [e.as_dict()["event"] for e in p.events]) for p in (right, ours)
        ]
        if decided[0] != decided[1] or hidden[0] != hidden[1]:
            self.differences.append(f"{at}: {decided} {hidden}")
        return right

    def _compare(self, whole: DialogueStateTracker, part: DialogueStateTracker, at: str) -> None:
        def state(tracker: DialogueStateTracker) -> object:
            loop = tracker.active_loop
            return (
                tracker.current_slot_values(),
                loop and (loop.name, loop.rejected, loop.is_interrupted),
                tracker.latest_action,
                tracker.latest_message and tracker.latest_message.text,
                tracker.is_paused(),
                tracker.followup_action,
            )

        if state(whole) != state(part):
            self.differences.append(f"{at}: {state(whole)} is not {state(part)}")


async def compare(agent: Agent, url: str, dialogues: range, turns: int) -> Comparison:
    configure_logging("tests", "WARNING", "console")  # Rasa writes every state at debug level
    services = Services(load_settings(database_url=url))
    async with services.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    comparison = Comparison(agent, CloserTrackerStore(domain=agent.domain, services=services))
    for seed in dialogues:
        await comparison.play(seed, turns)
    await services.close()
    print(
        f"{comparison.predictions} predictions, {len(comparison.differences)} differ, "
        f"{comparison.cut} turns on a part, at most {comparison.longest} events loaded"
    )
    return comparison


async def test_some_random_dialogues(stage: object, tmp_path: object) -> None:
    agent: Agent = stage.agent
    comparison = await compare(agent, f"sqlite:///{tmp_path}/window.sqlite3", range(6), 35)
    assert comparison.differences == []
    assert comparison.predictions > 300
    assert comparison.cut > 50, "the window was hardly ever shorter than the history"
    assert comparison.longest <= 200, "it must not grow with the conversation"


@pytest.mark.nightly
async def test_many_random_dialogues(stage: object, tmp_path: object) -> None:
    agent: Agent = stage.agent
    seeds = range(1000, 1000 + int(os.environ.get("CLOSER_DIALOGUES", "50")))
    comparison = await compare(agent, f"sqlite:///{tmp_path}/window.sqlite3", seeds, 70)
    assert comparison.differences == []
    assert comparison.predictions > 5000
