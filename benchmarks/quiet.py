"""Keeps Rasa's and its libraries' messages out of the tables."""

from __future__ import annotations

import logging
import signal
import sys
import warnings


def quiet() -> None:
    """Silence everything below an error; when told to end, end what was started too."""
    import structlog

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    warnings.filterwarnings("ignore")
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
