"""Sign-ins of the demo shop: the contract's customers, ten more, and one of each staff role."""

from __future__ import annotations

import random

from closer.security.accounts import DEMO_PASSWORD
from closer.security.passwords import hash_in_thread
from closer.security.roles import Role
from closer.services import Services
from scripts.seed.contract import CONTRACT_CUSTOMERS

FURTHER = tuple(f"cus_{number:05d}" for number in range(1, 11))
STAFF = {
    Role.AGENT: "agent@northlight.example",
    Role.TRAINER: "trainer@northlight.example",
    Role.ADMIN: "admin@northlight.example",
}


async def seed(services: Services, rng: random.Random) -> None:
    """Open the accounts; all have the demo password, hashed once."""
    hashed = await hash_in_thread(DEMO_PASSWORD)
    for customer_id in (*(str(person["id"]) for person in CONTRACT_CUSTOMERS), *FURTHER):
        customer = await services.customers.get(customer_id)
        if customer.email is not None:
            await services.accounts.create(
                email=customer.email,
                password_hash=hashed,
                customer_id=customer_id,
                verified=True,
                seeded=True,
            )
    for role, email in STAFF.items():
        await services.accounts.create(
            email=email, password_hash=hashed, role=role, verified=True, seeded=True
        )
