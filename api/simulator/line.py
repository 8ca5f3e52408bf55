"""One call: follows the documents that the voice connector answers, as Twilio does, and notes what is said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urljoin

from api.simulator.callers import Answered
from api.simulator.desk import Desk, vendor_id
from api.simulator.documents import NotTwiml, Step, read_document

INCOMING = "/webhooks/voice/incoming"
STATUS = "/webhooks/voice/status"
_MOST_STEPS = 200

Who = Literal["assistant", "caller", "colleague", "note"]


@dataclass
class Line:
    """A call in progress.

    Args:
        desk: The simulator.
        number: The caller's.

    Attributes:
        sid: Its id.
        state: `busy` while something is said or fetched, then `listening` or `dialling`; at the end `ended`.
    """

    desk: Desk
    number: str
    sid: str = field(default_factory=lambda: vendor_id("CA"))
    state: str = "busy"
    said: list[dict[str, str]] = field(default_factory=list)
    listens_to: str = ""
    dials: str = ""
    _next: str = INCOMING
    _whisper: str = ""
    _began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def as_json(self) -> dict[str, Any]:
        """Return the call as the page shows it."""
        return {
            "sid": self.sid,
            "number": self.number,
            "state": self.state,
            "said": list(self.said),
            "listens_to": self.listens_to.split(),
            "dials": self.dials,
        }

    async def go_on(self, more: Mapping[str, str] | None = None) -> None:
        """Fetch the next document and follow it until the caller's turn, or the end.

        Args:
            more: What was heard, or what came of a call to a colleague.
        """
        self._become("busy")
        try:
            url: str | None = self._next
            for _ in range(_MOST_STEPS):
                url = await self._follow(await self._fetch(url or "", more or {}), url or "")
                more = {}
                if url is None or self.state == "ended":
                    return
        except NotTwiml as error:
            self.say("note", f"An application error has occurred: {error}")
        await self.end("completed")

    async def colleague(self, *, answers: bool) -> None:
        """Let the colleague who is called pick up and talk, or not, and go on."""
        try:
            if answers and self._whisper:
                await self._told()
        except NotTwiml as error:
            self.say("note", f"An application error has occurred: {error}")
        self.say("note", "The colleague talked to the caller." if answers else "Nobody answered.")
        await self.go_on({"DialCallStatus": "completed" if answers else "no-answer"})

    def say(self, who: Who, text: str, language: str = "") -> None:
        """Note what was said, and show it."""
        self.said.append({"who": who, "text": text, "language": language})
        self.desk.tell("call", self.as_json())

    async def end(self, status: str) -> None:
        """End the call and report it."""
        if self.state == "ended":
            return
        self._become("ended")
        seconds = int(asyncio.get_running_loop().time() - self._began)
        await self._post(STATUS, {"CallStatus": status, "CallDuration": str(seconds)})

    async def _follow(self, steps: list[Step], base: str) -> str | None:
        """Do the steps; return where to go on at once, or None when somebody else is to act."""
        for step in steps:
            if self.state == "ended":
                return None
            if step.verb == "Say":
                self.say("assistant", step.text, step.language)
            elif step.verb == "Pause":
                await asyncio.sleep(step.seconds)
            elif step.verb == "Redirect":
                return urljoin(base, step.url)
            elif step.verb == "Gather":
                await self._listen(step, base)
                return None
            elif step.verb == "Dial":
                self._dial(step, base)
                return None
            elif step.verb in ("Hangup", "Reject"):
                break
            else:
                raise NotTwiml(f"{step.verb} is not played here")
        await self.end("completed")
        return None

    async def _listen(self, step: Step, base: str) -> None:
        for inner in step.inner:
            if inner.verb == "Say":
                self.say("assistant", inner.text, inner.language)
            elif inner.verb == "Pause":
                await asyncio.sleep(inner.seconds)
        self._next, self.listens_to = urljoin(base, step.url or base), step.listens_to
        self._become("listening")

    def _dial(self, step: Step, base: str) -> None:
        self._next, self.dials = urljoin(base, step.url or base), step.text
        self._whisper = urljoin(base, step.whisper) if step.whisper else ""
        self._become("dialling")

    async def _told(self) -> None:
        """Let the colleague, who has picked up, hear whom they get."""
        for heard in await self._fetch(self._whisper, {}):
            if heard.verb == "Say":
                self.say("colleague", heard.text, heard.language)

    async def _fetch(self, url: str, more: Mapping[str, str]) -> list[Step]:
        answered = await self._post(url, more)
        if not answered.well:
            raise NotTwiml(f"the webhook answered {answered.status or 'nothing'} (11200)")
        return read_document(answered.body)

    async def _post(self, url: str, more: Mapping[str, str]) -> Answered:
        account, ours = self.desk.account.account_sid, self.desk.account.number
        fields = {
            "CallSid": self.sid,
            "AccountSid": account,
            "From": self.number,
            "To": ours,
            "Caller": self.number,
            "Called": ours,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            **more,
        }
        return await self.desk.caller.twilio(url, fields)

    def _become(self, state: str) -> None:
        if self.state != "ended":
            self.state = state
            self.desk.tell("call", self.as_json())
