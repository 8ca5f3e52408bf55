"""Model archives made by hand: enough for whoever only reads what an archive says of itself."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any


def metadata(**changes: Any) -> dict[str, Any]:
    """Return what Rasa writes into an archive, as far as anybody reads it before loading."""
    return {
        "model_id": "0f" * 16,
        "assistant_id": "ai-closer-x",
        "rasa_open_source_version": "3.6.21",
        "trained_at": "2026-03-01T10:00:00",
        "predict_schema": {"nodes": {"tokens": {"uses": "rasa_ext.nlu.tokenizer.CareTokenizer"}}},
        "domain": {
            "forms": {"track_order_form": {"required_slots": ["order_id"]}},
            "actions": ["action_track_order", "validate_track_order_form"],
            "slots": {"order_id": {"type": "text"}, "email": {"type": "text"}},
            "intents": ["greet", {"track_order": {"use_entities": []}}],
        },
        **changes,
    }


def write_archive(
    path: Path, content: dict[str, Any] | None = None, **more: bytes | tarfile.TarInfo
) -> Path:
    """Write an archive with metadata and further members: bytes by name, or whole entries."""
    members = {"metadata.json": json.dumps(content or metadata()).encode(), **more}
    with tarfile.open(path, "w:gz") as tar:
        for name, what in members.items():
            if isinstance(what, tarfile.TarInfo):
                tar.addfile(what)
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(what)
            tar.addfile(entry, io.BytesIO(what))
    return path
