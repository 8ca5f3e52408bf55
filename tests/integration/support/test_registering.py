"""Registering, on both databases: an account needs the mailbox and the password, and nobody learns who has one."""

from __future__ import annotations

import asyncio
import re

import pytest

from closer.kit.clock import FixedClock
from closer.kit.errors import InvalidInput, NotAuthenticated
from closer.kit.pagination import PageRequest
from closer.services import Services

NORA, PHRASE = "nora@example.org", "a phrase of her own"


async def register(services: Services, email: str = NORA, password: str = PHRASE) -> None:
    await services.registration.register(name="Nora Field", email=email, password=password)


async def link(services: Services, email: str = NORA) -> str:
    """Return the token of the newest link in the mailbox."""
    for mail in await mails(services, email):
        if found := re.search(r"/confirm#(\S+)", mail):
            return found[1]
    raise AssertionError("no link came")


async def mails(services: Services, email: str = NORA) -> list[str]:
    await services.notifications.deliver_due()
    return [mail.text for mail in await services.sandbox.latest(address=email)]


async def test_link_and_password_open_the_account(services: Services) -> None:
    await register(services)
    assert await services.customers.find_by_email(NORA) is None
    with pytest.raises(NotAuthenticated):
        await services.accounts.login(NORA, PHRASE)
    done = await services.registration.confirm(await link(services), PHRASE)
    customer = await services.customers.find_by_email(NORA)
    assert customer is not None
    assert (customer.name, done.pair.claims.customer_id) == ("Nora Field", customer.id)
    account = await services.accounts.find_by_email(NORA)
    assert account is not None
    assert account.verified
    assert (await services.accounts.login(NORA, PHRASE)).claims.customer_id == customer.id
    (note,) = (await services.audit.entries(PageRequest(5), action="account.registered")).items
    assert note.actor == customer.id


async def test_a_link_works_once(services: Services) -> None:
    await register(services)
    token = await link(services)
    outcomes = await asyncio.gather(
        *(services.registration.confirm(token, PHRASE) for _ in range(2)), return_exceptions=True
    )
    assert sorted(isinstance(outcome, NotAuthenticated) for outcome in outcomes) == [False, True]


async def test_the_mailbox_alone_does_not_confirm_a_strangers_password(services: Services) -> None:
    await register(services)
    token = await link(services)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(NotAuthenticated) as error:
            await services.registration.confirm(token, "just clicking along")
        assert (error.value.code, error.value.extra["tries_left"]) == ("wrong_credentials", left)
    with pytest.raises(NotAuthenticated) as error:
        await services.registration.confirm(token, PHRASE)
    assert error.value.code == "registration_invalid"


async def test_a_link_holds_for_a_day(services: Services, clock: FixedClock) -> None:
    await register(services)
    token = await link(services)
    clock.advance(hours=24)
    with pytest.raises(NotAuthenticated):
        await services.registration.confirm(token, PHRASE)
    assert await services.registration.purge() == 1


async def test_the_owner_of_a_known_address_is_told_by_mail(services: Services, ann: str) -> None:
    await services.accounts.create(email="ann@example.org", password=PHRASE, customer_id=ann)
    for _ in range(3):
        await register(services, "ann@example.org", "somebody else's phrase")
    (mail,) = await mails(services, "ann@example.org")
    assert "There is one already" in mail
    assert (await services.accounts.login("ann@example.org", PHRASE)).claims.customer_id == ann


async def test_a_customer_without_sign_in_gets_the_account_to_the_orders(
    services: Services, ann: str
) -> None:
    await register(services, "ann@example.org")
    done = await services.registration.confirm(await link(services, "ann@example.org"), PHRASE)
    assert done.pair.claims.customer_id == ann
    assert (await services.customers.get(ann)).name == "Ann Bee"


async def test_registering_again_takes_the_later_password(services: Services) -> None:
    await register(services)
    first = await link(services)
    await register(services, password="the better phrase")
    with pytest.raises(NotAuthenticated):
        await services.registration.confirm(first, PHRASE)
    await services.registration.confirm(await link(services), "the better phrase")


async def test_mails_to_one_address_are_few(services: Services, clock: FixedClock) -> None:
    await register(services)
    for _ in range(5):
        await services.registration.send_again(NORA)
    assert len(await mails(services)) == 3
    await services.registration.confirm(await link(services), PHRASE)
    await services.registration.send_again(NORA)
    await services.registration.send_again("nobody@example.org")
    assert len(await mails(services)) == 3
    assert await mails(services, "nobody@example.org") == []


@pytest.mark.parametrize(
    ("change", "code"),
    [({"password": "aaaaaaaaaaaa"}, "weak_password"), ({"email": "no address"}, "invalid_input")],
)
async def test_what_will_not_do_is_refused(
    services: Services, change: dict[str, str], code: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        await register(services, **change)
    assert error.value.code == code


async def test_a_closed_accounts_address_is_free_again(services: Services, ann: str) -> None:
    account = await services.accounts.create(
        email="ann@example.org", password=PHRASE, customer_id=ann
    )
    await services.customers.close_account(ann)
    await services.accounts.close(account.account_id)
    await register(services, "ann@example.org", "a wholly new phrase")
    token = await link(services, "ann@example.org")
    done = await services.registration.confirm(token, "a wholly new phrase")
    assert done.pair.claims.customer_id not in (None, ann)
