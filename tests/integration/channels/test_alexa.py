"""A skill's requests from signature to answer: who is refused, what is said, slow turns, linked accounts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree

from channels import alexa
from channels.alexa import AlexaInput
from closer.conversations.turn import TaskState
from closer.customers.identity import visitor_id
from closer.kit.clock import FixedClock
from closer.messaging import speaker_wording as wording
from closer.providers.alexa_directives import AlexaDirectives
from closer.providers.alexa_requests import CHAIN_HEADER, SIGNATURE_HEADER
from closer.security.accounts import Account
from closer.security.roles import Role
from closer.security.tokens import issue_token, verify_token
from tests.fakes.alexa_caller import (
    CHAIN_URL,
    SIGNER,
    SKILL,
    Authority,
    Chains,
    encoded,
    request,
    signed,
    signing_key,
)
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH, KEY, USER = "/webhooks/alexa/request", signing_key(), "amzn1.ask.account.AAAA"
VISITOR = visitor_id("device", USER)


class Beside:
    """Amazon's side of progressive responses."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.url = ""
        self.hold = asyncio.Event()
        self.hold.set()
        self.came = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers["Authorization"], await request.json()))
        self.came.set()
        await self.hold.wait()
        return web.Response(status=204)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def beside() -> AsyncIterator[Beside]:
    made, app = Beside(), web.Application()
    app.router.add_post("/v1/directives", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory, beside: Beside) -> AsyncIterator[Line]:
    root, chains, folder = Authority(), Chains(), tmp_path_factory.mktemp("alexa")
    chains.put(root.leaf(KEY, SIGNER))
    (folder / "roots.pem").write_bytes(root.pem)
    own = AlexaDirectives(beside.url.removeprefix("http://"))
    with running_redis() as redis:
        async with connected(
            folder,
            redis,
            AlexaInput(chains, own),
            alexa_skill_id=SKILL,
            alexa_roots=str(folder / "roots.pem"),
        ) as line:
            yield line


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: Line, beside: Beside) -> Line:
    await running.fresh()
    beside.heard.clear()
    beside.hold.set()
    beside.came.clear()
    await running.services.customers.create(customer_id="ann", name="Ann Lee")
    return running


async def post(line: Line, body: bytes, signature: str | None = None) -> tuple[int, Any]:
    headers = {CHAIN_HEADER: CHAIN_URL, SIGNATURE_HEADER: signature or signed(KEY, body)}
    status, _, answer = await line.post(PATH, body, headers)
    return status, json.loads(answer)


async def ask(line: Line, *args: Any, **fields: Any) -> dict[str, Any]:
    """Send a request and return the answer, which is one that Alexa reads."""
    return await send(line, request(*args, **fields))


async def send(line: Line, data: dict[str, Any]) -> dict[str, Any]:
    status, answer = await post(line, encoded(data))
    assert status == 200, answer
    assert answer["version"] == "1.0"
    response = answer["response"]
    if response:
        assert isinstance(response["shouldEndSession"], bool)
        assert ("reprompt" in response) is not response["shouldEndSession"]
        for part in (response, response.get("reprompt", response)):
            assert part["outputSpeech"]["type"] == "SSML"
            assert etree.fromstring(part["outputSpeech"]["ssml"]).tag == "speak"
    return dict(answer)


def heard(answer: dict[str, Any]) -> str:
    return str(etree.fromstring(answer["response"]["outputSpeech"]["ssml"]).text)


async def threats(line: Line) -> dict[str, int]:
    await line.services.threats.flush()
    hour = line.services.clock.now() - timedelta(hours=1)
    return {found.kind: found.count for found in await line.services.threats.recent(since=hour)}


async def account(line: Line) -> Account:
    return await line.services.accounts.create(
        email="ann@example.org", password="a long enough word", customer_id="ann", verified=True
    )


async def test_a_question_is_answered_for_the_ear(line: Line) -> None:
    line.echo.reply = lambda _, text: [{"text": "Order 12345 & more: $20.00"}]
    answer = await ask(line, words="where is my order")
    assert heard(answer) == "Order 1 2 3 4 5 and more: 20 dollars."
    assert answer["response"]["shouldEndSession"] is False
    assert "card" not in answer["response"]
    [(message, read)] = line.echo.read
    assert read == "where is my order"
    assert (message.conversation_id, message.channel) == (VISITOR, "alexa")
    assert (message.customer_id, message.proven) == (None, False)


async def test_a_question_is_its_own_reprompt(line: Line) -> None:
    line.echo.reply = lambda _, text: [{"text": "Which order?"}]
    answer = await ask(line, words="track it")
    ssml = answer["response"]["reprompt"]["outputSpeech"]["ssml"]
    assert ssml == "<speak>Which order?</speak>"


