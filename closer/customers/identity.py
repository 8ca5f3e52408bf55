"""Whose an address is: the customer's conversation when it is theirs alone, else a conversation of the address.

An address tells who it may be, never proves it. The conversation of an unknown address has an id that is a keyed hash,
so that neither logs nor the vendor's records lead back to the number.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from closer.kit.columns import process_cipher

AddressKind = Literal["phone", "email", "device", "alexa"]
Owners = Callable[[str, str], Awaitable[Sequence[str]]]
_HASH_CHARS = 32


@dataclass(frozen=True)
class Identity:
    """Who writes from an address, as far as the address tells.

    Attributes:
        conversation_id: The customer's id, or the address's own.
        customer_id: The only customer with this address.
        household: The customers who share it, if several do; who is there has to be asked.
    """

    conversation_id: str
    customer_id: str | None = None
    household: tuple[str, ...] = ()


class IdentityResolver:
    """Finds the conversation of an address.

    Args:
        owners: Tells whose an address is: on record, or proven by a one-time code.
    """

    def __init__(self, owners: Owners) -> None:
        self._owners = owners

    async def resolve(self, kind: AddressKind, address: str) -> Identity:
        """Return whose an address is; one that several customers share is nobody's.

        Args:
            kind: What sort of address: a phone has one conversation, by SMS, WhatsApp and voice alike.
            address: In its normal form.
        """
        found = await self._owners(kind, address)
        if len(found) == 1:
            return Identity(found[0], found[0])
        return Identity(visitor_id(kind, address), household=tuple(found))


def place_of(channel: str, address: str | None) -> str:
    """Return a name of the place from which somebody speaks; a proof of identity holds only there.

    Args:
        channel: The channel.
        address: The number or mailbox, or the call; None where the channel has none.
    """
    if not address:
        return channel
    hashed = process_cipher().lookup_hash(f"place:{channel}:{address.strip().lower()}")
    return f"{channel}:{hashed[:_HASH_CHARS]}"


def visitor_id(kind: AddressKind, address: str) -> str:
    """Return the id of the conversation of an address that is no customer's."""
    hashed = process_cipher().lookup_hash(f"address:{kind}:{address.strip().lower()}")
    return f"vis_{hashed[:_HASH_CHARS]}"
