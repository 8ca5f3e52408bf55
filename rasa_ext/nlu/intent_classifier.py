"""Rasa component that classifies intents by a linear head on encoder and n-gram features."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    INTENT_RESPONSE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_ext.nlu.encoder import SentenceEncoder
from rasa_ext.nlu.encoder_featurizer import SentenceEncoderFeaturizer, encoded
from rasa_ext.nlu.intent_model import IntentModel, Settings, train_intent_model
from rasa_ext.nlu.respelling import RESPELT, Respelt
from rasa_ext.nlu.spelling import respelt
from rasa_ext.nlu.text import read
from rasa_ext.source_fingerprint import FingerprintedByPackage

logger = logging.getLogger(__name__)

# Share of genuine held-out messages that are less like the training data than this one.
FAMILIARITY = "familiarity"
# Probability of each label, retrieval intents answer by answer; not part of the output.
LABELS = "care_labels"
# Whether any word of the message is known, or misspelt; not part of the output.
KNOWN_WORDS = "care_known_words"


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER,
    is_trainable=True,
    model_from="SentenceEncoderFeaturizer",
)
class CareIntentClassifier(FingerprintedByPackage, IntentClassifier, GraphComponent):
    """Softmax regression on [sentence vectors, TF-IDF of word and character n-grams] with the nearest messages' votes.

    Retrieval intents are learned response by response and summed: "faq" has no common wording.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Says that the encoder comes before."""
        return [SentenceEncoderFeaturizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the options with their defaults."""
        defaults = Settings()
        return {
            # Inverse strength of the ridge penalty.
            "c": defaults.c,
            # Length of the n-gram features against the encoder vector's 1.
            "sparse_weight": defaults.sparse_weight,
            # Altered copies of each training message (typos, lost spaces and punctuation, ...).
            "copies": defaults.copies,
            # How much a copy counts against its original's 1.
            "copy_weight": defaults.copy_weight,
            # Share of the nearest training messages in the verdict, against the linear head's rest.
            "memory_weight": defaults.memory_weight,
            # Parts for held-out scores, which calibrate confidence and familiarity.
            "folds": defaults.folds,
            # Upper bound of optimiser steps.
            "iterations": defaults.iterations,
            # Source of chance.
            "seed": defaults.seed,
            # How many intents the ranking names.
            "ranking_length": 10,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None = None,
    ) -> None:
        self._config = config
        self._storage, self._resource = model_storage, resource
        self._model = model
        self._intents, self._intent_of_label = _intents_of(model.labels if model else [])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CareIntentClassifier:
        """Creates an untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CareIntentClassifier:
        """Loads a trained classifier; an untrained one stays silent."""
        try:
            with model_storage.read_from(resource) as folder:
                trained = IntentModel.load(folder)
        except ValueError:
            logger.debug("%s was not trained.", cls.__name__)
            trained = None
        return cls(config, model_storage, resource, trained)

    def train(self, training_data: TrainingData, model: SentenceEncoder) -> Resource:
        """Trains on all messages that have an intent."""
        examples = [
            (
                read(message.get(TEXT)).masked,
                message.get(INTENT_RESPONSE_KEY) or message.get(INTENT),
            )
            for message in training_data.intent_examples
            if message.get(TEXT) and message.get(INTENT)
        ]
        if len({label for _, label in examples}) < 2:
            logger.warning("Fewer than two intents have examples: no intent classifier is trained.")
            return self._resource
        settings = Settings(**{name: self._config[name] for name in Settings.__annotations__})
        texts, labels = zip(*examples, strict=True)
        trained = train_intent_model(texts, labels, model, settings)
        with self._storage.write_to(self._resource) as folder:
            trained.save(folder)
        return self._resource

    def process(self, messages: list[Message], model: SentenceEncoder) -> list[Message]:
        """Sets intent, ranking and familiarity."""
        for message in messages:
            if self._model is None or not (message.get(TEXT) or "").strip():
                continue
            ready = encoded(message, model)
            repairs = self._model.speller.repairs(ready.read.masked)
            repaired = respelt(ready.read.masked, repairs)
            encoding = model.encode_one(repaired) if repairs else ready.encoding
            if repairs:
                put_right = Respelt.of(message.get(TEXT), ready.read, repairs, encoding)
                message.set(RESPELT, put_right)
            judgement = self._model.judge(repaired, encoding.sentence)
            by_label = judgement.probabilities
            by_intent = np.bincount(self._intent_of_label, by_label, len(self._intents))
            order = np.argsort(-by_intent)[: int(self._config["ranking_length"])]
            ranking = [
                {INTENT_NAME_KEY: self._intents[at], "confidence": float(by_intent[at])}
                for at in order
            ]
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(FAMILIARITY, judgement.familiarity, add_to_output=True)
            message.set(KNOWN_WORDS, self._model.speller.knows(ready.read.masked))
            chances = dict(zip(self._model.labels, by_label.tolist(), strict=True))
            message.set(LABELS, chances)
        return messages


def _intents_of(labels: list[str]) -> tuple[list[str], np.ndarray]:
    """Gives the base intents of labels, and for each label the index of its intent."""
    bases = [label.split("/", 1)[0] for label in labels]
    intents = sorted(set(bases))
    return intents, np.array([intents.index(base) for base in bases], np.int64)
