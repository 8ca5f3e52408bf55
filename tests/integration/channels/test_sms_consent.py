"""STOP, START and HELP by text message, in the carriers' words and in a person's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from channels.sms import SmsConnector, SmsInput
from closer.conversations.turn import InboundMessage
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN = "+12025550123"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    with running_redis() as redis:
        async with connected(tmp_path_factory.mktemp("consent"), redis, SmsInput()) as line:
            yield line


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: Line) -> Line:
    await running.fresh()
    running.services.settings.sms_carrier_opt_out = True
    await running.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return running


async def allowed(line: Line, address: str = ANN) -> bool:
    return await line.services.contact_consents.allowed(SmsConnector.channel, address)


async def bodies(line: Line) -> list[str]:
    return [str(item.body) for item in await line.outbox()]


async def test_stop_ends_everything_and_is_left_to_the_carrier_to_answer(line: Line) -> None:
    await line.services.compliance.set_consent("ann", "marketing_sms", True, source="web")
    sid = await line.text("STOP")
    assert not await allowed(line)
    assert await bodies(line) == []
    assert line.echo.read == []
    [record] = await line.services.contact_consents.ledger("sms", ANN)
    assert (record.granted, record.source) == (False, f"msg:{sid}")
    assert (await line.services.compliance.consents("ann"))["marketing_sms"] is False
    await line.text("where is my order")
    assert (await bodies(line), line.echo.read) == ([], [])


async def test_own_words_are_honoured_and_confirmed_once(line: Line) -> None:
    await line.text("please stop texting me")
    assert not await allowed(line)
    [confirmed] = await bodies(line)
    assert "unsubscribed" in confirmed
    await line.text("I said stop texting me!")
    assert len(await bodies(line)) == 1


async def test_start_begins_again(line: Line) -> None:
    await line.text("Stop.")
    await line.text("START")
    assert await allowed(line)
    assert len(await bodies(line)) == 1  # only "Stop.", which the carrier does not know
    await line.text("hello")
    assert line.echo.read[-1][1] == "hello"


async def test_yes_is_an_answer_unless_opted_out(line: Line) -> None:
    await line.text("YES")
    assert line.echo.read[-1][1] == "YES"
    await line.text("QUIT")
    await line.text("YES")
    assert len(line.echo.read) == 1
    assert await allowed(line)


@pytest.mark.parametrize("word", ["CANCEL", "end", "Quit"])
async def test_words_that_the_dialogue_would_understand_otherwise_are_opt_outs(
    line: Line, word: str
) -> None:
    await line.text(word)
    assert not await allowed(line)
    assert line.echo.read == []


async def test_a_short_code_answers_by_itself(line: Line) -> None:
    line.services.settings.sms_carrier_opt_out = False
    await line.text("STOP")
    await line.text("HELP")
    await line.text("START")
    left, helped, back = await bodies(line)
    assert "unsubscribed" in left
    assert "STOP" in helped
    assert "Welcome back" in back
    await line.text("help me with a return")
    assert line.echo.read[-1][1] == "help me with a return"


async def test_help_is_answered_by_the_carrier(line: Line) -> None:
    await line.text("HELP")
    assert (await bodies(line), line.echo.read) == ([], [])
    await line.text("help me please")
    assert len(line.echo.read) == 1


async def test_help_by_whatsapp_is_for_the_assistant(line: Line) -> None:
    await line.text("help", f"whatsapp:{ANN}")
    assert line.echo.read[-1][1] == "help"


async def test_the_vendors_verdict_counts_in_any_language(line: Line) -> None:
    await line.text("ARRET", OptOutType="STOP")
    assert not await allowed(line)
    assert await bodies(line) == []


async def test_whatsapp_is_an_address_of_its_own(line: Line) -> None:
    await line.text("STOP", f"whatsapp:{ANN}")
    assert await allowed(line, ANN)
    assert not await allowed(line, f"whatsapp:{ANN}")
    [confirmed] = await bodies(line)
    assert "unsubscribed" in confirmed


async def test_a_stranger_can_opt_out_too(line: Line) -> None:
    await line.text("STOP", "+12025550177")
    assert not await allowed(line, "+12025550177")


async def test_start_gives_back_what_stop_took_and_no_more(line: Line) -> None:
    for word in ("START", "UNSTOP", "YES"):
        await line.text("STOP")
        await line.text(word)
        assert await allowed(line)
        assert (await line.services.compliance.consents("ann"))["marketing_sms"] is False
    await line.services.compliance.set_consent("ann", "marketing_sms", True, source="web")
    await line.text("STOP")
    assert (await line.services.compliance.consents("ann"))["marketing_sms"] is False
    await line.text("START")
    assert (await line.services.compliance.consents("ann"))["marketing_sms"] is True


async def test_what_was_withdrawn_meanwhile_does_not_come_back(line: Line) -> None:
    await line.services.compliance.set_consent("ann", "marketing_sms", True, source="web")
    await line.text("STOP")
    await line.services.compliance.set_consent("ann", "marketing_sms", False, source="web")
    await line.text("START")
    assert (await line.services.compliance.consents("ann"))["marketing_sms"] is False


async def test_a_yes_does_not_take_back_an_opt_out_in_own_words(line: Line) -> None:
    await line.text("please stop texting me")
    await line.text("yes")
    assert not await allowed(line)
    assert len(await bodies(line)) == 1
    await line.text("START")
    assert await allowed(line)


async def test_a_service_that_hands_in_a_message_gets_no_answer_for_who_left(line: Line) -> None:
    await line.text("STOP")
    message = InboundMessage(
        message_id="in1", channel="sms", conversation_id="ann", customer_id="ann", text="hello"
    )
    result = await line.chain.run(message)
    assert result.replies == []
    assert await bodies(line) == []
    again = await line.chain.run(message.copy(update={"message_id": "in2", "text": "START"}))
    assert again.replies == []
    assert await allowed(line)


async def test_the_audit_log_knows_of_it_and_not_the_number(line: Line) -> None:
    from closer.kit.pagination import PageRequest

    await line.text("STOP")
    page = await line.services.audit.entries(PageRequest(), action="contact.")
    [entry] = page.items
    assert entry.action == "contact.opted_out"
    assert "2025550123" not in str(entry)
