"""An action that fails apologises, and is counted where Prometheus looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.plugin import plugin_manager
from sanic import Sanic

from actions import runtime
from actions.base import CloserAction
from actions.context import TurnContext
from closer.kit.errors import Unavailable
from closer.services import Services


class Fails(CloserAction):
    """Fails as it is told."""

    def __init__(self, error: Exception = KeyError()) -> None:  # noqa: B008 - the SDK makes one of each kind
        self.error = error

    def name(self) -> str:
        return "action_test_fails"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        raise self.error


@pytest.fixture(autouse=True)
def _acting(services: Services) -> Iterator[None]:
    runtime.use_services(services)
    yield
    runtime.use_services(None)


async def counts() -> dict[str, float]:
    """Return what the page says of the action, by kind."""
    app = Sanic("figures", register=False, configure_logging=False)
    plugin_manager().hook.attach_sanic_app_extensions(app=app)
    [route] = [route for route in app.router.routes if route.path == "metrics"]
    page = (await route.handler(None)).body.decode()
    return {
        line.split('kind="')[1].split('"')[0]: float(line.split()[-1])
        for line in page.splitlines()
        if line.startswith('closer_action_failures_total{action="action_test_fails"')
    }


async def test_failures_are_counted_by_action_and_kind() -> None:
    before = await counts()
    where = Tracker("ann", {}, {"text": "x"}, [{"event": "user"}], False, None, {}, "x")
    for error in (Unavailable("away"), KeyError("x"), KeyError("y")):
        said = CollectingDispatcher()
        await Fails(error).run(said, where, {})
        assert said.messages[0]["response"] == "utter_backend_down"
    after = await counts()
    assert {kind: after[kind] - before.get(kind, 0) for kind in after} == {
        Unavailable.code: 1,
        "KeyError": 2,
    }
