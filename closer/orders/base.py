"""What all parts of the orders' service share: finding with ownership, history, requests served once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from closer.catalog.service import CatalogService
from closer.customers.service import CustomerService
from closer.kit.changes import NotedChange
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.ids import MAX_KEY_CHARS
from closer.kit.money import Money
from closer.orders.identifiers import order_keys
from closer.orders.ledgers import InvoiceRepository, RefundRepository, RequestRepository, Served
from closer.orders.records import Order, OrderChange
from closer.orders.repository import OrderRepository
from closer.orders.states import check_transition


class OrdersBase:
    """State and helpers; see `OrderService` for the whole.

    Args:
        db: The database.
        catalog: Products and stock.
        clock: The time.
        customers: Their addresses; over the same database by default.
    """

    def __init__(
        self,
        db: Database,
        catalog: CatalogService,
        clock: Clock,
        customers: CustomerService | None = None,
    ) -> None:
        self._db = db
        self._catalog = catalog
        self._clock = clock
        self._customers = customers or CustomerService(db, clock)
        self._orders = OrderRepository(db)
        self._refunds = RefundRepository(db)
        self._invoices = InvoiceRepository(db)
        self._requests = RequestRepository(db)

    async def find(self, customer_id: str, order_id: str) -> Order:
        """Return a customer's order, however its number is written (`#12345`, `order 12345`, `ord 2023 0042`).

        Raises:
            NotFound: if there is none with this number, or it is another customer's.
        """
        keys = order_keys(order_id)
        order = await self._orders.find_by_keys(keys) if keys else None
        if order is None or order.customer_id != customer_id:
            raise NotFound("there is no such order", code="order_not_found")
        return order

    async def get(self, order_id: str) -> Order:
        """Return an order by its exact id, whoever's it is; for callers that check ownership themselves.

        Raises:
            NotFound: if there is none.
        """
        order = await self._orders.find(order_id)
        if order is None:
            raise NotFound("there is no such order", code="order_not_found")
        return order

    async def _locked(self, customer_id: str, order_id: str) -> Order:
        found = await self.find(customer_id, order_id)
        return await self._orders.find(found.id, lock=True) or found

    async def _event(
        self, order: Order, kind: str, by: str, to: str | None = None, **detail: Any
    ) -> None:
        """Add to an order's history, and note it for the audit log; details hold no personal values."""
        row = {
            "order_id": order.id,
            "at": self._clock.now(),
            "kind": kind,
            "by": by[:160],
            "detail": detail,
        }
        await self._orders.add_event(
            {**row, "from_state": order.state if to else None, "to_state": to}
        )
        actor = order.customer_id if by == "customer" else by
        action = f"order.{to or kind}"
        self._db.note(NotedChange(actor, action, f"order:{order.id}", {"by": by[:160], **detail}))

    async def _move(self, order: Order, to: str, by: str, **detail: Any) -> None:
        """Bring an order into another state, with the moment and an entry in its history."""
        check_transition(order.id, order.state, to)
        now = self._clock.now()
        await self._orders.update(order.id, state=to, updated_at=now, **{f"{to}_at": now})
        await self._event(order, "state", by, to, **detail)

    async def _once(
        self,
        customer_id: str,
        key: str | None,
        operation: str,
        work: Callable[[], Awaitable[OrderChange]],
    ) -> OrderChange:
        """Do the work in one transaction, and under the same key never again.

        Raises:
            Conflict: if the key was used for another operation.
        """
        if key is not None and not 0 < len(key) <= MAX_KEY_CHARS:
            raise InvalidInput(
                f"an idempotency key has 1 to {MAX_KEY_CHARS} characters", field="idempotency_key"
            )
        async with self._db.transaction():
            if key is None:
                return await work()
            served = await self._requests.claim(customer_id, key, operation, self._clock.now())
            if served is not None:
                return await self._again(served, operation)
            change = await work()
            outcome = {
                "difference": str(change.difference.amount),
                "fee": str(change.fee.amount),
                "refund_id": change.refund.id if change.refund else None,
            }
            await self._requests.finish(customer_id, key, change.order.id, outcome)
            return change

    async def _again(self, served: Served, operation: str) -> OrderChange:
        if served.operation != operation or served.order_id is None or served.outcome is None:
            raise Conflict(
                "this idempotency key was used for something else", code="idempotency_key_reused"
            )
        order = await self.get(served.order_id)
        refund_id = served.outcome["refund_id"]
        return OrderChange(
            order,
            Money(Decimal(served.outcome["difference"]), order.currency),
            Money(Decimal(served.outcome["fee"]), order.currency),
            await self._refunds.find(refund_id) if refund_id else None,
            repeated=True,
        )


def nothing(order: Order) -> Money:
    """Return an amount of zero in the order's currency."""
    return Money(Decimal(0), order.currency)
