"""The vendors' clients against a server that speaks their API: fields, errors, deadlines, retries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from closer.kit.clock import SystemClock
from closer.kit.db import Database
from closer.kit.errors import ProviderError
from closer.kit.settings import Settings
from closer.providers.base import HealthRecord, MessageProvider, OutboundMessage, call_vendor
from closer.providers.selection import choose_providers
from closer.providers.sendgrid_mail import SendGridMail
from closer.providers.twilio_sms import TwilioSms
from closer.providers.webhook import SIGNATURE_HEADER, SignedWebhook
from tests.fakes.vendors import Answer, FakeVendors, fake_vendors

SMS = OutboundMessage("sms", "+12025550123", "Hello 👋", "key-1")
MAIL = OutboundMessage(
    "email",
    "ann@example.org",
    "Hello",
    "key-2",
    subject="Hi",
    html="<p>Hello</p>",
    headers={"In-Reply-To": "<x@y>"},
)


@pytest.fixture
async def vendors() -> AsyncIterator[FakeVendors]:
    async with fake_vendors() as running:
        yield running


def provider(kind: str, vendors: FakeVendors, deadline_s: float = 5) -> MessageProvider:
    if kind == "sms":
        return TwilioSms(
            vendors.sid, vendors.token, "+12025550199", base_url=vendors.url, deadline_s=deadline_s
        )
    if kind == "email":
        return SendGridMail(
            vendors.key, "help@shop.example", "Shop", host=vendors.url, deadline_s=deadline_s
        )
    return SignedWebhook("secret", deadline_s=deadline_s)


def message(kind: str, vendors: FakeVendors) -> OutboundMessage:
    return {"sms": SMS, "email": MAIL}.get(
        kind, OutboundMessage("webhook", f"{vendors.url}/hook", "Down", "key-3")
    )


async def test_an_sms_carries_what_twilio_expects(vendors: FakeVendors) -> None:
    sender = TwilioSms(
        vendors.sid,
        vendors.token,
        "+12025550199",
        status_callback="https://s.example/cb",
        base_url=vendors.url,
    )
    receipt = await sender.send(
        OutboundMessage("sms", "+12025550123", "Hi", "k", media_urls=("https://s.example/x.png",))
    )
    await sender.close()
    assert (receipt.provider, receipt.message_id[:2], receipt.state) == ("twilio", "MM", "queued")
    assert vendors.sms == [
        {
            "To": ["+12025550123"],
            "From": ["+12025550199"],
            "Body": ["Hi"],
            "MediaUrl": ["https://s.example/x.png"],
            "StatusCallback": ["https://s.example/cb?key=k"],
        }
    ]


async def test_a_messaging_service_is_named_as_such(vendors: FakeVendors) -> None:
    sender = TwilioSms(vendors.sid, vendors.token, "MG" + "2" * 32, base_url=vendors.url)
    await sender.send(SMS)
    await sender.close()
    assert vendors.sms[0]["MessagingServiceSid"] == ["MG" + "2" * 32]
    assert "From" not in vendors.sms[0]


async def test_whatsapp_has_a_sender_of_its_own(vendors: FakeVendors) -> None:
    to_whatsapp = OutboundMessage("sms", "whatsapp:+12025550123", "It’s here", "k")
    sender = TwilioSms(
        vendors.sid,
        vendors.token,
        "+12025550199",
        whatsapp_number="+12025550188",
        base_url=vendors.url,
    )
    await sender.send(to_whatsapp)
    await sender.close()
    assert vendors.sms[0]["From"] == ["whatsapp:+12025550188"]
    assert vendors.sms[0]["Body"] == ["It’s here"]
    without = TwilioSms(vendors.sid, vendors.token, "+12025550199", base_url=vendors.url)
    with pytest.raises(ProviderError) as error:
        await without.send(to_whatsapp)
    await without.close()
    assert not error.value.retryable
    assert vendors.attempts == 1


async def test_an_answer_comes_from_the_number_that_was_written_to(vendors: FakeVendors) -> None:
    sender = TwilioSms(vendors.sid, vendors.token, "MG" + "2" * 32, base_url=vendors.url)
    await sender.send(
        OutboundMessage("sms", "+12025550123", "Hi", "k", from_address="+12025550177")
    )
    await sender.close()
    assert vendors.sms[0]["From"] == ["+12025550177"]


async def test_what_is_sent_is_what_twilio_describes(vendors: FakeVendors) -> None:
    sender = TwilioSms(vendors.sid, vendors.token, "+12025550199", base_url=vendors.url)
    for text, media in (("It’s “here” – 😀" * 300, ()), ("", ("https://s.example/a.png",))):
        await sender.send(OutboundMessage("sms", "+12025550123", text, "k", media_urls=media))
    await sender.close()
    assert vendors.violations == []
    assert len(vendors.sms[0]["Body"][0]) == 1600
    assert vendors.sms[0]["Body"][0].startswith('It\'s "here" - 😀')
    assert "Body" not in vendors.sms[1]


async def test_a_mail_carries_what_sendgrid_expects(vendors: FakeVendors) -> None:
    receipt = await provider("email", vendors).send(MAIL)
    assert (receipt.provider, receipt.message_id) == ("sendgrid", "mail-1")
    [mail] = vendors.mails
    assert mail["from"] == {"email": "help@shop.example", "name": "Shop"}
    assert mail["personalizations"][0]["to"] == [{"email": "ann@example.org"}]
    assert [part["type"] for part in mail["content"]] == ["text/plain", "text/html"]
    assert mail["subject"] == "Hi"
    assert "key-2" in json.dumps(mail)
    assert "In-Reply-To" in json.dumps(mail)


async def test_a_webhook_is_signed_over_time_and_body(vendors: FakeVendors) -> None:
    hook = SignedWebhook("secret")
    await hook.send(message("webhook", vendors))
    await hook.close()
    [(headers, body)] = vendors.hooks
    stamp, digest = (part.split("=", 1)[1] for part in headers[SIGNATURE_HEADER].split(","))
    key = hashlib.sha256(b"webhook:secret").digest()
    assert digest == hmac.new(key, f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    assert headers["Idempotency-Key"] == "key-3"
    assert json.loads(body)["text"] == "Down"


@pytest.mark.parametrize("kind", ["sms", "email", "webhook"])
async def test_a_short_failure_is_tried_again_at_once(kind: str, vendors: FakeVendors) -> None:
    vendors.answers = [Answer(503), Answer(500)]
    sender = provider(kind, vendors)
    await sender.send(message(kind, vendors))
    await sender.close()
    assert vendors.attempts == 3
    assert (await sender.health()).healthy


@pytest.mark.parametrize("kind", ["sms", "email", "webhook"])
async def test_a_long_failure_is_handed_up_as_retryable(kind: str, vendors: FakeVendors) -> None:
    vendors.answers = [Answer(503)] * 9
    sender = provider(kind, vendors)
    for _ in range(3):
        with pytest.raises(ProviderError) as error:
            await sender.send(message(kind, vendors))
        assert error.value.retryable
    await sender.close()
    assert vendors.attempts == 9
    assert not (await sender.health()).healthy


@pytest.mark.parametrize("kind", ["sms", "email", "webhook"])
async def test_a_refusal_is_not_repeated_and_says_nothing_about_health(
    kind: str, vendors: FakeVendors
) -> None:
    vendors.answers = [Answer(400, {"code": 21211, "message": "Invalid To", "status": 400})]
    sender = provider(kind, vendors)
    with pytest.raises(ProviderError) as error:
        await sender.send(message(kind, vendors))
    await sender.close()
    assert not error.value.retryable
    assert vendors.attempts == 1
    assert (await sender.health()).healthy


async def test_an_opted_out_person_is_told_apart(vendors: FakeVendors) -> None:
    vendors.answers = [Answer(400, {"code": 21610, "message": "Unsubscribed", "status": 400})]
    sender = provider("sms", vendors)
    with pytest.raises(ProviderError) as error:
        await sender.send(SMS)
    await sender.close()
    assert (error.value.code, error.value.retryable) == ("opted_out", False)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("sms", Answer(429, {"code": 20429, "message": "Too many", "status": 429})),
        ("sms", Answer(429, {"code": 20429}, {"Retry-After": "17"})),
        ("email", Answer(429, {}, {"Retry-After": "17"})),
    ],
)
async def test_a_busy_vendor_is_left_alone(kind: str, answer: Answer, vendors: FakeVendors) -> None:
    vendors.answers = [answer]
    sender = provider(kind, vendors)
    with pytest.raises(ProviderError) as error:
        await sender.send(message(kind, vendors))
    await sender.close()
    assert error.value.retryable
    assert error.value.code == "provider_busy"
    assert error.value.extra["retry_after"] == (17 if answer.headers else 5)
    assert vendors.attempts == 1


@pytest.mark.parametrize("kind", ["sms", "email", "webhook"])
async def test_a_vendor_that_does_not_answer_is_given_up_and_not_asked_twice(
    kind: str, vendors: FakeVendors
) -> None:
    vendors.answers = [Answer(200, delay_s=1.5)]
    sender = provider(kind, vendors, deadline_s=0.3)
    with pytest.raises(ProviderError) as error:
        await sender.send(message(kind, vendors))
    await sender.close()
    assert error.value.retryable
    assert error.value.extra["outcome_unknown"]
    assert vendors.attempts == 1


@pytest.mark.parametrize("kind", ["sms", "email", "webhook"])
async def test_a_connection_that_breaks_after_the_message_was_taken_is_not_used_again(
    kind: str, vendors: FakeVendors
) -> None:
    vendors.hang_ups = 1
    sender = provider(kind, vendors)
    with pytest.raises(ProviderError) as error:
        await sender.send(message(kind, vendors))
    await sender.close()
    assert error.value.retryable
    assert error.value.extra["outcome_unknown"]
    assert len(vendors.sms + vendors.mails + vendors.hooks) == 1


@pytest.mark.parametrize("kind", ["sms", "email"])
async def test_wrong_credentials_are_final(kind: str, vendors: FakeVendors) -> None:
    sender: MessageProvider = (
        TwilioSms(vendors.sid, "wrong", "+1", base_url=vendors.url)
        if kind == "sms"
        else SendGridMail("wrong", "a@b.example", "Shop", host=vendors.url)
    )
    with pytest.raises(ProviderError) as error:
        await sender.send(message(kind, vendors))
    await sender.close()
    assert not error.value.retryable


@pytest.mark.parametrize("kind", ["sms", "email", "webhook"])
async def test_a_vendor_that_cannot_be_reached_is_retryable(kind: str) -> None:
    nowhere = FakeVendors()
    nowhere.url = "http://127.0.0.1:9"
    sender = provider(kind, nowhere)
    with pytest.raises(ProviderError) as error:
        await sender.send(message(kind, nowhere))
    await sender.close()
    assert error.value.retryable
    assert not error.value.extra.get("outcome_unknown")  # nothing left this machine


async def test_a_webhook_goes_to_web_addresses_only() -> None:
    with pytest.raises(ProviderError) as error:
        await SignedWebhook("s").send(OutboundMessage("webhook", "file:///etc/passwd", "x", "k"))
    assert not error.value.retryable


async def test_addresses_and_texts_are_not_logged(
    vendors: FakeVendors, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for kind in ("sms", "email"):
            sender = provider(kind, vendors)
            await sender.send(message(kind, vendors))
            await sender.close()
    assert "2025550123" not in caplog.text
    assert "ann@example.org" not in caplog.text
    assert "Hello" not in caplog.text


async def test_attempts_are_bounded_by_the_deadline() -> None:
    calls = []

    async def fail() -> None:
        calls.append(1)
        raise ProviderError("down")

    with pytest.raises(ProviderError):
        await call_vendor(fail, HealthRecord("x", "sms"), attempts=50, deadline_s=0.5)
    assert 1 < len(calls) < 6


async def test_no_attempt_is_begun_that_the_deadline_would_cut_off() -> None:
    """A vendor may have taken what was cut off, and it would be sent once more."""
    calls = []

    async def refuse_slowly() -> None:
        calls.append(1)
        await asyncio.sleep(0.2)
        raise ProviderError("busy", code="vendor_busy")

    with pytest.raises(ProviderError) as refused:
        await call_vendor(refuse_slowly, HealthRecord("x", "sms"), attempts=3, deadline_s=0.55)
    assert (refused.value.code, len(calls)) == ("vendor_busy", 1)
    assert not refused.value.extra.get("outcome_unknown")


def test_the_settings_choose_vendors_and_else_the_sandbox() -> None:
    clock, db = SystemClock(), Database("sqlite://")
    bare = choose_providers(Settings(secret_key=SecretStr("s"), twilio_account_sid=""), db, clock)
    assert {channel: chosen.name for channel, chosen in bare.items()} == {
        "sms": "sandbox",
        "email": "sandbox",
        "webhook": "webhook",
    }
    full = Settings(
        secret_key=SecretStr("s"),
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("t"),
        twilio_from_number="+1",
        sendgrid_api_key=SecretStr("SG.x"),
    )
    names = {channel: chosen.name for channel, chosen in choose_providers(full, db, clock).items()}
    assert names == {"sms": "twilio", "email": "sendgrid", "webhook": "webhook"}
    simulated = Settings(secret_key=SecretStr("s"), simulator_url="http://127.0.0.1:1")
    names = {
        channel: chosen.name for channel, chosen in choose_providers(simulated, db, clock).items()
    }
    assert names == {"sms": "twilio", "email": "sendgrid", "webhook": "webhook"}
