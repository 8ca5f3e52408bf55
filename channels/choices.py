"""Quick replies: which payload a message stands for.

A payload reaches the dialogue only if it was offered in this conversation, so that nobody can call an intent of
their choice. Where buttons cannot be pressed, their title or number does the same.
"""

from __future__ import annotations

from closer.conversations.service import ConversationService
from closer.conversations.turn import Button, Entry, InboundMessage
from closer.kit.pagination import PageRequest

_RECENT = PageRequest(limit=30)


async def chosen_payload(conversations: ConversationService, message: InboundMessage) -> str | None:
    """Return the payload that the message chooses, or None if it is free text."""
    text = " ".join(message.text.lower().split()).strip(".!")
    if not message.payload and (not text or len(text) > 80):
        return None
    recent = await conversations.history(message.conversation_id, _RECENT)
    spoken = [entry for entry in recent.items if entry.sender == "assistant"]
    if message.payload:
        offered = {button.payload for entry in spoken for button in _buttons(entry)}
        return message.payload if message.payload in offered else None
    last = [button for entry in _last_turn(spoken) for button in _buttons(entry)]
    for number, button in enumerate(last, start=1):
        if text in (
            button.title.lower().strip(".!?"),
            str(number) if message.channel in ("sms", "voice") else None,
        ):
            return button.payload
    return None


def _buttons(entry: Entry) -> list[Button]:
    return [*entry.buttons, *(button for card in entry.cards for button in card.buttons)]


def _last_turn(spoken: list[Entry]) -> list[Entry]:
    return (
        [entry for entry in spoken if entry.message_id == spoken[-1].message_id] if spoken else []
    )
