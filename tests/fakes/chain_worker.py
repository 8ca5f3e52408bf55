"""A process that takes messages and works them off: `python -m tests.fakes.chain_worker DATABASE REDIS FOLDER NAME PEOPLE COUNT`.

Each message goes to one of the same few conversations in which other processes are at work too, now answered while the
sender waits, now in the background. Nobody else may be in a conversation's turn at the same time: it is found out by a file.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from channels.base import InboxReplay
from closer.conversations.tables import inbox
from closer.conversations.turn import InboundMessage
from closer.kit.errors import Unavailable
from closer.kit.settings import load_settings
from closer.services import Services
from rasa_ext.turn import Turn
from tests.fakes.dialogue import Dialogue, chain_of, says


class Watched(Dialogue):
    """A dialogue that finds out whether it is alone in a conversation."""

    folder: Path

    @asynccontextmanager
    async def turn(self, message: InboundMessage, said: str) -> AsyncIterator[Turn]:
        try:
            self._place(message).touch(exist_ok=False)
        except FileExistsError:
            (self.folder / "two-at-once").touch()
        try:
            async with super().turn(message, said) as turn:
                yield turn
        except BaseException:  # it will be tried again
            self._place(message).unlink(missing_ok=True)
            raise

    async def _save(self, message: InboundMessage) -> None:
        await super()._save(message)
        self._place(message).unlink()  # once this commits, the next one may be in

    def _place(self, message: InboundMessage) -> Path:
        return self.folder / f"{message.conversation_id}.inside"


async def main() -> None:
    database, redis, folder, name, people, count = sys.argv[1:]
    services = Services(
        load_settings(
            database_url=database, redis_url=redis, data_dir=Path(folder), turn_deadline_s=120.0
        )
    )
    dialogue, dice = Watched(services), random.Random(name)
    dialogue.folder = Path(folder)
    chain = chain_of(services, dialogue)
    replay = InboxReplay(chain, services, every_s=0.5)
    replay.start()

    async def say(number: int) -> None:
        message = says(f"{name}-{number}", f"p{dice.randrange(int(people))}")
        if number % 2:
            await chain.take(message)
        else:
            await chain.run(message)

    for begin in range(0, int(count), 10):
        await asyncio.gather(*(say(number) for number in range(begin, begin + 10)))
    while await _unfinished(services):  # noqa: ASYNC110 - told by the database alone
        await asyncio.sleep(0.1)
    await replay.stop()
    await chain.close()
    await services.close()


async def _unfinished(services: Services) -> bool:
    """Say whether any message is open, also one that somebody is at: who stops in its midst leaves it to the others."""
    query = select(inbox.c.id).where(inbox.c.state.in_(["received", "processing"])).limit(1)
    async with services.db.reading() as connection:
        return (await connection.execute(query)).first() is not None


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Unavailable as error:
        sys.exit(f"{error.code}: {error.detail}")
