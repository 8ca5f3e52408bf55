"""Synonyms and regular expressions of the training data."""

import pytest

from rasa_ext.nlu.entities.house_rules import HouseRules

RULES = HouseRules.of(
    {"the States": "United States", "U.S.": "United States"},
    [
        {"name": "order_id", "pattern": r"\bq\d{3}\b"},
        {"name": "invoice_id", "pattern": r"\bq\d{2,3}\b"},
    ],
    {"order_id", "invoice_id"},
)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("The  States", "United States"),
        ("u.s.", "United States"),
        ("Norway", "Norway"),
    ],
)
def test_a_synonym_is_found_however_it_is_written(said, meant):
    assert RULES.meant(said) == meant


def test_a_shape_finds_values_where_nothing_was_found_and_the_first_shape_wins():
    assert RULES.matches("q12 and Q345", []) == [("order_id", 8, 12), ("invoice_id", 0, 3)]
    assert RULES.matches("q12 and Q345", [(7, 12)]) == [("invoice_id", 0, 3)]


def test_they_come_back_as_they_were_kept(tmp_path):
    RULES.save(tmp_path)
    assert HouseRules.load(tmp_path) == RULES


def test_a_regex_of_no_entity_finds_nothing_and_one_that_cannot_be_read_is_refused():
    assert not HouseRules.of({}, [{"name": "greeting", "pattern": "hi"}], {"order_id"}).shapes
    with pytest.raises(ValueError, match="order_id"):
        HouseRules.of({}, [{"name": "order_id", "pattern": "("}], {"order_id"})
