"""Talks to a running supervisor through its control socket."""

from __future__ import annotations

import xmlrpc.client
from dataclasses import dataclass
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from scripts.stack.instance import Instance

_GAVE_UP = {"FATAL", "UNKNOWN"}
_ABSENT = {"STOPPED", "EXITED", *_GAVE_UP}


@dataclass(frozen=True)
class ProcessState:
    """What the supervisor says of a process."""

    name: str
    full_name: str
    state: str
    pid: int
    since: int

    @property
    def gave_up(self) -> bool:
        """Whether the supervisor has stopped trying to start it."""
        return self.state in _GAVE_UP


def process_states(instance: Instance) -> dict[str, ProcessState] | None:
    """Return the state of each process by name, or None when no supervisor answers."""
    rows = _call(instance, "supervisor.getAllProcessInfo")
    if rows is None:
        return None
    states = (
        ProcessState(
            name=str(row["name"]),
            full_name=f"{row['group']}:{row['name']}",
            state=str(row["statename"]),
            pid=int(row["pid"]),
            since=int(row["start"]),
        )
        for row in rows
    )
    return {state.name: state for state in states}


def start_absent(instance: Instance) -> list[str]:
    """Start what is not running although it should be; return the names."""
    absent = [
        state for state in (process_states(instance) or {}).values() if state.state in _ABSENT
    ]
    for state in absent:
        _call(instance, "supervisor.startProcess", state.full_name, False)
    return [state.name for state in absent]


def _call(instance: Instance, method: str, *arguments: Any) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{instance.socket_path}")
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", cast(xmlrpc.client.Transport, transport))
    try:
        return getattr(proxy, method)(*arguments)
    except (OSError, xmlrpc.client.Error):
        return None
    finally:
        transport.close()
