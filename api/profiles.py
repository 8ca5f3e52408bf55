"""Reading and changing a customer's profile."""

from __future__ import annotations

from typing import Any

from api.v1.schemas.customers import STAFF_FIELDS, Profile, ProfileBody
from api.v1.schemas.shop import OrderSummary
from closer.kit.errors import Conflict, InvalidInput, NotPermitted
from closer.security.roles import Permission
from closer.security.tokens import Claims
from closer.services import Services

_CONTACT = {"email", "phone"}


async def change_profile(services: Services, body: ProfileBody, caller: Claims) -> list[str]:
    """Apply the fields that were given, all or none; return their names.

    Raises:
        NotPermitted: if a customer changes what only staff may.
    """
    changes = body.changes()
    guarded = sorted(STAFF_FIELDS & changes.keys())
    if guarded and not caller.allows(Permission.CUSTOMERS_ANY):
        raise NotPermitted(f"ask us to change: {', '.join(guarded)}", fields=guarded)
    async with services.db.transaction():
        if changes:
            await _update(services, body.customer_id, changes, caller)
        if body.preferences is not None:
            await services.customers.update_preferences(
                body.customer_id, body.preferences, by=caller.subject
            )
    return sorted(changes) + (["preferences"] if body.preferences is not None else [])


async def _update(
    services: Services, customer_id: str, changes: dict[str, Any], caller: Claims
) -> None:
    try:
        await services.customers.update(customer_id, by=caller.subject, **changes)
    except InvalidInput as error:
        # It has the right shape (the schema saw to that), but nobody can be reached there.
        field = error.extra.get("field")
        if field in _CONTACT:
            raise Conflict(error.detail, code="contact_not_usable", field=field) from error
        raise


async def read_profile(services: Services, customer_id: str, changed: list[str]) -> Profile:
    """Return a customer's profile with addresses and last orders."""
    customer = await services.customers.get(customer_id)
    addresses = await services.customers.addresses(customer_id)
    orders = await services.orders.latest(customer_id, 3)
    return Profile.of(
        customer, list(addresses), [OrderSummary.of(order) for order in orders], changed
    )
