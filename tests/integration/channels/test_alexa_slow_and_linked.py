"""Alexa: slow turns are bridged, owed and told; linked accounts are proven."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest

from channels import alexa
from closer.conversations.turn import TaskState
from closer.kit.clock import FixedClock
from closer.messaging import speaker_wording as wording
from closer.providers.alexa_directives import AlexaDirectives
from closer.security.roles import Role
from closer.security.tokens import issue_token, verify_token
from tests.fakes.alexa_caller import (
    request,
)
from tests.fakes.alexa_line import *  # noqa: F403
from tests.fakes.alexa_line import (
    VISITOR,
    Beside,
    account,
    ask,
    heard,
    send,
    with_result,
)
from tests.fakes.connectors import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


async def _alexa(line: Line, customer_id: str) -> tuple[bool, str | None]:
    states = await line.services.reach.available(customer_id)
    [state] = [item for item in states if item.channel == "alexa"]
    return state.available, state.reason


@pytest.mark.parametrize("end", ["password", "logout", "no token", "closed"])
async def test_alexa_is_available_as_long_as_the_account_is_linked(line: Line, end: str) -> None:
    services = line.services
    customer = (await services.customers.create(name="Bea Lind", email="bea@example.org")).id
    own = await services.accounts.create(
        email="bea@example.org", password="a long enough word", customer_id=customer, verified=True
    )
    assert await _alexa(line, customer) == (False, "no_address")
    pair = await services.accounts.open_session(own)
    for _ in range(2):
        await ask(line, words="where is my order", token=pair.access_token)
    assert await _alexa(line, customer) == (True, None)
    switch = await services.reach.switch(customer, "web", "alexa", by="test")
    assert switch.to_channel == "alexa"
    if end == "password":
        await services.accounts.change_password(
            own.account_id, "a long enough word", "quite another word"
        )
    elif end == "closed":
        await services.accounts.close(own.account_id)
    elif end == "logout":
        await services.accounts.logout(pair.claims)
        await ask(line, words="hello", token=pair.access_token)
    else:
        await ask(line, words="hello")
    assert await _alexa(line, customer) == (False, "no_address")


async def test_a_user_who_links_another_account_leaves_the_first(line: Line) -> None:
    services, people = line.services, []
    for name in ("bea", "cid"):
        email = f"{name}@example.org"
        person = await services.customers.create(name=f"{name.title()} Lind", email=email)
        own = await services.accounts.create(
            email=email, password="a long enough word", customer_id=person.id, verified=True
        )
        token = (await services.accounts.open_session(own)).access_token
        await ask(line, words="where is my order", token=token)
        people.append(person.id)
    states = [await _alexa(line, person) for person in people]
    assert states == [(False, "no_address"), (True, None)]


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


def quick(monkeypatch: pytest.MonkeyPatch, word: float = 0.1, owed: float = 0.4) -> None:
    monkeypatch.setattr(alexa, "WORD_AFTER_S", word)
    monkeypatch.setattr(alexa, "OWED_AFTER_S", owed)
