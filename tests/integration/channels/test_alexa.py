"""A skill's requests from signature to answer: who is refused, and what is said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from channels import alexa
from closer.messaging import speaker_wording as wording
from tests.fakes.alexa_caller import (
    SKILL,
    encoded,
    request,
    signed,
    signing_key,
)
from tests.fakes.alexa_line import *  # noqa: F403
from tests.fakes.alexa_line import (
    KEY,
    PATH,
    VISITOR,
    account,
    ask,
    heard,
    post,
    send,
    with_result,
)
from tests.fakes.connectors import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def threats(line: Line) -> dict[str, int]:
    await line.services.threats.flush()
    hour = line.services.clock.now() - timedelta(hours=1)
    return {found.kind: found.count for found in await line.services.threats.recent(since=hour)}


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
