"""Quick replies: which payload a message stands for.

A payload reaches the dialogue only if it was offered in this conversation, so that nobody can call an intent of
their choice. Where buttons cannot be pressed, their title or number does the same.
"""

from __future__ import annotations

from closer.conversations.service import ConversationService
from closer.conversations.turn import InboundMessage
from closer.kit.pagination import PageRequest
from closer.messaging.choices import NUMBERED, chosen, offered

_RECENT = PageRequest(limit=30)
_LONGEST_CHOICE = 80


async def chosen_payload(conversations: ConversationService, message: InboundMessage) -> str | None:
    """Return the payload that the message chooses, or None if it is free text."""
    if not message.payload and not 0 < len(message.text.strip()) <= _LONGEST_CHOICE:
        return None
    if message.payload:
        recent = await conversations.history(message.conversation_id, _RECENT)
        spoken = [entry for entry in recent.items if entry.sender == "assistant"]
        if message.payload in {button.payload for button in offered(spoken)}:
            return message.payload
    said = await conversations.last_turn(message.conversation_id)
    button = chosen(message.text, said, numbered=message.channel in NUMBERED)
    return button.payload if button else None
