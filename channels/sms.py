"""The SMS connector: Twilio Messaging (SMS, MMS, WhatsApp) in, acknowledged at once; the answer goes out by the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from channels.connector import CONSENT_ACTION, Connector, connectors_of
from channels.fetching import MediaFetcher
from channels.http import vendor_answered
from channels.inputs import ServedInput
from channels.twilio_forms import (
    inbound_message,
    is_address,
    is_whatsapp,
    message_sid,
    sender,
    signed_form,
    vendor_opt_out,
)
from closer.conversations.turn import Entry, InboundMessage, TurnResult
from closer.kit.logging import get_logger
from closer.messaging import wording
from closer.messaging.records import Outgoing
from closer.messaging.sms_text import sms_messages
from closer.messaging.stop_words import Steering, steering
from closer.providers.twilio_webhooks import KEY_FIELD
from closer.services import Services

_log = get_logger(__name__)
#: An empty answer: the reply is sent through the API when it is ready.
NO_REPLY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
#: A vendor repeats a delivery within minutes; what comes later was recorded and played back.
REPLAYED_AFTER = timedelta(hours=1)
#: Twilio's words for what became of a message, and ours; the others say that it is still on its way.
STATUS = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
#: What only says that Twilio has the message: news only if its answer to our request was lost.
TAKEN = frozenset({"accepted", "scheduled", "queued", "sending"})
OPTED_OUT = "21610"
#: The source of an opt-out in somebody's own words, of which no carrier knows: "yes" does not take it back.
OWN_WORDS = "words:"
_QUIET = "channel_opted_out"


class SmsConnector(Connector):
    """Consent words and text messages."""

    channel = "sms"

    async def consent(self, message: InboundMessage) -> TurnResult | None:
        """Honour STOP, START and HELP and what means the same; who has opted out is not answered otherwise."""
        address = await self._address(message)
        if address is None:
            return None
        stands = await self.services.contact_consents.standing(
            self.channel, address, message.customer_id
        )
        left = stands is not None and not stands.granted
        by_word = stands is not None and left and not stands.source.startswith(OWN_WORDS)
        said = steering(message.text, opted_out=by_word, vendor_says=vendor_opt_out(message))
        if said is None:
            return self.says(message, _QUIET) if left else None
        carrier = said.by_carrier and self._carrier_answers(message)
        if said.kind == "help":
            return self._help(message, said, carrier=carrier)
        return await self._change(message, said, address, carrier=carrier)

    async def render(self, message: InboundMessage, entries: Sequence[Entry]) -> list[Outgoing]:
        """Return the entries as text messages."""
        links, conversation = self.services.short_links, message.conversation_id
        return await sms_messages(
            entries,
            shorten=lambda url: links.shorten(url, conversation),
            rest_at=f"{self.services.settings.public_url.rstrip('/')}/chat",
        )

    def reply_from(self, message: InboundMessage) -> str | None:
        """Answer from the number that was written to."""
        return message.sent_to if is_address(message.sent_to or "") else None

    async def _change(
        self,
        message: InboundMessage,
        said: Steering,
        address: str,
        *,
        carrier: bool,
    ) -> TurnResult | None:
        granted = said.kind == "start"
        changed = await self.services.contact_consents.record(
            self.channel,
            address,
            granted=granted,
            source=f"{'msg:' if said.by_carrier else OWN_WORDS}{message.message_id}",
            customer_id=message.customer_id,
        )
        if granted and not changed and not carrier:
            return None  # "start" from somebody who never left is the beginning of a conversation
        shop = self.services.settings.shop_name
        text = wording.opted_in(shop) if granted else wording.opted_out(shop)
        return self.says(message, CONSENT_ACTION, text if changed and not carrier else None)

    def _help(self, message: InboundMessage, said: Steering, *, carrier: bool) -> TurnResult | None:
        if carrier:
            return self.says(message, CONSENT_ACTION)
        if not said.by_carrier or is_whatsapp(message):
            return None  # the dialogue helps
        settings = self.services.settings
        return self.says(
            message, CONSENT_ACTION, wording.about(settings.shop_name, settings.mail_from)
        )

    async def _address(self, message: InboundMessage) -> str | None:
        if message.address or not message.customer_id:
            return message.address
        customer = await self.services.customers.find(message.customer_id)
        return customer.phone if customer else None

    def _carrier_answers(self, message: InboundMessage) -> bool:
        if vendor_opt_out(message):
            return True
        return self.services.settings.sms_carrier_opt_out and not is_whatsapp(message)


class SmsInput(ServedInput):
    """Serves `POST /webhooks/sms/inbound` and `/webhooks/sms/status`, as Twilio calls them."""

    channel = "sms"

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""

        @blueprint.listener("before_server_start")
        async def join(app: Sanic, _: Any) -> None:
            connectors_of(app)["sms"] = SmsConnector(services)
            app.ctx.media = MediaFetcher(services.media)

        @blueprint.listener("after_server_start")
        async def fetch(app: Sanic, _: Any) -> None:
            app.ctx.media.start()

        @blueprint.listener("before_server_stop")
        async def leave(app: Sanic, _: Any) -> None:
            await app.ctx.media.stop()

        @blueprint.post("/inbound")
        async def inbound(request: Request) -> HTTPResponse:
            return await vendor_answered(request, services, "sms", receive)

        @blueprint.post("/status")
        async def status(request: Request) -> HTTPResponse:
            return await vendor_answered(request, services, "sms", report)


async def receive(request: Request, services: Services) -> HTTPResponse:
    """Store an inbound message and acknowledge it; the turn runs in the background.

    Raises:
        CloserError: if it is not Twilio's, cannot be read or could not be stored.
    """
    with request.app.ctx.chain.room.arriving():
        return await _receive(request, services)


async def _receive(request: Request, services: Services) -> HTTPResponse:
    form = signed_form(request, services.settings)
    number = sender(form)
    if number is None or number == services.settings.twilio_from_number:
        _log.info("message_ignored", reason="not from a person", message=message_sid(form))
        return no_reply()
    identity = await services.identities.resolve("phone", number)
    message = inbound_message(form, identity)
    if message.media:
        own = await services.media.expect(
            message.conversation_id, message.message_id, "sms", message.media
        )
        message = message.copy(update={"media": own})
    record = await request.app.ctx.chain.take(message)
    if message.media:
        request.app.ctx.media.wake()
    if services.clock.now() - record.received_at > REPLAYED_AFTER:
        services.threats.note("replayed_webhook", "sms", "a message of long ago, delivered again")
    return no_reply()


async def report(request: Request, services: Services) -> HTTPResponse:
    """Take note of what became of a message that we sent; reports may come in any order and early.

    Raises:
        CloserError: if it is not Twilio's, cannot be read or could not be stored.
    """
    form = signed_form(request, services.settings)
    sid, said = message_sid(form), form.get("MessageStatus") or form.get("SmsStatus") or ""
    status, error = STATUS.get(said.lower()), form.get("ErrorCode") or None
    if error == OPTED_OUT and is_address(form.get("To", "")):
        await services.contact_consents.record(
            "sms", form["To"], granted=False, source=f"vendor:{sid}"
        )
    key = request.args.get(KEY_FIELD) or None
    if status is None and key and said.lower() in TAKEN:
        status = "sent"
    if status is not None:
        await services.notifications.report_status("twilio", sid, status, error=error, key=key)
    return no_reply()


def no_reply() -> HTTPResponse:
    """Return the empty answer."""
    return raw(NO_REPLY, content_type="text/xml")
