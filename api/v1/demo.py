"""The demo shop: whom one can sign in as."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.deps import Anyone, ServicesDep
from api.v1.schemas.auth import DemoCustomer
from closer.kit.errors import NotFound
from closer.kit.pagination import PageRequest
from closer.security.account_records import Account
from closer.security.accounts import DEMO_PASSWORD
from closer.services import Services

router = APIRouter(prefix="/demo", tags=["demo"])


@router.get("/customers", dependencies=[Depends(Anyone())])
async def demo_customers(services: ServicesDep) -> list[DemoCustomer]:
    """List the demo shop's customers; 404 in any other shop."""
    if not services.settings.demo_shop:
        raise NotFound("this is no demo shop")
    return [
        await _customer(services, account) for account in await services.accounts.demo_customers()
    ]


async def _customer(services: Services, account: Account) -> DemoCustomer:
    customer = await services.customers.get(str(account.customer_id))
    orders = await services.orders.list(customer.id, PageRequest(limit=1))
    return DemoCustomer(
        customer_id=customer.id,
        name=customer.name,
        email=account.email,
        account_type=customer.account_type,
        orders=orders.total or len(orders.items),
        password=DEMO_PASSWORD,
    )
