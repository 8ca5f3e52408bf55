"""What customers think of the assistant: ratings and comments stored with the answer that they are about."""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.spoken_of import told_lately
from actions.wording import NOTHING
from closer.feedback.records import About, Feedback
from closer.kit.pagination import PageRequest

_FEEDBACK = re.compile(
    r"\bfeed ?back\b|\brate (?:you|your (?:service|support|help|team|answers?)|this (?:chat|conversation|service)|the (?:service|chat|support))\b"
    r"|\b(?:suggestions?|comments?) (?:for you|about (?:you|your (?:service|support|team)))\b",
    re.IGNORECASE,
)
_OF_GOODS = re.compile(
    r"\breviews?\b|\b(?:product|item|purchase|thing|stuff|order)s?\b|\b(?:bought|purchased|ordered|delivered)\b"
    r"|\bfeed ?back (?:on|about|for|regarding) (?:the|my|this|that|these|those) (?!(?:service|shop|store|site|website|app|chat|support|team|company|help|experience|conversation)\b)\w+",
    re.IGNORECASE,
)
_LOOKED_BACK = PageRequest(limit=50)


def gives_feedback(text: str) -> bool:
    """Say whether a text is feedback on our service rather than a review of goods."""
    return _FEEDBACK.search(text) is not None and _OF_GOODS.search(text) is None


async def rated_answer(ctx: TurnContext, form: str) -> About:
    """Return the answer that was given last before a form began, with its confidence and the model's version.

    Args:
        ctx: The turn.
        form: The form in which the feedback is given.
    """
    asked = _message_before(ctx.tracker.events, form)
    if asked is None:
        return About()
    message_id = str(asked.get("message_id") or "") or None
    intent = (asked.get("parse_data") or {}).get("intent") or {}
    entry_id, said = await _answer_to(ctx, message_id)
    return About(
        entry_id=entry_id,
        message_id=message_id,
        response_text=said,
        confidence=float(intent.get("confidence") or 0.0),
        model_version=(asked.get("metadata") or {}).get("model_version"),
    )


async def keep_feedback(
    ctx: TurnContext, form: str, rating: int | None, comment: str | None
) -> Feedback:
    """Store a rating and comment about the last answer."""
    return await ctx.services.feedback.give(
        rating=rating,
        comment=comment or None,
        customer_id=ctx.likely_customer_id,
        conversation_id=ctx.conversation_id,
        about=await rated_answer(ctx, form),
        channel=ctx.channel,
        idempotency_key=ctx.key("feedback"),
    )


def marked_before(ctx: TurnContext) -> dict[str, Any]:
    """Return what is stored of the feedback just given, in whose place another mark comes; its words stay."""
    kept = (told_lately(ctx, "task_data") or {}).get("kept")
    words = told_lately(ctx, "feedback_text") or NOTHING
    return {"task_data": {"kept": kept} if kept else None, "feedback_text": words}


def _message_before(events: list[dict[str, Any]], form: str) -> dict[str, Any] | None:
    """Return the customer's message before the one that began the form."""
    began = max(
        (
            at
            for at, event in enumerate(events)
            if event.get("event") == "active_loop" and event.get("name") == form
        ),
        default=len(events),
    )
    said = [event for event in events[:began] if event.get("event") == "user"]
    return said[-2] if len(said) > 1 else None


async def _answer_to(ctx: TurnContext, message_id: str | None) -> tuple[str | None, str | None]:
    """Return the id of the first entry and the whole text of what was answered to a message."""
    history = await ctx.services.conversations.history(ctx.conversation_id, _LOOKED_BACK)
    answers = [e for e in history.items if e.sender == "assistant" and e.message_id == message_id]
    if not answers:
        return None, None
    return answers[0].id, "\n".join(entry.text for entry in answers if entry.text) or None
