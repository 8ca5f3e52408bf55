"""Tasks that store what was told before they come to their end, and take it back where they are stopped."""

from __future__ import annotations

from typing import Any

from actions.context import TurnContext
from actions.forms import Task


class KeptEarly(Task):
    """A task of which something is stored on the way."""

    def revise(self, ctx: TurnContext) -> None:
        """Go on knowing what is stored already."""

    async def abandon(self, ctx: TurnContext) -> None:
        """Take back what is stored already."""
        if kept := kept_early(ctx):
            await self.take_back(ctx, kept["id"])

    async def take_back(self, ctx: TurnContext, kept_id: str) -> None:
        """Undo what was stored under an id."""
        raise NotImplementedError


def kept_early(ctx: TurnContext) -> dict[str, Any] | None:
    """Return what the task in progress has stored already: its id, and what is to be known of it."""
    kept: dict[str, Any] | None = (ctx.slot("task_data") or {}).get("kept")
    return kept


def keep_early(ctx: TurnContext, kept_id: str, **known: Any) -> None:
    """Note that the task in progress has stored something, and what is to be known of it."""
    data = ctx.slot("task_data") or {}
    ctx.set("task_data", {**data, "kept": {"id": kept_id, **known}})
