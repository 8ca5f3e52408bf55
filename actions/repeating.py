"""Saying the last answer once more, to whom it was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext


class Repeat(CloserAction):
    """`repeat`: says the last answer again, to whom it was said."""

    action_name = "action_repeat"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Repeat what was said before this message; an open question is put again by the task itself."""
        said, asked = _last_answer(ctx)
        if said and not ctx.active_form:
            if _may_hear_again(ctx, asked):
                ctx.say("utter_repeat", text=said)
            else:
                ctx.say("utter_why_identity_email")
        return []


def _last_answer(ctx: TurnContext) -> tuple[str, Mapping[str, Any] | None]:
    """Return what was said last, and what is known of the message of this session that it answered."""
    said: list[str] = []
    passed_user = session_is_over = False
    asked: Mapping[str, Any] | None = None
    for event in reversed(ctx.tracker.events):
        if event.get("event") == "session_started":
            session_is_over = passed_user
        elif event.get("event") == "user":
            if passed_user and said:
                asked = None if session_is_over else event.get("metadata") or {}
                break
            passed_user = True
        elif event.get("event") == "bot" and passed_user and event.get("text"):
            said.append(str(event["text"]))
    return "\n".join(reversed(said)), asked


def _may_hear_again(ctx: TurnContext, asked: Mapping[str, Any] | None) -> bool:
    """Say whether an answer may be said once more here: to its owner, or where it was said, to somebody as well proven."""
    if ctx.customer_id is not None and ctx.customer_id == ctx.conversation_id:
        return True
    if asked is None or (asked.get("proven") and not ctx.metadata.get("proven")):
        return False
    return asked.get("place") == ctx.metadata.get("place")
