"""What a channel adds to the inbound chain: its rules of consent and pace, and how replies look and go out on it.

Channels whose answer is the HTTP response itself (chat, voice) render it there; a channel that acknowledges first and
answers later (SMS, e-mail) has a connector, which the chain finds by the channel's name, also after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sanic import Sanic

from closer.conversations.records import InboxRecord
from closer.conversations.turn import Entry, InboundMessage, TurnResult
from closer.messaging.records import Outgoing
from closer.notifications.records import CONSENT_NOTICE, Content
from closer.security.ratelimit import Limit
from closer.services import Services

#: What a turn is called in which only consent was dealt with; its reply goes out also to who has opted out.
CONSENT_ACTION = "channel_consent"
#: Turns whose reply may confirm an opt-out; without it the opt-out would be met with silence.
_CONFIRMING = frozenset(
    {CONSENT_ACTION, "action_submit_stop_contact", "action_submit_opt_out_of_sale"}
)


class Connector:
    """A channel's part of the chain.

    Args:
        services: The domain.

    Attributes:
        channel: The channel's name, in messages and notifications alike.
        pace: How many messages a person may send.
        daily: How many an address may send a day, if that is limited; what is more gets no answer and no word about it.
        tells_pace: Whether who is too fast is told so; not where that is one more message for a robot to answer.
    """

    channel: ClassVar[str] = ""
    pace: ClassVar[Limit] = Limit(30, 60.0)
    daily: ClassVar[Limit | None] = None
    tells_pace: ClassVar[bool] = True

    def __init__(self, services: Services) -> None:
        self.services = services

    async def consent(self, message: InboundMessage) -> TurnResult | None:
        """Deal with a message about consent, or from somebody who has opted out; None if it is for the dialogue."""
        return None

    def words(self, message: InboundMessage) -> str:
        """Return what the dialogue is to read of a message."""
        return message.text

    async def render(self, message: InboundMessage, entries: Sequence[Entry]) -> list[Outgoing]:
        """Return the messages that say the entries on this channel."""
        raise NotImplementedError

    async def deliver(self, record: InboxRecord, result: TurnResult) -> None:
        """Put the replies in the outbox, in the transaction that ends the turn; each goes out once."""
        message = record.message
        if not message.address or not result.replies:
            return
        kind = "reply" if _CONFIRMING.isdisjoint(result.actions) else CONSENT_NOTICE
        for ordinal, item in enumerate(await self.render(message, result.replies)):
            await self.services.notifications.enqueue(
                Content(kind, item.subject, item.text),
                channel=self.channel,
                address=message.address,
                customer_id=message.customer_id,
                conversation_id=message.conversation_id,
                idempotency_key=f"{kind}:{record.id}:{ordinal}",
                html=item.html,
                headers=item.headers,
                media_urls=item.media_urls,
                from_address=self.reply_from(message),
            )

    def reply_from(self, message: InboundMessage) -> str | None:
        """Return which of our addresses answers; None for the provider's usual one."""
        return None

    def says(self, message: InboundMessage, action: str, text: str | None = None) -> TurnResult:
        """Return a turn without dialogue: what the channel itself does and says."""
        entry = self.services.conversations.entry
        replies = [entry("assistant", message.channel, message_id=message.message_id, text=text)]
        return TurnResult(
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            replies=replies if text else [],
            actions=[action],
        )


def connectors_of(app: Sanic) -> dict[str, Connector]:
    """Return the connectors of this process by channel; a connector's blueprint adds its own when the server starts."""
    if not hasattr(app.ctx, "connectors"):
        app.ctx.connectors = {}
    connectors: dict[str, Connector] = app.ctx.connectors
    return connectors
