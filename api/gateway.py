"""What the gateway's handlers share: the services and the parts that live as long as the process."""

from __future__ import annotations

import aiohttp
from starlette.requests import HTTPConnection

from api.metrics import GatewayMetrics
from api.sockets.hub import Hub
from api.turns import TurnDispatcher
from closer.security.ratelimit import RateLimiter
from closer.services import Services


class Gateway:
    """The process's parts, started and stopped together.

    Args:
        services: The domain.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings = services.settings
        self.metrics = GatewayMetrics()
        self.limiter = RateLimiter(services.redis)
        self.hub = Hub(services.redis)
        self.turns = TurnDispatcher(services.turns, self.metrics)
        self._http: aiohttp.ClientSession | None = None

    @property
    def http(self) -> aiohttp.ClientSession:
        """Pooled connections to the other processes; nothing is decoded, followed or remembered."""
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=128),
                timeout=aiohttp.ClientTimeout(total=30, sock_connect=2),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._http

    def start(self) -> None:
        """Begin to listen for announcements."""
        self.hub.start()

    async def close(self) -> None:
        """Let turns end, then close what was opened here."""
        await self.turns.close()
        await self.hub.close()
        if self._http is not None:
            await self._http.close()


def gateway_of(connection: HTTPConnection) -> Gateway:
    """Return the gateway that a request or socket came to."""
    gateway: Gateway = connection.app.state.gateway
    return gateway
