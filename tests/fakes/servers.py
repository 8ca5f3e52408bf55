"""Our own web applications as real servers in the test's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext

import uvicorn
from fastapi import FastAPI


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with nullcontext():
            yield


@asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[None]:
    """Serve an application on a port of this machine."""
    config = uvicorn.Config(app, port=port, ws="none", log_config=None, timeout_graceful_shutdown=1)
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # uvicorn has no event for it
        if task.done():
            await task
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task
