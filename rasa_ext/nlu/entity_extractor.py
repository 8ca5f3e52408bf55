"""Rasa component that finds values in messages and brings them into one shape."""

from __future__ import annotations

import logging
from datetime import date, datetime, timezone
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from closer.conversations.values import normalise
from rasa_ext.nlu.encoder import SentenceEncoder
from rasa_ext.nlu.encoder_featurizer import EncodedMessage, SentenceEncoderFeaturizer, encoded
from rasa_ext.nlu.entities.house_rules import HouseRules
from rasa_ext.nlu.entities.model import EntityModel, FoundValue, Settings, train_entity_model
from rasa_ext.nlu.respelling import RESPELT, completed
from rasa_ext.source_fingerprint import FingerprintedByPackage

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR,
    is_trainable=True,
    model_from="SentenceEncoderFeaturizer",
)
class CareEntityExtractor(FingerprintedByPackage, EntityExtractorMixin, GraphComponent):
    """Finds values by shape, by word lists and by a tagger trained on the annotations.

    `value` is normalised (an ISO date, an E.164 phone number, an id in capitals without "#");
    start and end are those of the wording in the message. Look-up tables of the training data are
    word lists; synonyms replace a wording before it is normalised; a regex named after an entity
    finds values that the tagger has missed.
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
            # Inverse strength of the tagger's ridge penalty.
            "c": defaults.c,
            # Copies of each annotated message with other values put in.
            "copies": defaults.copies,
            # Upper bound of optimiser steps.
            "iterations": defaults.iterations,
            # Source of chance.
            "seed": defaults.seed,
            # Where a phone number without a country code is from (ISO 3166).
            "region": "US",
            # What an amount without a currency is in (ISO 4217).
            "currency": "USD",
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: EntityModel | None = None,
        rules: HouseRules | None = None,
    ) -> None:
        self._config = config
        self._storage, self._resource = model_storage, resource
        self._model, self._rules = model, rules or HouseRules()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CareEntityExtractor:
        """Creates an untrained extractor."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CareEntityExtractor:
        """Loads a trained extractor; an untrained one stays silent."""
        try:
            with model_storage.read_from(resource) as folder:
                trained, rules = EntityModel.load(folder), HouseRules.load(folder)
        except ValueError:
            logger.debug("%s was not trained.", cls.__name__)
            return cls(config, model_storage, resource)
        return cls(config, model_storage, resource, trained, rules)

    def train(self, training_data: TrainingData, model: SentenceEncoder) -> Resource:
        """Trains on all messages; those without annotations teach what is no value."""
        examples = [
            (
                message.get(TEXT),
                [(e["start"], e["end"], e["entity"]) for e in message.get(ENTITIES) or []],
            )
            for message in training_data.nlu_examples
            if message.get(TEXT)
        ]
        if not any(spans for _, spans in examples):
            return self._resource
        tables = {
            table["name"]: table["elements"]
            for table in training_data.lookup_tables
            if isinstance(table["elements"], list)
        }
        settings = Settings(**{name: self._config[name] for name in Settings.__annotations__})
        trained = train_entity_model(examples, tables, model, settings)
        rules = HouseRules.of(
            training_data.entity_synonyms,
            training_data.regex_features,
            {entity for _, spans in examples for _, _, entity in spans},
        )
        with self._storage.write_to(self._resource) as folder:
            trained.save(folder)
            rules.save(folder)
        return self._resource

    def process(self, messages: list[Message], model: SentenceEncoder) -> list[Message]:
        """Adds the values found."""
        for message in messages:
            if self._model is None or not (message.get(TEXT) or "").strip():
                continue
            ready = encoded(message, model)
            today = datetime.now(timezone.utc).date()
            written = message.get(TEXT)
            values = self._values(written, ready)
            if (put_right := message.get(RESPELT)) is not None:
                values = completed(values, put_right.values(self._model, model))
            found = [self._entity(value, written, today) for value in values]
            entities = (message.get(ENTITIES) or []) + self.add_extractor_name(found)
            message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def _values(self, text: str, ready: EncodedMessage) -> list[FoundValue]:
        """Lists the values of a message in their order: by the tagger, then by the rules."""
        assert self._model is not None
        values = self._model.find(ready.read, ready.encoding)
        missed = self._rules.matches(text, [(value.start, value.end) for value in values])
        values += [
            FoundValue(entity, start, end, text[start:end], 1.0) for entity, start, end in missed
        ]
        return sorted(values, key=lambda value: value.start) if missed else values

    def _entity(self, value: FoundValue, written: str, today: date) -> dict[str, Any]:
        region, currency = str(self._config["region"]), str(self._config["currency"])
        text = self._rules.meant(value.text)
        shape = {"region": region, "currency": currency}
        around = written[: value.start], written[value.end :]
        return {
            "entity": value.entity,
            "start": value.start,
            "end": value.end,
            "value": normalise(value.entity, text, today=today, around=around, **shape),
            "confidence_entity": value.confidence,
        }
