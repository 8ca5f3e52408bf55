"""What the tests of calls share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.connectors import Line
from tests.fakes.phone import phone_line


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def phone_running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """A served voice connector for a module's tests."""
    async with phone_line(tmp_path_factory.mktemp("voice")) as line:
        yield line
