"""Checks of what people allow and forbid: by address, and by purpose."""

from __future__ import annotations

from typing import Any

from closer.services import Services
from tests.conversations.state import arrangement, check


@check("contact")
async def _contact(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """Whether an address may be written to or called on a channel; without `address`, those of the customer."""
    channel, allowed = details["channel"], details["allowed"]
    if "address" in details:
        places = [details["address"]]
    else:
        kind = "email" if channel == "email" else "phone"
        own = await services.addresses.of(str(customer))
        places = [item.address for item in own if item.kind == kind]
    assert places, "there is no address"
    found = {place: await services.contact_consents.allowed(channel, place) for place in places}
    assert set(found.values()) == {allowed}, f"allowed is {found}"


@check("contact_of_person")
async def _contact_of_person(
    services: Services, customer: str | None, details: dict[str, Any]
) -> None:
    """Whether the customer may be written to or called at an `address` that is added later."""
    found = await services.contact_consents.allowed(
        details["channel"], details["address"], customer
    )
    assert found == details["allowed"], f"allowed is {found}"


@check("consent")
async def _consent(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """What holds for each purpose that is named."""
    held = await services.compliance.consents(details.get("customer") or str(customer))
    for purpose, granted in details.items():
        if purpose != "customer":
            assert held[purpose] == granted, f"{purpose} is {held[purpose]}"


@arrangement("consents")
async def _consents(services: Services, details: Any) -> None:
    """What a customer has allowed before the case."""
    for purpose, granted in details["held"].items():
        await services.compliance.set_consent(details["customer"], purpose, granted, source="web")


@arrangement("no_phone_on_file")
async def _no_phone_on_file(services: Services, customer_id: str) -> None:
    """Let a customer have no phone number."""
    await services.customers.update(customer_id, phone=None)
