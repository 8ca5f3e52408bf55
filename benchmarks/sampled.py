"""Runs a module as `python -m` would and samples where its threads are: `python -m benchmarks.sampled OUT MODULE ARGS...`.

At the end the places in which the main thread was found most often are written to OUT, alone (self) and with all that
they called (total).
"""

from __future__ import annotations

import atexit
import os
import runpy
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

_EVERY_S = 0.004
_IDLE = ("select", "poll", "epoll")


class Sampler:
    """Looks at a thread some hundred times a second."""

    def __init__(self, out: Path, thread: int) -> None:
        self._out = out
        self._thread = thread
        self.alone: Counter[str] = Counter()
        self.total: Counter[str] = Counter()
        self.samples = 0

    def start(self) -> None:
        """Begin in the background."""
        threading.Thread(target=self._run, daemon=True).start()
        atexit.register(self.write)

    def _run(self) -> None:
        while True:
            time.sleep(_EVERY_S)
            frame = sys._current_frames().get(self._thread)
            if frame is not None:
                self._note(frame)
            if self.samples % 500 == 499:
                self.write()

    def _note(self, frame: FrameType) -> None:
        self.samples += 1
        self.alone[_place(frame)] += 1
        seen: set[str] = set()
        walker: FrameType | None = frame
        while walker is not None:
            seen.add(_place(walker))
            walker = walker.f_back
        self.total.update(seen)

    def write(self) -> None:
        """Write what was found so far."""
        lines = [f"{self.samples} samples"]
        for title, counts in (("self", self.alone), ("total", self.total)):
            lines.append(f"--- {title}")
            lines += [
                f"{count / max(1, self.samples):6.1%} {place}"
                for place, count in counts.most_common(70)
            ]
        self._out.write_text("\n".join(lines), "utf-8")


def _place(frame: FrameType) -> str:
    code = frame.f_code
    path = "/".join(Path(code.co_filename).parts[-3:])
    return f"{path}:{code.co_name}"


def main() -> None:
    """Start sampling, then run the module in this process."""
    out, module, *rest = sys.argv[1:]
    Sampler(Path(f"{out}.{os.getpid()}"), threading.main_thread().ident or 0).start()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
