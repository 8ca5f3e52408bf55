"""The e-mail connector: SendGrid's Inbound Parse in, acknowledged once it is stored; the answer goes out by the outbox.

Its second webhook takes SendGrid's events: what became of our mails, complaints and unsubscribing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json as jsonlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty

from channels.connector import CONSENT_ACTION, Connector, connectors_of
from channels.http import vendor_answered
from channels.inputs import ServedInput
from channels.mail.courtesies import request_of, topic_of
from channels.mail.form import read_form
from channels.mail.message import InboundMail, read_mail
from closer.conversations.turn import Entry, InboundMessage, TurnResult
from closer.customers.identity import Identity
from closer.kit.errors import Malformed, TooLarge
from closer.kit.logging import get_logger
from closer.messaging.mail_text import reply_mail
from closer.messaging.records import Outgoing
from closer.messaging.wording import mail_opted_out
from closer.notifications.threads import MailThread
from closer.providers.sendgrid_webhooks import KEY_FIELD, events_key, inbound_key, verified
from closer.security.ratelimit import Limit
from closer.services import Services

_log = get_logger(__name__)
LARGEST_MAIL = 31 * 2**20  # Inbound Parse carries 30 MB
LARGEST_EVENTS = 2**20
_MOST_EVENTS = 5000
#: Without punctuation, see `_bare`.
_STOP_WORDS = frozenset(
    {
        "unsubscribe",
        "unsubscribe me",
        "unsubscribe please",
        "please unsubscribe",
        "please unsubscribe me",
        "stop",
        "stop please",
        "please stop",
        "remove me",
        "please remove me",
        "opt out",
    }
)
#: SendGrid's words for what became of a mail, and ours; the others say that it is still on its way.
STATUS = {"delivered": "delivered", "open": "read", "bounce": "bounced", "dropped": "failed"}
#: Events that say no more than that SendGrid has the mail: news only if its answer to our request was lost.
TAKEN = frozenset({"processed", "deferred"})
#: Events by which a person says whether they want our mails.
CONSENT = {
    "spamreport": False,
    "unsubscribe": False,
    "group_unsubscribe": False,
    "group_resubscribe": True,
}


class EmailConnector(Connector):
    """Consent and answers by mail."""

    channel = "email"
    pace = Limit(10, 60.0)
    daily = Limit(40, 86_400.0)  # what stops two robots that answer each other, however slowly
    tells_pace = False

    async def consent(self, message: InboundMessage) -> TurnResult | None:
        """Honour a mail that says nothing but "unsubscribe": in its fresh text, or in its subject when there is none."""
        said = _bare(message.text) or _bare(str(message.context.get("subject", "")))
        if not message.address or said not in _STOP_WORDS:
            return None
        changed = await self.services.contact_consents.record(
            "email",
            message.address,
            granted=False,
            source=f"msg:{message.message_id}",
            customer_id=message.customer_id,
        )
        text = mail_opted_out(self.services.settings.shop_name) if changed else None
        return self.says(message, CONSENT_ACTION, text)

    def words(self, message: InboundMessage) -> str:
        """Return the request without its courtesies, with a subject that carries it or the topic that it answers."""
        subject, in_thread = (
            str(message.context.get("subject", "")),
            message.context.get("references"),
        )
        if message.context.get("answers_notice"):
            return request_of(message.text, topic_of(subject, message.text), new_thread=True)
        return request_of(message.text, subject, new_thread=not in_thread)

    async def render(self, message: InboundMessage, entries: Sequence[Entry]) -> list[Outgoing]:
        """Return the entries as one mail in the thread of the message."""
        settings = self.services.settings
        domain = settings.mail_from.rpartition("@")[2]
        key = hashlib.sha256(f"{message.conversation_id}:{message.message_id}".encode()).hexdigest()
        mail = reply_mail(
            entries,
            subject=str(message.context.get("subject", "")),
            shop=settings.shop_name,
            message_id=f"<reply.{key[:32]}@{domain}>",
            in_reply_to=message.message_id,
            references=list(message.context.get("references", [])),
        )
        return [mail] if mail else []


class EmailInput(ServedInput):
    """Serves `POST /webhooks/email/inbound` and `/webhooks/email/events`, as SendGrid calls them."""

    channel = "email"

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""

        @blueprint.listener("before_server_start")
        async def join(app: Sanic, _: Any) -> None:
            connectors_of(app)["email"] = EmailConnector(services)

        @blueprint.post("/inbound")
        async def inbound(request: Request) -> HTTPResponse:
            return await vendor_answered(request, services, "email", receive)

        @blueprint.post("/events")
        async def events(request: Request) -> HTTPResponse:
            return await vendor_answered(request, services, "email", report)


async def receive(request: Request, services: Services) -> HTTPResponse:
    """Store a mail and acknowledge it; the turn runs in the background.

    Raises:
        CloserError: if it is not SendGrid's, cannot be read or could not be stored.
    """
    _signed(request, services, inbound_key(services.settings), LARGEST_MAIL)
    content_type = request.headers.get("content-type", "")
    mail = await asyncio.to_thread(lambda: read_mail(read_form(request.body, content_type)))
    reason = mail.automatic or _not_for_us(mail, services)
    if reason is not None:
        _log.info("message_ignored", reason=reason, channel="email")
        return empty(200)
    thread = await services.notifications.thread_of(mail.references, mail.sender)
    identity = _who(await services.identities.resolve("email", mail.sender), thread)
    files = [(file.name, file.content_type, file.content) for file in mail.files]
    media = await services.media.keep(identity.conversation_id, mail.message_id, "email", files)
    await request.app.ctx.chain.take(
        InboundMessage(
            message_id=mail.message_id,
            channel="email",
            conversation_id=identity.conversation_id,
            customer_id=identity.customer_id,
            proven=False,  # anybody can write any sender
            text=mail.text,
            media=media,
            context=_context(mail, identity, thread),
            address=mail.sender,
            sent_to=mail.sent_to or None,
            household=identity.household,
        )
    )
    return empty(200)


def _who(identity: Identity, thread: MailThread | None) -> Identity:
    """Return who writes: of several customers with this mailbox, the one whose mail is answered.

    A thread chooses only among those to whom the sender's address leads: whoever names a mail of ours gets into
    nobody else's conversation by that.
    """
    if thread is not None and thread.customer_id in identity.household:
        return Identity(thread.customer_id, thread.customer_id)
    return identity


def _context(mail: InboundMail, identity: Identity, thread: MailThread | None) -> dict[str, Any]:
    """Return what is known of a mail beside its words; a thread counts where its conversation is the sender's."""
    context: dict[str, Any] = {"subject": mail.subject, "references": list(mail.references)}
    if thread is None or thread.from_dialogue:
        return context
    whose = {identity.conversation_id, identity.customer_id, *identity.household} - {None}
    if whose & {thread.conversation_id, thread.customer_id}:
        context["answers_notice"] = thread.kind
    return context


