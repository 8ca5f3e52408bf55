"""Reads the domain in a model's archive in a fraction of the time that Rasa takes, which is most of the loading.

Rasa reads the file three times with a parser that keeps comments, and checks it against its schema. It wrote the file itself
when the model was trained, from a domain that was checked then; so it is read once, by libyaml, and nothing is checked again.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain
from rasa.shared.utils import io

_FILE = "domain.yml"
#: Plain scalars that are no strings in YAML 1.2, in which Rasa writes; libyaml's own rules are those of 1.1 ("no" is false).
_SCALARS = {
    "null": r"~|null|Null|NULL|",
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?[0-9]+",
    "float": r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
}


class _Reader(yaml.CSafeLoader):
    """Reads YAML 1.2 as far as Rasa writes it."""


_Reader.yaml_implicit_resolvers = {}
for _kind, _pattern in _SCALARS.items():
    _Reader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), None
    )


def install() -> None:
    """Have Rasa's own component read its domain this way; call it before a model is loaded."""
    DomainProvider.load = classmethod(_load)  # type: ignore[arg-type]


def read_archived(folder: Path) -> Domain:
    """Read the domain that Rasa has put into a folder.

    Raises:
        Exception: what Rasa raises for a domain that is none.
    """
    text = io.read_file(folder / _FILE)
    if "${" in text:  # Rasa puts the values of environment variables in
        return Domain.from_path(folder)
    return Domain.from_dict(yaml.load(text, _Reader) or {})  # noqa: S506 - it is a safe one


def _load(
    cls: type[DomainProvider],
    config: dict[str, Any],
    model_storage: ModelStorage,
    resource: Resource,
    execution_context: ExecutionContext,
    **_: Any,
) -> DomainProvider:
    with model_storage.read_from(resource) as folder:
        return cls(model_storage, resource, read_archived(Path(folder)))
