"""The shop's products; open to everybody, as on its pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Anyone, ServicesDep
from api.v1.schemas.shop import CategorySchema, ProductList, ProductSchema
from api.v1.schemas.types import Id, Line, Price
from closer.catalog.service import MAX_RESULTS

router = APIRouter(
    prefix="/catalog", tags=["catalog"], dependencies=[Depends(Anyone(per_minute=300))]
)


@router.get("/products")
async def search_products(
    *,
    services: ServicesDep,
    q: Annotated[
        Line | None, Query(description="what is looked for", examples=["running shoes"])
    ] = None,
    category: Annotated[Id | None, Query(description="the id of a category")] = None,
    min_price: Annotated[Price | None, Query(examples=["10.00"])] = None,
    max_price: Annotated[Price | None, Query(examples=["99.90"])] = None,
    in_stock: bool = False,
    limit: Annotated[int, Query(ge=1, le=MAX_RESULTS)] = 20,
) -> ProductList:
    """Search products, the best fitting first; without `q` what sells best."""
    low, high = (None if price is None else Decimal(price) for price in (min_price, max_price))
    if low is not None and high is not None and low > high:
        return ProductList(items=[])
    found = await services.catalog.search(
        q or "", category=category, min_price=low, max_price=high, in_stock=in_stock, limit=limit
    )
    return ProductList(items=[ProductSchema.of(product) for product in found])


@router.get("/products/{product_id}")
async def read_product(
    product_id: Annotated[Id, Path(examples=["P-0001"])], services: ServicesDep
) -> ProductSchema:
    """Read a product."""
    return ProductSchema.of(await services.catalog.get(product_id))


@router.get("/categories")
async def list_categories(services: ServicesDep) -> list[CategorySchema]:
    """List the shop's departments."""
    counts = await services.catalog.counts()
    return [
        CategorySchema(id=category.id, name=category.name, products=counts.get(category.id, 0))
        for category in services.catalog.categories()
    ]
