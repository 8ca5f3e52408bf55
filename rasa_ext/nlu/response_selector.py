"""Rasa component that picks the answer to retrieval intents (faq/..., chitchat/...)."""

from __future__ import annotations

import json
import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import (
    RESPONSE_SELECTOR_DEFAULT_INTENT,
    RESPONSE_SELECTOR_PREDICTION_KEY,
    RESPONSE_SELECTOR_PROPERTY_NAME,
    RESPONSE_SELECTOR_RANKING_KEY,
    RESPONSE_SELECTOR_RESPONSES_KEY,
    RESPONSE_SELECTOR_RETRIEVAL_INTENTS,
    RESPONSE_SELECTOR_UTTER_ACTION_KEY,
)
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.nlu.training_data.util import intent_response_key_to_template_key

from rasa_ext.nlu.intent_classifier import LABELS
from rasa_ext.source_fingerprint import FingerprintedByPackage

logger = logging.getLogger(__name__)

_RESPONSES = "responses.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CareResponseSelector(FingerprintedByPackage, IntentClassifier, GraphComponent):
    """Gives what Rasa's ResponseSelector gives, for all retrieval intents at once.

    CareIntentClassifier, which must stand before it, already knows how likely each answer is, so
    nothing is learned here but the answers' wording. A message of a retrieval intent gets the best answer of that intent, so
    that `utter_faq` answers with an FAQ even when a chit-chat line comes nearer. "default" holds the best of all, for any other
    message only its name: it is kept with every message, read in every turn, and hardly ever said.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the options with their defaults."""
        return {
            # How many answers the ranking names.
            "ranking_length": 5,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        responses: dict[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        self._config = config
        self._storage, self._resource = model_storage, resource
        self._responses = responses or {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CareResponseSelector:
        """Creates an untrained selector."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CareResponseSelector:
        """Loads a trained selector; an untrained one stays silent."""
        try:
            with model_storage.read_from(resource) as folder:
                responses = json.loads((folder / _RESPONSES).read_text(encoding="utf-8"))
        except ValueError:
            logger.debug("%s was not trained.", cls.__name__)
            responses = None
        return cls(config, model_storage, resource, responses)

    def train(self, training_data: TrainingData) -> Resource:
        """Keeps the wording of the answers."""
        with self._storage.write_to(self._resource) as folder:
            (folder / _RESPONSES).write_text(
                json.dumps(training_data.responses, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the best answers under `response_selector`."""
        for message in messages:
            by_intent: dict[str, dict[str, float]] = {}
            for label, chance in (message.get(LABELS) or {}).items():
                if "/" in label:
                    by_intent.setdefault(label.split("/", 1)[0], {})[label] = chance
            if not by_intent:
                continue
            together = {label: c for chances in by_intent.values() for label, c in chances.items()}
            intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
            answer = self._answer if intent in by_intent else _name
            found: dict[str, Any] = {
                RESPONSE_SELECTOR_RETRIEVAL_INTENTS: sorted(by_intent),
                RESPONSE_SELECTOR_DEFAULT_INTENT: answer(together),
            }
            if intent in by_intent:
                found[intent] = answer(by_intent[intent])
            message.set(RESPONSE_SELECTOR_PROPERTY_NAME, found, add_to_output=True)
        return messages

    def _answer(self, chances: dict[str, float]) -> dict[str, Any]:
        """Gives the best answer of some with its wordings, and their ranking, their confidences summing up to one."""
        found = _name(chances)
        best = found[RESPONSE_SELECTOR_PREDICTION_KEY]
        wordings = self._responses.get(best[RESPONSE_SELECTOR_UTTER_ACTION_KEY])
        best[RESPONSE_SELECTOR_RESPONSES_KEY] = wordings or [{TEXT: best[INTENT_RESPONSE_KEY]}]
        total = sum(chances.values()) or 1.0
        order = sorted(chances, key=lambda label: -chances[label])
        found[RESPONSE_SELECTOR_RANKING_KEY] = [
            {"confidence": chances[label] / total, INTENT_RESPONSE_KEY: label}
            for label in order[: int(self._config["ranking_length"])]
        ]
        return found


def _name(chances: dict[str, float]) -> dict[str, Any]:
    """Gives the name of the best answer of some, without its wordings."""
    best = max(chances, key=lambda label: chances[label])
    return {
        RESPONSE_SELECTOR_PREDICTION_KEY: {
            RESPONSE_SELECTOR_RESPONSES_KEY: [],
            "confidence": chances[best] / (sum(chances.values()) or 1.0),
            INTENT_RESPONSE_KEY: best,
            RESPONSE_SELECTOR_UTTER_ACTION_KEY: intent_response_key_to_template_key(best),
        },
        RESPONSE_SELECTOR_RANKING_KEY: [],
    }
