"""The measure of a server's start ends: with its first answer, or with the reason why there is none."""

from __future__ import annotations

import aiohttp
import pytest

from benchmarks import server


async def test_a_server_that_never_replies_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_GIVE_UP_S", 0.15)

    async def silent(*_: object) -> bool:
        return False

    async with aiohttp.ClientSession() as http:
        with pytest.raises(RuntimeError, match="never answered: no reply"):
            await server._first_answer(silent, http, "m")


async def test_it_is_asked_until_it_has_a_model() -> None:
    asked: list[object] = []

    async def late(*call: object) -> bool:
        asked.append(call[-1])
        if len(asked) < 3:
            raise RuntimeError("status 503")
        return True

    async with aiohttp.ClientSession() as http:
        await server._first_answer(late, http, "m")
    assert asked == ["m-first-0", "m-first-1", "m-first-2"]