async def test_opening_greets_and_offers_to_link(line: Line) -> None:
    answer = await ask(line, "LaunchRequest")
    assert heard(answer) == wording.hello("Northlight")
    assert answer["response"]["card"] == {"type": "LinkAccount"}
    linked = (await line.services.accounts.open_session(await account(line))).access_token
    assert "card" not in (await ask(line, "LaunchRequest", token=linked))["response"]
    assert line.echo.read == []


@pytest.mark.parametrize(
    ("intent", "read"),
    [
        ("AMAZON.YesIntent", "yes"),
        ("AMAZON.NoIntent", "no"),
        ("AMAZON.HelpIntent", "help"),
        ("AMAZON.CancelIntent", "never mind"),
    ],
)
async def test_amazons_intents_are_words(line: Line, intent: str, read: str) -> None:
    await ask(line, intent=intent)
    assert [words for _, words in line.echo.read] == [read]


async def test_spelled_digits_are_one_number(line: Line) -> None:
    await ask(line, words="it is 1 2 3 4 5")
    assert line.echo.read[0][1] == "it is 12345"


async def test_stop_ends_and_nothing_understood_asks_again(line: Line) -> None:
    answer = await ask(line, intent="AMAZON.StopIntent")
    assert (heard(answer), answer["response"]["shouldEndSession"]) == (wording.goodbye(), True)
    for intent in ("AMAZON.FallbackIntent", "AskIntent"):
        assert heard(await ask(line, intent=intent)) == wording.not_understood()
    for kind in ("SessionEndedRequest", "AlexaSkillEvent.SkillDisabled"):
        assert (await ask(line, kind))["response"] == {}
    assert line.echo.read == []


async def test_a_goodbye_of_the_dialogue_ends_the_session(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_result(line, monkeypatch, actions=["action_goodbye"])
    assert (await ask(line, words="that was all"))["response"]["shouldEndSession"] is True


async def test_a_repeated_request_is_one_turn(line: Line) -> None:
    data = request(words="cancel my order")
    first, second = await send(line, data), await send(line, data)
    assert first == second
    assert len(line.echo.read) == 1


async def test_a_slow_turn_is_bridged_owed_and_then_told(
    line: Line, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    line.echo.hold.clear()
    data = request(words="cancel my order", endpoint=beside.url)
    owed = await send(line, data)
    assert heard(owed) == wording.owed()
    await asyncio.wait_for(beside.came.wait(), 20)
    [(bearer, directive)] = beside.heard
    assert bearer == "Bearer api-token"
    assert directive == {
        "header": {"requestId": data["request"]["requestId"]},
        "directive": {"type": "VoicePlayer.Speak", "speech": wording.one_moment()},
    }
    still = await ask(line, words="tell me", attributes=owed["sessionAttributes"])
    assert heard(still) == wording.owed()
    line.echo.hold.set()
    await line.chain.catch_up(VISITOR)
    quick(monkeypatch, owed=60)
    # A yes to a question that nobody has heard is no yes.
    told = await ask(line, intent="AMAZON.YesIntent", attributes=still["sessionAttributes"])
    assert heard(told) == f"{wording.asked_before()} You said: cancel my order."
    assert told["sessionAttributes"] == {}
    assert [words for _, words in line.echo.read] == ["cancel my order"]
    await ask(line, intent="AMAZON.YesIntent", attributes=told["sessionAttributes"])
    assert line.echo.read[1][1] == "yes"


async def test_a_word_beside_that_hangs_costs_the_answer_no_time(
    line: Line, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch, word=0.05, owed=60)
    monkeypatch.setattr("closer.providers.alexa_directives._DEADLINE_S", 60)
    beside.hold.clear()
    line.echo.hold.clear()
    asking = asyncio.ensure_future(ask(line, words="where is it", endpoint=beside.url))
    await asyncio.wait_for(beside.came.wait(), 20)
    line.echo.hold.set()
    assert heard(await asyncio.wait_for(asking, 20)) == "You said: where is it."
    beside.hold.set()


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example",
        "http://api.amazonalexa.com",
        "https://api.amazonalexa.com.evil.example",
        "https://amazonalexa.com@evil.example",
        "https://api.amazonalexa.com:8443",
        "https://[api.amazonalexa.com",
        "",
    ],
)
async def test_only_amazon_gets_the_token_of_a_word_beside(endpoint: str) -> None:
    assert not await AlexaDirectives().speak(endpoint, "api-token", "request", "One moment.")


