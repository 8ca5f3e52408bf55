"""How products are shown: as a card, or as a quick reply."""

from __future__ import annotations

from closer.catalog.records import Product
from closer.conversations.turn import Button, Card, Fact, Image


def product_button(product: Product, title: str | None = None) -> dict[str, str]:
    """Return a quick reply that names a product."""
    return {
        "title": (title or product.name)[:48],
        "payload": f'/inform{{"product":"{product.id}"}}',
    }


def product_card(product: Product, subtitle: str | None = None) -> Card:
    """Return a product as a card with what can be done next."""
    stock = (
        "In stock"
        if product.stock > 5
        else f"Only {product.stock} left"
        if product.in_stock
        else "Out of stock"
    )
    facts = [Fact(label="Price", value=str(product.price)), Fact(label="Availability", value=stock)]
    facts.append(Fact(label="Rating", value=f"{product.rating:.1f} of 5 ({product.reviews})"))
    named = f'{{"product":"{product.id}"}}'
    buttons = [Button(title="Details", payload=f"/product_info{named}")]
    if product.in_stock:
        buttons.insert(0, Button(title="Buy", payload=f"/place_order{named}"))
    image = Image(url=f"/media/products/{product.id}.svg", alt=product.name)
    return Card(
        kind="product",
        title=product.name,
        subtitle=subtitle,
        image=image,
        facts=facts,
        buttons=buttons,
    )
