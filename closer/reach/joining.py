"""A visitor turns out to be a customer: what was said, gathered and asked for becomes the customer's.

The gateway asks for it; it is carried out in the Rasa process, which holds both conversations meanwhile
(`rasa_ext.joining`). What was asked for stays until it is done, so a crash or an outage between the two loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from closer.carts.service import CartService
from closer.conversations.service import ConversationService
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict
from closer.reach.records import Join
from closer.reach.repository import JoinRepository
from closer.tickets.service import TicketService


class VisitorJoins:
    """Hands visitors' belongings over.

    Args:
        db: The database.
        conversations: History and messages on their way.
        carts: Carts.
        tickets: Tickets.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        conversations: ConversationService,
        carts: CartService,
        tickets: TicketService,
        clock: Clock,
    ) -> None:
        self._db = db
        self._conversations = conversations
        self._carts = carts
        self._tickets = tickets
        self._clock = clock
        self._joins = JoinRepository(db)

    async def ask(self, visitor_id: str, customer_id: str) -> Join:
        """Keep who a visitor is; the cart follows at once.

        Raises:
            Conflict: `visitor_joined`, if the visitor is somebody else already.
        """
        async with self._db.transaction():
            join = await self._joins.ask(visitor_id, customer_id, self._clock.now())
            if join.customer_id != customer_id:
                raise Conflict("this visitor is somebody else", code="visitor_joined")
            await self._carts.merge(visitor_id, customer_id)
        return join

    async def find(self, visitor_id: str) -> Join | None:
        """Return what is known of a visitor."""
        return await self._joins.find(visitor_id)

    async def waiting(self, limit: int = 50) -> Sequence[Join]:
        """Return what was asked for and is not done."""
        return await self._joins.waiting(limit)

    async def hand_over(self, join: Join) -> None:
        """Hand over all but the dialogue; in the transaction that hands that over. Twice is fine."""
        visitor, customer = join.visitor_id, join.customer_id
        async with self._db.transaction():
            await self._conversations.merge(visitor, customer)
            await self._carts.merge(visitor, customer)
            await self._tickets.merge(visitor, customer)
            await self._joins.settle(visitor, "done", self._clock.now())

    async def refuse(self, join: Join) -> None:
        """Leave a visitor's conversation where it is: it is another person's."""
        await self._joins.settle(join.visitor_id, "refused", self._clock.now())
