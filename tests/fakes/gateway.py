"""The gateway as a real server in the test's event loop: real sockets, real SQLite, real Redis.

A conftest takes the fixtures in by importing them: `from tests.fakes.gateway import *`.
"""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from sqlalchemy import create_engine

from api.app import create_app
from closer.kit.settings import Settings, get_settings
from closer.security.roles import Role
from closer.security.tokens import issue_token
from closer.services import Services
from tests.fakes.rasa_turn import RasaTurn
from tests.fakes.redis_server import RedisServer, running_redis

__all__ = [
    "Door",
    "Socket",
    "door",
    "empty_database",
    "gateway_settings",
    "redis_server",
    "services",
]

MARA, OLE = "user123", "user456"
PASSWORD = "northlight-demo"
CUSTOMERS = ((MARA, "Mara Lindqvist", "mara@example.org"), (OLE, "Ole Berg", "ole@example.org"))


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all tables and nothing in them, to be copied."""
    from migrations.tables import all_tables

    path = tmp_path_factory.mktemp("empty") / "empty.sqlite3"
    engine = create_engine(f"sqlite:///{path}")
    all_tables().create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def gateway_settings(tmp_path: Path, redis_server: RedisServer, empty_database: Path) -> Settings:
    redis_server.flush()
    database = tmp_path / "closer.sqlite3"
    shutil.copy(empty_database, database)
    own = get_settings()
    return Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{database}",
        redis_url=redis_server.url,
        secret_key=own.secret_key,
        encryption_keys=own.encryption_keys,
        turn_deadline_s=2.0,
        cors_origins=["https://shop.example"],
    )


@pytest_asyncio.fixture
async def services(gateway_settings: Settings) -> AsyncIterator[Services]:
    made = Services(gateway_settings)
    yield made
    await made.close()


class Socket:
    """A chat socket that speaks frames."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def say(self, kind: str, **content: Any) -> None:
        await self.raw.send_json({"type": kind, **content})

    async def message(self, text: str, **content: Any) -> str:
        message_id = content.pop("message_id", str(uuid.uuid4()))
        await self.say("message", message_id=message_id, text=text, **content)
        return str(message_id)

    async def next(self, kind: str | None = None, within: float = 5) -> dict[str, Any]:
        """Return the next frame, or the next of a kind."""
        while True:
            frame: dict[str, Any] = await self.raw.receive_json(timeout=within)
            if kind is None or frame["type"] == kind:
                return frame

    async def entry(self, sender: str, within: float = 5) -> dict[str, Any]:
        """Return the next entry of a sender."""
        while True:
            entry = (await self.next("entry", within))["entry"]
            if entry["from"] == sender:
                return dict(entry)

    async def quiet(self, seconds: float = 0.3) -> bool:
        """Say whether nothing but typing comes for a while."""
        try:
            while True:
                frame = await self.raw.receive_json(timeout=seconds)
                if frame["type"] != "typing":
                    return False
        except asyncio.TimeoutError:
            return True

    async def closed(self, within: float = 5) -> int | None:
        """Wait until the server closes; return its code."""
        while True:
            received = await self.raw.receive(timeout=within)
            if received.type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSING,
            ):
                return self.raw.close_code


class Door:
    """A client of the running gateway, and the parts behind it."""

    def __init__(
        self, url: str, http: aiohttp.ClientSession, services: Services, rasa: RasaTurn, app: Any
    ) -> None:
        self.url, self.http, self.services, self.rasa, self.app = url, http, services, rasa, app

    def token(self, role: str | Role, customer_id: str | None = None, **more: Any) -> str:
        return issue_token(self.services.settings, role=role, customer_id=customer_id, **more)

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        """Return status and JSON (or text) of an answer."""
        headers = {**more.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            more["json"] = body
        async with self.http.request(method, self.url + path, headers=headers, **more) as answer:
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, (
                await answer.json(content_type=None) if is_json else await answer.text()
            )

    async def login(self, email: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
        status, data = await self.call(
            "POST", "/api/v1/auth/login", {"email": email, "password": password, **more}
        )
        assert status == 200, data
        return dict(data)

    async def socket(self, token: str | None = None, **hello: Any) -> Socket:
        """Open a socket; with a token, say hello."""
        socket = Socket(await self.http.ws_connect(self.url + "/api/v1/chat/socket", autoping=True))
        if token is not None:
            await socket.say("hello", token=token, **hello)
        return socket


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with nullcontext():
            yield


@pytest_asyncio.fixture
async def door(services: Services) -> AsyncIterator[Door]:
    """The gateway with two customers, Mara (user123) and Ole (user456), who can sign in."""
    rasa = RasaTurn(services)
    await rasa.start()
    services.settings.rasa_url = f"http://127.0.0.1:{rasa.port}"
    app = create_app(services)
    server = _Server(
        uvicorn.Config(app, port=0, ws="wsproto", log_config=None, timeout_graceful_shutdown=2)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
        made = Door(url, http, services, rasa, app)
        for customer in CUSTOMERS:
            await add_customer(services, *customer)
        yield made
    await rasa.stop()
    server.should_exit = True
    await task


async def add_customer(services: Services, customer_id: str, name: str, email: str) -> None:
    """Add a customer who can sign in with the demo's password."""
    await services.customers.create(customer_id=customer_id, name=name, email=email)
    await services.accounts.create(
        email=email, password_hash=_demo_hash(), customer_id=customer_id, seeded=True
    )


_hash: list[str] = []


def _demo_hash() -> str:
    from closer.security.passwords import hash_password

    if not _hash:
        _hash.append(hash_password(PASSWORD))
    return _hash[0]
