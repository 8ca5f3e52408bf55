"""SQL of orders: reading and writing them with their lines, payments and parcels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, and_, delete, exists, func, or_, select, update

from closer.kit.clock import as_utc
from closer.kit.db import Database
from closer.kit.errors import InvalidInput
from closer.kit.money import Money
from closer.kit.pagination import PageRequest
from closer.kit.unit_of_work import Statements
from closer.orders.identifiers import order_key
from closer.orders.records import (
    Basket,
    Order,
    OrderEvent,
    OrderItem,
    Payment,
    Shipment,
    TrackingEvent,
)
from closer.orders.states import VOID_REFUNDS
from closer.orders.tables import order_events, order_items, orders, payments, refunds, shipments

_MONEY = ("subtotal", "discount", "shipping", "total", "fee")
_NEWEST_FIRST = (orders.c.placed_at.desc(), orders.c.id.desc())
_COLLECTED = {"items", "payments", "shipments", "refunded"}
_PLAIN = [name for name in Order.__dataclass_fields__ if name not in (*_MONEY, *_COLLECTED)]


@dataclass(frozen=True)
class OrderFilter:
    """Which of a customer's orders: in these states, placed from `since` until `until`, with a category's items."""

    states: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    category: str | None = None


class OrderRepository:
    """Rows of orders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, order_id: str, *, lock: bool = False) -> Order | None:
        """Return an order by its id; `lock` holds it until the transaction ends."""
        query = select(orders).where(orders.c.id == order_id)
        found = await self._load(query.with_for_update() if lock else query)
        return found[0] if found else None

    async def find_by_keys(self, keys: Sequence[str]) -> Order | None:
        """Return the order that the first of the keys leads to."""
        found = {
            row.id: row for row in await self._load(select(orders).where(orders.c.lookup.in_(keys)))
        }
        by_key = {order_key(order_id): order for order_id, order in found.items()}
        return next((by_key[key] for key in keys if key in by_key), None)

    async def find_by_tracking(self, tracking_number: str) -> Order | None:
        """Return the order of a parcel."""
        parcel = select(shipments.c.order_id).where(shipments.c.tracking_number == tracking_number)
        found = await self._load(select(orders).where(orders.c.id.in_(parcel)))
        return found[0] if found else None

    async def page(
        self, customer_id: str, page: PageRequest, wanted: OrderFilter
    ) -> tuple[list[Order], int]:
        """Return up to limit + 1 orders, the newest first, and how many there are in all."""
        condition = _condition(customer_id, wanted)
        count = select(func.count()).select_from(orders).where(condition)
        query = select(orders).where(condition)
        if page.after is not None:
            at, _, last = page.after.partition("|")
            moment = _moment(at)
            older = or_(
                orders.c.placed_at < moment, and_(orders.c.placed_at == moment, orders.c.id < last)
            )
            query = query.where(older)
        query = query.order_by(*_NEWEST_FIRST).limit(page.limit + 1)
        async with self._db.reading() as connection:
            total = int((await connection.execute(count)).scalar() or 0)
            return await self._load(query), total

    async def newest(self, customer_id: str, limit: int) -> list[Order]:
        """Return a customer's last orders, the newest first."""
        query = select(orders).where(orders.c.customer_id == customer_id)
        newest = query.order_by(*_NEWEST_FIRST).limit(limit)
        return await self._db.read_once(("orders", customer_id, limit), lambda: self._load(newest))

    async def add(self, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
        """Insert an order with its lines."""
        async with self._db.transaction() as connection:
            await connection.execute(
                orders.insert().values({**order, "lookup": order_key(order["id"])})
            )
            await connection.execute(
                order_items.insert(), [{**line, "order_id": order["id"]} for line in lines]
            )

    async def update(self, order_id: str, **values: Any) -> None:
        """Change columns of an order."""
        async with self._db.transaction() as connection:
            await connection.execute(update(orders).where(orders.c.id == order_id).values(**values))

    async def put_line(self, order_id: str, line: int, values: Mapping[str, Any]) -> None:
        """Insert or replace a line."""
        async with self._db.transaction() as connection:
            await self.drop_line(order_id, line)
            await connection.execute(
                order_items.insert().values({**values, "order_id": order_id, "line": line})
            )

    async def drop_line(self, order_id: str, line: int) -> None:
        """Delete a line."""
        condition = and_(order_items.c.order_id == order_id, order_items.c.line == line)
        async with self._db.transaction() as connection:
            await connection.execute(delete(order_items).where(condition))

    async def add_row(self, table: Table, values: Mapping[str, Any]) -> None:
        """Insert a payment or a parcel."""
        async with self._db.transaction() as connection:
            await connection.execute(table.insert().values(dict(values)))

    async def update_rows(
        self, table: Table, order_id: str, states: Iterable[str], **values: Any
    ) -> None:
        """Change an order's payments or parcels that are in one of the states."""
        condition = and_(table.c.order_id == order_id, table.c.state.in_(list(states)))
        async with self._db.transaction() as connection:
            await connection.execute(update(table).where(condition).values(**values))

    async def add_event(self, values: Mapping[str, Any]) -> None:
        """Append to an order's history."""
        await self.add_row(order_events, values)

    async def events(self, order_id: str) -> list[OrderEvent]:
        """Return an order's history, the oldest first."""
        query = (
            select(order_events)
            .where(order_events.c.order_id == order_id)
            .order_by(order_events.c.id)
        )
        async with self._db.reading() as connection:
            return [OrderEvent(**row) for row in (await connection.execute(query)).mappings()]

    async def baskets(self, since: datetime | None) -> list[Basket]:
        """Return what was bought together in orders that were not cancelled."""
        condition = orders.c.state != "cancelled"
        if since is not None:
            condition = and_(condition, orders.c.placed_at >= since)
        head = select(orders.c.id, orders.c.customer_id, orders.c.placed_at).where(condition)
        joined = order_items.join(orders, orders.c.id == order_items.c.order_id)
        lines = select(order_items.c.order_id, order_items.c.product_id, order_items.c.quantity)
        bought: dict[str, list[tuple[str, int]]] = defaultdict(list)
        async with self._db.reading() as connection:
            ordered = (
                lines.select_from(joined)
                .where(condition)
                .order_by(order_items.c.order_id, order_items.c.line)
            )
            for order_id, product_id, quantity in await connection.execute(ordered):
                bought[order_id].append((product_id, quantity))
            heads = (await connection.execute(head.order_by(orders.c.placed_at, orders.c.id))).all()
        return [Basket(row[0], row[1], row[2], tuple(bought[row[0]])) for row in heads]

    async def _load(self, query: Any) -> list[Order]:
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
            if not rows:
                return []
            ids = [row["id"] for row in rows]
            lines = await _children(connection, order_items, ids, order_items.c.line)
            paid = await _children(connection, payments, ids, payments.c.created_at)
            parcels = await _children(connection, shipments, ids, shipments.c.shipped_at)
            given_back = await _refunded(connection, ids)
        return [
            _order(r, lines[r["id"]], paid[r["id"]], parcels[r["id"]], given_back[r["id"]])
            for r in rows
        ]


async def _children(
    connection: Statements, table: Table, ids: Sequence[str], order: Any
) -> dict[str, list[Mapping[Any, Any]]]:
    query = select(table).where(table.c.order_id.in_(ids)).order_by(order)
    found: dict[str, list[Mapping[Any, Any]]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        found[row["order_id"]].append(row)
    return found


async def _refunded(connection: Statements, ids: Sequence[str]) -> dict[str, Decimal]:
    condition = and_(refunds.c.order_id.in_(ids), refunds.c.state.notin_(VOID_REFUNDS))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for order_id, amount in await connection.execute(
        select(refunds.c.order_id, refunds.c.amount).where(condition)
    ):
        sums[order_id] += amount
    return sums


def _condition(customer_id: str, wanted: OrderFilter) -> Any:
    parts = [orders.c.customer_id == customer_id]
    if wanted.states:
        parts.append(orders.c.state.in_(list(wanted.states)))
    if wanted.since is not None:
        parts.append(orders.c.placed_at >= as_utc(wanted.since))
    if wanted.until is not None:
        parts.append(orders.c.placed_at <= as_utc(wanted.until))
    if wanted.category is not None:
        of_category = and_(
            order_items.c.order_id == orders.c.id, order_items.c.category == wanted.category
        )
        parts.append(exists().where(of_category))
    return and_(*parts)


def _order(
    row: Mapping[Any, Any],
    lines: Sequence[Mapping[Any, Any]],
    paid: Sequence[Mapping[Any, Any]],
    parcels: Sequence[Mapping[Any, Any]],
    refunded: Decimal,
) -> Order:
    currency = row["currency"]
    values = {name: row[name] for name in _PLAIN}
    values |= {name: Money(row[name], currency) for name in _MONEY}
    return Order(
        **values,
        refunded=Money(refunded, currency),
        items=tuple(_item(line, currency) for line in lines),
        payments=tuple(_payment(payment, currency) for payment in paid),
        shipments=tuple(_shipment(parcel) for parcel in parcels),
    )


def _item(row: Mapping[Any, Any], currency: str) -> OrderItem:
    values = {name: row[name] for name in OrderItem.__dataclass_fields__}
    return OrderItem(**{**values, "unit_price": Money(row["unit_price"], currency)})


def _payment(row: Mapping[Any, Any], currency: str) -> Payment:
    values = {name: row[name] for name in Payment.__dataclass_fields__}
    return Payment(**{**values, "amount": Money(row["amount"], currency)})


def _shipment(row: Mapping[Any, Any]) -> Shipment:
    values = {name: row[name] for name in Shipment.__dataclass_fields__}
    events = (TrackingEvent(**{**e, "at": datetime.fromisoformat(e["at"])}) for e in row["events"])
    return Shipment(**{**values, "events": tuple(events)})


def _moment(text: str) -> datetime:
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise InvalidInput("the cursor is not valid") from error
