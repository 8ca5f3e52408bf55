"""The Alexa connector: a skill's requests, verified as Amazon prescribes, answered in words for the ear.

An account that is linked brings the customer's own token and is proven; without it only public things are answered, and a
card offers to link. Alexa waits eight seconds: a slow turn is bridged by a word beside, then its answer is owed and told at the next request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.alexa_link import AlexaLinks
from channels.alexa_request import AlexaRequest, Pending, read_request
from channels.base import InboundChain
from channels.http import vendor_answered
from channels.inputs import ServedInput
from closer.conversations.turn import InboundMessage, TurnResult
from closer.customers.identity import visitor_id
from closer.kit.errors import TooLarge, Unavailable
from closer.messaging import speaker_wording as wording
from closer.messaging.spoken import spoken, ssml
from closer.providers.alexa_directives import AlexaDirectives
from closer.providers.alexa_requests import (
    CHAIN_HEADER,
    SIGNATURE_HEADER,
    AlexaVerifier,
    ChainSource,
    Forged,
    check_age,
)
from closer.services import Services

LARGEST_REQUEST = 64 * 1024
#: Seconds from the request until a word beside the answer, and until the answer is owed; Alexa gives up after 8.
WORD_AFTER_S = 1.5
OWED_AFTER_S = 6.0
_IDENTITY_STEPS = ("identity_email", "identity_code")


class AlexaInput(ServedInput):
    """Serves `POST /webhooks/alexa/request`, the endpoint of the skill.

    Args:
        chains: Where Amazon's certificates come from; Amazon when left out.
        directives: Speaks beside the answer; to Amazon when left out.
    """

    channel = "alexa"

    def __init__(
        self, chains: ChainSource | None = None, directives: AlexaDirectives | None = None
    ) -> None:
        self._chains = chains
        self._directives = directives or AlexaDirectives()

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""
        roots = services.settings.alexa_roots
        verifier = AlexaVerifier(self._chains, Path(roots) if roots else None)
        skill = Skill(services, verifier, self._directives)

        @blueprint.post("/request")
        async def take(request: Request) -> HTTPResponse:
            return await vendor_answered(request, services, "alexa", skill.answer)


class Skill:
    """Answers the skill's requests.

    Args:
        services: The domain.
        verifier: Tells Amazon's requests from others.
        directives: Speaks beside the answer.
    """

    def __init__(
        self, services: Services, verifier: AlexaVerifier, directives: AlexaDirectives
    ) -> None:
        self._services = services
        self._links = AlexaLinks(services)
        self._verifier = verifier
        self._directives = directives
        self._beside: set[asyncio.Future[Any]] = set()

    async def answer(self, request: Request, _: Services) -> HTTPResponse:
        """Answer one request.

        Raises:
            CloserError: if it is not Amazon's, for another skill, too old or unreadable.
        """
        began = asyncio.get_running_loop().time()
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
        return json(await self._reply(asked, request.app.ctx.chain, began))

    async def _reply(
        self, asked: AlexaRequest, chain: InboundChain, began: float
    ) -> dict[str, Any]:
        if asked.kind == "LaunchRequest":
            linked = await self._links.customer(asked) is not None
            return _said(wording.hello(self._services.settings.shop_name), link=not linked)
        if asked.kind != "IntentRequest":
            return {"version": "1.0", "response": {}}  # the session is over, or it is an event
        if asked.ends:
            return _said(wording.goodbye(), end=True)
        # Who has not heard an answer cannot have meant it: what they say now only fetches it.
        owed = asked.pending
        if owed is None and not asked.words:
            return _said(wording.not_understood())
        customer = await self._links.customer(asked)
        message = _message(asked, customer, owed or Pending(asked.id, asked.words))
        result = await self._result(asked, chain.run(message), began)
        if isinstance(result, str):
            still = result == wording.owed()
            return _said(
                result, pending=Pending(message.message_id, message.text) if still else None
            )
        before = wording.asked_before() if owed else ""
        return _rendered(result, before, linked=customer is not None)

    async def _result(
        self, asked: AlexaRequest, turn: Coroutine[Any, Any, TurnResult], began: float
    ) -> TurnResult | str:
        """Return what came of a turn, or what to say because it is not there; the turn goes on by itself."""
        running = asyncio.ensure_future(turn)
        self._keep(running)
        if not await _done(running, began + WORD_AFTER_S):
            self._keep(
                asyncio.ensure_future(
                    self._directives.speak(
                        asked.endpoint, asked.api_token, asked.id, wording.one_moment()
                    )
                )
            )
            if not await _done(running, began + OWED_AFTER_S):
                return wording.owed()
        try:
            return running.result()
        except Unavailable as error:  # it is tried again, unless it was given up
            return wording.failed() if error.code == "message_failed" else wording.owed()

    def _keep(self, running: asyncio.Future[Any]) -> None:
        """Hold on to what runs beside; how it failed is in the log of who failed."""
        self._beside.add(running)
        running.add_done_callback(self._beside.discard)
        running.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _done(running: asyncio.Future[Any], until: float) -> bool:
    left = until - asyncio.get_running_loop().time()
    await asyncio.wait({running}, timeout=max(0.0, left))
    return running.done()


def _message(asked: AlexaRequest, customer: str | None, said: Pending) -> InboundMessage:
    return InboundMessage(
        message_id=said.message_id,
        channel="alexa",
        conversation_id=customer or visitor_id("device", asked.user_id),
        customer_id=customer,
        proven=customer is not None,
        text=said.words,
    )


def _rendered(result: TurnResult, before: str, *, linked: bool) -> dict[str, Any]:
    said = spoken(result.replies, keypad=False) or wording.noted()
    step = result.task.step if result.task else None
    return _said(
        f"{before} {said}".strip(),
        link=step in _IDENTITY_STEPS and not linked,
        end="action_goodbye" in result.actions,
    )


def _said(
    text: str, *, link: bool = False, end: bool = False, pending: Pending | None = None
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
        "sessionAttributes": {"pending": asdict(pending)} if pending else {},
        "response": response,
    }
