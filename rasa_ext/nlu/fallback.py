"""Rasa component that says "I do not know" instead of guessing."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_ext.nlu.intent_classifier import FAMILIARITY, KNOWN_WORDS

REASON = "fallback_reason"
# The first character behind Latin letters with all their accents.
_LATIN_END = "\u0250"
# No message but a key, an encoded file or a cat on the keyboard has such a word.
_LONGEST_WORD = 200
# Below it an intent is as likely wrong as right.
_EVEN = 0.5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class CareFallbackClassifier(IntentClassifier, GraphComponent):
    """Predicts `nlu_fallback` for messages that the intent classifier should not decide.

    A message falls back when it has no letters or mostly others than Latin ones, when none of its words is known and it holds no
    value or hardly sounds like anything, when it is unlike what the classifier was trained
    on, when no intent is likely, or when two are equally likely. The ranking keeps the intents
    found, so that the dialogue can offer the two best.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Says that an intent classifier comes before."""
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the options with their defaults."""
        return {
            # Share of genuine messages, measured on held-out folds in training, that may be
            # refused as unlike the training data. 0 turns this test off.
            "refused_share": 0.005,
            # Least confidence of the best intent.
            "threshold": 0.2,
            # Least difference of confidence between the best two intents.
            "ambiguity_threshold": 0.05,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        self._refused_share = float(config["refused_share"])
        self._threshold = float(config["threshold"])
        self._ambiguity = float(config["ambiguity_threshold"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CareFallbackClassifier:
        """Creates the component."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Puts `nlu_fallback` in front of the ranking where it is due."""
        for message in messages:
            reason = self._reason(message)
            if reason is None:
                continue
            best = message.get(INTENT) or {}
            # Never below the best intent: Rasa's two-stage fallback reads the ranking in order.
            prediction = {
                INTENT_NAME_KEY: DEFAULT_NLU_FALLBACK_INTENT_NAME,
                "confidence": max(self._threshold, float(best.get("confidence") or 0.0)),
            }
            ranking = list(message.get(INTENT_RANKING_KEY) or [])
            message.set(INTENT, prediction, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [dict(prediction), *ranking], add_to_output=True)
            message.set(REASON, reason, add_to_output=True)
        return messages

    def _reason(self, message: Message) -> str | None:
        """Says why a message falls back, or None."""
        unreadable = _unreadable(message.get(TEXT) or "")
        ranking = message.get(INTENT_RANKING_KEY) or []
        if unreadable or not ranking:
            return unreadable or "no_intent"
        best, *others = (float(intent["confidence"]) for intent in ranking[:2])
        if float(message.get(FAMILIARITY) or 0.0) < self._refused_share:
            return "unfamiliar"
        if message.get(KNOWN_WORDS) is False and (best < _EVEN or not message.get(ENTITIES)):
            return "unknown_words"
        if best < self._threshold:
            return "low_confidence"
        return "ambiguous" if others and best - others[0] < self._ambiguity else None


def _unreadable(text: str) -> str | None:
    """Says why no classifier could read a text, or None."""
    letters = [character for character in text if character.isalnum()]
    longest = max((len(part) for part in text.split()), default=0)
    if not letters or longest > _LONGEST_WORD:
        return "no_words"
    latin = sum(character < _LATIN_END for character in letters)
    return "other_script" if latin * 2 < len(letters) else None
