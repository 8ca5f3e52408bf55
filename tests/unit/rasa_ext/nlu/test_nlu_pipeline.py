"""The whole pipeline: trained, stored, loaded and asked by Rasa itself."""

import pytest


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("where is my parcel", "track_order"),
        ("wheres my pacakge", "track_order"),
        ("pls cancle my oder", "cancel_order"),
        ("CANCEL MY ORDER!!!", "cancel_order"),
        ("i want a refund for this", "get_refund"),
        ("show me my invoice please", "check_invoice"),
    ],
)
async def test_intents_survive_noise(agent, text, intent):
    result = await agent.parse_message(text)
    assert result["intent"]["name"] == intent
    ranking = result["intent_ranking"]
    assert ranking[0]["name"] == intent
    assert [i["confidence"] for i in ranking] == sorted(
        (i["confidence"] for i in ranking), reverse=True
    )
    assert sum(i["confidence"] for i in ranking) == pytest.approx(1, abs=0.01)


async def test_an_unseen_number_does_not_change_confidence(agent):
    first = await agent.parse_message("where is order 1234567")
    second = await agent.parse_message("where is order ORD-2030-9999")
    assert first["intent"]["confidence"] == pytest.approx(second["intent"]["confidence"])


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("is there a warranty on lamps", "utter_faq/warranty"),
        ("how do gift cards work", "utter_faq/gift_cards"),
    ],
)
async def test_retrieval_intents_give_what_rasa_expects(agent, text, action):
    result = await agent.parse_message(text)
    assert result["intent"]["name"] == "faq"
    assert f"utter_{result['intent']['full_retrieval_intent_name']}" == action
    selector = result["response_selector"]
    assert set(selector["all_retrieval_intents"]) == {"faq", "chitchat"}
    for key in ("default", "faq"):
        answer = selector[key]["response"]
        assert answer["utter_action"] == action
        assert answer["responses"][0]["text"]
        assert selector[key]["ranking"][0]["intent_response_key"] == answer["intent_response_key"]


async def test_a_message_of_no_retrieval_intent_carries_only_the_name_of_the_nearest_answer(agent):
    result = await agent.parse_message("track order #90210")
    assert result["intent"]["name"] not in {"faq", "chitchat"}
    selector = result["response_selector"]
    assert set(selector) == {"all_retrieval_intents", "default"}
    assert selector["default"]["response"]["utter_action"].startswith("utter_")
    assert selector["default"]["response"]["responses"] == []
    assert selector["default"]["ranking"] == []


async def test_entities_have_spans_and_normalised_values(agent):
    text = "track order #90210 for ann.lee@Example.ORG"
    entities = {e["entity"]: e for e in (await agent.parse_message(text))["entities"]}
    order, email = entities["order_id"], entities["email"]
    assert text[order["start"] : order["end"]] == "#90210"
    assert order["value"] == "90210"
    assert text[email["start"] : email["end"]] == "ann.lee@Example.ORG"
    assert email["value"] == "ann.lee@example.org"
    assert order["extractor"] == "CareEntityExtractor"
    assert 0 < order["confidence_entity"] <= 1


async def test_an_invoice_is_no_order(agent):
    found = (await agent.parse_message("look up invoice INV-2025-0077"))["entities"]
    assert [(e["entity"], e["value"]) for e in found] == [("invoice_id", "INV-2025-0077")]


@pytest.mark.parametrize(
    "text",
    ["", "   ", "🎉🎉👍", "...", "注文はどこですか", "где мой заказ", "\x00\x01", "x" * 10_000],
    ids=["empty", "spaces", "emoji", "dots", "japanese", "russian", "control", "10000"],
)
async def test_what_cannot_be_understood_falls_back_without_error(agent, text):
    result = await agent.parse_message(text)
    assert result["intent"]["name"] == "nlu_fallback"
    assert result["entities"] == []


async def test_a_long_story_is_read_at_both_ends(agent):
    story = "so my aunt came by and we had tea. " * 400
    result = await agent.parse_message(f"{story} please cancel order 7712345")
    value = next(e for e in result["entities"] if e["entity"] == "order_id")
    assert value["value"] == "7712345"
    assert value["end"] == len(story) + len(" please cancel order 7712345")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; DROP TABLE orders; --", "a\nb\tc"]
)
async def test_markup_and_code_are_mere_text(agent, text):
    assert (await agent.parse_message(text))["text"] == text


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("to Leeds, Holland", "delivery_country", "Netherlands"),
        ("where is my parcel-abcd please", "order_id", "parcel-abcd"),
    ],
)
async def test_synonyms_and_regexes_of_the_training_data_count(agent, text, entity, value):
    found = (await agent.parse_message(text))["entities"]
    assert (entity, value) in [(e["entity"], e["value"]) for e in found]
