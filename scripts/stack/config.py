"""Writes what the supervisor reads: its configuration, and the plan with each program's command."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from scripts.stack.instance import Instance
from scripts.stack.launch import PLAN
from scripts.stack.programs import FIRST, SUPERVISOR, Program

_GROUP = "product"
_SUPERVISOR_SECTIONS = """\
; Generated at each start by scripts/stack: changes here are lost.
[supervisord]
nodaemon = true
silent = true
directory = {root}
logfile = {logs}/supervisord.log
logfile_maxbytes = 5MB
logfile_backups = 1
pidfile = {run}/supervisord.own
umask = 077
{user}

[unix_http_server]
file = {socket}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[group:{group}]
programs = {grouped}
priority = 500
"""
_PROGRAM_SECTION = """
[program:{name}]
command = {python} -m scripts.stack.launch {name}
priority = {priority}
autorestart = true
startsecs = 2
startretries = 10
stopwaitsecs = {stop_seconds}
killasgroup = true
redirect_stderr = true
stdout_logfile = {logs}/{name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 3
"""


def supervisor_argv(instance: Instance) -> tuple[str, ...]:
    """Return the supervisor's own command."""
    return (instance.python, "-m", "supervisor.supervisord", "-c", str(instance.config_path))


def render_config(instance: Instance, runs: Sequence[Program]) -> str:
    """Return the supervisor's configuration.

    Redis stands outside of the group: it is started first and stopped last; the others stop together.
    """
    logs, run = _escape(instance.log_dir), _escape(instance.run_dir)
    text = _SUPERVISOR_SECTIONS.format(
        root=_escape(instance.root),
        logs=logs,
        run=run,
        socket=_escape(instance.socket_path),
        user="user = root" if os.geteuid() == 0 else "",  # as root it wants to be told so
        group=_GROUP,
        grouped=",".join(program.name for program in runs if program.name != FIRST),
    )
    for program in runs:
        text += _PROGRAM_SECTION.format(
            name=program.name,
            python=_escape(shlex.quote(instance.python)),
            priority=program.priority,
            stop_seconds=program.stop_seconds,
            logs=_escape(logs),  # the supervisor expands a program's log path twice
        )
    return text


def render_plan(instance: Instance, runs: Sequence[Program]) -> str:
    """Return the plan: the commands, and what else decides whether running processes are up to date."""
    lock = instance.root / "requirements.lock"
    plan: dict[str, object] = {p.name: {"argv": p.argv, "env": p.env, "held": p.held} for p in runs}
    plan[SUPERVISOR] = {"argv": supervisor_argv(instance), "env": {}, "held": False}
    plan["#"] = {"settings": instance.settings_digest, "installed": _mtime(lock)}
    return json.dumps(plan, indent=1)


def write_config(instance: Instance, runs: Sequence[Program]) -> None:
    """Write configuration and plan; only their owner can read them."""
    pairs = (
        (instance.config_path, render_config(instance, runs)),
        (plan_path(instance), render_plan(instance, runs)),
    )
    for path, text in pairs:
        scratch = path.with_suffix(".tmp")
        scratch.touch(mode=0o600)
        scratch.write_text(text, "utf-8")
        scratch.replace(path)


def is_current(instance: Instance, runs: Sequence[Program]) -> bool:
    """Tell whether the files on disk, and so the processes started from them, are what is wanted now."""
    try:
        same_config = instance.config_path.read_text("utf-8") == render_config(instance, runs)
        return same_config and plan_path(instance).read_text("utf-8") == render_plan(instance, runs)
    except OSError:
        return False


def plan_path(instance: Instance) -> Path:
    """Return where the plan lies."""
    return instance.run_dir / PLAN


def _escape(value: object) -> str:
    return str(value).replace("%", "%%")


def _mtime(path: Path) -> float:
    return path.stat().st_mtime if path.exists() else 0.0
