"""Somebody on the phone: follows the voice connector's documents as Twilio does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path

from lxml import etree

from channels.voice import VoiceInput
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis
from tests.fakes.twilio_caller import sid
from tests.fakes.twiml import VOICE, problems

ANN = "+12025550123"
COLLEAGUE = "+12025550177"


@asynccontextmanager
async def phone_line(folder: Path) -> AsyncIterator[Line]:
    """Serve the voice connector of a shop with a team that has a phone."""
    with running_redis() as redis:
        async with connected(
            folder,
            redis,
            VoiceInput(),
            twilio_account_sid="AC" + "1" * 32,
            twilio_auth_token="twilio-secret",
            twilio_from_number="+12025550199",
            voice_agent_number=COLLEAGUE,
        ) as line:
            yield line


def monday_noon() -> datetime:
    """Return a moment at which somebody is there."""
    return datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


class Caller:
    """Somebody on the phone, who follows the documents as Twilio does."""

    def __init__(self, line: Line, number: str = ANN) -> None:
        self.line, self.number, self.sid = line, number, sid("CA")
        self.action = ""
        self.document = etree.Element("Response")

    async def request(self, path: str, **fields: str) -> etree._Element:
        base = {
            "CallSid": self.sid,
            "AccountSid": "AC" + "1" * 32,
            "From": self.number,
            "To": "+12025550199",
            "CallStatus": "in-progress",
            "FromCity": "",
        }
        status, kind, body = await self.line.twilio(path, {**base, **fields})
        assert (status, kind) == (200, "text/xml"), body
        assert problems(body, VOICE) == [], body
        self.document = etree.fromstring(body.encode())
        gather = self.document.find("Gather")
        if gather is not None:
            self.action = gather.attrib["action"]
        return self.document

    async def call(self) -> str:
        await self.request("/webhooks/voice/incoming", CallStatus="ringing")
        return self.heard

    async def say(self, words: str = "", confidence: str = "0.93", **fields: str) -> str:
        spoken = {"SpeechResult": words, "Confidence": confidence} if words else {}
        await self.request(self.action, **spoken, **fields)
        while (redirect := self.document.find("Redirect")) is not None:
            await self.request(str(redirect.text))
        return self.heard

    @property
    def heard(self) -> str:
        return " ".join(str(say.text) for say in self.document.iter("Say"))

    def verbs(self) -> list[str]:
        return [str(verb.tag) for verb in self.document]
