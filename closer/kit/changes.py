"""What a service says of a change that it makes: collected by the unit of work, told to one listener before it commits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class NotedChange:
    """A change of stored state that people may have to account for.

    Attributes:
        actor: Who made it: a customer's, account's or service's id.
        action: What was done, e.g. `order.cancelled`.
        target: To which record, e.g. `order:12345`.
        details: Plain data without anybody's personal values.
    """

    actor: str
    action: str
    target: str
    details: Mapping[str, Any] = field(default_factory=dict)


#: Hears of all changes of a transaction, inside it, when everything else is done.
ChangeListener = Callable[[Sequence[NotedChange]], Awaitable[None]]
