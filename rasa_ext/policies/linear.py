"""A light learned policy: a linear model over the last turns of the dialogue.

Each state (what the customer wanted, what the assistant did last, the active form, featurised slots) becomes sparse
indicator features with its distance from the present, and pairs of them for the latest turn, where context decides.
One multinomial logistic regression (scikit-learn, L-BFGS) gives the next action. It generalises from stories where
memoization knows only what it has seen, trains in a second and predicts in well under a millisecond.

When it is not sure enough it abstains, as TED does below its threshold, and the fallback of the dialogue takes over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
from rasa.core.featurizers.tracker_featurizers import MaxHistoryTrackerFeaturizer, TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

_FILE = "linear_policy.joblib"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class LinearPolicy(Policy):
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

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
        model: Pipeline | None = None,
    ) -> None:
        config = {**self.get_default_config(), **config}
        history = MaxHistoryTrackerFeaturizer(max_history=int(config["max_history"]))
        super().__init__(config, model_storage, resource, execution_context, featurizer=featurizer or history)
        self._model = model

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **_: Any) -> Resource:
        """Learn from the stories; rules are the rule policy's.

        Args:
            training_trackers: The stories as trackers.
            domain: The assistant's domain.
        """
        stories = [t for t in training_trackers if not getattr(t, "is_rule_tracker", False)]
        states, labels = self.featurizer.training_states_and_labels(stories, domain)
        actions = [label[0] for label in labels]
        if len(set(actions)) < 2:
            return self._resource
        regression = LogisticRegression(
            C=float(self.config["regularization"]), max_iter=400, random_state=int(self.config["random_seed"])
        )
        self._model = Pipeline([("features", DictVectorizer()), ("regression", regression)])
        self._model.fit([features_of(sequence) for sequence in states], actions)
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._model, Path(folder) / _FILE, compress=3)
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
        chances = self._model.predict_proba([features_of(states)])[0]
        if chances.max() >= float(self.config["threshold"]):
            known = set(domain.action_names_or_texts)
            for action, chance in zip(self._model.classes_, chances):
                if action in known:
                    result[domain.index_for_action(action)] = float(chance)
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
                model = joblib.load(Path(folder) / _FILE)
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
            features[f"{age}:{fact}"] = 1.0
            features[f"seen:{fact}"] = max(features.get(f"seen:{fact}", 0.0), 0.7**age)
        if age == 0:
            latest = facts
        elif age <= 2:  # what was done just before decides what a "yes" means
            features.update({f"{age}:{before}&{now}": 1.0 for before in facts for now in latest})
    return features


def _facts(state: State) -> Iterator[str]:
    for kind, content in state.items():
        for name, value in content.items():
            if isinstance(value, str):
                yield f"{kind}.{name}={value}"
            elif isinstance(value, list | tuple | frozenset | set):
                yield from (f"{kind}.{name}={item}" for item in value)