async def test_a_word_beside_that_is_late_or_refused_is_no_error(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = AlexaDirectives(beside.url.removeprefix("http://"))
    assert await own.speak(beside.url, "api-token", "request", "One moment.")
    assert not await own.speak(f"{beside.url}/nowhere", "api-token", "request", "One moment.")
    monkeypatch.setattr("closer.providers.alexa_directives._DEADLINE_S", 0.2)
    beside.hold.clear()
    assert not await own.speak(beside.url, "api-token", "request", "One moment.")
    beside.hold.set()


async def test_a_linked_account_is_proven(line: Line) -> None:
    token = (await line.services.accounts.open_session(await account(line))).access_token
    await ask(line, words="where is my order", token=token)
    [(message, _)] = line.echo.read
    assert (message.conversation_id, message.customer_id, message.proven) == ("ann", "ann", True)


async def test_a_token_that_does_not_hold_links_nobody(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, settings = line.services, line.services.settings
    pair = await services.accounts.open_session(await account(line))
    await services.accounts.logout(pair.claims)
    past = FixedClock(datetime(2026, 1, 1, tzinfo=timezone.utc))
    foreign = settings.copy(update={"secret_key": type(settings.secret_key)("another" * 8)})
    tokens = [
        pair.access_token,
        issue_token(settings, role=Role.VISITOR),
        issue_token(settings, role=Role.SERVICE),
        issue_token(settings, role=Role.AGENT),
        issue_token(settings, role=Role.CUSTOMER, customer_id="ann", clock=past),
        issue_token(foreign, role=Role.CUSTOMER, customer_id="ann"),
        "nonsense",
    ]
    assert verify_token(settings, pair.access_token).customer_id == "ann"
    for token in tokens:
        await ask(line, words="where is my order", token=token)
    assert {(m.conversation_id, m.proven) for m, _ in line.echo.read} == {(VISITOR, False)}
    assert len(line.echo.read) == len(tokens)


async def test_who_is_asked_for_their_identity_gets_the_card_to_link(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = TaskState(name="refund_form", step="identity_email")
    with_result(line, monkeypatch, task=task)
    answer = await ask(line, words="refund my order")
    assert answer["response"]["card"] == {"type": "LinkAccount"}


async def test_forged_requests_get_400_are_counted_and_do_nothing(line: Line) -> None:
    body = encoded(request(words="cancel my order"))
    good = signed(KEY, body)
    now = datetime.now(timezone.utc)
    bad: list[tuple[bytes, str]] = [
        (body[:-1] + b" ", good),
        (body, signed(KEY, b"another body")),
        (body, signed(signing_key(), body)),
        *(
            (other, signed(KEY, other))
            for other in (
                encoded(request(words="hi", at=now - timedelta(seconds=200))),
                encoded(request(words="hi", at=now + timedelta(seconds=200))),
            )
        ),
    ]
    for content, signature in bad:
        status, problem = await post(line, content, signature)
        assert (status, problem["code"]) == (400, "forged_webhook")
    status, _, _ = await line.post(PATH, body, {})
    assert status == 400
    assert (await threats(line))["forged_webhook"] == len(bad) + 1
    assert line.echo.read == []


async def test_other_skills_and_nonsense_are_refused(line: Line) -> None:
    data = request(words="hi")
    del data["context"]["System"]["user"]
    wrong = [
        request(words="hi", skill="amzn1.ask.skill.2222"),
        request(words="hi", attributes={"pending": "x"}),
        request(words="hi", attributes={"pending": {"message_id": "x" * 200, "words": "y"}}),
        {"version": "1.0"},
        data,
    ]
    for refused in wrong:
        assert (await post(line, encoded(refused)))[0] == 400
    for refused_body in (b"", b"[]", b"{", b'"x"', b"\xff"):
        assert (await post(line, refused_body))[0] == 400
    assert (await post(line, b" " * (alexa.LARGEST_REQUEST + 1)))[0] == 413
    counted = await threats(line)
    assert counted == {"malformed_webhook": len(wrong) + 5, "oversized_webhook": 1}
    assert line.echo.read == []


async def test_without_a_skill_id_nobody_is_answered(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line.services.settings, "alexa_skill_id", "")
    for skill in (SKILL, "x"):
        status, problem = await post(line, encoded(request(words="hi", skill=skill)))
        assert (status, problem["code"]) == (400, "foreign_skill")
    assert line.echo.read == []


def quick(monkeypatch: pytest.MonkeyPatch, word: float = 0.1, owed: float = 0.4) -> None:
    monkeypatch.setattr(alexa, "WORD_AFTER_S", word)
    monkeypatch.setattr(alexa, "OWED_AFTER_S", owed)


def with_result(line: Line, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Let turns end with more than the echo's words."""
    real = line.chain.run

    async def run(message: Any) -> Any:
        return (await real(message)).copy(update=more)

    monkeypatch.setattr(line.chain, "run", run)
