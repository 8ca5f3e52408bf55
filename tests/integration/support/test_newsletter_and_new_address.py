"""The newsletter for strangers, and signing in with another address."""

from __future__ import annotations

import secrets

import pytest

from closer.kit.errors import Conflict, NotAuthenticated
from closer.services import Services


async def test_a_proven_address_gets_the_newsletter_until_it_is_removed(services: Services) -> None:
    await services.newsletter.subscribe("Ann@example.org")
    await services.newsletter.subscribe("ann@example.org")
    assert await services.newsletter.is_subscribed("ann@EXAMPLE.org")
    assert await services.newsletter.unsubscribe("ann@example.org")
    assert not await services.newsletter.unsubscribe("ann@example.org")
    assert not await services.newsletter.is_subscribed("ann@example.org")


async def test_the_new_address_signs_in_and_the_old_one_does_not(services: Services) -> None:
    password = secrets.token_urlsafe(16)
    account = await services.accounts.create(
        email="old@example.org", password=password, customer_id="cus_a"
    )
    await services.accounts.change_email(account.account_id, "new@example.org")
    pair = await services.accounts.login("new@example.org", password)
    assert pair.claims.customer_id == "cus_a"
    assert (await services.accounts.get(account.account_id)).verified
    with pytest.raises(NotAuthenticated):
        await services.accounts.login("old@example.org", password)


async def test_an_address_of_somebody_else_is_refused(services: Services) -> None:
    for name in ("one", "two"):
        await services.accounts.create(
            email=f"{name}@example.org", password=secrets.token_urlsafe(16), customer_id=name
        )
    two = await services.accounts.find_by_email("two@example.org")
    assert two is not None
    with pytest.raises(Conflict):
        await services.accounts.change_email(two.account_id, "one@example.org")
