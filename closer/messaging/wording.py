"""What a channel says by itself, beside the dialogue: about consent, pictures without words, too many messages."""

from __future__ import annotations


def opted_out(shop: str) -> str:
    """Confirm an opt-out; the law allows one such message and no advertising in it."""
    return f"{shop}: You are unsubscribed and will get no more messages from us. Reply START to get them again."


def opted_in(shop: str) -> str:
    """Confirm that messages come again."""
    return f"{shop}: Welcome back, you get our messages again. How can we help? Reply STOP at any time to end them."


def mail_opted_out(shop: str) -> str:
    """Confirm that a mailbox gets no more advertising; answers and receipts still come."""
    return (
        f"You are unsubscribed from the offers of {shop}. We only write to you about your orders and when you ask us "
        "something."
    )


def about(shop: str, help_at: str) -> str:
    """Answer HELP."""
    return f"{shop} customer care: write what you need, e.g. where is my order. Help: {help_at}. Reply STOP to end messages."


def media_received(count: int) -> str:
    """Take note of pictures or files that came without a word."""
    what = "your file" if count == 1 else f"your {count} files"
    return f"Thank you, I have {what}. What is it about? Please tell me in a few words."


def too_fast() -> str:
    """Ask for a pause."""
    return "That was a lot at once. Please wait a minute, then write again."


def gave_up() -> str:
    """Apologise for a message that could not be answered."""
    return "I'm sorry, something went wrong here and I could not answer your last message. Please send it again."
