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
    return "I'm still working on that. Say, tell me, in a moment, and you'll have it."


def asked_before() -> str:
    """Before an answer that was owed."""
    return "Here is what you asked before."


def failed() -> str:
    """When a message could not be answered for good."""
    return "Sorry, I could not do that. Please ask me once more, or ask for a person."


def noted() -> str:
    """When there is nothing to say."""
    return "Alright."


def anything_else() -> str:
    """Ask whether to go on."""
    return "Is there anything else?"
