"""A customer's addresses: those of the record, and further ones that count once a one-time code proved them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from closer.customers import validation
from closer.customers.records import Customer
from closer.customers.service import CustomerService
from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.ids import new_id
from closer.kit.person_keys import PersonKeys
from closer.kit.together import Together
from closer.reach.records import KIND_OF, KINDS, ON_RECORD, ContactAddress
from closer.reach.repository import ReachRepository, Row
from closer.security.audit import AuditLog
from closer.security.verification import VerificationService
from closer.security.verification_records import Requested

PURPOSE = "contact_address"
_COLUMN = "contact_addresses.address"
_MOST = 20
_CODE_BY = {"phone": "sms", "email": "email"}


class ContactAddresses:
    """Addresses of customers.

    Args:
        db: The database.
        customers: Their records hold the first address of each kind.
        verification: Sends and judges one-time codes.
        keys: Seal the addresses.
        audit: The audit log.
        clock: The time.
        region: How to read phone numbers without country code.
    """

    def __init__(
        self,
        db: Database,
        customers: CustomerService,
        verification: VerificationService,
        keys: PersonKeys,
        audit: AuditLog,
        *,
        clock: Clock,
        region: str,
    ) -> None:
        self._db = db
        self._customers = customers
        self._verification = verification
        self._keys = keys
        self._audit = audit
        self._clock = clock
        self._region = region
        self._repository = ReachRepository(db)
        self._looking_up: Together[tuple[str, str], list[str]] = Together(self._owners_of)

    async def of(self, customer_id: str) -> Sequence[ContactAddress]:
        """Return a customer's addresses, those of the record first.

        Raises:
            NotFound: if there is no such customer.
        """
        customer = await self._customers.get(customer_id)
        rows = await self._repository.addresses(customer_id)
        opener = await self._keys.opener(row["address"] for row in rows)
        further = [_address(row, opener.text(row["address"], _COLUMN)) for row in rows]
        return [*_on_record(customer), *further]

    async def best(self, customer_id: str, channel: str) -> ContactAddress | None:
        """Return where a customer is written to on a channel: a proven address if there is one."""
        kind = KIND_OF.get(channel)
        own = [item for item in await self.of(customer_id) if item.kind == kind]
        return next((item for item in own if item.verified), own[0] if own else None)

    async def owners(self, kind: str, address: str) -> list[str]:
        """Return the active customers to whom an address belongs: one, several in a household, or nobody.

        An address that was added and not proven is nobody's.
        """
        if self._db.in_transaction:  # it must see what the caller has written
            return (await self._owners_of([(kind, address)]))[0]
        return await self._looking_up((kind, address))

    async def add(
        self, customer_id: str, kind: str, address: str, *, by: str
    ) -> tuple[ContactAddress, Requested]:
        """Add an address and send a code to it; whose else it is plays no part and is not told.

        Raises:
            InvalidInput: if it is no such address, or cannot be proven by a code.
            Conflict: `address_known`, `too_many_addresses` or `account_closed`.
            TooManyRequests: if too many codes were asked for.
        """
        if kind not in _CODE_BY:
            raise InvalidInput("an address is a phone number or a mailbox", field="kind")
        clean = self._clean(kind, address)
        async with self._db.transaction():
            customer = await self._customers.get(customer_id)
            if customer.status != "active":
                raise Conflict("the account is closed", code="account_closed")
            known = await self.of(customer_id)
            if any((item.kind, item.address) == (kind, clean) for item in known):
                raise Conflict("the customer has this address already", code="address_known")
            if len(known) >= _MOST:
                raise Conflict("that is enough addresses", code="too_many_addresses")
            stored = await self._store(customer_id, kind, clean, by)
            requested = await self._send_code(stored)
            await self._note("added", stored, by)
        return replace(stored, challenge_id=requested.challenge_id), requested

    async def link(self, customer_id: str, kind: str, address: str, *, by: str) -> ContactAddress:
        """Add an address that was proven elsewhere (account linking of a device or an Alexa user), or prove a known one.

        Raises:
            InvalidInput: if it is no such address.
            NotFound: if there is no such customer.
        """
        clean = self._clean(kind, address)
        known = [item for item in await self.of(customer_id) if item.kind == kind]
        item = next((item for item in known if item.address == clean), None)
        if item is not None and item.verified:
            return item
        async with self._db.transaction():
            item = item or await self._store(customer_id, kind, clean, by)
            return await self._prove(item, by)

    async def unlink(
        self, customer_id: str, kind: str, address: str | None = None, *, by: str
    ) -> None:
        """Forget an address whose account is no longer linked, or all of a kind; none at all is fine."""
        hashed = None if address is None else _hash(kind, self._clean(kind, address))
        rows = await self._repository.addresses(customer_id)
        gone = [
            row for row in rows if row["kind"] == kind and hashed in (None, row["address_hash"])
        ]
        if not gone:
            return
        async with self._db.transaction():
            for row in gone:
                await self._repository.remove_address(row["id"])
                await self._note("removed", _address(row, ""), by)

    async def send_again(self, customer_id: str, address_id: str) -> Requested:
        """Send another code to an address.

        Raises:
            NotFound: `address_not_found`.
            Conflict: `address_verified`, if it is proven already.
            TooManyRequests: if that is too soon or too often.
        """
        async with self._db.transaction():
            return await self._send_code(await self._waiting(customer_id, address_id))

    async def verify(
        self, customer_id: str, address_id: str, code: str, *, by: str
    ) -> ContactAddress:
        """Take the code that went to an address; the right one makes it the customer's.

        Raises:
            NotFound: `address_not_found`.
            Conflict: `address_verified`.
            InvalidInput: `code_wrong`, `code_expired` or `code_not_requested`.
            TooManyRequests: `code_locked`.
        """
        item = await self._waiting(customer_id, address_id)
        if item.challenge_id is None:
            raise InvalidInput("no code was sent", code="code_not_requested")
        # Not in one transaction with what follows: a wrong try has to stay counted.
        result = await self._verification.check(code, challenge_id=item.challenge_id)
        result.require()
        async with self._db.transaction():
            return await self._prove(item, by)

    async def remove(self, customer_id: str, address_id: str, *, by: str) -> None:
        """Forget an address.

        Raises:
            NotFound: `address_not_found`.
            Conflict: `address_on_record`, which is changed in the account.
        """
        async with self._db.transaction():
            item = await self._own(customer_id, address_id)
            if item.on_record:
                raise Conflict(
                    "this address belongs to the account; change it there", code="address_on_record"
                )
            await self._repository.remove_address(item.id)
            await self._note("removed", item, by)

    async def _owners_of(self, wanted: Sequence[tuple[str, str]]) -> list[list[str]]:
        """Return the owners of each address."""
        owners: dict[tuple[str, str], set[str]] = {pair: set() for pair in wanted}
        for kind in {kind for kind, _ in wanted}:
            addresses = {address for of_kind, address in wanted if of_kind == kind}
            by_hash = {_hash(kind, address): address for address in addresses}
            for hashed, customer_id in await self._repository.owners(kind, by_hash):
                customer = await self._customers.find(customer_id)
                if customer and customer.status == "active":
                    owners[kind, by_hash[hashed]].add(customer.id)
            for address, holders in (await self._customers.holding(kind, addresses)).items():
                owners[kind, address] |= {customer.id for customer in holders}
        return [sorted(owners[pair]) for pair in wanted]

    async def _own(self, customer_id: str, address_id: str) -> ContactAddress:
        for item in await self.of(customer_id):
            if item.id == address_id:
                return item
        raise NotFound("there is no such address", code="address_not_found")

    async def _waiting(self, customer_id: str, address_id: str) -> ContactAddress:
        item = await self._own(customer_id, address_id)
        if item.verified:
            raise Conflict("this address is proven already", code="address_verified")
        return item

    async def _store(self, customer_id: str, kind: str, clean: str, by: str) -> ContactAddress:
        sealer = await self._keys.sealer(customer_id)
        values = {
            "id": new_id("adr"),
            "customer_id": customer_id,
            "kind": kind,
            "address": sealer.text(clean, _COLUMN),
            "address_hash": _hash(kind, clean),
            "added_by": by[:160],
            "created_at": self._clock.now(),
        }
        if not await self._repository.add_address(values):
            raise Conflict("the customer has this address already", code="address_known")
        return _address({**values, "verified_at": None, "challenge_id": None}, clean)

    async def _send_code(self, item: ContactAddress) -> Requested:
        requested = await self._verification.request(
            purpose=PURPOSE,
            address=item.address,
            channel=_CODE_BY[item.kind],
            conversation_id=item.customer_id,
        )
        await self._repository.change_address(item.id, challenge_id=requested.challenge_id)
        return requested

    async def _prove(self, item: ContactAddress, by: str) -> ContactAddress:
        now = self._clock.now()
        await self._repository.change_address(item.id, verified_at=now, challenge_id=None)
        await self._note("verified", item, by)
        return replace(item, verified_at=now, challenge_id=None)

    async def _note(self, what: str, item: ContactAddress, by: str) -> None:
        await self._audit.record(
            actor=by,
            action=f"address.{what}",
            target=f"customer:{item.customer_id}",
            details={"kind": item.kind},
        )

    def _clean(self, kind: str, address: str) -> str:
        if kind == "phone":
            return validation.clean_phone(address, self._region)
        if kind == "email":
            return validation.clean_email(address)
        if kind not in KINDS:
            raise InvalidInput(f"kind is one of {', '.join(KINDS)}", field="kind")
        return validation.clean_text(address, "address", longest=400)


def _on_record(customer: Customer) -> list[ContactAddress]:
    if customer.status != "active":
        return []
    given = {"phone": customer.phone, "email": customer.email}
    since = customer.created_at
    return [
        ContactAddress(f"{ON_RECORD}{kind}", customer.id, kind, address, since, since)
        for kind, address in given.items()
        if address
    ]


def _address(row: Row, address: str) -> ContactAddress:
    return ContactAddress(
        row["id"],
        row["customer_id"],
        row["kind"],
        address,
        row["verified_at"],
        row["created_at"],
        row["challenge_id"],
    )


def _hash(kind: str, address: str) -> str:
    return process_cipher().lookup_hash(f"contact_address:{kind}:{address.strip().lower()}")
