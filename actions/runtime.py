"""The action server's process: its services and its logs, made on first use; tests put theirs in place."""

from __future__ import annotations

from closer.kit.logging import configure_logging
from closer.kit.memory import settle
from closer.services import Services, process_services

_services: Services | None = None


def services() -> Services:
    """Return the services that actions work on."""
    global _services  # noqa: PLW0603 - one holder a process, replaced by tests only
    if _services is None:
        _services = process_services()
        settings = _services.settings
        configure_logging("actions", settings.log_level, settings.log_format)
        settle()
    return _services


def use_services(replacement: Services | None) -> None:
    """Work on other services from now on; None goes back to the process's own."""
    global _services  # noqa: PLW0603
    _services = replacement
