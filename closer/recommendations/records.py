"""Records of recommendations."""

from __future__ import annotations

from dataclasses import dataclass

from closer.catalog.records import Product


@dataclass(frozen=True)
class Recommendation:
    """A product that is suggested.

    Attributes:
        score: Comparable within one answer; higher is better.
        reason: Why, as a short sentence for the customer.
        basis: `together`, `content`, `category`, `text` or `popular`.
    """

    product: Product
    score: float
    reason: str
    basis: str
