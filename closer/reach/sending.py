"""Messages that services and staff hand in for a customer: refused with a reason, or sent once and followed up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from closer.kit.errors import Conflict, NotFound
from closer.kit.ids import new_id
from closer.messaging.sms_text import sms_messages
from closer.messaging.unsubscribe import unsubscribe_headers
from closer.notifications.records import Content
from closer.reach.base import ReachBase, digest, refuse
from closer.reach.records import PUSHED, ChannelMessage, ContactAddress
from closer.reach.repository import Row

_COLUMN = "channel_messages.content"
_LONGEST_SMS = 1600  # what the vendor takes in one message
_MARKETING = {"sms": "marketing_sms", "email": "marketing_email"}
_ORDER = re.compile(r"[\w-]{1,40}")
_WORDS = {"pending": "queued", "sending": "queued", "dead": "failed"}


class Sending(ReachBase):
    """Sends to customers."""

    async def send(
        self,
        customer_id: str,
        channel: str,
        text: str,
        *,
        by: str,
        context: Mapping[str, Any] | None = None,
        purpose: str = "service",
        idempotency_key: str | None = None,
    ) -> ChannelMessage:
        """Send a message, by the outbox or into the chat; it also stands in the conversation.

        Args:
            customer_id: To whom.
            channel: `web`, `mobile`, `sms` or `email`.
            text: What it says.
            by: Who hands it in; idempotency keys are the caller's own.
            context: What it is about, kept with it.
            purpose: `service`, or `marketing`, which needs consent.
            idempotency_key: The same key is the same message and is sent once.

        Raises:
            NotFound: if there is no such customer.
            InvalidInput: if there is no such channel.
            Conflict: with the reason as its code: `no_address`, `address_not_verified`, `opted_out`, `no_consent`,
                `account_closed`, `channel_cannot_begin`, `message_too_long`; `idempotency_key_reused` for another request.
        """
        message_id = new_id("out")
        key = digest("send", by, idempotency_key or message_id)
        asked = digest(customer_id, channel, text, dict(context or {}), purpose)
        known = await self._rows.message(request_key=key)
        if known is None:
            address = await self._permitted(customer_id, channel, text, purpose)
            async with self._parts.db.transaction():
                content = {
                    "text": text,
                    "context": dict(context or {}),
                    "address": address.masked if address else None,
                }
                sealer = await self._parts.keys.sealer(customer_id)
                values = {
                    "id": message_id,
                    "customer_id": customer_id,
                    "channel": channel,
                    "content": sealer.json(content, _COLUMN),
                    "request_key": key,
                    "request_hash": asked,
                    "sent_by": by[:160],
                    "created_at": self._parts.clock.now(),
                }
                if await self._rows.add_message(values):
                    subject = self._subject(context or {})
                    await self._hand_over(
                        message_id, customer_id, channel, text, address, subject=subject
                    )
            known = await self._rows.message(request_key=key)
        if known is None:
            raise NotFound("there is no such message", code="message_not_found")
        if known["request_hash"] != asked:
            raise Conflict(
                "this idempotency key was used for another message", code="idempotency_key_reused"
            )
        return replace(await self._message(known), replayed=known["id"] != message_id)

    async def message(self, message_id: str, customer_id: str | None = None) -> ChannelMessage:
        """Return a message and what became of it, of a customer if one is named.

        Raises:
            NotFound: `message_not_found`.
        """
        row = await self._rows.message(id=message_id)
        if row is None or (customer_id is not None and row["customer_id"] != customer_id):
            raise NotFound("there is no such message", code="message_not_found")
        return await self._message(row)

    async def _permitted(
        self, customer_id: str, channel: str, text: str, purpose: str
    ) -> ContactAddress | None:
        reason, address = await self.obstacle(customer_id, channel)
        if channel not in PUSHED:
            raise Conflict(
                "on this channel the customer begins", code="channel_cannot_begin", channel=channel
            )
        if reason is not None:
            raise refuse(reason, channel)
        if channel == "sms" and len(text) > _LONGEST_SMS:
            raise Conflict(
                f"a text message has at most {_LONGEST_SMS} characters", code="message_too_long"
            )
        if purpose == "marketing" and channel in _MARKETING:
            held = await self._parts.compliance.consents(customer_id)
            if not held.get(_MARKETING[channel]):
                raise Conflict("the customer has not agreed to advertising here", code="no_consent")
        return address

    async def _hand_over(
        self,
        message_id: str,
        customer_id: str,
        channel: str,
        text: str,
        address: ContactAddress | None,
        *,
        subject: str,
    ) -> None:
        entry = self._parts.conversations.entry(
            "assistant", channel, message_id=message_id, text=text
        )
        await self._parts.conversations.append(customer_id, [entry])
        if address is not None:
            notification_id = await self.push(
                Content("proactive", subject, text),
                channel,
                address,
                key=message_id,
            )
            await self._rows.note_notification(message_id, notification_id)
        await self._parts.audit.record(
            actor="channels",
            action="message.sent",
            target=f"customer:{customer_id}",
            details={"channel": channel, "message": message_id},
        )

    def _subject(self, context: Mapping[str, Any]) -> str:
        """Return a mail's subject; the order in it is what an answer such as "when?" is about."""
        shop, order = self._parts.settings.shop_name, str(context.get("order_id") or "")
        if _ORDER.fullmatch(order) is None:
            return f"A message from {shop}"
        return f"Your order {order}: a message from {shop}"

    async def push(
        self, content: Content, channel: str, address: ContactAddress, *, key: str
    ) -> str:
        """Put something that the customer did not just ask for in the outbox; return its (last) notification."""
        public, headers = self._parts.settings.public_url, None
        pieces = [content]
        if channel == "sms":
            pieces = await self._as_text_messages(content, address.customer_id)
        elif channel == "email":
            headers = unsubscribe_headers(public, address.address)
        last = ""
        for number, piece in enumerate(pieces):  # the last one tells when all have arrived
            last = await self._parts.notifications.enqueue(
                piece,
                channel=channel,
                address=address.address,
                customer_id=address.customer_id,
                conversation_id=address.customer_id,
                idempotency_key=f"{key}:{number}" if number else key,
                headers=headers,
            )
        return last

    async def _as_text_messages(self, content: Content, customer_id: str) -> list[Content]:
        """Return what a phone gets: the same short links and pieces as of an answer."""
        text, links = content.text_for("sms"), self._parts.links
        messages = await sms_messages(
            [self._parts.conversations.entry("assistant", "sms", text=text)],
            shorten=lambda url: links.shorten(url, customer_id),
            rest_at=f"{self._parts.settings.public_url.rstrip('/')}/chat",
        )
        return [replace(content, short=message.text) for message in messages] or [content]

    async def _message(self, row: Row) -> ChannelMessage:
        opener = await self._parts.keys.opener([row["content"]])
        content = opener.json(row["content"], _COLUMN)
        status, error, updated = "posted", None, row["created_at"]
        if row["notification_id"] is not None:
            status, error, updated = await self._became(row)
        return ChannelMessage(
            row["id"],
            row["customer_id"],
            row["channel"],
            content["address"],
            content["text"],
            content["context"],
            status,
            error,
            row["created_at"],
            updated,
        )

    async def _became(self, row: Row) -> tuple[str, str | None, datetime]:
        sent = await self._parts.notifications.get(row["notification_id"])
        updated = sent.status_at or sent.sent_at or row["created_at"]
        return _WORDS.get(sent.state, sent.state), sent.error, updated
