"""Rasa's command line with the libraries loaded first, while the rest is prepared: `python -m scripts.stack.rasa_server run ...`.

Loading them takes longer than anything else in a start. Nothing else differs from `python -m rasa run ...`.
"""

from __future__ import annotations

import gc
import os
import warnings
from importlib import import_module
from pathlib import Path

from scripts.stack.gate import wait_open
from scripts.stack.records import MARK

#: What `rasa run` with our configuration loads in the end.
_LIBRARIES = (
    "rasa.__main__",
    "rasa.core.run",
    "rasa.engine.recipes.default_recipe",
    "channels.web",
    "rasa_ext.model_start",
)


def main() -> None:
    """Load, wait until all is prepared, and hand over to Rasa."""
    # A million objects arrive that stay for ever; looking through them again and again takes a seventh of the time.
    gc.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries about other libraries
        for name in _LIBRARIES:
            import_module(name)
    gc.enable()
    run_dir = os.environ.get(MARK)
    if run_dir:  # started by hand, it waits for nobody
        wait_open(Path(run_dir), "rasa")
    import_module("rasa.__main__").main()


if __name__ == "__main__":
    main()
