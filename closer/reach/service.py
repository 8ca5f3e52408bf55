"""The reach service: what each channel offers a customer, messages to them, going on elsewhere, consent by channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from closer.customers.records import Customer
from closer.kit.errors import InvalidInput, NotPermitted
from closer.kit.ids import new_id
from closer.providers.base import ProviderHealth
from closer.reach.base import CONSENTED, ReachParts, refuse
from closer.reach.records import CHANNELS, ChannelState
from closer.reach.switching import Switching

__all__ = ["ReachParts", "ReachService"]

_MARKETING = {"sms": "marketing_sms", "email": "marketing_email"}


class ReachService(Switching):
    """Reaches customers; sending is `closer.reach.sending`'s, going on elsewhere `closer.reach.switching`'s.

    Args:
        parts: The services that it stands on.
    """

    async def available(self, customer_id: str) -> Sequence[ChannelState]:
        """Return what holds for each channel now.

        Raises:
            NotFound: if there is no such customer.
        """
        customer = await self._parts.customers.get(customer_id)
        heard = await self._parts.conversations.last_heard(customer_id)
        current = await self._current(customer_id, heard)
        held = await self._parts.compliance.consents(customer_id)
        return [
            await self._state(customer, channel, heard.get(channel), held, current)
            for channel in CHANNELS
        ]

    async def set_consent(
        self,
        customer_id: str,
        channel: str,
        *,
        purpose: str,
        granted: bool,
        by: str,
        own_word: bool,
    ) -> ChannelState:
        """Keep whether a customer may be written to on a channel at all, or with advertising.

        Args:
            customer_id: The customer.
            channel: `sms` or `email`.
            purpose: `contact` or `marketing`.
            granted: Whether it is allowed.
            by: Who says so.
            own_word: Whether it is the person's own word; only that takes an opt-out back.

        Raises:
            NotFound: if there is no such customer.
            InvalidInput: if nothing can be forbidden on this channel.
            Conflict: `no_address`, or `address_not_verified`.
            NotPermitted: `consent_is_the_persons`.
        """
        if channel not in CONSENTED:
            raise InvalidInput(f"channel is one of {', '.join(CONSENTED)}", field="channel")
        if granted and not own_word:
            raise NotPermitted(
                "only the person can allow this again", code="consent_is_the_persons"
            )
        async with self._parts.db.transaction():
            reason, address = await self.obstacle(customer_id, channel)
            if address is None or not address.verified:
                raise refuse(reason or "no_address", channel)
            source = f"{by}:{new_id()}"[:160]
            if purpose == "contact":
                await self._parts.consents.record(
                    channel,
                    address.address,
                    granted=granted,
                    source=source,
                    customer_id=customer_id,
                )
            else:
                name = _MARKETING[channel]
                await self._parts.compliance.set_consent(customer_id, name, granted, source=source)
        return next(item for item in await self.available(customer_id) if item.channel == channel)

    async def _state(
        self,
        customer: Customer,
        channel: str,
        last_used: datetime | None,
        held: Mapping[str, bool],
        current: str | None,
    ) -> ChannelState:
        reason, address = await self.obstacle(customer.id, channel)
        marketing = held.get(_MARKETING[channel]) if channel in _MARKETING else None
        allowed = await self._allowed(customer.id, channel, address)
        health = await self._health(channel)
        return ChannelState(
            channel=channel,
            available=reason is None,
            reason=reason,
            address=address.masked if address else None,
            verified=address.verified if address else channel in ("web", "mobile"),
            consent="allowed" if allowed else "opted_out",
            marketing=marketing,
            provider=health.provider,
            healthy=health.healthy,
            detail=health.detail,
            last_used_at=last_used,
            current=channel == current,
        )

    async def _health(self, channel: str) -> ProviderHealth:
        if channel in CONSENTED:
            return await self._parts.notifications.lately(channel)
        if channel == "voice":
            number = self._parts.settings.twilio_from_number
            return ProviderHealth("twilio" if number else "none", channel, bool(number))
        return ProviderHealth("alexa" if channel == "alexa" else "own", channel, True)
