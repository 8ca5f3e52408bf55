"""Password hashes."""

from __future__ import annotations

import asyncio
import time

import pytest

from closer.kit.errors import InvalidInput
from closer.security import passwords


def test_hash_is_argon2id_salted_and_costly_enough() -> None:
    one, two = passwords.hash_password("a phrase"), passwords.hash_password("a phrase")
    assert one != two
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(one, "a phrase")
    assert not passwords.matches(one, "A phrase")


@pytest.mark.parametrize("broken", ["", "plain", "$argon2id$junk", "$2b$12$abc"])
def test_broken_hash_matches_nothing(broken: str) -> None:
    assert not passwords.matches(broken, "")
    assert not passwords.matches(broken, broken)


async def test_unknown_costs_as_much_as_known() -> None:
    known = await passwords.hash_in_thread("a phrase")
    await passwords.matches_in_thread(None, "x")

    async def seconds(password_hash: str | None) -> float:
        began = time.perf_counter()
        assert not await passwords.matches_in_thread(password_hash, "wrong")
        return time.perf_counter() - began

    ours = sorted([await seconds(known) for _ in range(9)])[4]
    nobodys = sorted([await seconds(None) for _ in range(9)])[4]
    assert 0.4 < nobodys / ours < 2.5


async def test_event_loop_goes_on_while_hashing() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(passwords.hash_in_thread("a phrase") for _ in range(4)))
    ticking.cancel()
    assert ticks > 5


@pytest.mark.parametrize(
    "weak", ["", "short", "123456789", "abcabcabcabc", "x" * 200, "tab\tin the middle"]
)
def test_weak_passwords_are_refused(weak: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        passwords.check_new_password(weak)
    assert caught.value.code == "weak_password"


@pytest.mark.parametrize(
    "good", ["northlight-demo", "correct horse battery", "пароль подлиннее", "1234567890"]
)
def test_good_passwords_pass(good: str) -> None:
    passwords.check_new_password(good)
