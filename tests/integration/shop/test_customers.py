from __future__ import annotations

import pytest

from closer.customers.records import NewAddress
from closer.customers.service import CustomerService
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.services import Services
from tests.integration.shop.stage import ANNA, BEN, BERLIN, PORTLAND, Stage


@pytest.fixture
def customers(stage: Stage) -> CustomerService:
    return stage.services.customers


async def test_an_account_is_opened_and_found_again(services: Services) -> None:
    made = await services.customers.create(
        name="  Zoë   Łucka ", email="Zoe@Example.ORG", phone="(202) 555-0143"
    )

    assert (made.name, made.email, made.phone) == ("Zoë Łucka", "zoe@example.org", "+12025550143")
    assert (made.account_type, made.status, made.created_at) == (
        "standard",
        "active",
        services.clock.now(),
    )
    assert await services.customers.find_by_email(" zoe@EXAMPLE.org ") == made
    assert await services.customers.find_by_phone("+1 202 555 0143") == made
    assert await services.customers.get(made.id) == made


@pytest.mark.parametrize("text", ["", "nobody@example.org", "no address", "+1 202 555 0199", "12"])
async def test_nobody_is_found_by_what_leads_nowhere(customers: CustomerService, text: str) -> None:
    assert await customers.find_by_email(text) is None
    assert await customers.find_by_phone(text) is None


async def test_a_shared_phone_identifies_nobody(customers: CustomerService) -> None:
    await customers.update(ANNA, phone="+12025550143")
    assert await customers.find_by_phone("+12025550143") is not None
    await customers.update(BEN, phone="+12025550143")
    assert await customers.find_by_phone("+12025550143") is None


async def test_an_address_belongs_to_one_account(customers: CustomerService) -> None:
    with pytest.raises(Conflict) as error:
        await customers.create(name="Eve", email="ANNA@example.org")
    assert error.value.code == "email_taken"
    with pytest.raises(Conflict) as error:
        await customers.update(BEN, email="anna@example.org")
    assert error.value.code == "email_taken"
    assert (await customers.get(BEN)).email == "ben@example.org"
    with pytest.raises(Conflict) as error:
        await customers.create(name="Eve", customer_id=ANNA)
    assert error.value.code == "customer_exists"


async def test_each_change_is_remembered_with_its_cause(customers: CustomerService) -> None:
    await customers.update(ANNA, name="Anna Bergmann", locale="de-DE", by="msg:m42")
    changes = await customers.changes(ANNA)

    latest = {change.field: (change.old, change.new, change.by) for change in changes[:2]}
    assert latest == {
        "name": ("Anna Berg", "Anna Bergmann", "msg:m42"),
        "locale": ("en-US", "de-DE", "msg:m42"),
    }


async def test_a_change_to_the_same_leaves_no_trace(
    customers: CustomerService, stage: Stage
) -> None:
    before = await customers.get(ANNA)
    count = len(await customers.changes(ANNA))
    stage.later(days=1)
    assert await customers.update(ANNA, name="Anna Berg", newsletter=False) == before
    await customers.add_address(ANNA, PORTLAND)
    assert len(await customers.changes(ANNA)) == count
    assert len(await customers.addresses(ANNA)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "123"},
        {"name": 5},
        {"email": "nope"},
        {"phone": "12"},
        {"account_type": "diamond"},
        {"locale": "English"},
        {"newsletter": "yes"},
        {"preferences": ["x"]},
        {"preferences": {"x": "y" * 20_000}},
        {"status": "closed"},
        {"id": "other"},
    ],
)
async def test_values_that_are_refused(
    customers: CustomerService, changes: dict[str, object]
) -> None:
    before = await customers.get(ANNA)
    with pytest.raises(InvalidInput):
        await customers.update(ANNA, **changes)
    assert await customers.get(ANNA) == before


async def test_preferences_are_merged(customers: CustomerService) -> None:
    await customers.update_preferences(ANNA, {"device": "smartphone", "size": "M"})
    changed = await customers.update_preferences(ANNA, {"size": None, "colors": ["blue"]})
    assert changed.preferences == {"device": "smartphone", "colors": ["blue"]}


