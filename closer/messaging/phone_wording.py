"""What the assistant says by itself in a call: hello, nothing heard, one moment, connecting, goodbye."""

from __future__ import annotations

from collections.abc import Sequence

from closer.conversations.task_names import task_name

_SLOW = (
    "One moment please.",
    "I'm still looking that up.",
    "Thank you for your patience.",
    "I'm still at it.",
)


def hello(shop: str) -> str:
    """Begin a call; that a machine speaks is said at once."""
    return f"{_who_speaks(shop)} How can I help you?"


def going_on(shop: str, task: str | None, question: str) -> str:
    """Begin a call to which a conversation was moved; nothing that the number alone does not allow is said.

    Args:
        shop: The shop's name.
        task: What is in progress.
        question: What is asked for next.
    """
    about = f": {task_name(task)}" if task else ""
    return f"{_who_speaks(shop)} We go on here with what we had begun{about}. {question}"


def one_moment(looks: int) -> str:
    """While a turn takes long.

    Args:
        looks: How often its result was looked for, from 0.
    """
    return _SLOW[looks % len(_SLOW)]


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
        "press the number of a choice, or zero for a person. For example, say: where is my order."
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
    return f"{noted}a colleague will get back to you. {anything_else()}"


def with_colleague() -> str:
    """When a colleague at the desk leads the conversation and cannot be called now."""
    return (
        "A colleague has your request and reads what you say, but can't come to the phone now. They will get back to "
        "you. You can tell me more for them, or hang up."
    )


def gave_up() -> str:
    """When a turn took too long; nothing else is taken before its answer was told."""
    return (
        "I'm sorry, that takes longer than it should. I keep working on it. Say, tell me, in a moment, and you'll "
        "have it. Or say, agent, for a person."
    )


def asked_before() -> str:
    """Before an answer that was owed."""
    return "Here is what you asked before."


def failed() -> str:
    """When a message could not be answered for good."""
    return "Sorry, I could not do that. Please ask me once more, or ask for a person."


def lost() -> str:
    """When words could not be taken because something is out of order."""
    return "I'm sorry, we have a technical problem and your words were lost. Please say that again."


def out_of_order(shop: str) -> str:
    """End a call in which nothing works."""
    return (
        "I'm sorry, we still have a technical problem. Please call again later, or write to us. "
        f"Goodbye from {shop}."
    )


def noted_for_later(shop: str, ticket: str | None) -> str:
    """End a call whose answer did not come, when no colleague can be reached."""
    noted = f"I have noted your request as ticket {ticket}" if ticket else "I have noted it"
    return f"I'm sorry, I still have no answer. {noted}, and a colleague will get back to you. Goodbye from {shop}."


def talk_over() -> str:
    """After the talk with a colleague."""
    return "Goodbye."


def anything_else() -> str:
    """Ask whether to go on."""
    return "Is there anything else I can do now?"


def noted() -> str:
    """When there is nothing to say."""
    return "Alright."


def goodbye(shop: str) -> str:
    """End a call in which nothing was heard any more."""
    return f"I can't hear you, so I hang up now. Please call again, or write to us. Goodbye from {shop}."


def whisper(name: str | None, reason: str, last: Sequence[str]) -> str:
    """What a colleague hears before the caller is put through."""
    who = f"Caller {name}" if name else "A caller who is not identified"
    words = f" Last words: {' '.join(last)[:200]}." if last else ""
    return f"{who}, not verified. Reason: {reason.replace('_', ' ')}.{words}"


def _who_speaks(shop: str) -> str:
    return f"Hello, this is {shop}, you are speaking with our automated assistant."
