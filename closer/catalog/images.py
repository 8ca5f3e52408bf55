"""Pictures of products, drawn rather than stored: a pictogram of the kind or the department on a palette of the product's own."""

from __future__ import annotations

import hashlib
from html import escape

from closer.catalog.pictograms import PICTOGRAMS, PLAIN
from closer.catalog.pictograms_kinds import KINDS
from closer.catalog.records import Product

_SIZE = 480

#: Backgrounds (from, to), an accent and ink; chosen so that ink on the background has a contrast above 7 : 1.
_PALETTES = (
    ("#fdf1e3", "#f9d9b4", "#e07a3f", "#3d2314"),
    ("#e8f3ee", "#bfe0d0", "#2f8f6b", "#12372a"),
    ("#e9eff9", "#c3d5f1", "#3d6fc4", "#16284a"),
    ("#f7eaf3", "#e8c3de", "#b24a93", "#40173a"),
    ("#fbf6dc", "#f2e3a0", "#c79a12", "#3f3206"),
    ("#e6f4f6", "#b5dde3", "#2a8c9c", "#0f3339"),
    ("#f1ecf9", "#d5c6ee", "#7a56bd", "#2a1c48"),
    ("#fbe9e7", "#f4c3bc", "#cc5244", "#451712"),
)
#: Names of colors as the catalogue writes them, for the pictogram's filling.
_COLORS = {
    "black": "#2b2d33",
    "graphite": "#44474f",
    "anthracite": "#3a3d42",
    "charcoal": "#43464c",
    "slate": "#5b6672",
    "steel": "#9aa5b1",
    "silver": "#c3c9d0",
    "gray": "#9a9ea6",
    "white": "#fbfbfa",
    "cream": "#f5ead2",
    "sand": "#dcc7a1",
    "beige": "#dfcfb4",
    "tan": "#c9a27a",
    "brown": "#7c5638",
    "cognac": "#a4602e",
    "blue": "#3f73c9",
    "navy": "#22335c",
    "indigo": "#31407a",
    "teal": "#1f8a8a",
    "mint": "#9fdcc0",
    "green": "#3f8f5a",
    "sage": "#a3b89a",
    "olive": "#74793f",
    "emerald": "#137a55",
    "red": "#c63d3d",
    "coral": "#ef7b68",
    "rust": "#b35a2f",
    "terracotta": "#c96f4a",
    "burgundy": "#6d1f33",
    "berry": "#8f2f57",
    "plum": "#6b3a66",
    "rose": "#d992a0",
    "rosewood": "#9b5157",
    "pink": "#ec9ab8",
    "lilac": "#b9a4dc",
    "orange": "#ef8a2f",
    "yellow": "#f1c73b",
    "mustard": "#cf9c2b",
    "brass": "#b8923f",
}


def svg(product: Product) -> str:
    """Return a product's picture; the same product always looks the same."""
    seed = hashlib.sha256(product.id.encode()).digest()
    light, dark, accent, ink = _PALETTES[seed[0] % len(_PALETTES)]
    fill = _named_color(product) or accent
    pictogram = KINDS.get(product.kind) or PICTOGRAMS.get(product.category, PLAIN)
    turn, shift_x, shift_y = seed[1] % 360, seed[2] % 90, seed[3] % 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" role="img"'
        f' aria-label="{escape(product.name, quote=True)}"><title>{escape(product.name)}</title>'
        f'<defs><linearGradient id="g" gradientTransform="rotate({turn % 60} .5 .5)">'
        f'<stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/></linearGradient></defs>'
        f'<rect width="{_SIZE}" height="{_SIZE}" fill="url(#g)"/>'
        f'<circle cx="{330 + shift_x}" cy="{60 + shift_y}" r="128" fill="{accent}" opacity=".13"/>'
        f'<circle cx="{40 + shift_y}" cy="{300 - shift_x}" r="74" fill="{light}" opacity=".7"/>'
        f'<ellipse cx="240" cy="328" rx="118" ry="13" fill="{ink}" opacity=".14"/>'
        f'<g transform="translate(120 92)" fill="{fill}" stroke="{ink}" stroke-width="6"'
        f' stroke-linejoin="round" stroke-linecap="round" color="{accent}">{pictogram}</g></svg>'
    )


def _named_color(product: Product) -> str | None:
    words = str(product.attributes.get("color", "")).lower().replace(",", " ").split()
    return next((_COLORS[word] for word in reversed(words) if word in _COLORS), None)
