"""Calls from the simulator's page: dial, speak, press keys, keep silent, hang up; and the colleague who is called in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from api.simulator.desk import DeskDep
from api.simulator.line import Line
from closer.kit.errors import Conflict, NotFound

router = APIRouter(prefix="/api/calls")

_MOST_CALLS = 50


class Dialling(BaseModel):
    """Who calls; an anonymous caller shows Twilio's number for that."""

    number: str = Field(regex=r"^\+[1-9]\d{6,14}$")


class Heard(BaseModel):
    """What the caller does when it is their turn: words, keys, or neither.

    Attributes:
        speech: What they say.
        confidence: How sure the recogniser is of it.
        digits: Which keys they press.
    """

    speech: str = Field("", max_length=2000)
    confidence: float = Field(0.93, ge=0, le=1)
    digits: str = Field("", regex=r"^[0-9*#]{0,40}$")


class Colleague(BaseModel):
    """Whether the colleague who is called answers."""

    answers: bool


def _calls(request: Request) -> dict[str, Line]:
    calls: dict[str, Line] = request.app.state.calls
    return calls


Calls = Annotated[dict[str, Line], Depends(_calls)]


@router.post("", status_code=201)
async def dial(dialling: Dialling, desk: DeskDep, calls: Calls) -> dict[str, Any]:
    """Call the shop."""
    for sid in [sid for sid, line in calls.items() if line.state == "ended"][
        : -_MOST_CALLS or None
    ]:
        del calls[sid]
    line = Line(desk, dialling.number)
    calls[line.sid] = line
    desk.later(line.go_on())
    return line.as_json()


@router.post("/{sid}/heard", status_code=202)
async def hear(sid: str, heard: Heard, desk: DeskDep, calls: Calls) -> dict[str, Any]:
    """Take the caller's turn."""
    line = _line(calls, sid, "listening")
    fields: dict[str, str] = {}
    if heard.digits:
        line.say("caller", " ".join(heard.digits))
        fields = {"Digits": heard.digits}
    elif heard.speech.strip():
        line.say("caller", heard.speech.strip())
        fields = {"SpeechResult": heard.speech.strip(), "Confidence": str(heard.confidence)}
    else:
        line.say("note", "Nothing is said.")
    line.state = "busy"  # at once: a second press meets a call that is not listening
    desk.later(line.go_on(fields))
    return line.as_json()


@router.post("/{sid}/colleague", status_code=202)
async def colleague(sid: str, said: Colleague, desk: DeskDep, calls: Calls) -> dict[str, Any]:
    """Let the colleague answer, or not."""
    line = _line(calls, sid, "dialling")
    line.state = "busy"
    desk.later(line.colleague(answers=said.answers))
    return line.as_json()


@router.post("/{sid}/hang-up", status_code=202)
async def hang_up(sid: str, desk: DeskDep, calls: Calls) -> dict[str, Any]:
    """End the call."""
    line = _line(calls, sid)
    if line.state != "ended":
        line.say("note", "The caller hung up.")
        desk.later(line.end("completed"))
    return line.as_json()


def _line(calls: dict[str, Line], sid: str, state: str | None = None) -> Line:
    line = calls.get(sid)
    if line is None:
        raise NotFound("there is no such call")
    if state is not None and line.state != state:
        raise Conflict("the call is not waiting for that")
    return line
