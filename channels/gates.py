"""What a message passes before the dialogue: consent, the person's pace, a handoff, and something to be read at all.

Each gate lets a message through (None) or ends its turn.
"""

from __future__ import annotations

from collections.abc import Mapping

from channels.connector import Connector
from closer.conversations.records import InboxRecord
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.columns import process_cipher
from closer.kit.logging import get_logger
from closer.messaging import wording
from closer.security.ratelimit import Limit, RateLimiter
from closer.services import Services

_log = get_logger(__name__)
_NOTICE = Limit(1, 60.0)  # who is too fast is told so once a minute


class Gates:
    """The gates, in the order of the inbound chain.

    Args:
        services: The domain.
        connectors: The connectors of this process by channel.
    """

    def __init__(self, services: Services, connectors: Mapping[str, Connector]) -> None:
        self._services = services
        self._connectors = connectors
        self._pace = RateLimiter(services.redis)

    async def stopped(self, record: InboxRecord) -> TurnResult | None:
        """Return the turn's result if it ends before the dialogue."""
        message = record.message
        connector = self._connectors.get(message.channel)
        if connector is not None:
            result = await connector.consent(message)
            if result is None and record.attempts == 0:  # our own tries do not count as theirs
                result = await self._too_fast(message)
            if result is not None:
                return result
        result = await self._with_a_person(message)
        if result is None and connector is not None:
            result = _nothing_to_read(connector, message)
        return result

    async def _too_fast(self, message: InboundMessage) -> TurnResult | None:
        connector = self._connectors[message.channel]
        person = message.conversation_id
        if not message.address:  # handed in by a service of ours, which has a limit of its own
            return None
        if not (
            await self._pace.take(f"inbound.{message.channel}", person, connector.pace)
        ).allowed:
            _log.warning("message_not_answered", reason="pace", channel=message.channel)
            return connector.says(message, "channel_too_fast", await self._notice(message))
        if connector.daily is None:
            return None
        operation = f"inbound_daily.{message.channel}"
        mailbox = process_cipher().lookup_hash(f"daily:{message.address.lower()}")
        if (await self._pace.take(operation, mailbox, connector.daily)).allowed:
            return None
        _log.warning("message_not_answered", reason="daily", channel=message.channel)
        return connector.says(message, "channel_too_many")

    async def _notice(self, message: InboundMessage) -> str | None:
        if not self._connectors[message.channel].tells_pace:
            return None
        operation = f"inbound_notice.{message.channel}"
        first = await self._pace.take(operation, message.conversation_id, _NOTICE)
        return wording.too_fast() if first.allowed else None

    async def _with_a_person(self, message: InboundMessage) -> TurnResult | None:
        handoff = await self._services.handoff.state(message.conversation_id)
        if handoff.state != "with_agent":
            return None
        return TurnResult(  # the message is theirs
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            handoff=handoff,
        )


def _nothing_to_read(connector: Connector, message: InboundMessage) -> TurnResult | None:
    if message.text.strip() or message.payload:
        return None
    count = len(message.media)
    text = wording.media_received(count) if count else None
    return connector.says(message, "channel_media_received", text)
