"""Where the milliseconds of a message go, stage by stage, from the gateway's door to the announced replies."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks.figures import Row
from benchmarks.load import Side
from benchmarks.profile_turn import REST, STAGES, WHOLE
from benchmarks.rig import VISIT, as_typed, scratch_settings
from benchmarks.run import Run
from benchmarks.swap import Door
from benchmarks.throughput import our_stack
from closer.kit.settings import Settings
from scripts.stack.instance import ROOT


def measure(run: Run) -> None:
    """Measure the stages of a turn in process, and what the servers around it add."""
    with run.results.part("budget"):
        for row in rows(_stages(run.times(2) * 5)):
            run.results.add(row)
        with scratch_settings() as settings, our_stack(settings) as side:
            ways = asyncio.run(_ways(settings, side, run.times(6)))
        gateway = median(ways["gateway"]) - median(ways["rasa"])
        server = median(ways["rasa"]) - median(ways["stages"])
        add = run.results.add
        add(
            Row("stage gateway: what it adds to the Rasa server's answer, medians", "ms", [gateway])
        )
        name = "Rasa server's HTTP, inbox, lock and announcing: its answer less its own stages, medians"
        add(Row(name, "ms", [server]))
        add(Row("message through the gateway", "ms", [median(ways["gateway"])]))


def rows(means: dict[str, float]) -> list[Row]:
    """Return the rows of the stages that follow one another, with the parts of some, and of the whole turn."""
    parts = [name for name in means if name.startswith("  ")]
    named = [*STAGES, REST, *sorted(parts), WHOLE]
    return [Row(_name(stage), "ms", [means[stage]]) for stage in named if stage in means]


def _name(stage: str) -> str:
    if stage.startswith("  "):
        return f"within: {stage.strip()}, mean"
    return f"{stage}, mean" if stage == WHOLE else f"stage {stage}, mean"


def _stages(visits: int) -> dict[str, float]:
    """Run turns in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "means.json"
        words = [sys.executable, "-W", "ignore", "-m", "benchmarks.profile_turn"]
        words += ["--visits", str(visits), "--json", str(file)]
        done = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            raise RuntimeError(f"profile_turn failed: {done.stderr.strip().splitlines()[-1:]}")
        means: dict[str, float] = json.loads(file.read_text("utf-8"))
        return means


async def _ways(settings: Settings, side: Side, visits: int) -> dict[str, list[float]]:
    """Say the same over the gateway and directly to the Rasa server, in turns; return the milliseconds by way."""
    door, chance = Door(settings), random.Random(9)
    times: dict[str, list[float]] = {"gateway": [], "rasa": [], "stages": []}
    async with aiohttp.ClientSession() as http:
        for visit in range(visits + 1):
            for place, text in enumerate(VISIT):
                began = time.perf_counter()
                await side.say(http, "cus_00301", as_typed(text, chance), f"g{visit}-{place}")
                between = time.perf_counter()
                result = await door.say(
                    http, "cus_00302", as_typed(text, chance), f"r{visit}-{place}"
                )
                ended = time.perf_counter()
                if visit:  # the first warms up
                    times["gateway"].append((between - began) * 1000)
                    times["rasa"].append((ended - between) * 1000)
                    stages = result["stages_ms"]
                    assert isinstance(stages, dict)
                    times["stages"].append(sum(stages.values()))
    return times
