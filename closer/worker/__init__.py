"""Background work: the Celery application (`celery -A closer.worker worker`), its jobs and their scheduler; delivery."""

from closer.worker.app import app

__all__ = ["app"]
