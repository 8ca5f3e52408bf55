"""Every case file below this folder, played against the real assistant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.cases import case_files, load_case, play
from tests.conversations.harness import Bot


@pytest.mark.rasa
@pytest.mark.parametrize("path", case_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_conversation(path: Path, bot: Bot) -> None:
    await play(bot, load_case(path))
