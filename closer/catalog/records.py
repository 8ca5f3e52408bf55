"""Records of the catalogue, as services hand them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from closer.kit.money import Money


@dataclass(frozen=True)
class Category:
    """A department of the shop.

    Attributes:
        id: What orders, policies and filters name it by.
        words: What customers call it, besides its name.
    """

    id: str
    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """Something that can be bought.

    Attributes:
        family: Shared by the variants of one product (its colours, its storage sizes).
        attributes: What distinguishes it, as name and value: colour, material, storage ...
        options: What is chosen on ordering, as name and the choices there are: `{"size": ["S", "M"]}`.
        rating: The mean of its reviews, 1 to 5.
        popularity: How well it sells, 0 to 1.
        related: The ids of products that are bought or used with it.
    """

    id: str
    sku: str
    family: str
    name: str
    category: str
    kind: str
    brand: str
    description: str
    attributes: dict[str, Any]
    options: dict[str, list[str]]
    price: Money
    stock: int
    rating: float
    reviews: int
    popularity: float
    related: tuple[str, ...]
    created_at: datetime
    updated_at: datetime

    @property
    def in_stock(self) -> bool:
        """Whether at least one can be sold."""
        return self.stock > 0


@dataclass(frozen=True)
class Match:
    """The product that somebody's words mean.

    Attributes:
        confidence: 0 to 1; below 0.6 it is better to ask.
        others: What else it may be, the likeliest first.
    """

    product: Product
    confidence: float
    others: tuple[Product, ...] = ()
