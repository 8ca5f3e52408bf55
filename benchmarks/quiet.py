"""Keeps Rasa's and its libraries' messages out of the tables."""

from __future__ import annotations

import logging
import warnings


def quiet() -> None:
    """Silence everything below an error."""
    import structlog

    warnings.filterwarnings("ignore")
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
