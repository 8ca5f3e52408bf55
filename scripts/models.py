"""Model versions from the command line: `python -m scripts.models status|register|deploy|rollback`.

The running server follows what is written here within a second; nothing needs to be restarted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

from closer.kit.errors import CloserError
from closer.kit.pagination import PageRequest
from closer.kit.settings import load_settings
from closer.lifecycle.archives import SUFFIX
from closer.lifecycle.records import STABLE, STRATEGIES, Deployment
from closer.services import Services

#: Who deploys what an installation is set up with.
INSTALLATION = "installation"


async def register(services: Services, archive: Path, *, follow: bool = False) -> str:
    """Register an archive of the models' folder under its name, and deploy it if the set-up has not done so before.

    Returns:
        What was done, for people.
    """
    version = archive.name.removesuffix(SUFFIX)
    place, made = await asyncio.to_thread(_place, archive, services.settings.models_dir)
    entry = await services.lifecycle.versions.register(
        version,
        actor=INSTALLATION,
        archive=place,
        training_data="the training data of this checkout",
        metrics={"trained_at": made.isoformat(timespec="seconds")},
        rebuilt=True,  # such a name is a fingerprint of what it is trained from
    )
    if not follow:
        return f"{version} is registered ({entry.state})"
    deployment = await services.lifecycle.follow(version, actor=INSTALLATION)
    if deployment is None:
        return f"{version} was deployed before; the present deployment stands"
    return f"{version} is deployed (revision {deployment.revision})"


def _place(archive: Path, folder: Path) -> tuple[str, datetime]:
    """Return an archive's name in the folder of models, where it is copied to if need be, and when it was made."""
    path = archive.resolve(strict=True)
    if not path.is_relative_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(shutil.copy2(path, folder / path.name))
    return str(path.relative_to(folder)), datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)


async def status(services: Services) -> str:
    """Return versions, deployment and serving processes as a table for people."""
    lifecycle = services.lifecycle
    lines = [f"{'version':<28}{'state':<14}{'registered':<18}reason"]
    for entry in (await lifecycle.versions.list(PageRequest(limit=20))).items:
        at = entry.created_at.strftime("%Y-%m-%d %H:%M")
        lines.append(f"{entry.version:<28}{entry.state:<14}{at:<18}{entry.reason}")
    active = await lifecycle.active()
    lines += ["", _told(active) if active else "nothing is deployed"]
    for replica in await lifecycle.fleet.present():
        serving = ", ".join(f"{name} {role}" for name, role in replica.serving.items())
        troubles = "".join(f"; {name}: {why}" for name, why in replica.problems.items())
        lines.append(f"{replica.id} at revision {replica.revision}: {serving}{troubles}")
    return "\n".join(lines)


def _told(deployment: Deployment) -> str:
    share = f" {deployment.percent:g} %" if deployment.strategy == "canary" else ""
    beside = f" beside {deployment.baseline}" if deployment.baseline else ""
    return (
        f"revision {deployment.revision}: {deployment.strategy}{share} of {deployment.version}{beside}, "
        f"by {deployment.actor}{', ' + deployment.reason if deployment.reason else ''}"
    )


async def _run(chosen: argparse.Namespace) -> str:
    services = Services(load_settings())
    actor = os.environ.get("USER") or "operator"
    try:
        if chosen.command == "register":
            return await register(services, Path(chosen.archive), follow=chosen.follow)
        if chosen.command == "deploy":
            made = await services.lifecycle.deploy(
                chosen.version, actor=actor, strategy=chosen.strategy, percent=chosen.percent
            )
            return _told(made)
        if chosen.command == "rollback":
            return _told(await services.lifecycle.rollback(chosen.version, actor=actor))
        return await status(services)
    finally:
        await services.close()


def main(arguments: list[str] | None = None) -> int:
    """Run a command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.models", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="versions, deployment and who serves what")
    entering = commands.add_parser("register", help="enter a trained archive")
    entering.add_argument("archive")
    entering.add_argument("--follow", action="store_true", help="deploy it as the set-up's model")
    deploying = commands.add_parser("deploy", help="make a version serve")
    deploying.add_argument("version")
    deploying.add_argument("--strategy", choices=STRATEGIES, default=STABLE)
    deploying.add_argument("--percent", type=float, help="share of a canary")
    going_back = commands.add_parser("rollback", help="go back at once")
    going_back.add_argument("version", nargs="?", help="where to; else what served before")
    try:
        print(asyncio.run(_run(parser.parse_args(arguments))))
    except (CloserError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
