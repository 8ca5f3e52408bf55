"""A light learned policy: a linear model over the last turns of the dialogue.

Each state (what the customer wanted, what the assistant did last, the active form, featurised slots)
becomes sparse indicators with its distance from the present; facts of the latest state are paired
with each other and with the state before, where context decides. One multinomial logistic
regression (scikit-learn, L-BFGS) gives the next action. "Back to the active form" is learned as one
action, so a digression seen in one form is understood in all. The policy generalises from stories
where memoization knows only what it has seen; a prediction is a sum of a few rows of one matrix.

When it is not sure enough it abstains, and the fallback of the dialogue takes over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from rasa.core.featurizers.tracker_featurizers import MaxHistoryTrackerFeaturizer, TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTIVE_LOOP, LOOP_NAME, PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from rasa_ext.policies.states import SharedStates

_VOCABULARY = "linear_policy.json"
_WEIGHTS = "linear_policy.npz"

#: How much a fact counts, by place: a larger value is penalised less. The present decides most.
_NOW, _BEFORE, _PAIR, _DECAY = 3.0, 0.5, 0.5, 0.7

#: Stands for the active form among the actions that are learned.
ACTIVE_FORM = "<active form>"


@dataclass(frozen=True)
class LinearModel:
    """A trained model: a row of weights for each feature, a column for each action."""

    rows: dict[str, int]
    actions: list[str]
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(
        cls, examples: Iterable[dict[str, float]], actions: list[str], *, strength: float, seed: int
    ) -> LinearModel:
        """Train on features and the actions that followed; at least two actions must differ."""
        vectorizer = DictVectorizer(dtype=np.float64)
        matrix = vectorizer.fit_transform(examples)
        regression = LogisticRegression(C=strength, max_iter=300, tol=1e-3, random_state=seed)
        regression.fit(matrix, actions)
        weights, bias = regression.coef_.T, regression.intercept_
        if weights.shape[1] == 1:  # of two actions scikit-learn keeps one column
            weights = np.hstack([-weights / 2, weights / 2])
            bias = np.array([-bias[0] / 2, bias[0] / 2])
        names = [str(action) for action in regression.classes_]
        return cls(
            {str(name): row for name, row in vectorizer.vocabulary_.items()},
            names,
            np.ascontiguousarray(weights, dtype=np.float32),
            np.asarray(bias, dtype=np.float32),
        )

    def chances(self, features: dict[str, float]) -> np.ndarray:
        """Return the chance of each action."""
        known = [(self.rows[name], value) for name, value in features.items() if name in self.rows]
        scores = self.bias.copy()
        if known:
            rows, values = zip(*known, strict=True)
            scores += np.asarray(values, dtype=np.float32) @ self.weights[list(rows)]
        chances = np.exp(scores - scores.max())
        return chances / chances.sum()

    def save(self, folder: Path) -> None:
        """Write the model to a folder."""
        names = {"rows": self.rows, "actions": self.actions}
        (folder / _VOCABULARY).write_text(json.dumps(names), encoding="utf-8")
        np.savez_compressed(folder / _WEIGHTS, weights=self.weights, bias=self.bias)

    @classmethod
    def read(cls, folder: Path) -> LinearModel:
        """Read what `save` has written."""
        names = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        with np.load(folder / _WEIGHTS, allow_pickle=False) as arrays:
            return cls(names["rows"], names["actions"], arrays["weights"], arrays["bias"])


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class LinearPolicy(SharedStates, Policy):
    """Predicts the next action by logistic regression over the last turns."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options with their defaults."""
        return {
            "priority": 1,  # below memoization (3) and rules (6), like TED
            "max_history": 6,  # states looked at
            "regularization": 20.0,  # inverse strength C of the L2 penalty
            "threshold": 0.35,  # below this confidence the policy abstains
            "random_seed": 1,
        }

    def __init__(  # noqa: PLR0917 - Rasa's own order
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
        model: LinearModel | None = None,
    ) -> None:
        config = {**self.get_default_config(), **config}
        history = MaxHistoryTrackerFeaturizer(max_history=int(config["max_history"]))
        super().__init__(
            config, model_storage, resource, execution_context, featurizer=featurizer or history
        )
        self._model = model

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **_: Any
    ) -> Resource:
        """Learn from the stories as they are written.

        Rules are the rule policy's. Rasa's augmentation, stories glued together, is left out: it
        blurs what follows from what and makes training ten times longer.

        Args:
            training_trackers: The stories and rules as trackers.
            domain: The assistant's domain.
        """
        stories = [t for t in training_trackers if not (t.is_rule_tracker or t.is_augmented)]
        states, labels = self.featurizer.training_states_and_labels(stories, domain)
        actions = [
            ACTIVE_FORM if label[0] == _active_form(sequence) else str(label[0])
            for sequence, label in zip(states, labels, strict=True)
        ]
        if len(set(actions)) < 2:
            return self._resource
        self._model = LinearModel.fit(
            [features_of(sequence) for sequence in states],
            actions,
            strength=float(self.config["regularization"]),
            seed=int(self.config["random_seed"]),
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(Path(folder))
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **_: Any,
    ) -> PolicyPrediction:
        """Return the chances of all actions of the domain; all zero when unsure."""
        result = self._default_predictions(domain)
        if self._model is None:
            return self._prediction(result)
        states = self._prediction_states(tracker, domain, rule_only_data=rule_only_data)
        chances = self._model.chances(features_of(states))
        form = _active_form(states)
        if not form and ACTIVE_FORM in self._model.actions:  # there is none to go back to
            chances[self._model.actions.index(ACTIVE_FORM)] = 0.0
        if chances.max() >= float(self.config["threshold"]):
            places = {name: place for place, name in enumerate(domain.action_names_or_texts)}
            for action, chance in zip(self._model.actions, chances.tolist(), strict=True):
                place = places.get(form if action == ACTIVE_FORM else action)
                if place is not None:
                    result[place] += chance
        return self._prediction(result)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> LinearPolicy:
        """Load a trained policy; one that was trained on no story abstains always."""
        model = None
        try:
            with model_storage.read_from(resource) as folder:
                model = LinearModel.read(Path(folder))
        except ValueError:  # nothing was persisted
            pass
        return cls(config, model_storage, resource, execution_context, model=model)


def features_of(states: list[State]) -> dict[str, float]:
    """Return sparse features of a sequence of states, the latest last."""
    features: dict[str, float] = {}
    latest: list[str] = []
    for age, state in enumerate(reversed(states)):
        facts = sorted(_facts(state))
        for fact in facts:
            features[f"{age}:{fact}"] = _BEFORE * _DECAY**age if age else _NOW
        if age == 0:
            latest = facts
            features.update({f"0:{one}&{other}": 1.0 for one, other in combinations(facts, 2)})
        elif age == 1:  # what was done just before decides what a "yes" means
            features.update({f"1:{before}&{now}": _PAIR for before in facts for now in latest})
    return features


def _active_form(states: list[State]) -> str:
    return str(states[-1].get(ACTIVE_LOOP, {}).get(LOOP_NAME) or "") if states else ""


def _facts(state: State) -> Iterator[str]:
    form = state.get(ACTIVE_LOOP, {}).get(LOOP_NAME)
    if not form:
        yield "form:none"
    else:
        just_ran = state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME) == form
        yield "form:just ran" if just_ran else "form:waits"
    for kind, content in state.items():
        for name, value in content.items():
            if isinstance(value, str):
                yield f"{kind}.{name}={value}"
            elif isinstance(value, list | tuple | frozenset | set):
                yield from (f"{kind}.{name}={item}" for item in value)
