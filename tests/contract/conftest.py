"""The gateway in a thread of its own, so that tools which know nothing of our event loop can call it."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.app import create_app
from closer.kit.settings import Settings, get_settings
from closer.security.ratelimit import Limit, RateLimiter, Verdict
from closer.security.tokens import issue_token
from closer.services import Services
from tests.fakes.gateway import *  # noqa: F403
from tests.fakes.gateway import CUSTOMERS, add_customer
from tests.fakes.rasa_turn import RasaTurn
from tests.fakes.redis_server import RedisServer
from tests.fakes.shop_records import add_order


class Live:
    """A running gateway with customers, orders and products.

    Attributes:
        url: Where it listens.
        order_id: An order of user123.
    """

    url: str
    order_id: str
    services: Services
    rasa: RasaTurn

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._serving: Any = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run something in the gateway's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def token(self, role: str, customer_id: str | None = None) -> str:
        return issue_token(self.settings, role=role, customer_id=customer_id)

    async def start(self) -> None:
        self.services = Services(self.settings)
        self.rasa = RasaTurn(self.services)
        await self.rasa.start()
        self.settings.rasa_url = f"http://127.0.0.1:{self.rasa.port}"
        for customer in CUSTOMERS:
            await add_customer(self.services, *customer)
        await self.services.customers.update("user123", phone="+12025550123")
        self.order_id = await add_order(self.services, "user123")
        config = uvicorn.Config(create_app(self.services), port=0, ws="wsproto", log_config=None)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server._serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._serving
        await self.rasa.stop()
        await self.services.close()

    def end(self) -> None:
        self.run(self.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@pytest.fixture(scope="module")
def live(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer, empty_database: Path
) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    shutil.copy(empty_database, folder / "closer.sqlite3")
    redis_server.flush()
    own = get_settings()
    settings = Settings(
        data_dir=folder,
        database_url=f"sqlite:///{folder}/closer.sqlite3",
        redis_url=redis_server.url,
        secret_key=own.secret_key,
        encryption_keys=own.encryption_keys,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RateLimiter, "take", _always)  # the limits have tests of their own
        made = Live(settings)
        made.run(made.start())
        yield made
        made.end()


async def _always(_: RateLimiter, __: str, ___: str, ____: Limit) -> Verdict:
    return Verdict(True)
