"""A process that has the model loaded and lets copies of itself play a scene, each of which may be killed at a step.

`python -m tests.integration.crash.theatre <model>`: one JSON request a line in, one JSON answer a line out. A scene is
played by two processes as in the product: one with the dialogue, one with the actions, which talk over HTTP. A third
kind delivers the outbox. The victim kills itself with SIGKILL just before the step of the given number: a statement
that writes, a commit, a command to Redis, a call or an answer between the two. Nothing of this is known to the product:
the steps are counted from outside, at SQLAlchemy, Redis and HTTP.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from rasa.core.agent import Agent
from rasa_sdk.executor import ActionExecutor
from redis.asyncio.connection import Connection
from sqlalchemy import event

from actions import runtime
from channels.base import InboundChain, InboxReplay
from channels.sms import SmsConnector
from closer.conversations.turn import InboundMessage, to_json
from closer.kit.clock import FixedClock
from closer.kit.settings import Settings, load_settings
from closer.services import Services
from rasa_ext.tracker_store import CloserTrackerStore
from rasa_ext.wiring import adapt

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Steps:
    """Notes each step in a file and ends the process before the one at which it is to die."""

    def __init__(self, path: Path, die_at: int | None) -> None:
        self._file = path.open("a", buffering=1, encoding="utf-8")
        self._die_at = die_at
        self._count = 0

    def step(self, name: str) -> None:
        """Pass a step, or die."""
        self._count += 1
        self._file.write(f"{name}\n")
        if self._count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, services: Services) -> None:
        """Count what goes to the database, to Redis, and between the processes."""
        engine = services.db.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._statement)
        event.listen(engine, "commit", lambda _: self.step("commit"))
        send = Connection.send_command

        async def counted(connection: Any, *words: Any, **more: Any) -> Any:
            self.step(f"redis {words[0]}")
            return await send(connection, *words, **more)

        Connection.send_command = counted  # type: ignore[method-assign]
        request = aiohttp.ClientSession._request

        async def called(session: Any, method: str, url: Any, **more: Any) -> Any:
            self.step("call")
            answer = await request(session, method, url, **more)
            self.step("answered")
            return answer

        aiohttp.ClientSession._request = called  # type: ignore[method-assign,assignment]

    def _statement(self, _: Any, __: Any, statement: str, *___: Any) -> None:
        words = statement.split()
        if words[0] in _WRITES:
            self.step(" ".join(words[: 3 if words[0] != "UPDATE" else 2]).lower())


class Scene:
    """What a request asks for.

    Args:
        request: `database`, `redis`, `at` (the moment), `message` or None, `replay`, `deliver`,
            `victim` (`rasa`, `actions`, `delivery` or None), `step`, `steps` (a file's path).
    """

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.port = _free_port()

    def services(self, role: str) -> Services:
        """Return services of a process of this scene, its steps counted."""
        settings = _settings(self.request, self.port)
        services = Services(settings, FixedClock(datetime.fromisoformat(self.request["at"])))
        die_at = self.request["step"] if self.request["victim"] == role else None
        path = Path(self.request["steps"] if self.request["victim"] == role else os.devnull)
        self.steps = Steps(path, die_at)
        self.steps.watch(services)
        return services

    async def act(self) -> None:
        """Serve actions until killed."""
        services = self.services("actions")
        runtime.use_services(services)
        executor = ActionExecutor()
        executor.register_package("actions")

        async def run(request: web.Request) -> web.Response:
            outcome = await executor.run(await request.json())
            self.steps.step("answer")
            return web.json_response(outcome)

        app = web.Application(client_max_size=2**26)
        app.router.add_post("/webhook", run)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        await asyncio.Event().wait()

    async def talk(self, agent: Agent) -> dict[str, Any]:
        """Process the message, or what is left of earlier ones, as the Rasa process does."""
        services = self.services("rasa")
        agent.tracker_store = CloserTrackerStore(domain=agent.domain, services=services)
        assert agent.processor is not None
        agent.processor.tracker_store = agent.tracker_store
        adapt(agent, services.settings)
        chain = InboundChain(agent, services, {"sms": SmsConnector(services)})
        answer: dict[str, Any] = {}
        if self.request["replay"]:
            await InboxReplay(chain, services).run_once()
        if self.request["message"]:
            message = InboundMessage.parse_obj(self.request["message"])
            answer = to_json(await chain.run(message))
        self.steps.step("end")
        return answer

    async def deliver(self) -> dict[str, Any]:
        """Deliver the outbox as the delivery process does."""
        services = self.services("delivery")
        report = await services.notifications.deliver_due()
        self.steps.step("end")
        return {"sent": report.sent}


def play(request: dict[str, Any], agent: Agent) -> dict[str, Any]:
    """Play a scene with processes of its own and return what came of it."""
    scene = Scene(request)
    if request["deliver"]:
        return _wait(_fork(lambda: _answering(scene.deliver)))
    actions = _fork(lambda: _run(scene.act))
    try:
        _until_open(scene.port)
        return _wait(_fork(lambda: _answering(lambda: scene.talk(agent))))
    finally:
        os.kill(actions[0], signal.SIGKILL)
        os.waitpid(actions[0], 0)


def _run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        return await work()

    return asyncio.run(main())


def _answering(work: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    try:
        return {"answer": _run(work)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _fork(work: Callable[[], Any]) -> tuple[int, int]:
    """Start a copy of this process that does the work and writes its answer into a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    try:
        os.write(writing, json.dumps(work()).encode())
    finally:
        os._exit(0)


def _wait(process: tuple[int, int]) -> dict[str, Any]:
    child, pipe = process
    with os.fdopen(pipe, "rb") as file:
        told = file.read()
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), **(json.loads(told) if told else {})}


def _settings(request: dict[str, Any], port: int) -> Settings:
    return load_settings(
        database_url=f"sqlite:///{request['database']}",
        redis_url=request["redis"],
        actions_url=f"http://127.0.0.1:{port}",
        action_deadline_s=20.0,
        turn_deadline_s=30.0,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_open(port: int, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError("the actions do not answer")


def main() -> None:
    """Play scenes until there are no more requests."""
    agent = Agent.load(sys.argv[1])
    ActionExecutor().register_package("actions")  # imported once, for all copies
    told = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    told.write("ready\n")
    for line in sys.stdin:
        try:
            answer = play(json.loads(line), agent)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        told.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
