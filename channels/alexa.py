"""The Alexa connector: a skill's requests, verified as Amazon prescribes, answered in words for the ear.

An account that is linked brings the customer's own token and is proven; without it only public things are answered, and a
card offers to link. Alexa waits eight seconds: a slow turn is bridged by a word beside, then its answer is owed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.alexa_request import AlexaRequest, read_request
from channels.base import InboundChain
from channels.http import vendor_answered
from closer.conversations.turn import InboundMessage, TurnResult
from closer.customers.identity import visitor_id
from closer.kit.errors import CloserError, TooLarge
from closer.messaging import speaker_wording as wording
from closer.messaging.spoken import spoken, ssml
from closer.providers.alexa_directives import AlexaDirectives
from closer.providers.alexa_requests import (
    CHAIN_HEADER,
    SIGNATURE_HEADER,
    AlexaVerifier,
    Forged,
    check_age,
)
from closer.security.roles import Role
from closer.security.tokens import verify_token
from closer.services import Services, process_services

LARGEST_REQUEST = 64 * 1024
#: Seconds until a word beside the answer, and until the answer is owed; Alexa gives up after 8.
WORD_AFTER_S = 1.5
OWED_AFTER_S = 6.0
_IDENTITY_STEPS = ("identity_email", "identity_code")


class AlexaInput(InputChannel):
    """Serves `POST /webhooks/alexa/request`, the endpoint of the skill."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is its URL prefix."""
        return "alexa"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Make the connector; the product's settings hold all it needs."""
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. `on_new_message` is unused: the chain runs the agent itself."""
        blueprint = Blueprint("alexa_webhook", __name__)
        services = process_services()
        roots = services.settings.alexa_roots
        skill = Skill(services, AlexaVerifier(roots=Path(roots) if roots else None))

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @blueprint.post("/request")
        async def take(request: Request) -> HTTPResponse:
            return await vendor_answered(request, services, "alexa", skill.answer)

        return blueprint


class Skill:
    """Answers the skill's requests.

    Args:
        services: The domain.
        verifier: Tells Amazon's requests from others.
        directives: Speaks beside the answer.
    """

    def __init__(
        self, services: Services, verifier: AlexaVerifier, directives: AlexaDirectives | None = None
    ) -> None:
        self._services = services
        self._verifier = verifier
        self._directives = directives or AlexaDirectives()

    async def answer(self, request: Request, _: Services) -> HTTPResponse:
        """Answer one request.

        Raises:
            CloserError: if it is not Amazon's, for another skill, too old or unreadable.
        """
        if len(request.body) > LARGEST_REQUEST:
            raise TooLarge("a request of a skill is smaller than that")
        now = self._services.clock.now()
        await self._verifier.verified(
            request.headers.get(CHAIN_HEADER),
            request.headers.get(SIGNATURE_HEADER),
            request.body,
            now,
        )
        asked = read_request(request.body)
        check_age(asked.timestamp, asked.kind, now)
        skill_id = self._services.settings.alexa_skill_id
        if not skill_id or asked.application_id != skill_id:
            raise Forged("this is for another skill", code="foreign_skill")
        return json(await self._reply(asked, request.app.ctx.chain))

    async def _reply(self, asked: AlexaRequest, chain: InboundChain) -> dict[str, Any]:
        shop = self._services.settings.shop_name
        if asked.kind == "LaunchRequest":
            linked = self._customer(asked) is not None
            return _said(wording.hello(shop), link=not linked)
        if asked.kind != "IntentRequest":
            return {"version": "1.0", "response": {}}  # the session is over, or it is an event
        if asked.ends:
            return _said(wording.goodbye(), end=True)
        owed = await self._owed(asked, chain)
        if not asked.words:
            return _said(owed or wording.not_understood())
        return await self._turn(asked, chain, owed)

    async def _turn(self, asked: AlexaRequest, chain: InboundChain, owed: str) -> dict[str, Any]:
        message = self._message(asked, asked.id, asked.words)
        running = asyncio.ensure_future(chain.run(message))
        try:
            result = await asyncio.wait_for(asyncio.shield(running), WORD_AFTER_S)
        except asyncio.TimeoutError:
            await self._directives.speak(
                asked.endpoint, asked.api_token, asked.id, wording.one_moment()
            )
            try:
                left = OWED_AFTER_S - WORD_AFTER_S
                result = await asyncio.wait_for(asyncio.shield(running), left)
            except asyncio.TimeoutError:
                running.add_done_callback(lambda done: done.cancelled() or done.exception())
                return _said(f"{owed} {wording.owed()}".strip(), pending=asked.id)
        return self._rendered(asked, result, owed)

    def _rendered(self, asked: AlexaRequest, result: TurnResult, owed: str) -> dict[str, Any]:
        said = spoken(result.replies, keypad=False) or wording.noted()
        step = result.task.step if result.task else None
        return _said(
            f"{owed} {said}".strip(),
            link=step in _IDENTITY_STEPS and self._customer(asked) is None,
            end="action_goodbye" in result.actions,
        )

    async def _owed(self, asked: AlexaRequest, chain: InboundChain) -> str:
        """Return the answer to the message before, if it was not ready then."""
        if asked.pending is None:
            return ""
        try:
            earlier = self._message(asked, asked.pending, "")
            result = await asyncio.wait_for(asyncio.shield(chain.run(earlier)), WORD_AFTER_S)
        except (asyncio.TimeoutError, CloserError):
            return ""
        return spoken(result.replies, keypad=False)

    def _message(self, asked: AlexaRequest, message_id: str, words: str) -> InboundMessage:
        customer = self._customer(asked)
        return InboundMessage(
            message_id=message_id,
            channel="alexa",
            conversation_id=customer or visitor_id("device", asked.user_id),
            customer_id=customer,
            proven=customer is not None,
            text=words,
        )

    def _customer(self, asked: AlexaRequest) -> str | None:
        """Return whose linked account it is; a token that is over counts as none."""
        if asked.token is None:
            return None
        try:
            claims = verify_token(self._services.settings, asked.token)
        except CloserError:
            return None
        return claims.customer_id if claims.role is Role.CUSTOMER else None


def _said(
    text: str, *, link: bool = False, end: bool = False, pending: str | None = None
) -> dict[str, Any]:
    response: dict[str, Any] = {
        "outputSpeech": {"type": "SSML", "ssml": ssml(text)},
        "shouldEndSession": end,
    }
    if not end:
        again = text if text.endswith("?") else wording.anything_else()
        response["reprompt"] = {"outputSpeech": {"type": "SSML", "ssml": ssml(again)}}
    if link:
        response["card"] = {"type": "LinkAccount"}
    return {
        "version": "1.0",
        "sessionAttributes": {"pending": pending} if pending else {},
        "response": response,
    }
