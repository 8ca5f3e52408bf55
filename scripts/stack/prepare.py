"""What must be there before the processes start: tables, demo data, a model that fits the training data."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts.stack.control import StackError, log_tail
from scripts.stack.instance import Instance
from scripts.train import TrainingError, ensure_model, model_path


def prepare(instance: Instance, say: Callable[[str], None]) -> None:
    """Bring the tables up to date, seed the shop, train and register the model, as far as it is needed.

    Raises:
        StackError: A step failed; with the end of its output.
    """
    model = model_path(instance.root)
    if not model.exists():
        with ThreadPoolExecutor(1) as pool:
            filling = pool.submit(_fill_database, instance, say)
            _train(instance, say)
            filling.result()
    _fill_database(instance, say, model)


def _fill_database(
    instance: Instance, say: Callable[[str], None], model: Path | None = None
) -> None:
    command = [instance.python, "-m", "scripts.stack.installation"]
    _step(instance, "database", [*command, str(model)] if model else command, say)


def _train(instance: Instance, say: Callable[[str], None]) -> None:
    try:
        ensure_model(instance.log_dir / "train.log", say=say)
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
