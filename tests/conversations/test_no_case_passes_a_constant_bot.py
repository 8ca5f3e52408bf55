"""What the cases are worth: a bot that always answers the same, and does nothing, fails each of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from closer.kit.clock import FixedClock
from closer.kit.settings import Settings
from closer.services import Services
from tests.conversations.cases import case_files, check_step, load_case
from tests.conversations.conftest import NOW
from tests.conversations.constant_bot import constant_answers, example
from tests.conversations.state import arrange, check_state

#: Such expressions stand in the cases.
_EXPRESSIONS = ["hello|hi", r"\$2\.70", "(a|b)c?d+", "[0-9]{3}", r"12345.*is \w+", "x.+y|z"]


@pytest.mark.parametrize("expression", _EXPRESSIONS)
def test_the_bots_answer_holds_what_a_case_wants_to_hear(expression: str) -> None:
    import re

    assert re.search(expression, example(expression))


async def test_every_case_fails_a_bot_that_always_answers_the_same(
    shop: Settings, tmp_path: Path
) -> None:
    passed = []
    for number, path in enumerate(case_files()):
        case = load_case(path)
        if not any(_hears(case, answer) for answer in constant_answers(case["steps"])):
            continue
        if await _finds_its_state(case, shop, tmp_path / str(number)):
            passed.append(f"{path.parent.name}/{path.name}")
    assert not passed, "these want nothing that a bot has to do for it:\n" + "\n".join(passed)


def _hears(case: dict[str, Any], answer: Any) -> bool:
    try:
        for step in case["steps"]:
            check_step(step, answer, "")
    except AssertionError:
        return False
    return True


async def _finds_its_state(case: dict[str, Any], shop: Settings, folder: Path) -> bool:
    """Say whether the stored state that a case wants is there without anybody having done anything."""
    services = Services(_copied(shop, folder), FixedClock(NOW))
    try:
        await arrange(services, case.get("given", []))
        await check_state(services, case.get("customer"), case["then"], "")
    except AssertionError:
        return False
    finally:
        await services.close()
    return True


def _copied(shop: Settings, folder: Path) -> Settings:
    folder.mkdir()
    shutil.copyfile(shop.data_dir / "closer.sqlite3", folder / "case.sqlite3")
    url = f"sqlite:///{folder / 'case.sqlite3'}"
    return shop.copy(update={"database_url": url, "data_dir": folder})
