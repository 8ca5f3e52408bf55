"""When the assistant says that it does not know."""

import pytest
from rasa.shared.nlu.training_data.message import Message

from rasa_ext.nlu.fallback import CareFallbackClassifier


def processed(text, confidences, familiarity, **options):
    """Runs the component on a message with a ranking."""
    config = {**CareFallbackClassifier.get_default_config(), **options}
    names = ("track_order", "cancel_order", "review")
    ranking = [
        {"name": name, "confidence": confidence}
        for name, confidence in zip(names, confidences, strict=False)
    ]
    message = Message({"text": text, "intent_ranking": ranking, "familiarity": familiarity})
    message.set("intent", dict(ranking[0]) if ranking else None)
    CareFallbackClassifier(config).process([message])
    return message


@pytest.mark.parametrize(
    ("text", "confidences", "familiarity", "reason"),
    [
        ("where is it", (0.9, 0.05), 0.4, None),
        ("where is it", (0.9, 0.05), 0.0, "unfamiliar"),
        ("where is it", (0.15, 0.05), 0.4, "low_confidence"),
        ("where is it", (0.41, 0.40), 0.4, "ambiguous"),
        ("?!", (0.9, 0.05), 0.4, "no_words"),
        ("x" * 10_000, (0.9, 0.05), 0.4, "no_words"),
        ("где мой заказ", (0.9, 0.05), 0.4, "other_script"),
        ("déjà commandé", (0.9, 0.05), 0.4, None),
        ("anything", (), 0.0, "no_intent"),
    ],
)
def test_reasons(text, confidences, familiarity, reason):
    message = processed(text, confidences, familiarity)
    assert message.get("fallback_reason") == reason
    assert (message.get("intent")["name"] == "nlu_fallback") == (reason is not None)


def test_the_alternatives_stay_in_the_ranking():
    ranking = processed("where is it", (0.41, 0.40, 0.1), 0.4).get("intent_ranking")
    assert [i["name"] for i in ranking] == ["nlu_fallback", "track_order", "cancel_order", "review"]
    assert ranking[0]["confidence"] >= ranking[1]["confidence"]


def test_each_test_can_be_turned_off():
    options = {"refused_share": 0, "threshold": 0, "ambiguity_threshold": 0}
    message = processed("where is it", (0.1, 0.1), 0.0, **options)
    assert message.get("intent")["name"] == "track_order"


@pytest.mark.parametrize(
    ("known", "entities", "reason"),
    [
        (False, [], "unknown_words"),
        (False, [{"entity": "person_name", "value": "Zbigniew"}], None),
        (True, [], None),
        (None, [], None),
    ],
)
def test_a_message_without_a_known_word_falls_back_unless_it_holds_a_value(known, entities, reason):
    message = Message(
        {
            "text": "zbigniew",
            "intent": {"name": "review", "confidence": 0.9},
            "intent_ranking": [{"name": "review", "confidence": 0.9}],
            "familiarity": 0.4,
            "care_known_words": known,
            "entities": entities,
        }
    )
    CareFallbackClassifier(CareFallbackClassifier.get_default_config()).process([message])
    assert message.get("fallback_reason") == reason
