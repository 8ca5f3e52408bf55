"""The running gateway."""

from tests.fakes.gateway import *  # noqa: F403
