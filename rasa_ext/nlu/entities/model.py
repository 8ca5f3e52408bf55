"""The entity model without Rasa: word lists and a tagger, trained together."""

from __future__ import annotations

import itertools
import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rasa_ext.nlu.encoder import Encoding, SentenceEncoder
from rasa_ext.nlu.entities.features import FAR_SIGHTED, clues, token_features
from rasa_ext.nlu.entities.gazetteers import Gazetteers, build_gazetteers
from rasa_ext.nlu.entities.schema import OUTSIDE, allowed
from rasa_ext.nlu.entities.substitution import Span, Substituter
from rasa_ext.nlu.entities.tagger import Tagger, token_states, train_tagger
from rasa_ext.nlu.text import ReadMessage, Token, read

logger = logging.getLogger(__name__)

#: What stands for goods named before.
_POINTERS = ("one", "ones")
_GOODS = "product"
_LISTS = "gazetteers.json"
# Share of the messages without values that are seen a second time in lower case.
_LOWERED = 0.25
# Length of the message's vector beside the states of tokens (tuned).
_MESSAGE_LENGTH = 4.0

Example = tuple[str, Sequence[Span]]


@dataclass(frozen=True)
class Settings:
    """How an entity model is trained.

    Attributes:
        c: Inverse strength of the ridge penalty.
        copies: Copies of each annotated message with other values.
        iterations: Upper bound of optimiser steps.
        seed: Source of chance.
    """

    c: float = 1.0
    copies: int = 3
    iterations: int = 50
    seed: int = 7


@dataclass(frozen=True)
class FoundValue:
    """A value in a message.

    Attributes:
        entity: Its type.
        start: First character.
        end: Behind the last character.
        text: The characters between, typographic ones made plain.
        confidence: 0 to 1.
    """

    entity: str
    start: int
    end: int
    text: str
    confidence: float


@dataclass
class EntityModel:
    """A trained model."""

    gazetteers: Gazetteers
    tagger: Tagger

    def find(self, message: ReadMessage, encoding: Encoding) -> list[FoundValue]:
        """Finds the values of a message.

        Args:
            message: The message as read.
            encoding: Vectors of its masked form.

        Returns:
            Values in their order, never overlapping.
        """
        tokens = message.tokens
        features = token_features(tokens, clues(tokens, self.gazetteers))
        possible = [allowed(token.kind, token.text) for token in tokens]
        spans = self.tagger.tag(features, dense_features(tokens, encoding), possible)
        found = []
        for span in spans:
            inside = tokens[span.first : span.last + 1]
            text = _join(inside)
            if span.entity == _GOODS and inside[-1].text.lower() in _POINTERS:
                continue  # "the black ones" names no goods
            start, end = inside[0].start, inside[-1].end
            found.append(FoundValue(span.entity, start, end, text, span.confidence))
        return found

    def save(self, folder: Path) -> None:
        """Writes the model into a folder."""
        self.tagger.save(folder)
        lists = json.dumps(self.gazetteers.phrases, ensure_ascii=False)
        (folder / _LISTS).write_text(lists, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> EntityModel:
        """Reads a model from a folder."""
        lists = json.loads((folder / _LISTS).read_text(encoding="utf-8"))
        return cls(Gazetteers(lists), Tagger.load(folder))


def _join(tokens: Sequence[Token]) -> str:
    """Puts tokens together as they were written, any run of spaces as one."""
    text = tokens[0].text
    for before, token in itertools.pairwise(tokens):
        text += (" " if token.start > before.end else "") + token.text
    return text


def dense_features(tokens: Sequence[Token], encoding: Encoding) -> np.ndarray:
    """Gives the vectors of tokens.

    Args:
        tokens: The tokens of a message.
        encoding: Vectors of its masked form.

    Returns:
        The state of each token and, for values whose type depends on what the message is about,
        MiniLM's vector of the message: shape (tokens, 768).
    """
    states = token_states([t.masked for t in tokens], encoding.offsets, encoding.tokens)
    far = np.array([[token.kind in FAR_SIGHTED] for token in tokens], np.float32).reshape(-1, 1)
    return np.hstack([states, far * (_MESSAGE_LENGTH * encoding.unit)])


def tags_of(tokens: Sequence[Token], spans: Sequence[Span]) -> list[str] | None:
    """Turns annotated values into tags; None if a value is no run of whole tokens."""
    tags = [OUTSIDE] * len(tokens)
    for start, end, entity in spans:
        inside = [at for at, token in enumerate(tokens) if start <= token.start < end]
        if not inside or tokens[inside[0]].start != start or tokens[inside[-1]].end != end:
            return None
        tags[inside[0]] = f"B-{entity}"
        for at in inside[1:]:
            tags[at] = f"I-{entity}"
    return tags


def train_entity_model(
    examples: Sequence[Example],
    tables: Mapping[str, Sequence[str]],
    encoder: SentenceEncoder,
    settings: Settings,
) -> EntityModel:
    """Trains an entity model.

    Args:
        examples: Messages with start, end and type of their values.
        tables: Further word lists by entity type.
        encoder: The sentence encoder.
        settings: How to train.

    Returns:
        The trained model.
    """
    gazetteers = build_gazetteers(tables)
    messages = []
    tags: list[list[str]] = []
    for text, spans in with_copies(examples, gazetteers, settings):
        ready = read(text)
        found = tags_of(ready.tokens, spans)
        if found is None:
            logger.debug("A value in %r is no run of whole tokens.", text)
            continue
        messages.append(ready)
        tags.append(found)
    # Many copies differ in masked values only: they read, and are encoded, alike.
    distinct = list(dict.fromkeys(message.masked for message in messages))
    encodings = dict(zip(distinct, encoder.encode_with_tokens(distinct), strict=True))
    features: list[list[str]] = []
    states: list[np.ndarray] = []
    for message in messages:
        tokens = message.tokens
        features += token_features(tokens, clues(tokens, gazetteers))
        states.append(dense_features(tokens, encodings[message.masked]))
    tagger = train_tagger(
        features, np.concatenate(states), tags, c=settings.c, iterations=settings.iterations
    )
    return EntityModel(gazetteers, tagger)


def with_copies(
    examples: Sequence[Example], gazetteers: Gazetteers, settings: Settings
) -> list[Example]:
    """Adds copies with other values, and some plain messages in lower case."""
    seen: dict[str, list[str]] = {}
    for text, spans in examples:
        for start, end, entity in spans:
            seen.setdefault(entity, []).append(text[start:end])
    rng = random.Random(settings.seed)  # noqa: S311 - no secret
    substituter = Substituter(gazetteers, seen, rng)
    everything: list[Example] = []
    for text, unsorted in examples:
        spans = sorted(unsorted)
        everything.append((text, spans))
        if spans:
            everything += [substituter.vary(text, spans) for _ in range(settings.copies)]
        elif rng.random() < _LOWERED:
            everything.append((text.lower(), []))
    return everything