async def report(request: Request, services: Services) -> HTTPResponse:
    """Take note of what became of our mails; events may come in any order, early and twice.

    Raises:
        CloserError: if it is not SendGrid's, cannot be read or could not be stored.
    """
    _signed(request, services, events_key(services.settings), LARGEST_EVENTS)
    for event in _events(request.body):
        await _note(event, services)
    return empty(200)


async def _note(event: Mapping[str, Any], services: Services) -> None:
    name, address = str(event.get("event", "")), str(event.get("email", ""))
    mail_id = str(event.get("sg_message_id", "")).partition(".")[0]
    if name in CONSENT and address:
        await services.contact_consents.record(
            "email",
            address,
            granted=CONSENT[name],
            source=f"vendor:{str(event.get('sg_event_id', ''))[:80]}",
        )
    key = str(event.get(KEY_FIELD) or "") or None
    if mail_id and (name in STATUS or (key and name in TAKEN)):
        await services.notifications.report_status(
            "sendgrid",
            mail_id,
            STATUS.get(name, "sent"),
            at=_moment(event),
            error=_reason(event),
            key=key,
        )


def _signed(request: Request, services: Services, key: str, largest: int) -> None:
    if len(request.body) > largest:
        raise TooLarge("a webhook of a mail is smaller than that")
    settings = services.settings
    verified(
        key,
        request.headers.get(settings.sendgrid_signature_header),
        request.headers.get(settings.sendgrid_timestamp_header),
        request.body,
        services.clock.now(),
    )


def _bare(text: str) -> str:
    """Return the words of a text, for comparison: no case, no punctuation, single spaces."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def _not_for_us(mail: InboundMail, services: Services) -> str | None:
    if mail.sender == services.settings.mail_from.lower():
        return "our own mail"
    return None


def _events(body: bytes) -> list[Mapping[str, Any]]:
    try:
        found = jsonlib.loads(body)
    except ValueError as error:
        raise Malformed("the events are no JSON") from error
    if not isinstance(found, list) or len(found) > _MOST_EVENTS:
        raise Malformed("a list of events is expected")
    if not all(isinstance(event, dict) for event in found):
        raise Malformed("an event is an object")
    return found


def _moment(event: Mapping[str, Any]) -> datetime | None:
    at = event.get("timestamp")
    try:
        return datetime.fromtimestamp(float(at), timezone.utc) if at is not None else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _reason(event: Mapping[str, Any]) -> str | None:
    reason = event.get("reason") or event.get("response")
    return str(reason) if reason and event.get("event") in ("bounce", "dropped") else None
