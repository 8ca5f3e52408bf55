"""Reading and changing a customer's profile."""

from __future__ import annotations

from api.v1.schemas.customers import STAFF_FIELDS, Profile, ProfileBody
from api.v1.schemas.shop import OrderSummary
from closer.kit.errors import NotPermitted
from closer.security.roles import Permission
from closer.security.tokens import Claims
from closer.services import Services


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
            await services.customers.update(body.customer_id, by=caller.subject, **changes)
        if body.preferences is not None:
            await services.customers.update_preferences(
                body.customer_id, body.preferences, by=caller.subject
            )
    return sorted(changes) + (["preferences"] if body.preferences is not None else [])


async def read_profile(services: Services, customer_id: str, changed: list[str]) -> Profile:
    """Return a customer's profile with addresses and last orders."""
    customer = await services.customers.get(customer_id)
    addresses = await services.customers.addresses(customer_id)
    orders = await services.orders.latest(customer_id, 3)
    return Profile.of(
        customer, list(addresses), [OrderSummary.of(order) for order in orders], changed
    )
