"""What must be there before the processes start: tables, demo data, a model that fits the training data."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.stack.control import StackError, log_tail
from scripts.stack.instance import Instance
from scripts.train import TrainingError, ensure_model


def prepare(instance: Instance, say: Callable[[str], None]) -> Path:
    """Bring the tables up to date, seed the shop and train, as far as it is needed.

    Returns:
        The model to start with.

    Raises:
        StackError: A step failed; with the end of its output.
    """
    with ThreadPoolExecutor(1) as pool:
        database = pool.submit(_prepare_database, instance, say)
        model = _prepare_model(instance, say)
        database.result()
    register = [instance.python, "-m", "scripts.models", "register", "--follow", str(model)]
    _step(instance, "register", register, say)
    return model


def _prepare_database(instance: Instance, say: Callable[[str], None]) -> None:
    _step(instance, "migrate", [instance.python, "-m", "alembic", "upgrade", "head"], say)
    _step(instance, "seed", [instance.python, "-m", "scripts.seed"], say)


def _prepare_model(instance: Instance, say: Callable[[str], None]) -> Path:
    try:
        return ensure_model(instance.log_dir / "train.log", say=say)
    except TrainingError as error:
        raise StackError(str(error)) from error


def _step(instance: Instance, name: str, command: list[str], say: Callable[[str], None]) -> None:
    log = instance.log_dir / f"{name}.log"
    began = time.monotonic()
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=instance.root,
            env=instance.env,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise StackError(f"{name} failed\n--- {log}\n{log_tail(log)}")
    say(f"  {name:<10} done in {time.monotonic() - began:.1f} s")
