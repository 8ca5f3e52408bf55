"""Consent: kept in a ledger that only grows, and effective at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from closer.compliance import policy
from closer.compliance.execution import Execution
from closer.compliance.records import Consent
from closer.kit.errors import InvalidInput


class Consents(Execution):
    """What customers allow."""

    async def set_consent(
        self, customer_id: str, purpose: str, granted: bool, *, source: str
    ) -> Consent:
        """Keep what somebody allows or forbids, and let it hold at once.

        Args:
            customer_id: The customer.
            purpose: `sale`, `marketing_email`, `marketing_sms` or `personalization`.
            granted: Whether it is allowed.
            source: Where it was said, e.g. `sms` or a caller's id.

        Raises:
            InvalidInput: if the purpose is unknown.
            NotFound: if there is no such customer.
        """
        if purpose not in policy.PURPOSES:
            raise InvalidInput(
                f"purpose must be one of {', '.join(policy.PURPOSES)}", field="purpose"
            )
        consent = Consent(purpose, granted, source, self._clock.now())
        async with self._db.transaction():
            await self._customers.get(customer_id)
            if purpose == "sale":
                await self._customers.set_sale_opt_out(customer_id, not granted, by=source)
            elif purpose == "marketing_email":
                await self._customers.set_newsletter(customer_id, granted, by=source)
            elif purpose == "personalization":
                await self._customers.update(customer_id, personalization=granted, by=source)
            await self._consents.add(customer_id, consent)
            action = f"consent.{'granted' if granted else 'withdrawn'}"
            await self._audit.record(
                actor=source,
                action=action,
                target=f"customer:{customer_id}",
                details={"purpose": purpose},
            )
        return consent

    async def consents(self, customer_id: str) -> Mapping[str, bool]:
        """Return what holds for each purpose: the last word in the ledger, else what the record says."""
        customer = await self._customers.get(customer_id)
        held = {
            "sale": not customer.sale_opt_out,
            "marketing_email": customer.newsletter,
            "marketing_sms": False,
            "personalization": customer.may_personalize,
        }
        for consent in await self._consents.ledger(customer_id):
            if consent.purpose == "marketing_sms":
                held["marketing_sms"] = consent.granted
        return held

    async def consent_ledger(self, customer_id: str) -> Sequence[Consent]:
        """Return all that somebody allowed or forbade, the oldest first."""
        return await self._consents.ledger(customer_id)
