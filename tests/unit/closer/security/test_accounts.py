"""Accounts: opening, signing in, lock-out, passwords, closing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

import closer.security.signing_in as module
from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, TooManyRequests
from closer.kit.settings import Settings
from closer.security.account_records import Account
from closer.security.accounts import AccountService
from closer.security.passwords import hash_password
from closer.security.roles import Role

EMAIL, PASSWORD = "mara@example.org", "a good pass phrase"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real algorithm with the least cost: what it costs is not the subject here."""
    from argon2 import PasswordHasher

    import closer.security.passwords as passwords

    monkeypatch.setattr(
        passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


async def _mara(service: AccountService) -> Account:
    return await service.create(email=EMAIL, password=PASSWORD, customer_id="user123")


async def test_account_can_sign_in(service: AccountService) -> None:
    account = await _mara(service)
    assert (account.email, account.role, account.customer_id, account.verified) == (
        EMAIL,
        Role.CUSTOMER,
        "user123",
        False,
    )
    pair = await service.login("  Mara@Example.ORG ", PASSWORD)
    assert (pair.claims.subject, pair.claims.customer_id, pair.claims.conversation_id) == (
        "user123",
    ) * 3
    assert pair.claims.role is Role.CUSTOMER
    assert await service.is_revoked(pair.claims.token_id) is False


async def test_staff_sign_in_as_themselves(service: AccountService) -> None:
    account = await service.create(email="ann@example.org", password=PASSWORD, role="agent")
    claims = (await service.login("ann@example.org", PASSWORD)).claims
    assert (claims.subject, claims.role) == (account.account_id, Role.AGENT)
    assert claims.customer_id is None
    assert claims.conversation_id is None


async def test_address_is_taken_once_in_any_case(service: AccountService) -> None:
    await _mara(service)
    with pytest.raises(Conflict) as caught:
        await service.create(email="MARA@example.org", password=PASSWORD, customer_id="user456")
    assert caught.value.code == "email_taken"


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"},
        {"password": "short"},
        {"password": "x" * 129},
        {"password": "aaaaaaaaaaaa"},
        {"password": "with\x00nul in it"},
        {"password": None},
        {"password": None, "password_hash": "northlight-demo"},
        {"role": "visitor"},
        {"customer_id": None},
        {"role": "admin"},
    ],
)
async def test_bad_accounts_are_refused(service: AccountService, wrong: dict[str, object]) -> None:
    given = {"email": EMAIL, "password": PASSWORD, "customer_id": "user123"}
    with pytest.raises(InvalidInput):
        await service.create(**{**given, **wrong})  # type: ignore[arg-type]
    assert await service.find_by_email(EMAIL) is None


async def test_finding(service: AccountService) -> None:
    account = await _mara(service)
    assert await service.find_by_email("Mara@example.org") == account
    assert await service.find_by_customer("user123") == account
    assert await service.get(account.account_id) == account
    assert await service.find_by_email("ole@example.org") is None
    assert await service.find_by_customer("user456") is None
    with pytest.raises(NotFound):
        await service.get("acc_none")


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
async def test_wait_after_five_failures_grows_and_ends(
    service: AccountService, clock: FixedClock, email: str
) -> None:
    await _mara(service)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await service.login(email, "wrong")
    for wait in (30, 60, 120, 240, 480, 900, 900):
        with pytest.raises(TooManyRequests) as caught:
            await service.login(email, PASSWORD)
        assert caught.value.code == "sign_in_locked"
        assert caught.value.extra["retry_after"] == wait
        clock.advance(seconds=wait - 1)
        with pytest.raises(TooManyRequests):
            await service.login(email, "wrong")
        clock.advance(seconds=1)
        with pytest.raises(NotAuthenticated):
            await service.login(email, "wrong")


async def test_success_forgets_the_failures(service: AccountService) -> None:
    await _mara(service)
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(NotAuthenticated):
                await service.login(EMAIL, "wrong")
        await service.login(EMAIL, PASSWORD)


