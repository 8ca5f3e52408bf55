"""Who holds personal data: each slice says how to export and how to erase what it has about a customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Protocol

from closer.compliance.records import Erasure
from closer.conversations.service import ConversationService
from closer.conversations.turn import to_json
from closer.customers.service import CustomerService
from closer.kit.money import Money
from closer.kit.pagination import PageRequest
from closer.orders.service import OrderService

_ERASED = "Erased customer"
_PAGE = 200


class PersonalData(Protocol):
    """A store of personal data."""

    async def export_personal(self, customer_id: str) -> Any:
        """Return all that is held about a customer, as plain data."""
        ...

    async def erase_personal(self, customer_id: str) -> int | Erasure:
        """Erase it, in the caller's transaction; erasing twice is fine."""
        ...


class CustomerData:
    """The customer's record, addresses and changes.

    Args:
        customers: The customers.
    """

    def __init__(self, customers: CustomerService) -> None:
        self._customers = customers

    async def export_personal(self, customer_id: str) -> Any:
        """Return the record, the addresses and what was changed."""
        return {
            "profile": await self._customers.get(customer_id),
            "addresses": await self._customers.addresses(customer_id),
            "changes": await self._customers.changes(customer_id, limit=1000),
        }

    async def erase_personal(self, customer_id: str) -> Erasure:
        """Empty the record, remove the addresses and close the account; the bare id stays, orders refer to it."""
        customer = await self._customers.find(customer_id)
        if customer is None:
            return Erasure(0)
        if customer.status != "active":
            return Erasure(0, "the encrypted record of an account that was closed before")
        addresses = await self._customers.addresses(customer_id)
        for address in addresses:
            await self._customers.remove_address(customer_id, address.id, by="privacy")
        blank: dict[str, Any] = {"name": _ERASED, "email": None, "phone": None, "preferences": {}}
        await self._customers.update(customer_id, **blank, personalization=False, by="privacy")
        await self._customers.close_account(customer_id, by="privacy")
        return Erasure(1 + len(addresses), "the bare id and the encrypted log of changes")


class OrderData:
    """Orders, invoices and refunds.

    Args:
        orders: The orders.
    """

    def __init__(self, orders: OrderService) -> None:
        self._orders = orders

    async def export_personal(self, customer_id: str) -> Any:
        """Return all orders, invoices and refunds."""
        found: list[Any] = []
        page = await self._orders.list(customer_id, PageRequest(limit=_PAGE))
        found += page.items
        while page.next_cursor is not None:
            page = await self._orders.list(customer_id, PageRequest(_PAGE, page.next_cursor))
            found += page.items
        refunds = await self._orders.refunds(customer_id)
        return {
            "orders": found,
            "refunds": refunds,
            "invoices": await self._orders.invoices(customer_id),
        }

    async def erase_personal(self, customer_id: str) -> Erasure:
        """Keep them under the customer's bare id: tax law wants orders, invoices and refunds for ten years."""
        return Erasure(
            0, "orders, invoices and refunds under the bare id: tax law wants them for ten years"
        )


class AccountData(Protocol):
    """The part of the accounts' service that erasing needs."""

    async def find_by_customer(self, customer_id: str) -> Any:
        """Return the account of a customer, or None."""
        ...

    async def close(self, account_id: str) -> None:
        """Close an account and end its sessions."""
        ...


class SignInData:
    """The customer's sign-in.

    Args:
        accounts: The accounts.
    """

    def __init__(self, accounts: AccountData) -> None:
        self._accounts = accounts

    async def export_personal(self, customer_id: str) -> Any:
        """Return the address that is signed in with and since when there is an account."""
        account = await self._accounts.find_by_customer(customer_id)
        return account and {
            "email": account.email,
            "created_at": account.created_at,
            "verified": account.verified,
        }

    async def erase_personal(self, customer_id: str) -> int:
        """Close the account."""
        account = await self._accounts.find_by_customer(customer_id)
        if account is None:
            return 0
        await self._accounts.close(account.account_id)
        return 1


class ConversationData:
    """What was said.

    Args:
        conversations: The histories.
    """

    def __init__(self, conversations: ConversationService) -> None:
        self._conversations = conversations

    async def export_personal(self, customer_id: str) -> Any:
        """Return the whole history, the oldest first."""
        pages: list[Any] = []
        page = await self._conversations.history(customer_id, PageRequest(limit=_PAGE))
        pages.append(page.items)
        while page.next_cursor is not None:
            page = await self._conversations.history(
                customer_id, PageRequest(_PAGE, page.next_cursor)
            )
            pages.append(page.items)
        return [to_json(entry) for items in reversed(pages) for entry in items]

    async def erase_personal(self, customer_id: str) -> Erasure:
        """Keep the history: conversations are erased by their own retention."""
        return Erasure(0, "the encrypted history of the conversation, until its retention ends")


def to_plain(value: Any) -> Any:
    """Return records as plain data: dataclasses and mappings as objects, sequences as lists."""
    if isinstance(value, Money):
        return value.as_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
