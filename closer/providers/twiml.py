"""Documents that tell Twilio what to do in a call: speak, listen, wait, connect, hang up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

#: Seconds of silence before the caller is asked again.
SILENCE_S = 6
#: Seconds that a colleague's phone rings.
RING_S = 25
_MOST_HINTS = 40


@dataclass(frozen=True)
class Voice:
    """How the assistant speaks: a voice by Twilio's name and a language tag."""

    name: str
    language: str


def listen(voice: Voice, said: str, action: str, hints: Sequence[str]) -> str:
    """Return a document that says something and listens for words or keys, also while it speaks.

    Args:
        voice: The voice.
        said: What is said.
        action: Where what was heard is sent, silence too.
        hints: Words that are likely.
    """
    response = VoiceResponse()
    gather = Gather(
        input="dtmf speech",
        action=action,
        method="POST",
        language=voice.language,
        hints=", ".join(dict.fromkeys(hints[:_MOST_HINTS])) or None,
        timeout=SILENCE_S,
        speech_timeout="auto",
        finish_on_key="#",
        barge_in=True,
        profanity_filter=False,
        action_on_empty_result=True,
    )
    gather.say(said, voice=voice.name, language=voice.language)
    response.append(gather)
    return str(response)


def wait(voice: Voice, said: str, action: str, pause_s: int = 1) -> str:
    """Return a document that says something, waits a moment and comes back."""
    response = VoiceResponse()
    if said:
        response.say(said, voice=voice.name, language=voice.language)
    response.pause(length=pause_s)
    response.redirect(action, method="POST")
    return str(response)


def connect(
    voice: Voice, said: str, *, number: str, caller_id: str, action: str, whisper: str
) -> str:
    """Return a document that connects the caller with a person, who hears the context first.

    Args:
        voice: The voice.
        said: What the caller hears before.
        number: The person's phone.
        caller_id: The number that is shown to the person.
        action: Where the outcome is sent.
        whisper: Where what the person hears is read.
    """
    response = VoiceResponse()
    response.say(said, voice=voice.name, language=voice.language)
    dial = Dial(
        action=action, method="POST", timeout=RING_S, caller_id=caller_id, answer_on_bridge=True
    )
    dial.number(number, url=whisper, method="POST")
    response.append(dial)
    return str(response)


def say(voice: Voice, said: str, *, hang_up: bool) -> str:
    """Return a document that says something and, if wanted, ends the call."""
    response = VoiceResponse()
    response.say(said, voice=voice.name, language=voice.language)
    if hang_up:
        response.hangup()
    return str(response)


def nothing() -> str:
    """Return the empty document."""
    return str(VoiceResponse())
