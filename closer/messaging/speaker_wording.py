"""What the assistant says by itself on a loudspeaker."""

from __future__ import annotations


def hello(shop: str) -> str:
    """Begin a session."""
    return f"Welcome to {shop}. You can ask where an order is, or for help with a return. What can I do for you?"


def goodbye() -> str:
    """End a session."""
    return "Goodbye."


def not_understood() -> str:
    """When no words came."""
    return "Sorry, I did not get that. You can say, for example: where is my order?"


def one_moment() -> str:
    """Beside an answer that takes long."""
    return "One moment please."


def owed() -> str:
    """When the answer is not ready in time."""
    return "I'm still working on that. Ask me again in a moment, and I'll tell you. Shall I?"


def noted() -> str:
    """When there is nothing to say."""
    return "Alright."


def anything_else() -> str:
    """Ask whether to go on."""
    return "Is there anything else?"
