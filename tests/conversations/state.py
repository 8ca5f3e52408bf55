"""What a case can assert of stored state: one function a kind of record, looked up by the name in `then`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from closer.services import Services

Check = Callable[[Services, str | None, dict[str, Any]], Awaitable[None]]
_CHECKS: dict[str, Check] = {}
Arrangement = Callable[[Services, Any], Awaitable[None]]
_ARRANGEMENTS: dict[str, Arrangement] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register a check under the name that cases use."""

    def keep(function: Check) -> Check:
        assert name not in _CHECKS, f"two checks are named {name}"
        _CHECKS[name] = function
        return function

    return keep


def arrangement(name: str) -> Callable[[Arrangement], Arrangement]:
    """Register how something is brought about before a case, under the name that `given` uses."""

    def keep(function: Arrangement) -> Arrangement:
        _ARRANGEMENTS[name] = function
        return function

    return keep


async def arrange(services: Services, given: list[dict[str, Any]]) -> None:
    """Bring about what a case takes for granted, e.g. `{"charged_twice": "12344"}`."""
    for item in given:
        for name, details in item.items():
            await _ARRANGEMENTS[name](services, details)


async def check_state(
    services: Services, customer: str | None, expected: list[dict[str, Any]], transcript: str
) -> None:
    """Run all checks of a case.

    Args:
        expected: Items such as `{"order": {"id": "12345", "state": "cancelled"}}`.
    """
    assert expected, "a case asserts stored state, not only words"
    for item in expected:
        for name, details in item.items():
            try:
                await _CHECKS[name](services, details.get("customer", customer), details)
            except AssertionError as error:
                raise AssertionError(f"{name} {details}: {error}\n{transcript}") from error


@check("order")
async def _order(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    order = await services.orders.get(details["id"])
    if "state" in details:
        assert order.state == details["state"], f"state is {order.state}"
    if "city" in details:
        assert order.address["city"] == details["city"], f"goes to {order.address}"
    if "refunded" in details:
        assert str(order.refunded) == details["refunded"], f"refunded is {order.refunded}"


for _module in sorted(Path(__file__).parent.glob("checks_*.py")):
    import_module(f"tests.conversations.{_module.stem}")  # registers its checks
