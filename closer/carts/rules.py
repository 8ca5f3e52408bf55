"""The rules of carts."""

from __future__ import annotations

import json
from collections.abc import Mapping

from closer.catalog.records import Product
from closer.kit.errors import Conflict, InvalidInput

MAX_LINES = 30
MAX_PER_LINE = 20


def known_options(product: Product, given: Mapping[str, str]) -> dict[str, str]:
    """Return the options as the catalogue writes them; those not given may be chosen later.

    Raises:
        InvalidInput: `option_unknown`, naming the choices.
    """
    chosen = {}
    for name, value in given.items():
        choices = product.options.get(name, [])
        match = next((c for c in choices if c.casefold() == str(value).strip().casefold()), None)
        if match is None:
            raise InvalidInput(
                f"{product.name} does not come in that {name}",
                code="option_unknown",
                field=name,
                choices=list(choices),
            )
        chosen[name] = match
    return chosen


def check_quantity(product: Product, on_line: int, in_all: int) -> None:
    """Insist on a number of pieces that there are and that the shop sells to one person.

    Raises:
        InvalidInput: if they are too many for one line.
        Conflict: `out_of_stock` with `available`.
    """
    if on_line > MAX_PER_LINE:
        raise InvalidInput(f"at most {MAX_PER_LINE} pieces of one product", field="quantity")
    if in_all > product.stock:
        detail = (
            f"only {product.stock} of {product.name} left"
            if product.stock
            else f"{product.name} is sold out"
        )
        raise Conflict(detail, code="out_of_stock", product_id=product.id, available=product.stock)


def key_of(options: Mapping[str, str]) -> str:
    """Return the text that tells lines of one product apart."""
    return json.dumps(dict(options), sort_keys=True, ensure_ascii=False)[:200]
