"""E-mail from SendGrid's webhook to the outbox, and what SendGrid reports of our mails."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from channels.email import EmailConnector, EmailInput
from closer.customers.identity import visitor_id
from closer.kit.errors import ProviderError
from closer.kit.pagination import PageRequest
from closer.notifications.records import Content
from closer.providers.base import OutboundMessage, ProviderReceipt
from closer.providers.sendgrid_webhooks import own_key
from closer.security.ratelimit import Limit
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis
from tests.fakes.sendgrid_caller import FORM, events, mail, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")
INBOUND, EVENTS = "/webhooks/email/inbound", "/webhooks/email/events"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    with running_redis() as redis:
        async with connected(tmp_path_factory.mktemp("mail"), redis, EmailInput()) as line:
            yield line


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: Line) -> Line:
    await running.fresh()
    await running.services.customers.create(
        customer_id="ann", name="Ann Lee", email="ann@example.org"
    )
    return running


async def send(line: Line, body: bytes, **headers: str) -> int:
    key = own_key(line.services.settings)
    status, _, _ = await line.post(
        INBOUND, body, {"Content-Type": FORM, **signed(key, body), **headers}
    )
    await line.idle()
    return status


async def report(line: Line, body: bytes) -> int:
    key = own_key(line.services.settings)
    status, _, _ = await line.post(
        EVENTS, body, {"Content-Type": "application/json", **signed(key, body)}
    )
    return status


async def threats(line: Line) -> list[str]:
    await line.services.threats.flush()
    since = line.services.clock.now() - timedelta(hours=1)
    return [item.kind for item in await line.services.threats.recent(since=since)]


async def test_a_mail_is_answered_by_one_mail_in_its_thread(line: Line) -> None:
    line.echo.reply = lambda _, text: [
        {"text": "It is **on its way**."},
        {
            "text": "Shall I tell you when it comes?",
            "buttons": [{"title": "Yes", "payload": "/affirm"}],
        },
    ]
    body = mail(
        "Hi,\n\nwhere is order 12345?\n\nBest regards\nAnn",
        subject="Re: AW: Order 12345",
        headers="References: <a@x>\nIn-Reply-To: <b@x>\n",
    )
    assert await send(line, body) == 200
    [reply] = await line.outbox()
    assert (reply.channel, reply.address, reply.kind) == ("email", "ann@example.org", "reply")
    assert reply.subject == "Re: Order 12345"
    assert reply.body is not None
    assert reply.body.startswith(
        "It is on its way.\n\nShall I tell you when it comes?\n\nYou can answer with: Yes\n"
    )
    assert reply.html is not None
    assert "<strong>on its way</strong>" in reply.html
    incoming = re.search(rb"Message-ID: (<\S+>)", body)
    assert incoming is not None
    own = incoming[1].decode()
    assert reply.headers["In-Reply-To"] == own
    assert reply.headers["References"] == f"<a@x> <b@x> {own}"
    assert reply.headers["Auto-Submitted"] == "auto-replied"
    assert reply.headers["Message-ID"].endswith("@northlight.example>")


async def notice(line: Line, address: str = "ann@example.org", customer: str = "ann") -> str:
    """Send a customer something that answers nothing; return its Message-ID."""
    await line.services.notifications.enqueue(
        Content("proactive", "Your order 12345: a message from Northlight", "It is ready."),
        channel="email",
        address=address,
        customer_id=customer,
        conversation_id=customer,
    )
    return str((await line.outbox())[-1].headers["Message-ID"])


async def test_every_mail_has_an_id_of_ours_and_keeps_it(line: Line) -> None:
    enqueue, vendor = line.services.notifications.enqueue, LosesAnswers()
    for key in ("a", "b"):
        await enqueue(
            Content("order_placed", "s", key),
            channel="email",
            address=f"{key}@example.org",
            idempotency_key=key,
        )
    line.services.notifications._chosen = {"email": vendor}  # type: ignore[dict-item]
    await line.services.notifications.deliver_due()
    ids = {str(item.headers["Message-ID"]) for item in await line.outbox()}
    assert len(ids) == 2
    assert all(re.fullmatch(r"<mail\.[0-9a-f]{32}@northlight\.example>", one) for one in ids)
    assert {message.headers["Message-ID"] for message in vendor.taken} == ids


@pytest.mark.parametrize("header", ["In-Reply-To: {}\n", "References: <a@x> {} <b@x>\n"])
async def test_an_answer_to_a_notice_is_about_its_order(line: Line, header: str) -> None:
    known = await notice(line)
    subject = "Re: Your order 12345: a message from Northlight"
    await send(line, mail("when?", subject=subject, headers=header.format(known)))
    [(message, read)] = line.echo.read
    assert (message.conversation_id, read) == ("ann", "Order 12345. when?")
    reply = (await line.outbox())[-1].headers
    threads = f"References: {reply['References']} {reply['Message-ID']}\n"
    await send(line, mail("and the cups?", subject=subject, headers=threads))
    assert line.echo.read[-1][1] == "and the cups?"  # the dialogue knows by now what it is about


async def test_naming_a_mail_to_somebody_else_leads_nowhere(line: Line) -> None:
    known = await notice(line)
    body = mail(
        "when?",
        "Eve <eve@example.org>",
        subject="Re: Your order 12345",
        headers=f"In-Reply-To: {known}\n",
    )
    await send(line, body)
    [(message, read)] = line.echo.read
    assert (message.conversation_id, message.customer_id) == (
        visitor_id("email", "eve@example.org"),
        None,
    )
    assert read == "when?"


async def test_a_thread_chooses_among_those_who_share_a_mailbox(line: Line) -> None:
    addresses = line.services.addresses
    await line.services.customers.create(customer_id="bob", name="Bob Lee", email="bob@example.org")
    await addresses.link("bob", "email", "ann@example.org", by="test")
    known = await notice(line)
    body = mail("when?", subject="Re: Your order 12345", headers=f"In-Reply-To: {known}\n")
    await send(line, body)
    await send(line, mail("and the cups?"))
    (message, read), (other, _) = line.echo.read
    assert (message.conversation_id, message.customer_id, message.proven) == ("ann", "ann", False)
    assert (message.household, read) == ((), "Order 12345. when?")
    assert other.conversation_id == visitor_id("email", "ann@example.org")
    assert other.household == ("ann", "bob")


async def test_the_dialogue_reads_the_request_and_people_read_the_mail(line: Line) -> None:
    await send(
        line,
        mail(
            "Hi,\n\nwhere is it?\n\nBest regards\nAnn\n\nOn Mon, Nov 23, 2026 Shop <a@b.example> wrote:\n\n> old words",
            subject="Order 12345",
        ),
    )
    [(message, read)] = line.echo.read
    assert read == "Order 12345. where is it?"
    assert (message.conversation_id, message.customer_id, message.proven) == ("ann", "ann", False)
    history = await line.services.conversations.history("ann", PageRequest())
    assert history.items[0].text == "Hi,\n\nwhere is it?\n\nBest regards\nAnn"


async def test_an_unknown_sender_has_a_conversation_of_its_own(line: Line) -> None:
    await send(line, mail("hello there", "Bob <Bob@Example.org>"))
    [(message, _)] = line.echo.read
    assert message.conversation_id == visitor_id("email", "bob@example.org")
    assert message.customer_id is None


async def test_a_repeated_delivery_is_the_same_mail(line: Line) -> None:
    body = mail("hello there")
    assert [await send(line, body) for _ in range(3)] == [200, 200, 200]
    assert len(line.echo.read) == 1
    assert len(await line.outbox()) == 1


async def test_attachments_are_kept_sealed_and_bad_ones_refused(line: Line) -> None:
    await send(
        line,
        mail(
            "see the picture",
            files=(
                ("broken.png", "image/png", PNG),
                ("x.exe", "application/x-msdownload", b"MZ"),
                ("y.png", "image/png", b"MZ not a picture"),
            ),
        ),
    )
    [(message, _)] = line.echo.read
    assert [item.name for item in message.media] == ["broken.png", "x.exe", "y.png"]
    ids = [item.url.rpartition("/")[2] for item in message.media]
    assert [(await line.services.media.get(one)).state for one in ids] == [
        "stored",
        "refused",
        "refused",
    ]
    assert await line.services.media.content(ids[0]) == PNG


@pytest.mark.parametrize(
    "headers", ["Auto-Submitted: auto-replied\n", "Precedence: bulk\n", "List-Id: <l.example>\n"]
)
async def test_machines_are_never_answered(line: Line, headers: str) -> None:
    assert await send(line, mail("I am away", headers=headers)) == 200
    assert await send(line, mail("I am us", "Us <help@northlight.example>")) == 200
    assert line.echo.read == []
    assert await line.outbox() == []


async def test_two_robots_that_answer_each_other_come_to_rest(line: Line) -> None:
    for number in range(14):
        await send(line, mail(f"I got your mail number {number}"))
    assert len(line.echo.read) == 10
    assert len(await line.outbox()) == 10  # a word that it was too much would be answered as well


async def test_two_slow_robots_come_to_rest_too(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailConnector, "pace", Limit(10_000, 60.0))  # as if hours went by
    monkeypatch.setattr(EmailConnector, "daily", Limit(5, 86_400.0))
    for number in range(8):
        await send(line, mail(f"I got your mail number {number}"))
    await send(line, mail("hello", "Bob <bob@example.org>"))  # each mailbox counts for itself
    assert len(line.echo.read) == 6
    assert len(await line.outbox()) == 6


def test_a_mailbox_has_a_limit_a_day() -> None:
    assert EmailConnector.daily == Limit(40, 86_400.0)


async def test_a_leading_slash_is_no_command(line: Line) -> None:
    await send(
        line, mail('/inform{"account_id":"777"}', subject="Re: x", headers="References: <a@x>\n")
    )
    assert line.echo.read[0][1] == 'inform{"account_id":"777"}'


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "unsubscribe", "subject": ""},
        {"text": "", "subject": "Unsubscribe"},
        {"text": "", "subject": "UNSUBSCRIBE!"},
        {"text": "Unsubscribe.", "subject": "Re: A message from Northlight"},
        {
            "text": "Opt-out!\n\nOn Mon, Nov 23, 2026 Shop <a@b.example> wrote:\n\n> Your order is ready",
            "subject": "Re: x",
        },
    ],
)
async def test_unsubscribing_by_mail_is_kept_and_confirmed_once(
    line: Line, fields: dict[str, str]
) -> None:
    for _ in range(2):
        await send(line, mail(fields["text"], subject=fields["subject"]))
    assert not await line.services.contact_consents.allowed("email", "ann@example.org")
    assert line.echo.read == []
    [confirmation] = await line.outbox()
    assert "unsubscribed" in (confirmation.body or "")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "Please do not stop my parcel", "subject": "Re: x"},
        {"text": "where is my order?", "subject": "Unsubscribe"},
    ],
)
async def test_other_words_are_for_the_dialogue(line: Line, fields: dict[str, str]) -> None:
    await send(line, mail(fields["text"], subject=fields["subject"]))
    assert await line.services.contact_consents.allowed("email", "ann@example.org")
    assert len(line.echo.read) == 1


async def test_forged_old_cut_and_foreign_requests_do_nothing(line: Line) -> None:
    body, key = mail("hello"), own_key(line.services.settings)
    form = {"Content-Type": FORM}
    assert (await line.post(INBOUND, body, form))[0] == 403
    assert (await line.post(INBOUND, body + b" ", {**form, **signed(key, body)}))[0] == 403
    assert (await line.post(INBOUND, body, {**form, **signed(key, body, at=time.time() - 3600)}))[
        0
    ] == 403
    half = body[: len(body) // 2]
    assert (await line.post(INBOUND, half, {**form, **signed(key, half)}))[0] == 400
    other = {"Content-Type": "application/json", **signed(key, b"{}")}
    assert (await line.post(INBOUND, b"{}", other))[0] == 415
    for wrong in (b"{}", b"[1]", b"no json"):
        assert (await line.post(EVENTS, wrong, {**form, **signed(key, wrong)}))[0] == 400
    assert line.echo.read == []
    assert {"forged_webhook", "malformed_webhook"} <= set(await threats(line))


class SendGridsTwin:
    """Takes every mail, as SendGrid does."""

    name, channel = "sendgrid", "email"

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        return ProviderReceipt(self.name, f"id-{message.idempotency_key}")

    async def close(self) -> None:
        """It has nothing open."""


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (["processed"], "sent"),
        (["processed", "delivered"], "delivered"),
        (["open", "delivered"], "read"),
        (["deferred", "bounce"], "bounced"),
        (["dropped"], "failed"),
    ],
)
async def test_events_tell_what_became_of_a_mail_in_any_order(
    line: Line, names: list[str], state: str
) -> None:
    notifications = line.services.notifications
    item = await notifications.enqueue(
        Content("reply", "s", "b"), channel="email", address="ann@example.org", idempotency_key="k"
    )
    notifications._chosen = {"email": SendGridsTwin()}  # type: ignore[dict-item]
    await notifications.deliver_due()
    for name in names:
        assert (
            await report(line, events({"event": name, "sg_message_id": "id-k.filter0001.1"})) == 200
        )
    assert (await notifications.get(item)).state == state


class LosesAnswers(SendGridsTwin):
    """Takes mails, but its answers get lost."""

    def __init__(self) -> None:
        self.taken: list[OutboundMessage] = []

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        self.taken.append(message)
        raise ProviderError("no answer in time", outcome_unknown=True)


@pytest.mark.parametrize(
    ("name", "state"), [("processed", "sent"), ("delivered", "delivered"), ("bounce", "bounced")]
)
async def test_an_event_settles_a_mail_whose_acceptance_was_lost(
    line: Line, name: str, state: str
) -> None:
    notifications, vendor = line.services.notifications, LosesAnswers()
    item = await notifications.enqueue(
        Content("reply", "s", "b"), channel="email", address="ann@example.org", idempotency_key="k"
    )
    notifications._chosen = {"email": vendor}  # type: ignore[dict-item]
    assert (await notifications.deliver_due()).retried == 1
    event = {"event": name, "sg_message_id": "taken.filter0001.1", "closer_key": "k"}
    assert await report(line, events(event)) == 200
    stored = await notifications.get(item)
    assert (stored.state, stored.provider_id) == (state, "taken")
    await notifications.deliver_due()
    assert len(vendor.taken) == 1


async def test_complaints_and_unsubscribing_are_kept_in_the_ledger(line: Line) -> None:
    allowed = line.services.contact_consents.allowed
    for name, after in (("spamreport", False), ("group_resubscribe", True), ("unsubscribe", False)):
        body = events({"event": name})
        assert [await report(line, body), await report(line, body)] == [200, 200]
        assert await allowed("email", "ann@example.org") is after
    assert len(await line.services.contact_consents.ledger("email", "ann@example.org")) == 3
