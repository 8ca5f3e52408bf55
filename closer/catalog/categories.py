"""The shop's twelve departments."""

from __future__ import annotations

from closer.catalog.records import Category
from closer.catalog.words import stem, words_of

CATEGORIES: tuple[Category, ...] = (
    Category(
        "electronics", "Electronics", ("phones", "audio", "gadgets", "tech", "devices", "mobile")
    ),
    Category("computers", "Computers", ("laptops", "pc", "computing", "it", "office equipment")),
    Category(
        "kitchen",
        "Kitchen",
        ("cooking", "cookware", "kitchen appliances", "coffee", "cook", "chef"),
    ),
    Category(
        "home",
        "Home & Living",
        ("furniture", "living", "decor", "household", "bedding", "lighting"),
    ),
    Category("clothing", "Clothing", ("clothes", "fashion", "apparel", "garments", "wear")),
    Category("shoes", "Shoes", ("footwear", "sneakers", "boots", "trainers")),
    Category(
        "beauty", "Beauty & Care", ("cosmetics", "skincare", "make-up", "body care", "hair care")
    ),
    Category(
        "sports",
        "Sports & Outdoor",
        ("fitness", "outdoor", "camping", "gym", "cycling", "workout", "hiker", "cyclist"),
    ),
    Category("toys", "Toys & Games", ("games", "kids", "children", "puzzles", "board games")),
    Category("books", "Books", ("reading", "novels", "literature", "bookworm")),
    Category("garden", "Garden", ("gardening", "gardener", "patio", "balcony", "diy", "plants")),
    Category("pets", "Pets", ("pet supplies", "dogs", "cats", "animals")),
)

_BY_ID = {category.id: category for category in CATEGORIES}
_BY_WORD = {
    stem(word): category.id
    for category in CATEGORIES
    for phrase in (category.id, category.name, *category.words)
    for word in (*words_of(phrase), "".join(words_of(phrase)))
}


def category_of(category_id: str) -> Category | None:
    """Return a category by its id."""
    return _BY_ID.get(category_id)


def match_category(text: str) -> Category | None:
    """Return the category that somebody's words mean, or None; the last word that means one decides."""
    words = words_of(text)
    for word in ["".join(words), *reversed(words)]:
        found = _BY_WORD.get(stem(word))
        if found is not None:
            return _BY_ID[found]
    return None
