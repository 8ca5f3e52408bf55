"""What the assistant says by itself in a call: hello, nothing heard, one moment, connecting, goodbye."""

from __future__ import annotations

from collections.abc import Sequence

SLOW = (
    "One moment please.",
    "I'm still looking that up.",
    "Thank you for your patience, almost there.",
)


def hello(shop: str) -> str:
    """Begin a call; that a machine speaks is said at once."""
    return (
        f"Hello, this is {shop}, you are speaking with our automated assistant. How can I help you?"
    )


def not_heard(missed: int, last: str) -> str:
    """Ask again: first the same, then with other words and the keypad.

    Args:
        missed: How often nothing was heard, from 1.
        last: What was said before.
    """
    if missed == 1:
        return f"Sorry, I did not hear you. {last}".strip()
    return (
        "I still can't hear you. You can also use the keys: type an order number and end with the hash key, "
        "or press the number of a choice. For example, say: where is my order."
    )


def not_sure(missed: int, heard: str) -> str:
    """Ask again after words that were not clear."""
    if missed == 1:
        return "Sorry, the line is not clear. Could you say that again, please?"
    return (
        f"I understood: {heard}. If that is wrong, please say it in other words, or use the keys."
    )


def connecting() -> str:
    """Before a colleague is called."""
    return "I'll connect you with a colleague. Please stay on the line."


def nobody(ticket: str | None) -> str:
    """When no colleague can be reached."""
    noted = (
        f"I have noted your request as ticket {ticket}, and "
        if ticket
        else "I have noted your request, and "
    )
    return f"{noted}a colleague will get back to you. Is there anything else I can do now?"


def gave_up() -> str:
    """When a turn took too long."""
    return (
        "I'm sorry, that takes longer than it should. I keep working on it. Is there anything else?"
    )


def goodbye(shop: str) -> str:
    """End a call in which nothing was heard any more."""
    return f"I can't hear you, so I hang up now. Please call again, or write to us. Goodbye from {shop}."


def whisper(name: str | None, reason: str, last: Sequence[str]) -> str:
    """What a colleague hears before the caller is put through."""
    who = f"Caller {name}" if name else "A caller who is not identified"
    words = f" Last words: {' '.join(last)[:200]}." if last else ""
    return f"{who}, not verified. Reason: {reason.replace('_', ' ')}.{words}"
