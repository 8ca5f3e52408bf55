from __future__ import annotations

from xml.etree import ElementTree

import pytest

from closer.catalog.categories import CATEGORIES
from closer.catalog.images import svg
from closer.catalog.pictograms import PICTOGRAMS
from tests.unit.closer.catalog.products import product, shelf


def test_each_department_has_a_pictogram() -> None:
    assert set(PICTOGRAMS) == {category.id for category in CATEGORIES}
    assert len(set(PICTOGRAMS.values())) == 12


def test_all_pictures_are_well_formed_and_light() -> None:
    for item in shelf():
        picture = svg(item)
        root = ElementTree.fromstring(picture)
        assert root.attrib["aria-label"] == item.name
        assert len(picture) < 4000


def test_a_picture_is_always_the_same_and_differs_between_products() -> None:
    one, two = product(1, "Lamp", "lamp"), product(2, "Lamp", "lamp")
    assert svg(one) == svg(one)
    assert svg(one) != svg(two)


@pytest.mark.parametrize("name", ['<script>alert("x")</script>', "Tom & Jerry's", "x" * 160, ""])
def test_names_cannot_break_out(name: str) -> None:
    root = ElementTree.fromstring(svg(product(1, name, "lamp", category="unknown")))
    assert not [element for element in root.iter() if "script" in element.tag]


def test_a_kind_has_its_own_drawing() -> None:
    bike, mat = product(1, "City", "bike"), product(1, "City", "yoga mat")
    assert svg(bike) != svg(mat)


def test_the_products_color_shows() -> None:
    assert "#c63d3d" in svg(product(1, "Kettle", "kettle", attributes={"color": "dark red"}))
