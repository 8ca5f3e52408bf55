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
from closer.kit.person_keys import PersonKeys
from closer.newsletter.service import NewsletterService
from closer.orders.service import OrderService

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
        """Empty the record, delete addresses and changes, close the account; the bare id stays, orders refer to it."""
        if await self._customers.find(customer_id) is None:
            return Erasure(0)
        addresses = await self._customers.addresses(customer_id)
        changes = await self._customers.changes(customer_id, limit=1000)
        emptied = await self._customers.forget(customer_id, by="privacy")
        return Erasure(int(emptied) + len(addresses) + len(changes), "the bare id")


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
        """Take the person out of closed orders. Tax law wants the books; what is on its way needs its address.

        Call it again later: an order that has arrived meanwhile is emptied then.
        """
        kept = "amounts, dates and invoices: tax law wants them for ten years"
        emptied = await self._orders.forget(customer_id)
        page = await self._orders.list(customer_id, PageRequest(limit=_PAGE))
        if not page.items:
            return Erasure(emptied)
        if any(order.is_open or order.state in ("packed", "shipped") for order in page.items):
            kept += "; the address of orders on their way, until they have arrived"
        return Erasure(emptied, kept)


class AccountData(Protocol):
    """The part of the accounts' service that erasing needs."""

    async def find_by_customer(self, customer_id: str) -> Any:
        """Return the account of a customer, or None."""
        ...

    async def erase(self, customer_id: str) -> int:
        """Remove a customer's accounts and their sessions; return how many."""
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
        """Remove the account."""
        return await self._accounts.erase(customer_id)


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

    async def erase_personal(self, customer_id: str) -> int:
        """Delete it from every table."""
        return sum((await self._conversations.erase(customer_id)).values())


class NewsletterData:
    """The customer's address among the newsletter's subscribers.

    Args:
        newsletter: The subscribers.
        customers: Know the address.
    """

    def __init__(self, newsletter: NewsletterService, customers: CustomerService) -> None:
        self._newsletter = newsletter
        self._customers = customers

    async def export_personal(self, customer_id: str) -> Any:
        """Return whether the address gets the newsletter."""
        customer = await self._customers.find(customer_id)
        email = customer.email if customer else None
        subscribed = email is not None and await self._newsletter.is_subscribed(email)
        return {"subscribed": subscribed}

    async def erase_personal(self, customer_id: str) -> int:
        """Remove the address."""
        customer = await self._customers.find(customer_id)
        if customer is None or customer.email is None:
            return 0
        return int(await self._newsletter.unsubscribe(customer.email))


class KeyData:
    """The keys that the person's content is sealed under; erased last, and with them every copy of the content.

    Args:
        keys: The keys.
    """

    def __init__(self, keys: PersonKeys) -> None:
        self._keys = keys

    async def export_personal(self, customer_id: str) -> Any:
        """Return nothing: what the keys open is in the other parts."""
        return None

    async def erase_personal(self, customer_id: str) -> int:
        """Erase them."""
        return await self._keys.erase(customer_id)


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
