"""Password reset links: one use, half an hour, one at a time."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from closer.kit.clock import FixedClock
from closer.kit.errors import NotAuthenticated, TooManyRequests
from closer.services import Services


async def link(services: Services, account: str = "acc") -> str:
    await services.verification.request_reset(account, "ann@example.org", "Ann")
    await services.notifications.deliver_due()
    message = (await services.sandbox.latest(1))[0]
    return message.text.split("https://shop.example/reset#")[1].split()[0]


async def test_a_link_leads_to_its_account_once(services: Services) -> None:
    token = await link(services)
    assert await services.verification.reset_is_valid(token)
    results = await asyncio.gather(
        *(services.verification.consume_reset(token) for _ in range(3)), return_exceptions=True
    )
    assert results.count("acc") == 1
    assert not await services.verification.reset_is_valid(token)
    with pytest.raises(NotAuthenticated) as error:
        await services.verification.consume_reset(token)
    assert error.value.code == "reset_invalid"


async def test_a_link_ends_after_half_an_hour(services: Services, clock: FixedClock) -> None:
    token = await link(services)
    clock.advance(minutes=30)
    with pytest.raises(NotAuthenticated):
        await services.verification.consume_reset(token)


async def test_a_newer_link_ends_the_older(services: Services, clock: FixedClock) -> None:
    old = await link(services)
    clock.advance(minutes=1)
    new = await link(services)
    assert not await services.verification.reset_is_valid(old)
    assert await services.verification.consume_reset(new) == "acc"


async def test_a_link_is_not_used_up_when_the_new_password_fails(services: Services) -> None:
    token = await link(services)
    with pytest.raises(RuntimeError):
        async with services.db.transaction():
            await services.verification.consume_reset(token)
            raise RuntimeError
    assert await services.verification.consume_reset(token) == "acc"


async def test_three_links_in_fifteen_minutes_are_the_most(
    services: Services, clock: FixedClock
) -> None:
    for _ in range(3):
        await link(services)
        clock.advance(minutes=1)
    with pytest.raises(TooManyRequests) as error:
        await link(services)
    assert error.value.code == "too_many_resets"
    await link(services, "another")
    clock.advance(seconds=error.value.extra["retry_after"])
    await link(services)


async def test_the_token_is_stored_nowhere_in_the_clear(services: Services) -> None:
    token = await link(services)
    async with services.db.reading() as connection:
        for table in ("password_resets", "notifications"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows
            assert token not in str(rows)