async def test_consents_and_tier(customers: CustomerService) -> None:
    assert (await customers.set_newsletter(ANNA, True)).newsletter
    assert (await customers.change_tier(ANNA, "Gold")).account_type == "gold"
    opted_out = await customers.set_sale_opt_out(ANNA, True)
    assert opted_out.sale_opt_out
    assert not opted_out.may_personalize


async def test_a_closed_account_is_found_by_nothing_and_changes_no_more(
    customers: CustomerService,
) -> None:
    closed = await customers.close_account(ANNA)
    assert (closed.status, closed.closed_at is not None) == ("closed", True)
    assert await customers.close_account(ANNA) == closed
    assert await customers.find_by_email("anna@example.org") is None
    with pytest.raises(Conflict) as error:
        await customers.update(ANNA, name="X")
    assert error.value.code == "account_closed"
    assert (await customers.set_sale_opt_out(ANNA, True)).sale_opt_out
    assert (await customers.create(name="Anna again", email="anna@example.org")).id != ANNA


async def test_the_holder_of_a_closed_account_is_found_for_privacy_until_erased(
    customers: CustomerService,
) -> None:
    assert await customers.find_closed_by_email("anna@example.org") is None
    await customers.close_account(ANNA)
    found = await customers.find_closed_by_email(" Anna@example.org ")
    assert found is not None
    assert found.id == ANNA
    assert await customers.find_closed_by_email("no address") is None
    again = await customers.create(name="Anna again", email="anna@example.org")
    await customers.close_account(again.id)
    found = await customers.find_closed_by_email("anna@example.org")
    assert found is not None
    assert found.id == again.id
    await customers.forget(again.id)
    assert await customers.find_closed_by_email("anna@example.org") is None


async def test_forgetting_leaves_the_bare_id(customers: CustomerService) -> None:
    assert await customers.forget(ANNA)
    assert not await customers.forget(ANNA)
    left = await customers.get(ANNA)
    assert (left.name, left.email, left.phone, left.preferences) == (
        "Erased customer",
        None,
        None,
        {},
    )
    assert not await customers.addresses(ANNA)
    assert await customers.changes(ANNA) == []


async def test_the_first_address_is_the_default_until_another_is(
    customers: CustomerService,
) -> None:
    home = (await customers.addresses(ANNA))[0]
    work = await customers.add_address(ANNA, BERLIN)
    assert (home.is_default, work.is_default, work.country) == (True, False, "DE")
    assert (await customers.address(ANNA)).id == home.id

    await customers.set_default_address(ANNA, work.id)
    assert [(a.id, a.is_default) for a in await customers.addresses(ANNA)] == [
        (work.id, True),
        (home.id, False),
    ]
    await customers.remove_address(ANNA, work.id)
    assert [(a.id, a.is_default) for a in await customers.addresses(ANNA)] == [(home.id, True)]


async def test_addresses_are_changed_in_parts(customers: CustomerService) -> None:
    home = await customers.address(ANNA)
    moved = await customers.update_address(
        ANNA, home.id, street="9 Mill Road", postcode="sw1a 1aa", country="uk"
    )
    assert moved.one_line == "9 Mill Road, Portland, OR SW1A 1AA, United Kingdom"
    assert moved.recipient == "Anna Berg"


@pytest.mark.parametrize(
    "parts", [{"street": " "}, {"country": "Atlantis"}, {"planet": "Mars"}, {"city": "x" * 200}]
)
async def test_parts_that_are_refused(customers: CustomerService, parts: dict[str, str]) -> None:
    home = await customers.address(ANNA)
    with pytest.raises(InvalidInput):
        await customers.update_address(ANNA, home.id, **parts)


async def test_there_is_an_end_to_addresses(customers: CustomerService) -> None:
    for number in range(19):
        await customers.add_address(
            ANNA, NewAddress(street=f"{number} Oak", city="Leeds", country="GB")
        )
    with pytest.raises(Conflict):
        await customers.add_address(ANNA, NewAddress(street="20 Oak", city="Leeds", country="GB"))


async def test_others_addresses_are_not_found(customers: CustomerService) -> None:
    theirs = await customers.address(BEN)
    for attempt in (
        customers.address(ANNA, theirs.id),
        customers.update_address(ANNA, theirs.id, city="Leeds"),
        customers.remove_address(ANNA, theirs.id),
        customers.set_default_address(ANNA, theirs.id),
        customers.get("nobody"),
        customers.addresses("nobody"),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await customers.address(BEN) == theirs
