"""What a vendor of messages must do: one contract for SMS, e-mail and webhooks.

A provider sends one message within its deadline or raises `ProviderError`. It retries a refusal that may pass
(429, 5xx, no connection) a bounded number of times; a call whose outcome is unknown it does not repeat by itself. The
`idempotency_key` names the message: a vendor that knows such keys gets it, and our own providers send a key once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from closer.kit.errors import ProviderError

T = TypeVar("T")

CHANNELS = ("email", "sms", "webhook")
DEADLINE_S = 10.0
ATTEMPTS = 3
_FIRST_DELAY_S = 0.2
_SICK_AFTER = 3
_MARGIN = 2.0  # how much slower than the slowest attempt the next one may be


@dataclass(frozen=True)
class OutboundMessage:
    """One message to one address.

    Attributes:
        channel: `email`, `sms` or `webhook`.
        to: The address: e-mail, E.164 phone or URL.
        text: The plain text.
        idempotency_key: The same key is the same message.
        subject: For e-mail.
        html: A second form for e-mail.
        media_urls: Pictures for MMS.
        headers: Further e-mail headers, such as `In-Reply-To`.
        from_address: The sender, if not the provider's usual one.
    """

    channel: str
    to: str
    text: str
    idempotency_key: str
    subject: str = ""
    html: str | None = None
    media_urls: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    from_address: str | None = None


@dataclass(frozen=True)
class ProviderReceipt:
    """What the vendor said when it took a message; `message_id` comes back in its status callbacks."""

    provider: str
    message_id: str
    state: str = "queued"


@dataclass(frozen=True)
class ProviderHealth:
    """How a provider did lately."""

    provider: str
    channel: str
    healthy: bool
    detail: str = ""


class MessageProvider(Protocol):
    """Sends messages on one channel."""

    name: str
    channel: str

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        """Send one message.

        Raises:
            ProviderError: if the vendor refused or failed; `retryable` says whether trying later may help,
                `extra["retry_after"]` when the vendor said how long to wait.
        """
        ...

    async def health(self) -> ProviderHealth:
        """Tell how the last calls went, without a call."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class HealthRecord:
    """Counts failures in a row; a refusal of one message is none."""

    def __init__(self, provider: str, channel: str) -> None:
        self._provider = provider
        self._channel = channel
        self._failures = 0
        self._detail = ""

    def ok(self) -> None:
        """Note that the vendor answered."""
        self._failures, self._detail = 0, ""

    def failed(self, detail: str) -> None:
        """Note that the vendor is away or failing."""
        self._failures += 1
        self._detail = detail

    def state(self) -> ProviderHealth:
        """Return the verdict: not healthy after three failures in a row."""
        return ProviderHealth(
            self._provider, self._channel, self._failures < _SICK_AFTER, self._detail
        )


async def call_vendor(
    call: Callable[[], Awaitable[T]],
    health: HealthRecord,
    *,
    deadline_s: float = DEADLINE_S,
    attempts: int = ATTEMPTS,
) -> T:
    """Run a vendor's call within a deadline, with bounded retries and jitter.

    Args:
        call: Makes the request; raises `ProviderError`.
        health: Where the outcome is noted.
        deadline_s: Seconds for all attempts together.
        attempts: How often to try at most.

    Raises:
        ProviderError: what the last attempt raised, or that the deadline passed (the outcome is then unknown).
    """
    try:
        result = await asyncio.wait_for(_attempt(call, attempts, deadline_s), deadline_s)
    except asyncio.TimeoutError as error:
        health.failed("no answer within the deadline")
        raise ProviderError(
            "the provider did not answer in time", retryable=True, outcome_unknown=True
        ) from error
    except ProviderError as error:
        if error.retryable:
            health.failed(error.detail)
        else:
            health.ok()
        raise
    health.ok()
    return result


async def _attempt(call: Callable[[], Awaitable[T]], attempts: int, deadline_s: float) -> T:
    now = asyncio.get_running_loop().time
    end, slowest = now() + deadline_s, 0.0
    for attempt in range(1, attempts + 1):
        began = now()
        try:
            return await call()
        except ProviderError as error:
            slowest = max(slowest, now() - began)
            delay = _FIRST_DELAY_S * 2.0 ** (attempt - 1)
            # One that is cut off by the deadline may have been taken, and would be sent again: better not begun.
            too_late = now() + delay + _MARGIN * slowest > end
            unknown = bool(error.extra.get("outcome_unknown"))
            if attempt == attempts or too_late or unknown or not error.retryable:
                raise
            if error.extra.get("retry_after", 0) > 1:
                raise
            await asyncio.sleep(delay * (0.5 + random.random() / 2))  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable")
