"""Word lists, value substitution and the tagger."""

import random

import numpy as np
import pytest

from rasa_ext.nlu.entities.gazetteers import Gazetteers, build_gazetteers
from rasa_ext.nlu.entities.model import EntityModel, Settings, tags_of, train_entity_model
from rasa_ext.nlu.entities.schema import OUTSIDE, allowed
from rasa_ext.nlu.entities.substitution import Substituter
from rasa_ext.nlu.text import read


@pytest.fixture(scope="session")
def gazetteers():
    return build_gazetteers({"product": ["Zephyr 9000"]})


def test_the_longest_phrase_is_found_and_look_up_tables_count():
    lists = Gazetteers({"delivery_city": ["new york", "york"], "product": ["lamp"]})
    assert lists.look_up(["new", "york", "lamp"]) == [
        {"delivery_city"}, {"delivery_city+"}, {"product"},
    ]  # fmt: skip


def test_the_world_is_covered(gazetteers):
    for name, phrase in (
        ("delivery_country", "portugal"), ("area", "llanelli"), ("first_name", "fatima"),
        ("last_name", "kowalska"), ("delivery_city", "ho chi minh city"), ("product", "zephyr 9000"),
    ):  # fmt: skip
        assert phrase in gazetteers.phrases[name]


def test_new_values_stand_where_the_old_ones_stood(gazetteers):
    substituter = Substituter(gazetteers, {}, random.Random(3))
    text, spans = "send 2 lamps to Leeds", [(5, 6, "quantity"), (16, 21, "delivery_city")]
    for _ in range(200):
        varied, moved = substituter.vary(text, spans)
        (a, b, _), (c, d, _) = moved
        assert varied[:a].lower() == "send "
        assert varied[b:c].lower() == " lamps to "
        assert varied[d:] == ""


@pytest.mark.parametrize(
    "entity", ["person_name", "order_id", "phone", "money", "date", "rating", "email"]
)
def test_made_up_values_are_not_all_alike(gazetteers, entity):
    substituter = Substituter(gazetteers, {}, random.Random(3))
    assert len({substituter.value(entity) for _ in range(40)}) >= 10


def test_shapes_limit_types():
    assert allowed("code", "INV-2024-001") == ("invoice_id",)
    assert OUTSIDE not in allowed("money", "$5")
    assert "order_id" not in allowed("number", "12.50")


def test_a_value_that_cuts_a_token_is_refused():
    tokens = read("order 12345 now").tokens
    assert tags_of(tokens, [(6, 11, "order_id")]) == ["O", "B-order_id", "O"]
    assert tags_of(tokens, [(6, 9, "order_id")]) is None


def test_a_tagger_learns_contexts_and_survives_storing(encoder, tmp_path):
    examples = [
        ("my name is Anna Kowalska", [(11, 24, "person_name")]),
        ("this is Omar", [(8, 12, "person_name")]),
        ("i am called Mr. Smith", [(12, 21, "person_name")]),
        ("ship it to Leeds", [(11, 16, "delivery_city")]),
        ("i live in Porto now", [(10, 15, "delivery_city")]),
        ("deliver to San Antonio", [(11, 22, "delivery_city")]),
        ("cancel order 12345", [(13, 18, "order_id")]),
        ("show invoice 77120", [(13, 18, "invoice_id")]),
        ("thank you very much", []),
        ("what is this", []),
    ]
    model = train_entity_model(examples, {}, encoder, Settings(copies=8))
    model.save(tmp_path)
    loaded = EntityModel.load(tmp_path)
    for text, expected in (
        ("my name is Priya Raman", [("person_name", "Priya Raman")]),
        ("ship it to nairobi", [("delivery_city", "nairobi")]),
        ("cancel order 998877", [("order_id", "998877")]),
        ("show invoice 998877", [("invoice_id", "998877")]),
        ("thank you", []),
    ):
        message = read(text)
        encoding = encoder.encode_one(message.masked)
        found = loaded.find(message, encoding)
        assert [(value.entity, value.text) for value in found] == expected
        assert found == model.find(message, encoding)
        assert all(text[v.start : v.end] == v.text and 0 < v.confidence <= 1 for v in found)


def test_transitions_forbid_a_value_without_beginning(encoder):
    examples = [
        ("ship to New York", [(8, 16, "delivery_city")]),
        ("ship to Rome", [(8, 12, "delivery_city")]),
    ]
    model = train_entity_model(examples, {}, encoder, Settings(copies=2))
    tags = model.tagger.tags
    inside, outside = tags.index("I-delivery_city"), tags.index(OUTSIDE)
    assert model.tagger.follows[outside, inside] < -1000
    assert np.isfinite(model.tagger.follows).all()
