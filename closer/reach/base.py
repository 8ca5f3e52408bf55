"""What the parts of the reach service share."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from closer.compliance.contact import ContactConsents
from closer.compliance.service import ComplianceService
from closer.conversations.dialogue_log import DialogueLog
from closer.conversations.service import ConversationService
from closer.customers.service import CustomerService
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.person_keys import PersonKeys
from closer.kit.settings import Settings
from closer.messaging.links import ShortLinks
from closer.notifications.service import NotificationService
from closer.reach.addresses import ContactAddresses
from closer.reach.records import CHANNELS, KIND_OF, ContactAddress
from closer.reach.repository import ReachRepository
from closer.security.audit import AuditLog

#: Channels on which people may forbid us to write.
CONSENTED = ("sms", "email")
#: Channels that an opt-out closes: calls, too, though only in a conversation can they be forbidden.
CLOSED_BY_OPT_OUT = (*CONSENTED, "voice")
#: Why a channel cannot be used, in words.
REASONS = {
    "no_address": "the customer has no address on this channel",
    "address_not_verified": "the address on this channel is not proven to be the customer's",
    "opted_out": "the person has opted out on this channel",
    "not_configured": "this channel is not connected here",
    "account_closed": "the account is closed",
}


@dataclass(frozen=True)
class ReachParts:
    """What reach is made of."""

    db: Database
    settings: Settings
    clock: Clock
    keys: PersonKeys
    customers: CustomerService
    addresses: ContactAddresses
    conversations: ConversationService
    dialogues: DialogueLog
    notifications: NotificationService
    links: ShortLinks
    compliance: ComplianceService
    consents: ContactConsents
    audit: AuditLog


class ReachBase:
    """State and helpers; see `ReachService` for the whole."""

    def __init__(self, parts: ReachParts) -> None:
        self._parts = parts
        self._rows = ReachRepository(parts.db)

    async def obstacle(
        self, customer_id: str, channel: str
    ) -> tuple[str | None, ContactAddress | None]:
        """Return why we may not write to a customer on a channel (None if we may), and the address there.

        Raises:
            NotFound: if there is no such customer.
            InvalidInput: if there is no such channel.
        """
        if channel not in CHANNELS:
            raise InvalidInput(f"channel is one of {', '.join(CHANNELS)}", field="channel")
        customer = await self._parts.customers.get(customer_id)
        if customer.status != "active":
            return "account_closed", None
        if channel not in KIND_OF:
            return None, None
        address = await self._parts.addresses.best(customer_id, channel)
        return await self._obstacle_at(customer_id, channel, address), address

    async def _obstacle_at(
        self, customer_id: str, channel: str, address: ContactAddress | None
    ) -> str | None:
        if channel == "voice" and not self._parts.settings.twilio_from_number:
            return "not_configured"
        if address is None:
            return "no_address"
        if not address.verified:
            return "address_not_verified"
        return None if await self._allowed(customer_id, channel, address) else "opted_out"

    async def _allowed(
        self, customer_id: str, channel: str, address: ContactAddress | None
    ) -> bool:
        """Say whether the person has not forbidden a channel, with an address there or without."""
        return channel not in CLOSED_BY_OPT_OUT or await self._parts.consents.allowed(
            channel, address.address if address else None, customer_id
        )

    async def bind_session(self, session_id: str | None, customer_id: str) -> None:
        """Keep a caller's name for a conversation; it never leads to anybody else's.

        Raises:
            Conflict: `session_of_another`.
        """
        if session_id is None or session_id == customer_id:
            return
        taken = session_id.startswith("vis_")
        taken = taken or await self._parts.customers.find(session_id) is not None
        if not taken:
            now = self._parts.clock.now()
            taken = await self._rows.bind_alias(session_id, customer_id, now) != customer_id
        if taken:
            raise Conflict("this session is not one of this customer's", code="session_of_another")


def refuse(reason: str, channel: str) -> Conflict:
    """Return the refusal for a reason."""
    return Conflict(REASONS[reason], code=reason, channel=channel)


def digest(*parts: Any) -> str:
    """Return a short stand-in for values, by which a repeated request is known."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
