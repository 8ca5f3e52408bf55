"""Questions to a running process: does it answer, and is its heartbeat fresh?"""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime

import redis

_SECONDS = 2.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy


def http_ok(url: str) -> bool:
    """Tell whether a GET of the address answers 2xx."""
    try:
        with _opener.open(url, timeout=_SECONDS) as answer:
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError, ValueError):
        return False


def redis_answers(url: str) -> bool:
    """Tell whether Redis answers PING, which it does only after it has loaded its data."""
    try:
        with _client(url) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def key_exists(url: str, key: str) -> bool:
    """Tell whether Redis has the key."""
    try:
        with _client(url) as client:
            return bool(client.exists(key))
    except redis.RedisError:
        return False


def beats_since(url: str, key: str, started: float) -> bool:
    """Tell whether the heartbeat, an ISO time, is younger than the process: an older one is its predecessor's."""
    try:
        with _client(url) as client:
            value = client.get(key)
        return value is not None and datetime.fromisoformat(value.decode()).timestamp() > started
    except (redis.RedisError, ValueError):
        return False


def _client(url: str) -> redis.Redis[bytes]:
    return redis.Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS)
