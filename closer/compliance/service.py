"""The compliance service: privacy requests taken, proven and carried out; consent kept and honoured at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from closer.compliance import policy
from closer.compliance.consents import Consents
from closer.compliance.records import PrivacyRequest
from closer.kit.errors import Conflict, NotAuthenticated, NotFound
from closer.kit.ids import new_id
from closer.kit.pagination import Page, PageRequest, page_of

_OPTED = ("opt_out", "opt_in")


class ComplianceService(Consents):
    """Privacy requests and consent.

    The constructor and the carrying out are `Execution`'s, the consents `Consents`'.
    """

    async def request_export(
        self,
        customer_id: str,
        *,
        verified: bool,
        reason: str | None = None,
        channel: str = "web",
        actor: str = "customer",
    ) -> PrivacyRequest:
        """Take the wish for a copy of one's data; while one is open, that one is returned.

        Args:
            customer_id: Whose data.
            verified: Whether the identity is proven; then the worker makes the copy at once and mails its link.
            reason: In the person's words.
            channel: Where it came from.
            actor: Who hands it in.

        Raises:
            NotFound: if there is no such customer.
        """
        async with self._db.transaction():
            request = await self._receive(
                "data_export", customer_id, reason, channel, actor, verified=verified
            )
            if request.state == "verified" and self._kick is not None:
                self._db.after_commit(self._kick)
        return request

    async def request_deletion(
        self,
        customer_id: str,
        *,
        verified: bool,
        reason: str | None = None,
        channel: str = "web",
        actor: str = "customer",
        second_thoughts: bool = False,
    ) -> PrivacyRequest:
        """Take the wish to be forgotten; carried out by the worker once the identity is proven.

        Args:
            customer_id: Whose data.
            verified: Whether the identity is proven.
            reason: In the person's words.
            channel: Where it came from.
            actor: Who hands it in.
            second_thoughts: Whether it waits for an hour in which it can be taken back.

        Raises:
            NotFound: if there is no such customer.
        """
        async with self._db.transaction():
            request = await self._receive(
                "data_deletion", customer_id, reason, channel, actor, verified=verified
            )
            if second_thoughts and request.state == "verified":
                until = request.created_at + policy.SECOND_THOUGHTS
                await self._requests.change(request.id, {"lease_until": until})
        return request

    async def open_deletion(self, customer_id: str) -> PrivacyRequest | None:
        """Return the erasure of a customer's data that is still to be done."""
        return await self._requests.open_one(f"{customer_id}:data_deletion")

    async def withdraw_deletion(self, customer_id: str, *, actor: str) -> PrivacyRequest:
        """Take the wish to be forgotten back, as long as nobody has begun to carry it out.

        Raises:
            NotFound: `privacy_request_not_found`, if there is none.
            Conflict: `privacy_transition`, if it is being carried out or done.
        """
        async with self._db.transaction():
            request = await self.open_deletion(customer_id)
            if request is None:
                done = await self._requests.latest(customer_id, ("data_deletion",), "completed")
                if done is None:
                    raise NotFound(
                        "there is no such privacy request", code="privacy_request_not_found"
                    )
                raise Conflict("the erasure is done", code="privacy_transition")
            found = await self._requests.find(request.id, lock=True)
            if found is None or found.state not in ("received", "verified"):
                raise Conflict("the erasure has begun", code="privacy_transition")
            return await self._move(request.id, "refused", actor, "taken back by the person")

    async def verify(self, request_id: str, *, actor: str) -> PrivacyRequest:
        """Note that the identity behind a request is proven; to do so twice is fine.

        Raises:
            Conflict: `privacy_transition`, if the request was refused.
        """
        return await self._move(request_id, "verified", actor, "identity proven")

    async def refuse(self, request_id: str, *, actor: str, note: str) -> PrivacyRequest:
        """Refuse a request, or let its sender take it back.

        Raises:
            Conflict: `privacy_transition`, if it is done already.
        """
        return await self._move(request_id, "refused", actor, note)

    async def opt_out(
        self,
        customer_id: str,
        *,
        reason: str | None = None,
        channel: str = "web",
        actor: str = "customer",
    ) -> PrivacyRequest:
        """Stop selling and sharing a customer's data, at once; who has opted out already gets that receipt.

        Raises:
            NotFound: if there is no such customer.
        """
        return await self._opt("opt_out", customer_id, reason, channel, actor)

    async def opt_in(
        self,
        customer_id: str,
        *,
        reason: str | None = None,
        channel: str = "web",
        actor: str = "customer",
    ) -> PrivacyRequest:
        """Allow selling and sharing again, at once."""
        return await self._opt("opt_in", customer_id, reason, channel, actor)

    async def get(self, request_id: str, customer_id: str | None = None) -> PrivacyRequest:
        """Return a request with its history, of a customer if one is named.

        Raises:
            NotFound: `privacy_request_not_found`.
        """
        found = await self._requests.find(request_id.strip().upper())
        if found is None or (customer_id is not None and found.customer_id != customer_id):
            raise NotFound("there is no such privacy request", code="privacy_request_not_found")
        return await self._requests.with_history(found)

    async def list(
        self,
        page: PageRequest,
        *,
        customer_id: str | None = None,
        kind: str | None = None,
        states: tuple[str, ...] = (),
    ) -> Page[PrivacyRequest]:
        """Return a page of requests, the newest first."""
        rows = await self._requests.page(
            page.limit + 1, page.after, customer_id=customer_id, kind=kind, state=states
        )
        return page_of(rows, page, key=lambda item: item.sort_key)

    async def new_download_token(self, request_id: str, customer_id: str) -> str:
        """Return a fresh token for an export, for its proven owner; earlier ones end.

        Raises:
            NotFound: if there is no such export, or it is another person's.
        """
        request, token = await self.get(request_id, customer_id), secrets.token_urlsafe(32)
        if not await self._exports.set_token(request.id, _hash(token)):
            raise NotFound("there is no export of this request", code="export_not_found")
        return token

    async def download(self, token: str) -> Mapping[str, Any]:
        """Return an export by its token.

        Raises:
            NotAuthenticated: `export_invalid`, if the token is unknown or its time is over.
        """
        async with self._db.transaction():
            found = await self._exports.fetch(_hash(token), self._clock.now())
            if found is None:
                raise NotAuthenticated("the link does not work any more", code="export_invalid")
            request_id, document = found
            await self._audit.record(
                actor="link",
                action="privacy.export_downloaded",
                target=f"privacy_request:{request_id}",
            )
        return dict(document)

    async def _opt(
        self, kind: str, customer_id: str, reason: str | None, channel: str, actor: str
    ) -> PrivacyRequest:
        async with self._db.transaction():
            customer = await self._customers.get(customer_id)
            last = await self._requests.latest(customer_id, _OPTED, "completed")
            if (
                last is not None
                and last.kind == kind
                and customer.sale_opt_out == (kind == "opt_out")
            ):
                return await self._requests.with_history(last)
            await self.set_consent(customer_id, "sale", kind == "opt_in", source=actor)
            request = await self._receive(kind, customer_id, reason, channel, actor, verified=True)
            return await self._complete(
                request, actor, "effective at once", {"sale": kind == "opt_in"}
            )

    async def _receive(
        self,
        kind: str,
        customer_id: str,
        reason: str | None,
        channel: str,
        actor: str,
        *,
        verified: bool,
    ) -> PrivacyRequest:
        now, open_key = self._clock.now(), f"{customer_id}:{kind}"
        due = policy.due_at(kind, now)
        values = {
            "customer_id": customer_id,
            "kind": kind,
            "open_key": open_key,
            "state": "received",
            "reason": (reason or "").strip()[:1000] or None,
            "channel": channel[:32],
            "attempts": 0,
            "created_at": now,
            "due_at": due,
        }
        async with self._db.transaction():
            customer = await self._customers.get(customer_id)
            request = await self._requests.open_one(open_key)
            while request is None:
                request_id = f"PRV-{secrets.randbelow(10**8):08d}"
                if await self._requests.add(id=request_id, sort_key=new_id(), **values):
                    await self._requests.add_step(
                        request_id, now, actor, "received", f"by {channel}"
                    )
                    await self._tell(customer, request_id, kind, due, done=False)
                    await self._note(actor, "received", request_id, kind)
                request = await self._requests.open_one(open_key)
            if verified and request.state == "received":
                return await self._move(request.id, "verified", actor, "identity proven")
            return await self._requests.with_history(request)

    async def _move(self, request_id: str, state: str, actor: str, note: str) -> PrivacyRequest:
        async with self._db.transaction():
            await self._requests.find(request_id.strip().upper(), lock=True)
            request = await self.get(request_id)
            if request.state != state and not (
                state == "verified" and request.state in ("in_progress", "completed")
            ):
                policy.check_transition(request.state, state)
                closed = (
                    {"open_key": None, "completed_at": self._clock.now()}
                    if state == "refused"
                    else {}
                )
                await self._requests.change(request.id, {"state": state, **closed})
                await self._requests.add_step(request.id, self._clock.now(), actor, state, note)
                await self._note(actor, state, request.id, request.kind)
            return await self.get(request.id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
