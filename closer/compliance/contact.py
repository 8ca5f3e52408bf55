"""Whether we may write to an address at all: STOP and START of phones, unsubscribing and complaints of mailboxes.

Kept by address, because whoever writes STOP need not be a customer, in a ledger that only grows. For a customer it also
ends what they allowed as marketing on the channel; opting in again gives back what that took, and no more.
"""

from __future__ import annotations

from closer.compliance.consents import Consents
from closer.compliance.records import ContactConsent
from closer.compliance.repository import ContactConsentRepository
from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.notifications.records import CONSENT_NOTICE, ONE_TIME_CODE, UNASKED_KINDS, Notification
from closer.security.audit import AuditLog

_MARKETING = {"sms": "marketing_sms", "email": "marketing_email"}


class ContactConsents:
    """Opt-outs by address, effective at once.

    Args:
        db: The database.
        consents: The ledger of customers.
        audit: The audit log.
        clock: The time.
    """

    def __init__(self, db: Database, consents: Consents, audit: AuditLog, clock: Clock) -> None:
        self._db = db
        self._consents = consents
        self._audit = audit
        self._clock = clock
        self._ledger = ContactConsentRepository(db)

    async def allowed(
        self, channel: str, address: str | None, customer_id: str | None = None
    ) -> bool:
        """Say whether we may write to an address; yes as long as neither it nor its owner forbade it."""
        last = await self.standing(channel, address, customer_id)
        return last is None or last.granted

    async def standing(
        self, channel: str, address: str | None, customer_id: str | None = None
    ) -> ContactConsent | None:
        """Return what was said last about an address, or by its owner about all of theirs; None if nothing ever was."""
        places = [address, customer_id and _all_of(customer_id)]
        said = [await self._ledger.last(channel, contact_hash(place)) for place in places if place]
        return max((item for item in said if item), key=lambda item: item.at, default=None)

    async def record_for_all(
        self, channel: str, customer_id: str, *, granted: bool, source: str
    ) -> bool:
        """Keep what a customer says about a channel, for addresses that are added later, too; returns as `record` does."""
        return await self.record(
            channel, _all_of(customer_id), granted=granted, source=source, customer_id=customer_id
        )

    async def may_send(
        self, channel: str, address: str, kind: str, customer_id: str | None = None
    ) -> bool:
        """Say whether a notification may go out now.

        To a phone that has opted out only the confirmation of that goes; to a mailbox answers, receipts and codes still
        do, and nothing that was not asked for. A code proves an address just given, so what its owner said before is no bar.
        """
        asked = kind == CONSENT_NOTICE if channel == "sms" else kind not in UNASKED_KINDS
        owner = None if kind == ONE_TIME_CODE else customer_id
        return asked or await self.allowed(channel, address, owner)

    async def opted_out_at_vendor(self, item: Notification) -> None:
        """Keep that a vendor refused a message because the person has opted out with it."""
        await self.record(
            item.channel,
            item.address,
            granted=False,
            source=f"vendor:{item.id}",
            customer_id=item.customer_id,
        )

    async def record(
        self,
        channel: str,
        address: str,
        *,
        granted: bool,
        source: str,
        customer_id: str | None = None,
    ) -> bool:
        """Keep that somebody opted out or in again.

        Args:
            channel: `sms` (SMS, MMS and WhatsApp), `email` or `voice` (calls).
            address: As messages are sent to it.
            granted: False for an opt-out.
            source: Where it was said, e.g. `msg:<message id>` or `carrier:21610`; the same source changes nothing twice.
            customer_id: Whose address it is, if that is known.

        Returns:
            Whether this source changed what holds; also when it did so in an earlier run.
        """
        hashed = contact_hash(address)
        async with self._db.transaction():
            last = await (
                self.standing(channel, address, customer_id)
                if granted
                else self._ledger.last(channel, hashed)
            )
            if last is not None and (last.granted, last.source) == (granted, source):
                return True
            if (last is None and granted) or (last is not None and last.granted == granted):
                return False
            consent = ContactConsent(granted, source, self._clock.now())
            await self._ledger.add(channel, hashed, consent)
            if granted and customer_id is not None:
                await self._lift(channel, customer_id, consent)
            if customer_id is not None and channel in _MARKETING:
                await self._settle_marketing(customer_id, _MARKETING[channel], last, consent)
            await self._audit.record(
                actor=source,
                action=f"contact.{'opted_in' if granted else 'opted_out'}",
                target=f"address:{hashed[:16]}",
                details={"channel": channel},
            )
        return True

    async def ledger(self, channel: str, address: str) -> list[ContactConsent]:
        """Return all that was said about an address, the oldest first."""
        return await self._ledger.all(channel, contact_hash(address))

    async def _lift(self, channel: str, customer_id: str, consent: ContactConsent) -> None:
        """End what a customer said about all addresses, once one of them opts in again."""
        everywhere = contact_hash(_all_of(customer_id))
        refused = await self._ledger.last(channel, everywhere)
        if refused is not None and not refused.granted:
            await self._ledger.add(channel, everywhere, consent)

    async def _settle_marketing(
        self, customer_id: str, purpose: str, before: ContactConsent | None, now: ContactConsent
    ) -> None:
        """End advertising with an opt-out; give it back only if it was that opt-out which ended it."""
        if not now.granted:
            if (await self._consents.consents(customer_id))[purpose]:
                await self._consents.set_consent(customer_id, purpose, False, source=now.source)
            return
        ledger = await self._consents.consent_ledger(customer_id)
        last = next((item for item in reversed(ledger) if item.purpose == purpose), None)
        if before and last and not last.granted and last.source == before.source:
            await self._consents.set_consent(customer_id, purpose, True, source=now.source)


def _all_of(customer_id: str) -> str:
    """Return what stands in the ledger for all addresses of a customer, those to come too."""
    return f"customer:{customer_id}"


def contact_hash(address: str) -> str:
    """Return the keyed hash under which an address is kept."""
    return process_cipher().lookup_hash(f"contact:{address.strip().lower()}")
