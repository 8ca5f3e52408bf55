"""What the training data say about values beside examples: synonyms and regular expressions."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rasa_ext.nlu.entities.gazetteers import words_of

logger = logging.getLogger(__name__)

_FILE = "house_rules.json"


@dataclass(frozen=True)
class HouseRules:
    """The designers' synonyms and shapes.

    Attributes:
        synonyms: The value that a wording stands for, by the wording as `words_of` gives it.
        shapes: Entity type and regular expression, in the order of the training data.
    """

    synonyms: Mapping[str, str] = field(default_factory=dict)
    shapes: Sequence[tuple[str, str]] = ()

    @classmethod
    def of(
        cls,
        synonyms: Mapping[str, str],
        regexes: Iterable[Mapping[str, str]],
        entities: Collection[str],
    ) -> HouseRules:
        """Take them over from the training data.

        Args:
            synonyms: Values by wording, as `TrainingData.entity_synonyms`.
            regexes: "name" and "pattern" of each, as `TrainingData.regex_features`.
            entities: The types that values may have; a regex of another name finds nothing.

        Raises:
            ValueError: if an expression cannot be read.
        """
        shapes = []
        for regex in regexes:
            if regex["name"] not in entities:
                logger.warning("The regex %r is named after no entity.", regex["name"])
                continue
            try:
                re.compile(regex["pattern"])
            except re.error as error:
                raise ValueError(f"the regex of {regex['name']!r}: {error}") from error
            shapes.append((regex["name"], regex["pattern"]))
        return cls({words_of(said): meant for said, meant in synonyms.items()}, shapes)

    def meant(self, text: str) -> str:
        """Return the value that a wording stands for; the wording itself if it is no synonym."""
        return self.synonyms.get(words_of(text), text)

    def matches(self, text: str, taken: Iterable[tuple[int, int]]) -> list[tuple[str, int, int]]:
        """Find values by their shape where none was found yet.

        Args:
            text: The message.
            taken: Start and end of the values that were found.

        Returns:
            Type, start and end of each, in the order of the shapes.
        """
        busy, found = list(taken), []
        for entity, pattern in self.shapes:
            for match in re.finditer(pattern, text, re.IGNORECASE):
                start, end = match.span()
                if start < end and all(end <= first or last <= start for first, last in busy):
                    busy.append((start, end))
                    found.append((entity, start, end))
        return found

    def save(self, folder: Path) -> None:
        """Write them into a folder."""
        content = {"synonyms": dict(self.synonyms), "shapes": list(self.shapes)}
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> HouseRules:
        """Read them from a folder."""
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(content["synonyms"], [(entity, shape) for entity, shape in content["shapes"]])
