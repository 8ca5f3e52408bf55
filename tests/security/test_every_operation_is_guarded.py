"""No operation is open by accident: each declares who may use it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import create_app
from api.deps import Allow, Anyone, Local
from tests.fakes.gateway import MARA, Door

#: What everybody may ask; whoever adds to it says why.
OPEN = {
    "GET /health/live",  # probes
    "GET /health/ready",
}


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for route in create_app().routes:
        if isinstance(route, APIRoute):
            for method in route.methods:
                yield f"{method} {route.path}", route


def _guards(dependant: Dependant) -> list[object]:
    found = [dependant.call] if isinstance(dependant.call, Allow | Anyone | Local) else []
    return found + [guard for child in dependant.dependencies for guard in _guards(child)]


@pytest.mark.parametrize(
    ("name", "route"), list(_routes()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_operation_declares_who_may_use_it(name: str, route: APIRoute) -> None:
    assert name in OPEN or len(_guards(route.dependant)) == 1


async def test_operations_with_permission_answer_401_without_token(door: Door) -> None:
    for name, route in _routes():
        method, path = name.split(" ")
        if any(isinstance(guard, Allow) for guard in _guards(route.dependant)):
            path = path.replace("{order_id}", "1").replace("{ticket_id}", "1")
            query = {"customer_id": MARA} if "order-history" in path else {}
            status, _ = await door.call(
                method, path, {} if method == "POST" else None, params=query
            )
            assert status == 401, name
