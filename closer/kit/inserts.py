"""INSERT of rows that may be there already, compiled once.

SQLAlchemy 1.4 compiles its own ON CONFLICT statements anew at each execution, which takes longer than the database does.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.dml import Insert


class InsertNew(Insert):
    """An INSERT that leaves a row alone which is in conflict with a key; for tables whose keys are given, not generated."""

    inherit_cache = True


@compiles(InsertNew)  # type: ignore[untyped-decorator]
def _compile(statement: InsertNew, compiler: Any, **options: Any) -> str:
    return f"{compiler.visit_insert(statement, **options)} ON CONFLICT DO NOTHING"
