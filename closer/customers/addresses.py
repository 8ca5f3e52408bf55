"""Customers' addresses."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from closer.customers import validation
from closer.customers.base import CustomersBase
from closer.customers.records import Address, NewAddress
from closer.kit.errors import Conflict, NotFound
from closer.kit.ids import new_id

MAX_ADDRESSES = 20


class AddressBook(CustomersBase):
    """Addresses of customers; of several one is the default."""

    async def addresses(self, customer_id: str) -> list[Address]:
        """Return a customer's addresses, the default first."""
        await self._get(customer_id)
        return await self._repository.addresses(customer_id)

    async def address(self, customer_id: str, address_id: str | None = None) -> Address:
        """Return an address of a customer, by default the default one.

        Raises:
            NotFound: if there is none, or it is another customer's.
        """
        known = await self.addresses(customer_id)
        for address in known:
            if address_id in (None, address.id):
                return address
        raise NotFound("there is no such address", code="address_not_found")

    async def draft_address(self, customer_id: str, address: NewAddress) -> Address:
        """Return an address in its normal form without keeping it, e.g. for a single order; its id is empty.

        Raises:
            InvalidInput: if a part is not acceptable or we do not deliver to the country.
        """
        customer = await self._get(customer_id)
        clean = validation.clean_new_address(address, customer.name)
        now = self._clock.now()
        return Address(
            id="",
            customer_id=customer_id,
            is_default=False,
            created_at=now,
            updated_at=now,
            **clean,
        )

    async def add_address(
        self, customer_id: str, address: NewAddress, *, default: bool = False, by: str = "system"
    ) -> Address:
        """Add an address; one that is there already is returned as it is, the first becomes the default.

        Raises:
            InvalidInput: if a part is not acceptable or we do not deliver to the country.
            Conflict: if the account is closed or has too many addresses.
        """
        async with self._db.transaction():
            customer = await self._open(customer_id)
            clean = validation.clean_new_address(address, customer.name)
            known = await self._repository.addresses(customer_id)
            address_id = _same_place(known, clean)
            if address_id is None:
                if len(known) >= MAX_ADDRESSES:
                    raise Conflict("that are too many addresses", code="too_many_addresses")
                address_id, now = new_id("adr"), self._clock.now()
                fixed = {"id": address_id, "customer_id": customer_id, "is_default": False}
                await self._repository.add_address(
                    {**clean, **fixed, "created_at": now, "updated_at": now}
                )
                await self._record(
                    customer_id, {"address.added": (None, {"id": address_id, **clean})}, by
                )
            if default or not known:
                await self._set_default(customer_id, address_id, by)
            return await self.address(customer_id, address_id)

    async def update_address(
        self, customer_id: str, address_id: str, *, by: str = "system", **changes: Any
    ) -> Address:
        """Change parts of an address: label, recipient, street, city, region, postcode, country."""
        clean = validation.clean_address(changes)
        async with self._db.transaction():
            await self._open(customer_id)
            old = asdict(await self.address(customer_id, address_id))
            changed = {name: value for name, value in clean.items() if old[name] != value}
            if changed:
                values = {**changed, "updated_at": self._clock.now()}
                await self._repository.update_address(address_id, values)
                fields = {f"address.{name}": (old[name], value) for name, value in changed.items()}
                await self._record(customer_id, fields, by)
            return await self.address(customer_id, address_id)

    async def remove_address(
        self, customer_id: str, address_id: str, *, by: str = "system"
    ) -> None:
        """Delete an address; if it was the default, the oldest of the others becomes it."""
        async with self._db.transaction():
            await self._open(customer_id)
            gone = await self.address(customer_id, address_id)
            await self._repository.remove_address(address_id)
            await self._record(customer_id, {"address.removed": (gone.snapshot(), None)}, by)
            left = await self._repository.addresses(customer_id)
            if gone.is_default and left:
                await self._set_default(customer_id, left[0].id, by)

    async def set_default_address(
        self, customer_id: str, address_id: str, *, by: str = "system"
    ) -> Address:
        """Let orders go to this address unless another is named."""
        async with self._db.transaction():
            await self._open(customer_id)
            await self._set_default(customer_id, address_id, by)
            return await self.address(customer_id, address_id)

    async def _set_default(self, customer_id: str, address_id: str, by: str) -> None:
        address = await self.address(customer_id, address_id)
        if not address.is_default:
            old = next((a.id for a in await self.addresses(customer_id) if a.is_default), None)
            await self._repository.make_default(customer_id, address_id)
            await self._record(customer_id, {"address.default": (old, address_id)}, by)


def _same_place(known: list[Address], clean: dict[str, Any]) -> str | None:
    parts = ("recipient", "street", "city", "region", "postcode", "country")
    wanted = [str(clean[part]).casefold() for part in parts]
    for address in known:
        if [str(getattr(address, part)).casefold() for part in parts] == wanted:
            return address.id
    return None
