"""Carrying out privacy requests: copies are made and data is erased, store by store, in one transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from closer.compliance import policy
from closer.compliance.holders import PersonalData, to_plain
from closer.compliance.records import Erasure, PrivacyRequest
from closer.compliance.repository import ConsentRepository, ExportRepository, PrivacyRepository
from closer.customers.records import Customer
from closer.customers.service import CustomerService
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.logging import get_logger
from closer.kit.person_keys import PersonKeys
from closer.kit.settings import Settings
from closer.notifications import templates
from closer.notifications.service import NotificationService
from closer.security.audit import AuditLog

_log = get_logger(__name__)
_FORMAT = "closer-export/1"
# Within this time every order has arrived, or never will.
_LATE = timedelta(days=180)
_RETRY_IN = timedelta(minutes=1)


Kick = Callable[[], Awaitable[None]]


class Execution:
    """Carries requests out.

    Args:
        db: The database.
        customers: The customers.
        audit: The audit log.
        keys: Know under which ids content of a person lies.
        notifications: Sends receipts.
        settings: The public address and the shop's name.
        clock: The time.
        holders: Who holds personal data, by name; erased in this order.
        kick: Asks the worker to carry out what is due at once; without it the worker's next round does.
    """

    def __init__(
        self,
        db: Database,
        customers: CustomerService,
        audit: AuditLog,
        *,
        keys: PersonKeys,
        notifications: NotificationService,
        settings: Settings,
        clock: Clock,
        holders: Mapping[str, PersonalData],
        kick: Kick | None = None,
    ) -> None:
        self._db = db
        self._customers = customers
        self._audit = audit
        self._keys = keys
        self._notifications = notifications
        self._settings = settings
        self._clock = clock
        self._holders = holders
        self._kick = kick
        self._requests = PrivacyRepository(db)
        self._exports = ExportRepository(db)
        self._consents = ConsentRepository(db)

    async def execute_due(self, limit: int = 20) -> Sequence[PrivacyRequest]:
        """Carry out what is verified; safe to run in several processes (run by the worker).

        A request that fails is tried again, five times in all; each failure is in its history and in the audit log.
        Call it outside of a transaction.
        """
        done: list[PrivacyRequest] = []
        for _ in range(limit):
            now = self._clock.now()
            request = await self._requests.claim(now, now + policy.LEASE)
            if request is None:
                break
            try:
                done.append(await self._execute(request))
            except Exception as error:
                _log.error(
                    "privacy_request_failed", request=request.id, reason=type(error).__name__
                )
                await self._failed(request, type(error).__name__)
        return done

    async def finish_erasures(self) -> int:
        """Erase what had to wait: addresses of orders that have arrived since; return how much (run by the worker)."""
        since = self._clock.now() - _LATE
        erased = 0
        for customer_id in await self._requests.erased_since(since):
            outcome = await self._holders["orders"].erase_personal(customer_id)
            erased += outcome.deleted if isinstance(outcome, Erasure) else outcome
        return erased

    async def purge_exports(self) -> int:
        """Delete exports whose time is over; return how many (run by the worker)."""
        return await self._exports.purge(self._clock.now())

    async def _execute(self, request: PrivacyRequest) -> PrivacyRequest:
        async with self._db.transaction():
            customer = await self._customers.get(request.customer_id)
            if request.kind == "data_export":
                result = await self._export(request, customer)
            else:
                result = await self._erase(request.customer_id)
                await self._tell(customer, request.id, request.kind, request.due_at, done=True)
            return await self._complete(request, "worker", "carried out", result)

    async def _export(self, request: PrivacyRequest, customer: Customer) -> dict[str, Any]:
        data = {
            name: to_plain(await holder.export_personal(request.customer_id))
            for name, holder in self._holders.items()
        }
        consent = to_plain(await self._consents.ledger(request.customer_id))
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        await self._exports.put(
            request_id=request.id,
            customer_id=request.customer_id,
            document={
                "format": _FORMAT,
                "customer_id": request.customer_id,
                "created_at": now.isoformat(),
                "data": data | {"consents": consent},
            },
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            created_at=now,
            expires_at=now + timedelta(days=policy.EXPORT_DAYS),
        )
        if customer.email:
            link = f"{self._settings.public_url}/privacy/export#{token}"
            await self._notifications.enqueue(
                templates.data_export_ready(
                    self._settings.shop_name,
                    customer.first_name,
                    request_id=request.id,
                    link=link,
                    days=policy.EXPORT_DAYS,
                ),
                channel="email",
                address=customer.email,
                customer_id=customer.id,
                idempotency_key=f"export-ready:{request.id}",
            )
        return {"stores": sorted(data)}

    async def _erase(self, customer_id: str) -> dict[str, Any]:
        deleted, kept = {"exports": await self._exports.erase(customer_id)}, {}
        await self._requests.forget_reasons(customer_id)
        # Also what lies under the visitor that the person was before they signed in.
        people = await self._keys.conversations_of(customer_id)
        for name, holder in self._holders.items():
            deleted[name] = 0
            for person in sorted(people):
                outcome = await holder.erase_personal(person)
                erasure = outcome if isinstance(outcome, Erasure) else Erasure(outcome)
                deleted[name] += erasure.deleted
                if erasure.kept:
                    kept[name] = erasure.kept
        return {"deleted": deleted, "kept": kept}

    async def _complete(
        self, request: PrivacyRequest, actor: str, note: str, result: Mapping[str, Any]
    ) -> PrivacyRequest:
        now = self._clock.now()
        values = {"state": "completed", "open_key": None, "completed_at": now, "lease_until": None}
        async with self._db.transaction():
            await self._requests.change(request.id, {**values, "result": dict(result)})
            await self._requests.add_step(request.id, now, actor, "completed", note)
            await self._note(actor, "completed", request.id, request.kind)
            found = await self._requests.find(request.id)
        return await self._requests.with_history(found or request)

    async def _failed(self, request: PrivacyRequest, reason: str) -> None:
        now = self._clock.now()
        over = request.attempts >= policy.MAX_ATTEMPTS
        wait = timedelta(days=1) if over else _RETRY_IN * 2**request.attempts
        async with self._db.transaction():
            await self._requests.change(
                request.id, {"state": "verified", "lease_until": now + wait}
            )
            await self._requests.add_step(
                request.id, now, "worker", "verified", f"failed: {reason}"
            )
            await self._note("worker", "failed", request.id, request.kind, outcome="failed")

    async def _tell(
        self, customer: Customer, request_id: str, kind: str, due_at: datetime, *, done: bool
    ) -> None:
        if customer.email is None:
            return
        await self._notifications.enqueue(
            templates.privacy_receipt(
                self._settings.shop_name,
                customer.first_name,
                request_id=request_id,
                kind=kind,
                due_at=due_at,
                done=done,
            ),
            channel="email",
            address=customer.email,
            # The last receipt must survive the erasure that it tells about.
            customer_id=None if done else customer.id,
            idempotency_key=f"privacy:{request_id}:{'done' if done else 'received'}",
        )

    async def _note(
        self, actor: str, step: str, request_id: str, kind: str, *, outcome: str = "ok"
    ) -> None:
        await self._audit.record(
            actor=actor,
            action=f"privacy.{step}",
            target=f"privacy_request:{request_id}",
            outcome=outcome,
            details={"kind": kind},
        )
