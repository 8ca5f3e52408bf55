"""JSON of what is stored and sent many times a second, by orjson; what orjson refuses, the standard library writes and reads.

Both write the same values: moments and other objects by `str`, keys of any kind as strings. orjson knows neither whole numbers of
more than 64 bits nor lone surrogates, both of which people can type.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

# What the standard library writes in its own way is left to it: moments by `str`, tuples with names, enumerations.
_AS_STANDARD = (
    orjson.OPT_NON_STR_KEYS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
# orjson reads whole numbers of more than 64 bits as fractions, and half of a surrogate pair as another sign. A number stands
# behind one of few signs, or is the whole text; to look for those first makes the search many times as fast.
_ESCAPED = "\\u"
_LONG = re.compile(r"[:,\[\s]-?[0-9]{19}")
_OF_NUMBERS = "-0123456789"


def dumps(value: Any) -> str:
    """Return a value as JSON."""
    try:
        return orjson.dumps(value, option=_AS_STANDARD).decode()
    except TypeError:
        return json.dumps(value, default=str)


def loads(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: if it is none.
    """
    text = text.decode() if isinstance(text, bytes) else text
    special = text[:1] in _OF_NUMBERS or _ESCAPED in text or _LONG.search(text)
    return json.loads(text) if special else orjson.loads(text)
