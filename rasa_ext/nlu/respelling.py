"""A message with its misspelt words put right, and where its words stand in the message as written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasa_ext.nlu.encoder import Encoding, SentenceEncoder
from rasa_ext.nlu.entities.model import EntityModel, FoundValue
from rasa_ext.nlu.spelling import Repair, respelt
from rasa_ext.nlu.text import WORD, ReadMessage, read

#: Where a respelt message travels from component to component; not part of the output.
RESPELT = "care_respelt"
#: Only what is named by words that everybody knows is looked for in it: a misspelt name of a person or a town is its owner's.
_KNOWN_BY_WORDS = frozenset({"product", "category", "quantity"})


@dataclass(frozen=True)
class Respelt:
    """A message put right.

    Attributes:
        text: The message with its repairs.
        repairs: What they put in the place of what, in the message as written.
        masked: The masked form that the classifier read.
        encoding: The vectors of that form.
    """

    text: str
    repairs: Sequence[Repair]
    masked: str
    encoding: Encoding

    @classmethod
    def of(
        cls, text: str, message: ReadMessage, repairs: Sequence[Repair], encoding: Encoding
    ) -> Respelt:
        """Carry the repairs of a message's masked form over to its text.

        Args:
            text: The message as written.
            message: The same as read.
            repairs: What was put right in the masked form.
            encoding: The vectors of the masked form after that.
        """
        written = list(_as_written(message, repairs))
        return cls(respelt(text, written), written, respelt(message.masked, repairs), encoding)

    def values(self, model: EntityModel, encoder: SentenceEncoder) -> list[FoundValue]:
        """Return the goods and numbers found in it, each at its place in the message as written."""
        ready = read(self.text)
        same = ready.masked == self.masked
        encoding = self.encoding if same else encoder.encode_one(ready.masked)
        return [
            FoundValue(
                value.entity,
                self._place(value.start, first=True),
                self._place(value.end, first=False),
                value.text,
                value.confidence,
            )
            for value in model.find(ready, encoding)
            if value.entity in _KNOWN_BY_WORDS
        ]

    def _place(self, at: int, *, first: bool) -> int:
        """Return where a place of the repaired text is in the message; within a repair, where that begins or ends."""
        moved = 0
        for repair in self.repairs:
            start = repair.start + moved
            end = start + len(repair.text)
            if at <= start and not (at == start and first):
                break
            if at < end or (at == end and not first):
                return repair.start if first else repair.end
            moved += len(repair.text) - (repair.end - repair.start)
        return at - moved


def completed(values: Sequence[FoundValue], more: Sequence[FoundValue]) -> list[FoundValue]:
    """Return the values of a message with those found only in its repaired form, which may also complete a name: "yoga matt"."""
    kept = list(values)
    for value in more:
        touched = [other for other in kept if other.start < value.end and value.start < other.end]
        part_of_it = all(
            other.entity == value.entity
            and value.start <= other.start
            and other.end <= value.end
            and (value.start, value.end) != (other.start, other.end)
            for other in touched
        )
        if part_of_it:
            kept = [*(other for other in kept if other not in touched), value]
    return sorted(kept, key=lambda value: value.start)


def _as_written(message: ReadMessage, repairs: Sequence[Repair]) -> Sequence[Repair]:
    """Return the repairs of words at their places in the message as written."""
    found = []
    for start, end, text in repairs:
        for token in message.tokens:
            first, last = token.masked
            if token.kind == WORD and first <= start and end <= last:
                shift = token.start - first
                found.append(Repair(start + shift, end + shift, text))
    return found
