"""Whether somebody speaks of the cart."""

from __future__ import annotations

import re

_CART = re.compile(r"\b(?:cart|basket|bag|trolley)\b", re.IGNORECASE)


def speaks_of_cart(text: str) -> bool:
    """Say whether a text names the cart."""
    return _CART.search(text) is not None