async def test_many_guesses_at_once_get_no_more_than_five(service: AccountService) -> None:
    await _mara(service)
    answers = await asyncio.gather(
        *(service.login(EMAIL, "wrong") for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(answer, NotAuthenticated) for answer in answers) == 5
    assert sum(isinstance(answer, TooManyRequests) for answer in answers) == 15


async def test_unknown_address_takes_as_long_as_a_known_one(
    service: AccountService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _mara(service)
    checked: list[str | None] = []
    real = module.matches_in_thread

    async def watch(password_hash: str | None, password: str) -> bool:
        began = time.perf_counter()
        answer = await real(password_hash, password)
        checked.append("known" if password_hash else f"unknown {time.perf_counter() > began}")
        return answer

    monkeypatch.setattr(module, "matches_in_thread", watch)
    for email in (EMAIL, "nobody@example.org"):
        with pytest.raises(NotAuthenticated):
            await service.login(email, "wrong")
    assert checked == ["known", "unknown True"]


async def test_changing_the_password_ends_all_sessions(service: AccountService) -> None:
    account = await _mara(service)
    pairs = [await service.login(EMAIL, PASSWORD) for _ in range(2)]
    with pytest.raises(NotAuthenticated):
        await service.change_password(account.account_id, "wrong", "another pass phrase")
    with pytest.raises(InvalidInput):
        await service.change_password(account.account_id, PASSWORD, "short")
    await service.change_password(account.account_id, PASSWORD, "another pass phrase")
    assert [await service.is_revoked(pair.claims.token_id) for pair in pairs] == [True, True]
    for pair in pairs:
        with pytest.raises(NotAuthenticated):
            await service.refresh(pair.refresh_token)
    with pytest.raises(NotAuthenticated):
        await service.login(EMAIL, PASSWORD)
    await service.login(EMAIL, "another pass phrase")


class _Tokens:
    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.used: list[str] = []

    async def reset_is_valid(self, token: str) -> bool:
        return token == "good" and not self.used

    async def consume_reset(self, token: str) -> str:
        if token != "good" or self.used:
            raise NotAuthenticated("this link is not valid any more")
        self.used.append(token)
        return self.account_id


async def test_reset_unlocks_and_uses_the_token_up(service: AccountService) -> None:
    account = await _mara(service)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await service.login(EMAIL, "wrong")
    tokens = _Tokens(account.account_id)
    with pytest.raises(InvalidInput):
        await service.consume_reset(tokens, "good", "short")
    with pytest.raises(NotAuthenticated):
        await service.consume_reset(tokens, "bad", "a brand new phrase")
    assert tokens.used == []
    await service.consume_reset(tokens, "good", "a brand new phrase")
    await service.login(EMAIL, "a brand new phrase")
    with pytest.raises(NotAuthenticated):
        await service.consume_reset(tokens, "good", "yet another phrase")


async def test_closed_account_is_gone_for_its_holder(service: AccountService) -> None:
    account = await _mara(service)
    pair = await service.login(EMAIL, PASSWORD)
    await service.close(account.account_id)
    with pytest.raises(NotAuthenticated) as caught:
        await service.login(EMAIL, PASSWORD)
    assert caught.value.code == "wrong_credentials"
    assert await service.is_revoked(pair.claims.token_id)
    assert await service.find_by_email(EMAIL) is None


async def test_demo_customers_are_those_of_the_seed_with_the_demo_password(
    service: AccountService,
) -> None:
    hashed = hash_password("northlight-demo")
    seeded = await service.create(
        email="a@example.org", password_hash=hashed, customer_id="a", seeded=True
    )
    await service.create(email="b@example.org", password_hash=hashed, role="agent", seeded=True)
    await _mara(service)
    assert await service.demo_customers() == [seeded]
    await service.change_password(seeded.account_id, "northlight-demo", "another pass phrase")
    assert await service.demo_customers() == []


async def test_without_a_demo_shop_its_public_password_opens_nothing(
    service: AccountService, db: Database, settings: Settings, clock: FixedClock
) -> None:
    hashed = hash_password("northlight-demo")
    await service.create(email="b@example.org", password_hash=hashed, role="admin", seeded=True)
    await service.login("b@example.org", "northlight-demo")
    shut = AccountService(db, settings.copy(update={"demo_shop": False}), clock)
    with pytest.raises(NotAuthenticated) as caught:
        await shut.login("b@example.org", "northlight-demo")
    assert caught.value.code == "wrong_credentials"
    account = await shut.find_by_email("b@example.org")
    assert account is not None
    await shut.change_password(account.account_id, "northlight-demo", "another pass phrase")
    await shut.login("b@example.org", "another pass phrase")


async def test_verified_is_remembered(service: AccountService) -> None:
    account = await _mara(service)
    await service.set_verified(account.account_id)
    assert (await service.get(account.account_id)).verified is True


async def test_nothing_personal_is_stored_in_clear(service: AccountService, db: Database) -> None:
    await _mara(service)
    async with db.reading() as connection:
        stored = str((await connection.execute(text("SELECT * FROM accounts"))).all())
    assert "mara" not in stored.lower()
    assert PASSWORD not in stored
    assert "$argon2id$" in stored


async def test_purge_forgets_what_is_over(
    service: AccountService, clock: FixedClock, db: Database
) -> None:
    pair = await service.visitor()
    await service.logout(pair.claims)
    with pytest.raises(NotAuthenticated):
        await service.login("nobody@example.org", "wrong")
    assert await service.purge() == 0
    clock.advance(days=30)
    assert await service.purge() == 3
    async with db.reading() as connection:
        for table in ("unknown_sign_ins", "refresh_tokens", "revoked_tokens"):
            assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar() == 0
