"""What the demo shop sells stands in the look-up tables, by which a message's goods are recognised."""

from __future__ import annotations

import yaml

from closer.kit.settings import ROOT
from scripts.seed.catalog import families


def test_every_kind_of_goods_is_a_word_of_the_shop() -> None:
    table = yaml.safe_load((ROOT / "data/lookups/products.yml").read_text("utf-8"))
    known = {line.removeprefix("- ").lower() for line in table["nlu"][0]["examples"].splitlines()}
    assert {family.kind.lower() for family in families()} <= known
