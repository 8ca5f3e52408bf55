"""The Celery application: one task that runs any registered job by its name.

A task is acknowledged when it is done, so what a killed worker had begun is run again. One job at a time keeps the
process small; what takes long belongs into a process of its own or leaves the loop by awaiting.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery, Task, signals

from closer.kit.errors import CloserError
from closer.kit.jobs import find_job, retry_delay, run_job
from closer.kit.logging import configure_logging, get_logger
from closer.kit.settings import get_settings
from closer.worker.jobs import with_heartbeat
from closer.worker.loop import WorkerLoop

TASK = "closer.run_job"
QUEUE = "closer"

_log = get_logger(__name__)
_loop = WorkerLoop()

app = Celery("closer")


def _configuration() -> dict[str, Any]:
    """Return the settings of Celery; read on first use, not on import."""
    return {
        "broker_url": get_settings().redis_url,
        "broker_connection_retry_on_startup": True,
        # After so long, what a killed worker had begun goes to another.
        "broker_transport_options": {"visibility_timeout": 1800},
        "task_acks_late": True,
        "task_default_queue": QUEUE,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "timezone": "UTC",
        "worker_pool": "solo",
        "worker_concurrency": 1,
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,
    }


app.add_defaults(_configuration)


@app.task(name=TASK, bind=True, max_retries=None)  # type: ignore[untyped-decorator]
def run(task: Task, name: str, args: dict[str, Any] | None = None, correlation: str = "") -> None:
    """Run a job; a failure is tried again with back-off, as often as the job allows.

    Args:
        task: The task itself.
        name: The job's name.
        args: Its arguments.
        correlation: The id that ties it to what caused it.
    """
    try:
        wanted = find_job(name)
    except CloserError:
        _log.error("unknown_job", job=name)
        return
    attempt = task.request.retries + 1
    try:
        work = run_job(_loop.services, name, args or {}, correlation or None)
        _loop.run(with_heartbeat(_loop.services, work))
    except Exception as error:
        final = attempt >= wanted.max_attempts
        report = _log.error if final else _log.warning
        report(
            "job_failed",
            job=name,
            attempt=attempt,
            final=final,
            reason=type(error).__name__,
            exc_info=final,
        )
        if not final:
            raise task.retry(exc=error, countdown=retry_delay(attempt)) from error


def send(name: str, args: dict[str, Any], correlation: str, expires_s: float | None = None) -> None:
    """Hand a job to the worker; one that waited longer than `expires_s` is dropped."""
    app.send_task(TASK, args=[name, args, correlation], queue=QUEUE, expires=expires_s)


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _set_up_logging(**_: Any) -> None:
    settings = get_settings()
    configure_logging("worker", settings.log_level, settings.log_format)
    for chatty in (
        "celery.worker.strategy",
        "celery.app.trace",
    ):  # two lines a task; failures we log ourselves
        logging.getLogger(chatty).setLevel(logging.WARNING)


@signals.worker_shutdown.connect  # type: ignore[untyped-decorator]
@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _shut_down(**_: Any) -> None:
    _loop.close()
