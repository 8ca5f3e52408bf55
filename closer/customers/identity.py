"""Whose an address is: the customer's conversation when it is theirs alone, else a conversation of the address.

An address tells who it may be, never proves it. The conversation of an unknown address has an id that is a keyed hash,
so that neither logs nor the vendor's records lead back to the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from closer.customers.records import Customer
from closer.customers.service import CustomerService
from closer.kit.columns import process_cipher

AddressKind = Literal["phone", "email", "device"]
_HASH_CHARS = 32


@dataclass(frozen=True)
class Identity:
    """Who writes from an address, as far as the address tells.

    Attributes:
        conversation_id: The customer's id, or the address's own.
        customer_id: The only customer with this address.
    """

    conversation_id: str
    customer_id: str | None = None


class IdentityResolver:
    """Finds the conversation of an address.

    Args:
        customers: The customers.
    """

    def __init__(self, customers: CustomerService) -> None:
        self._customers = customers

    async def resolve(self, kind: AddressKind, address: str) -> Identity:
        """Return whose an address is; one that several customers share is nobody's.

        Args:
            kind: What sort of address: a phone has one conversation, by SMS, WhatsApp and voice alike.
            address: In its normal form.
        """
        found = await self._customer(kind, address)
        return Identity(found.id, found.id) if found else Identity(visitor_id(kind, address))

    async def _customer(self, kind: AddressKind, address: str) -> Customer | None:
        if kind == "phone":
            return await self._customers.find_by_phone(address)
        return await self._customers.find_by_email(address) if kind == "email" else None


def visitor_id(kind: AddressKind, address: str) -> str:
    """Return the id of the conversation of an address that is no customer's."""
    hashed = process_cipher().lookup_hash(f"address:{kind}:{address.strip().lower()}")
    return f"vis_{hashed[:_HASH_CHARS]}"
