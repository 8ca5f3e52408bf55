"""The prices that the general answer on tiers names are those of the tiers."""

from __future__ import annotations

from pathlib import Path

import yaml

from closer.customers.tiers import TIERS

_FAQ = Path(__file__).parents[3] / "data" / "responses" / "faq.yml"


def test_each_wording_of_the_answer_names_all_tiers_with_their_prices() -> None:
    responses = yaml.safe_load(_FAQ.read_text("utf-8"))["responses"]
    for variant in responses["utter_faq/account_tiers_and_prices"]:
        for tier in TIERS.values():
            assert tier.name in variant["text"].lower()
            assert not tier.monthly.amount or str(tier.monthly) in variant["text"]
