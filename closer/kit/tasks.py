"""Ending background tasks for certain."""

from __future__ import annotations

import asyncio
from typing import Any

_PATIENCE_S = 1.0


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks and wait until they are over.

    A cancellation that meets a time limit at the same moment is lost on Python 3.10 (in `asyncio.wait_for` and in
    libraries that wait with a limit), and the task goes on: so it is repeated.

    Args:
        tasks: The tasks; None stands for one that was never begun.
    """
    pending = {task for task in tasks if task is not None}
    while pending:
        for task in pending:
            task.cancel()
        over, pending = await asyncio.wait(pending, timeout=_PATIENCE_S)
        for task in over:
            if not task.cancelled():
                task.exception()  # seen, so that nobody complains of it
