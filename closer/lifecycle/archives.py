"""Model archives: opened without trusting them, before anything in them is loaded.

An archive is refused when it is missing, cut short, not the file that was registered, made for another assistant, or
names code that is not Rasa's or ours. Loading by itself would notice little of that, and take the newest other file
of the folder for one that is missing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from closer.kit.errors import InvalidInput, NotFound

SUFFIX = ".tar.gz"
_METADATA = "metadata.json"
_BLOCK = 1 << 20
_MOST_BYTES = 4 * 2**30  # unpacked; a small file that swells to more is an attack or a mistake
_MOST_METADATA = 64 * 2**20
_TRUSTED_CODE = ("rasa.", "rasa_ext.")


class ArchiveMissing(NotFound):
    """The file is not there (yet)."""

    code = "archive_missing"


class ArchiveRefused(InvalidInput):
    """The file must not be loaded; the detail says why."""

    code = "archive_refused"


@dataclass(frozen=True)
class ArchiveFacts:
    """What an archive says of itself, and what its file is.

    Attributes:
        assistant_id: Which assistant it was trained for.
        forms: Forms, actions, slots and intents of its domain.
    """

    sha256: str
    size: int
    model_id: str
    assistant_id: str | None
    rasa_version: str
    trained_at: str
    forms: frozenset[str]
    actions: frozenset[str]
    slots: frozenset[str]
    intents: frozenset[str]

    def missing_from(self, reference: ArchiveFacts) -> dict[str, list[str]]:
        """Return the forms, actions and slots that another model has and this one lacks."""
        found = {
            kind: sorted(getattr(reference, kind) - getattr(self, kind))
            for kind in ("forms", "actions", "slots")
        }
        return {kind: names for kind, names in found.items() if names}


def resolve(folder: Path, archive: str) -> Path:
    """Return the file of an archive in the folder of models.

    Raises:
        ArchiveRefused: if the name leads out of the folder or is no archive's.
    """
    path = (folder / archive).resolve()
    if not path.name.endswith(SUFFIX) or folder.resolve() not in path.parents:
        raise ArchiveRefused(f"an archive is a {SUFFIX} file in the folder of models")
    return path


def digest_of(path: Path) -> str:
    """Return a file's SHA-256.

    Raises:
        ArchiveMissing: if there is no such file.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except (FileNotFoundError, IsADirectoryError):
        raise ArchiveMissing(f"the archive {path.name} is not there") from None
    return digest.hexdigest()


def inspect(path: Path, *, expected_sha256: str | None = None) -> ArchiveFacts:
    """Read an archive from beginning to end without unpacking it.

    Args:
        path: The file.
        expected_sha256: The digest that was registered, if it is known.

    Raises:
        ArchiveMissing: if there is no such file.
        ArchiveRefused: if it is damaged, unsafe or not the registered one.
    """
    digest = digest_of(path)
    if expected_sha256 is not None and digest != expected_sha256:
        raise ArchiveRefused(
            f"{path.name} is not the file that was registered: its digest is {digest[:12]}..., "
            f"not {expected_sha256[:12]}..."
        )
    metadata = _read_metadata(path)
    try:
        _check_code(metadata["predict_schema"]["nodes"])
        return _facts(path, digest, metadata)
    except (KeyError, TypeError, AttributeError) as error:
        raise ArchiveRefused(f"{path.name} is no model of Rasa 3: {error!r}") from error


def _read_metadata(path: Path) -> Mapping[str, Any]:
    total, content = 0, None
    try:
        with gzip.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
            for member in tar:
                _check_member(path, member)
                total += member.size
                if total > _MOST_BYTES:
                    raise ArchiveRefused(f"{path.name} unpacks to more than {_MOST_BYTES} bytes")
                if member.name.strip("./") == _METADATA and member.size <= _MOST_METADATA:
                    file = tar.extractfile(member)
                    content = file.read() if file else None
            while unpacked.read(_BLOCK):  # to the end, where the checksum is
                pass
        if content is None:
            raise ArchiveRefused(f"{path.name} is no model: it has no {_METADATA}")
        metadata: Mapping[str, Any] = json.loads(content)
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the archive
        raise ArchiveRefused(f"{path.name} is damaged: {error}") from error
    return metadata


def _check_member(path: Path, member: tarfile.TarInfo) -> None:
    name = PurePosixPath(member.name)
    if not (member.isfile() or member.isdir()):
        raise ArchiveRefused(f"{path.name} holds a link or a device: {member.name}")
    if name.is_absolute() or ".." in name.parts:
        raise ArchiveRefused(f"{path.name} writes outside of its folder: {member.name}")


def _check_code(nodes: Mapping[str, Any]) -> None:
    foreign = sorted(
        {node["uses"] for node in nodes.values() if not node["uses"].startswith(_TRUSTED_CODE)}
    )
    if foreign:
        raise ArchiveRefused(f"it names code that is not ours: {', '.join(foreign)}")


def _facts(path: Path, digest: str, metadata: Mapping[str, Any]) -> ArchiveFacts:
    domain = metadata["domain"]
    return ArchiveFacts(
        sha256=digest,
        size=path.stat().st_size,
        model_id=str(metadata["model_id"]),
        assistant_id=metadata.get("assistant_id"),
        rasa_version=str(metadata["rasa_open_source_version"]),
        trained_at=str(metadata["trained_at"]),
        forms=_names(domain.get("forms")),
        actions=_names(domain.get("actions")),
        slots=_names(domain.get("slots")),
        intents=_names(domain.get("intents")),
    )


def _names(declared: Iterable[Any] | None) -> frozenset[str]:
    """Return the names in a part of a domain, where an item is a name or a mapping from it."""
    return frozenset(
        name
        for item in declared or ()
        for name in (item if isinstance(item, Mapping) else (str(item),))
    )
