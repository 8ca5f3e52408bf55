"""Finds every table of the product, so that no slice needs to be listed by hand."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import MetaData

from closer.kit.db import metadata
from closer.kit.settings import ROOT

_PACKAGES = ("closer", "scripts/seed")


def all_tables() -> MetaData:
    """Import each module named `tables.py` or `..._tables.py` and return what they declare."""
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("*tables.py")):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return metadata
