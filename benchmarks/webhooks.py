"""Text messages under load: `python -m benchmarks.webhooks` (RATE webhooks a second, a fifth of them repeated deliveries).

The whole way with real processes: gateway, Rasa server with the product's model, action server, delivery, Redis, database;
only Twilio is a local server, slow (2 s) and failing (30 % of its answers are 500, 503 or 429). What must hold: each message
handled once, each reply delivered once, acknowledgements at p99 under a second, another conversation goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
from aiohttp import web
from sqlalchemy import func, select

from benchmarks.rig import (
    VISIT,
    own_model,
    product_processes,
    product_programs,
    scratch_settings,
)
from benchmarks.slow_vendor import ACCOUNT, PUBLIC, TOKEN, Vendor
from closer.kit.settings import Settings
from closer.security.tokens import issue_token
from scripts.stack.instance import ROOT
from tests.fakes.twilio_caller import request, sms

#: What people write; "stop" would be an opt-out here.
TEXTS = tuple(text for text in VISIT if text != "stop")
INBOUND = "/webhooks/sms/inbound"
_DRAIN_S = 600.0
_ACK_MS = 1000.0
_DELIVERED = ("sent", "delivered", "read")
_PROCESSES = {
    "benchmarks.webhooks": "load and vendor",
    "rasa_server run": "rasa",
    "rasa_sdk": "actions",
    "uvicorn": "gateway",
    "closer.worker.delivery": "delivery",
    "closer.worker.scheduler": "scheduler",
    "celery": "worker",
    "redis-server": "redis",
}


@contextmanager
def shop(settings: Settings, vendor_url: str, model: Path) -> Iterator[None]:
    """Run the processes of a shop whose text messages go to the local vendor."""
    extra = {
        "CLOSER_PUBLIC_URL": PUBLIC,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM_NUMBER": "+12025550199",
        "TWILIO_API_URL": vendor_url,
        "CLOSER_RASA_URL": settings.rasa_url,
    }
    chosen = list(product_programs(settings, model).values())
    with product_processes(settings, chosen, extra):
        yield


class Load:
    """Sends webhooks at a rate, and a customer's own messages beside them.

    Args:
        settings: Where the gateway is.
        rate: Webhooks a second.
        repeated: Which share of them repeats an earlier one.
        people: How many numbers write.
    """

    def __init__(self, settings: Settings, rate: float, repeated: float, people: int) -> None:
        self.base = f"http://127.0.0.1:{settings.port}"
        self.rate, self.repeated = rate, repeated
        self.numbers = [f"+1202{number:07d}" for number in range(5_550_000, 5_550_000 + people)]
        self.acks: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.messages: dict[str, str] = {}
        self.chat_statuses: Counter[int] = Counter()
        token = issue_token(settings, role="customer", customer_id="user123")
        self._chat_headers = {"Authorization": f"Bearer {token}"}

    async def run(self, http: aiohttp.ClientSession, seconds: float) -> None:
        """Send for some seconds."""
        sending: set[asyncio.Task[None]] = set()
        began, recent = time.perf_counter(), []
        for number in range(int(self.rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / self.rate - time.perf_counter()))
            if recent and random.random() < self.repeated:
                fields = random.choice(recent[-50:])
            else:
                text = TEXTS[len(self.messages) % len(TEXTS)]
                fields = sms(text, random.choice(self.numbers))
                self.messages[fields["MessageSid"]] = fields["From"]
                recent.append(fields)
            sending.add(asyncio.create_task(self._post(http, fields)))
        await asyncio.gather(*sending)

    async def chat(self, http: aiohttp.ClientSession, count: int, every_s: float) -> list[float]:
        """Let a customer say things in the chat; return the seconds that each answer took."""
        took = []
        for number in range(count):
            began = time.perf_counter()
            body = {"message_id": f"c{time.time_ns()}", "text": VISIT[number % len(VISIT)]}
            async with http.post(
                f"{self.base}/api/v1/chat/messages", json=body, headers=self._chat_headers
            ) as answer:
                await answer.read()
                took.append(time.perf_counter() - began)
                self.chat_statuses[answer.status] += 1
            await asyncio.sleep(every_s)
        return took

    async def _post(self, http: aiohttp.ClientSession, fields: dict[str, str]) -> None:
        body, headers = request(TOKEN, PUBLIC, INBOUND, fields)
        began = time.perf_counter()
        async with http.post(self.base + INBOUND, data=body, headers=headers) as answer:
            await answer.read()
            self.statuses[answer.status] += 1
        self.acks.append(time.perf_counter() - began)


async def measure(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    """Run the load and return its figures."""
    vendor = Vendor(options.delay, options.failing, f"http://127.0.0.1:{settings.port}")
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", vendor.messages)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    load = Load(settings, options.rate, options.repeated, options.people)
    loop = asyncio.get_running_loop()
    processes = shop(settings, url, options.model or own_model())
    await loop.run_in_executor(None, processes.__enter__)
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            quiet = await load.chat(http, 10, 0.2)
            chat = asyncio.create_task(load.chat(http, int(options.seconds / 2), 1.0))
            idle = _cpu_seconds()
            await load.run(http, options.seconds)
            busy = await chat
            used = _cpu_seconds()
            began = time.perf_counter()
            counts = await _drained(settings)
            drain_s = time.perf_counter() - began
    finally:
        await loop.run_in_executor(None, processes.__exit__, None, None, None)
        await runner.cleanup()
    once = await _each_once(settings, vendor)
    return {
        "webhooks": len(load.acks),
        "statuses": dict(load.statuses),
        "messages": len(load.messages),
        "ack_ms": _spread(load.acks),
        **counts,
        "vendor_took": sum(vendor.taken.values()),
        "vendor_refused": vendor.refused,
        "addresses_with_other_than_their_replies": once,
        "chat_statuses": dict(load.chat_statuses),
        "chat_ms_quiet": _spread(quiet),
        "chat_ms_under_load": _spread(busy),
        "cpu_share_under_load": {
            name: round((used[name] - idle.get(name, 0.0)) / options.seconds, 2) for name in used
        },
        "load_average": os.getloadavg()[0],
        "drained_after_s": round(drain_s, 1),
    }


async def _drained(settings: Settings) -> dict[str, Any]:
    """Wait until everything is answered and delivered; return how much there is in each state."""
    from closer.conversations.tables import inbox
    from closer.notifications.tables import notifications
    from closer.services import Services

    services = Services(settings)
    give_up = time.monotonic() + _DRAIN_S
    try:
        while True:
            async with services.db.reading() as connection:
                counts = {
                    table.name: dict(
                        (
                            await connection.execute(
                                select(table.c.state, func.count()).group_by(table.c.state)
                            )
                        ).all()
                    )
                    for table in (inbox, notifications)
                }
            waiting = sum(
                counts[name].get(state, 0)
                for name, state in (
                    ("inbox", "received"),
                    ("inbox", "processing"),
                    ("notifications", "pending"),
                    ("notifications", "sending"),
                )
            )
            if not waiting or time.monotonic() > give_up:
                return counts
            await asyncio.sleep(1)
    finally:
        await services.close()


async def _each_once(settings: Settings, vendor: Vendor) -> int:
    """Return for how many addresses the vendor took more or fewer messages than there are replies."""
    from closer.kit.pagination import PageRequest
    from closer.services import Services

    services, wanted = Services(settings), Counter[str]()
    page = await services.notifications.list(PageRequest(200))
    while True:
        wanted.update(item.address for item in page.items if item.channel == "sms")
        if page.next_cursor is None:
            break
        page = await services.notifications.list(PageRequest(200, page.next_cursor))
    await services.close()
    return sum(wanted[address] != vendor.taken[address] for address in {*wanted, *vendor.taken})


def _cpu_seconds() -> dict[str, float]:
    """Return the CPU seconds of this process and its children by what they run."""
    me, spent = psutil.Process(), Counter[str]()
    for child in (me, *me.children(recursive=True)):
        words = " ".join(child.cmdline())
        name = next((label for label in _PROCESSES if label in words), "other")
        spent[_PROCESSES.get(name, name)] += sum(child.cpu_times()[:2])
    return dict(spent)


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    }


def losses(found: dict[str, Any]) -> list[str]:
    """Say what was lost, done twice or left undone; empty if all is well."""
    said = [
        f"{count} webhooks answered {status}"
        for status, count in found["statuses"].items()
        if status // 100 != 2
    ]
    said += [
        f"{count} chat messages answered {status}"
        for status, count in found["chat_statuses"].items()
        if status != 200
    ]
    for table, good in (("inbox", ("done",)), ("notifications", _DELIVERED)):
        said += [
            f"{table}: {count} {state}"
            for state, count in found[table].items()
            if state not in good
        ]
    if wrong := found["addresses_with_other_than_their_replies"]:
        said.append(f"{wrong} addresses got more or fewer messages than there are replies")
    return said


def main() -> int:
    """Run the load and print its figures as JSON; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200, help="webhooks a second")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--repeated", type=float, default=0.2, help="share of repeated deliveries")
    parser.add_argument("--people", type=int, default=600, help="how many numbers write")
    parser.add_argument("--delay", type=float, default=2.0, help="seconds that the vendor takes")
    parser.add_argument("--failing", type=float, default=0.3, help="share of its failing answers")
    parser.add_argument("--model", type=Path, help="another model than the product's own")
    parser.add_argument("--logs", type=Path, help="copy the processes' logs to this folder")
    parser.add_argument(
        "--results",
        type=Path,
        default=ROOT / "var" / "benchmarks" / "webhooks.json",
        help="where the figures are kept for docs/performance.md",
    )
    options = parser.parse_args()
    # This process seeds and reads what the others write: all of them have the same keys.
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    os.environ.update(CLOSER_SECRET_KEY=secrets.token_hex(32), CLOSER_ENCRYPTION_KEYS=f"k1:{key}")
    with scratch_settings() as settings:
        found = asyncio.run(measure(settings, options))
        print(json.dumps(found, indent=1))
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(json.dumps(found, indent=1), "utf-8")
        if options.logs:
            options.logs.mkdir(parents=True, exist_ok=True)
            for log in settings.data_dir.glob("*.log"):
                (options.logs / log.name).write_bytes(log.read_bytes())
    if found["ack_ms"]["p99"] > _ACK_MS:
        print(f"missed: acknowledgements at p99 under {_ACK_MS:g} ms")
    for loss in losses(found):
        print(f"lost: {loss}", file=sys.stderr)
    return 1 if losses(found) else 0


if __name__ == "__main__":
    sys.exit(main())
