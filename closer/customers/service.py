"""The customers' service: find people, keep their data right, remember who changed what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from closer.customers import validation
from closer.customers.addresses import AddressBook
from closer.customers.records import Customer, CustomerChange
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.ids import is_safe_id, new_id

_HOUSEHOLD = 12
#: The name of a person who was erased.
ERASED = "Erased customer"


class CustomerService(AddressBook):
    """Customers and their addresses.

    Every change is checked, is one transaction and leaves a `CustomerChange`; a change to what is there already
    leaves none. `by` says who or what caused it: a caller's id, or `msg:<message id>`.

    Args:
        db: The database.
        clock: The time.
        region: How to read phone numbers without country code.
    """

    async def get(self, customer_id: str) -> Customer:
        """Return a customer.

        Raises:
            NotFound: if there is none with this id.
        """
        return await self._get(customer_id)

    async def find(self, customer_id: str) -> Customer | None:
        """Return a customer, or None."""
        return await self._repository.find(customer_id)

    async def find_by_email(self, email: str) -> Customer | None:
        """Return the active customer with an e-mail address; None also for what is no address."""
        return await self._only_holder("email", email)

    async def find_closed_by_email(self, email: str) -> Customer | None:
        """Return who closed an account with an e-mail address last and is not erased; None also for what is no address."""
        try:
            hashed = validation.closed_email_hash(validation.clean_email(email))
        except InvalidInput:
            return None
        return await self._repository.closed_by_hash(hashed)

    async def find_by_phone(self, phone: str) -> Customer | None:
        """Return the one active customer with a phone number; None also if several share it."""
        return await self._only_holder("phone", phone)

    async def holding(self, kind: str, addresses: Collection[str]) -> dict[str, list[Customer]]:
        """Return the active customers with each of some addresses on record; a household's phone may be several people's.

        Args:
            kind: `phone` or `email`; nobody has another kind on record.
            addresses: The addresses; nobody has what is none.
        """
        hashes: dict[str, str] = {}
        for address in addresses:
            try:
                hashes[address] = self._hash(kind, address)
            except InvalidInput:
                continue
        found = await self._repository.by_hash(f"{kind}_hash", hashes.values()) if hashes else {}
        return {address: found.get(hashed, [])[:_HOUSEHOLD] for address, hashed in hashes.items()}

    async def ids(self, after: str = "", limit: int = 500) -> list[str]:
        """Return ids of active customers in order, for jobs that go through all of them."""
        return await self._repository.ids(after, limit)

    async def count(self) -> int:
        """Return how many customers there are."""
        return await self._repository.count()

    async def create(
        self,
        *,
        name: str,
        email: str | None = None,
        phone: str | None = None,
        account_type: str = "standard",
        locale: str = "en-US",
        preferences: dict[str, Any] | None = None,
        newsletter: bool = False,
        customer_id: str | None = None,
        by: str = "system",
    ) -> Customer:
        """Open an account.

        Raises:
            InvalidInput: if a value is not acceptable.
            Conflict: if the e-mail address or the id is taken.
        """
        given = {
            "name": name,
            "email": email,
            "phone": self._phone(phone),
            "account_type": account_type,
            "locale": locale,
            "preferences": preferences or {},
            "newsletter": newsletter,
            "sale_opt_out": False,
            "personalization": True,
        }
        if customer_id is not None and not is_safe_id(customer_id):
            raise InvalidInput("that is no customer id", field="customer_id")
        values = _with_hashes(validation.clean_changes(given))
        now = self._clock.now()
        chosen = customer_id or new_id("cus")
        values |= {"id": chosen, "status": "active", "created_at": now, "updated_at": now}
        async with self._db.transaction():
            if await self._repository.find(chosen) is not None:
                raise Conflict("there is a customer with this id", code="customer_exists")
            await self._repository.add(values)
            await self._record(chosen, {"account": (None, "created")}, by)
            return await self._get(chosen)

    async def update(self, customer_id: str, *, by: str = "system", **changes: Any) -> Customer:
        """Change fields: name, email, phone, account_type, locale, preferences, newsletter, sale_opt_out,
        personalization.

        Raises:
            NotFound: if there is no such customer.
            InvalidInput: if a field is unknown or a value is not acceptable.
            Conflict: if the account is closed, or the e-mail address is another customer's.
        """  # noqa: D205 - the fields are the summary
        if isinstance(changes.get("phone"), str):
            changes["phone"] = self._phone(changes["phone"])
        clean = validation.clean_changes(changes)
        async with self._db.transaction():
            customer = await self._open(customer_id)
            return await self._change(customer, clean, by)

    async def update_preferences(
        self, customer_id: str, preferences: dict[str, Any], *, by: str = "system"
    ) -> Customer:
        """Merge preferences into those there are; a value of None removes its key."""
        given = validation.clean_preferences(preferences)
        async with self._db.transaction():
            customer = await self._open(customer_id)
            merged = {**customer.preferences, **given}
            kept = {key: value for key, value in merged.items() if value is not None}
            return await self._change(
                customer, {"preferences": validation.clean_preferences(kept)}, by
            )

    async def set_newsletter(
        self, customer_id: str, subscribed: bool, *, by: str = "system"
    ) -> Customer:
        """Subscribe to the newsletter, or unsubscribe."""
        return await self.update(customer_id, newsletter=subscribed, by=by)

    async def set_sale_opt_out(
        self, customer_id: str, opted_out: bool, *, by: str = "system"
    ) -> Customer:
        """Forbid or allow selling and sharing of personal data; it holds for closed accounts too."""
        async with self._db.transaction():
            customer = await self._get(customer_id, lock=True)
            return await self._change(
                customer, validation.clean_changes({"sale_opt_out": opted_out}), by
            )

    async def change_tier(
        self, customer_id: str, account_type: str, *, by: str = "system"
    ) -> Customer:
        """Move the account to another tier."""
        return await self.update(customer_id, account_type=account_type, by=by)

    async def close_account(self, customer_id: str, *, by: str = "system") -> Customer:
        """Close the account; its e-mail address and phone number no longer lead to it. Closing twice is fine.

        Only `find_closed_by_email` still finds it, so that its data can be erased later.
        """
        async with self._db.transaction():
            customer = await self._get(customer_id, lock=True)
            if customer.status == "closed":
                return customer
            now = self._clock.now()
            values = {"status": "closed", "closed_at": now, "updated_at": now, "newsletter": False}
            hashed = validation.closed_email_hash(customer.email) if customer.email else None
            if hashed and (earlier := await self._repository.closed_by_hash(hashed)):
                await self._repository.update(earlier.id, {"email_hash": None})
            await self._repository.update(
                customer_id, {**values, "email_hash": hashed, "phone_hash": None}
            )
            await self._record(customer_id, {"status": ("active", "closed")}, by)
            return await self._get(customer_id)

    async def import_people(
        self,
        people: Sequence[Mapping[str, Any]],
        homes: Sequence[Mapping[str, Any]],
        *,
        by: str = "import",
    ) -> None:
        """Insert customers and addresses as rows, in one transaction; nothing is checked but their shape."""
        rows = [_with_hashes(dict(person)) for person in people]
        fields = {"field": "account", "old": None, "new": "created", "by": by}
        created = [{**fields, "customer_id": row["id"], "at": row["created_at"]} for row in rows]
        async with self._db.transaction():
            await self._repository.add_all(rows, [dict(home) for home in homes])
            await self._repository.add_changes(created)

    async def forget(self, customer_id: str, *, by: str = "privacy") -> bool:
        """Erase the person: empty the record, remove addresses and the log of changes, close the account.

        The bare id stays, orders refer to it. Returns whether there was anything to erase.
        """
        async with self._db.transaction():
            customer = await self._get(customer_id, lock=True)
            await self.close_account(customer_id, by=by)
            blank: dict[str, Any] = {
                "name": ERASED,
                "email": None,
                "email_hash": None,
                "phone": None,
                "preferences": {},
            }
            flags = {"personalization": False, "newsletter": False, "sale_opt_out": True}
            await self._repository.update(
                customer_id, {**blank, **flags, "updated_at": self._clock.now()}
            )
            await self._repository.forget(customer_id)
        return customer.name != ERASED

    async def changes(
        self, customer_id: str, *, since: datetime | None = None, limit: int = 100
    ) -> list[CustomerChange]:
        """Return what was changed, the newest first."""
        return await self._repository.changes(customer_id, since, limit)

    def _hash(self, kind: str, address: str) -> str:
        if kind == "phone":
            return validation.phone_hash(validation.clean_phone(address, self._region))
        if kind == "email":
            return validation.email_hash(validation.clean_email(address))
        raise InvalidInput("nobody has such an address on record", field="kind")

    async def _only_holder(self, kind: str, address: str) -> Customer | None:
        found = (await self.holding(kind, [address])).get(address, [])
        return found[0] if len(found) == 1 else None

    async def _change(self, customer: Customer, clean: dict[str, Any], by: str) -> Customer:
        changed = {name: value for name, value in clean.items() if getattr(customer, name) != value}
        if not changed:
            return customer
        values = {**_with_hashes(changed), "updated_at": self._clock.now()}
        await self._repository.update(customer.id, values)
        fields = {name: (getattr(customer, name), value) for name, value in changed.items()}
        await self._record(customer.id, fields, by)
        return await self._get(customer.id)

    def _phone(self, phone: str | None) -> str | None:
        return None if phone is None else validation.clean_phone(phone, self._region)


def _with_hashes(values: dict[str, Any]) -> dict[str, Any]:
    hashed = dict(values)
    if "email" in values:
        hashed["email_hash"] = validation.email_hash(values["email"]) if values["email"] else None
    if "phone" in values:
        hashed["phone_hash"] = validation.phone_hash(values["phone"]) if values["phone"] else None
    return hashed
