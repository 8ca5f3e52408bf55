"""Every turn of the suite as each vendor would get it, checked against what the vendors publish. Nothing is sent.

The connectors render the turn, the vendors' own clients make the requests.
"""

from __future__ import annotations

import json
from typing import Any

from twilio.http.response import Response
from twilio.rest import Client

from channels import voice
from channels.call import Call
from channels.email import EmailConnector
from channels.sms import SmsConnector
from closer.conversations.turn import InboundMessage, TurnResult
from closer.customers.identity import Identity
from closer.messaging.records import Outgoing
from closer.messaging.sms_text import LONGEST, MOST_MESSAGES
from closer.providers import twiml as documents
from closer.providers.base import OutboundMessage
from closer.providers.sendgrid_mail import SendGridMail
from closer.providers.twilio_sms import TwilioSms
from closer.services import Services
from tests.fakes import sendgrid_api, twilio_api, twiml

_ACCOUNT, _PHONE, _OURS = "AC" + "1" * 32, "+12025550123", "+12025550199"
_LONGEST_SPOKEN = 4096  # of one <Say>, by Twilio's documentation


class _Twilio:
    """Takes the requests of Twilio's client and answers as Twilio does."""

    is_async = True

    def __init__(self) -> None:
        self.requests: list[dict[str, list[str]]] = []

    async def request(self, _: str, __: str, data: dict[str, Any], **___: Any) -> Response:
        fields = {
            name: value if isinstance(value, list) else [str(value)] for name, value in data.items()
        }
        self.requests.append(fields)
        return Response(201, json.dumps(twilio_api.created(_ACCOUNT, 1, fields)))


class Renderings:
    """Renders turns for text message, mail and call."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._by_sms, self._by_mail = SmsConnector(services), EmailConnector(services)
        self._twilio = _Twilio()
        self._sms = TwilioSms(
            _ACCOUNT, "t", _OURS, status_callback="https://shop.example/webhooks/sms/status"
        )
        self._sms._client = Client(_ACCOUNT, "t", http_client=self._twilio)
        self._mail = SendGridMail("SG.k", "help@shop.example", "Shop")

    async def problems(self, message: InboundMessage, result: TurnResult) -> list[str]:
        """Return what a vendor would not take of a turn's result, or a phone would not show well."""
        return [
            *await self._in_text_messages(message, result),
            *await self._in_the_mail(message, result),
            *await self._in_the_call(message, result),
        ]

    async def _in_text_messages(self, message: InboundMessage, result: TurnResult) -> list[str]:
        texts = await self._by_sms.render(message, result.replies)
        found = [f"{len(texts)} text messages"] if len(texts) > MOST_MESSAGES else []
        found += ["a turn without text message"] if result.replies and not texts else []
        for number, text in enumerate(texts):
            await self._sms.send(_outbound("sms", _PHONE, text, f"{message.message_id}:{number}"))
            fields = self._twilio.requests.pop()
            found += [
                f"SMS {field}: {why}"
                for field, why in twilio_api.violations("Messages.json", fields)
            ]
            body = fields.get("Body", [""])[0]
            found += [f"SMS of {len(body)} characters"] if len(body) > LONGEST else []
            found += [f"markup in SMS: {body}"] if "**" in body or "](" in body else []
        return found

    async def _in_the_mail(self, message: InboundMessage, result: TurnResult) -> list[str]:
        mail_id = f"<{message.message_id}@mail.example>"
        mails = await self._by_mail.render(
            message.copy(update={"message_id": mail_id}), result.replies
        )
        found = ["a turn without mail"] if result.replies and not mails else []
        for mail in mails:
            request = self._mail._mail(_outbound("email", "ann@mail.example", mail, mail_id)).get()
            found += [f"mail: {why}" for why in sendgrid_api.violations(request)]
        return found

    async def _in_the_call(self, message: InboundMessage, result: TurnResult) -> list[str]:
        line = voice.Line.__new__(voice.Line)  # what a request would bring is not needed here
        line.services = self._services
        line.call = Call("CA" + "1" * 32, _PHONE, _OURS, 1, 0, message.text, 1.0)
        line.identity = Identity(message.conversation_id, message.customer_id)
        settings = self._services.settings
        line.voice = documents.Voice(settings.voice_name, settings.voice_language)
        document = await voice._said(line, result)
        found = [f"call: {why}" for why in twiml.problems(document, twiml.VOICE)]
        return found + (["a call's answer is too long"] if len(document) > _LONGEST_SPOKEN else [])


def _outbound(channel: str, address: str, item: Outgoing, key: str) -> OutboundMessage:
    return OutboundMessage(
        channel,
        address,
        item.text,
        key,
        item.subject,
        html=item.html,
        media_urls=item.media_urls,
        headers=item.headers,
    )
