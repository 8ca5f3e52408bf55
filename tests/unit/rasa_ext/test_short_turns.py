"""The Rasa server's threads change places often, from before it serves."""

import sys
from collections.abc import Iterator

import pytest
from sanic import Sanic

from rasa_ext.model_start import prepare


@pytest.fixture(autouse=True)
def usual_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield
    sys.setswitchinterval(before)


def test_the_server_lets_its_threads_take_short_turns() -> None:
    prepare(Sanic("threads"))
    assert sys.getswitchinterval() < 0.001
