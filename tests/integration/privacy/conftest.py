"""Services over a database and a real Redis, as the broker's tests have them."""

from tests.integration.broker.conftest import redis_server, services

__all__ = ["redis_server", "services"]
