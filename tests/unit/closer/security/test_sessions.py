"""Sessions: rotation, reuse, ends."""

from __future__ import annotations

import asyncio

import pytest

from closer.kit.clock import FixedClock
from closer.kit.errors import NotAuthenticated
from closer.kit.settings import Settings
from closer.security.accounts import AccountService
from closer.security.roles import Role
from closer.security.tokens import issue_token, verify_token


async def test_visitors_are_different_people(service: AccountService) -> None:
    one, two = await service.visitor(), await service.visitor()
    assert one.claims.role is Role.VISITOR
    assert one.claims.conversation_id == one.claims.subject
    assert one.claims.subject != two.claims.subject


async def test_refresh_keeps_the_person(service: AccountService) -> None:
    first = await service.visitor()
    second = await service.refresh(first.refresh_token)
    assert second.claims.subject == first.claims.subject
    assert second.claims.token_id != first.claims.token_id
    assert second.refresh_token != first.refresh_token
    assert not await service.is_revoked(first.claims.token_id)


async def test_reuse_ends_the_whole_family_and_no_other(service: AccountService) -> None:
    first, stranger = await service.visitor(), await service.visitor()
    second = await service.refresh(first.refresh_token)
    third = await service.refresh(second.refresh_token)
    with pytest.raises(NotAuthenticated) as caught:
        await service.refresh(first.refresh_token)
    assert caught.value.code == "refresh_reused"
    for pair in (first, second, third):
        assert await service.is_revoked(pair.claims.token_id)
        with pytest.raises(NotAuthenticated):
            await service.refresh(pair.refresh_token)
    assert not await service.is_revoked(stranger.claims.token_id)
    await service.refresh(stranger.refresh_token)


async def test_of_two_at_the_same_time_one_is_first(service: AccountService) -> None:
    first = await service.visitor()
    answers = await asyncio.gather(
        *(service.refresh(first.refresh_token) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1


@pytest.mark.parametrize("token", ["", "rt_unknown", "x" * 4096, "\ud800", "ключ"])
async def test_unknown_refresh_tokens_are_refused(service: AccountService, token: str) -> None:
    with pytest.raises(NotAuthenticated):
        await service.refresh(token)


async def test_refresh_token_ends_with_its_time(
    service: AccountService, clock: FixedClock, settings: Settings
) -> None:
    pair = await service.visitor()
    clock.advance(seconds=settings.refresh_token_ttl_s + 1)
    with pytest.raises(NotAuthenticated):
        await service.refresh(pair.refresh_token)


async def test_logout_ends_the_session_from_any_of_its_tokens(service: AccountService) -> None:
    first = await service.visitor()
    second = await service.refresh(first.refresh_token)
    await service.logout(first.claims)
    assert await service.is_revoked(first.claims.token_id)
    assert await service.is_revoked(second.claims.token_id)
    with pytest.raises(NotAuthenticated):
        await service.refresh(second.refresh_token)
    await service.logout(first.claims)


async def test_logout_of_a_token_without_session(
    service: AccountService, settings: Settings, clock: FixedClock
) -> None:
    token = issue_token(settings, role="service", clock=clock)
    claims = verify_token(settings, token, clock)
    await service.logout(claims)
    assert await service.is_revoked(claims.token_id)
