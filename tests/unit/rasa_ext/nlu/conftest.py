"""A small trained pipeline, shared by the tests of this folder."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

from rasa_ext.nlu.encoder import SentenceEncoder, load_encoder
from rasa_ext.nlu.encoder_files import default_cache_dir

NLU = r"""
version: "3.1"
nlu:
- intent: track_order
  examples: |
    - where is my order [#48121](order_id)
    - track order [ORD-2024-0117](order_id)
    - order status [771209](order_id)
    - has my parcel left the warehouse
    - where's my package
    - any news on my delivery, it was due [yesterday](date)
    - can you tell me where order [55120](order_id) is
    - my [desk lamp](product) has not come yet
    - when was my parcel last scanned
    - tracking of my purchase please
- intent: cancel_order
  examples: |
    - cancel my order
    - please cancel order [90117](order_id)
    - i want to cancel the [two](quantity) [chairs](product) i bought [last Friday](date)
    - call off my purchase
    - i no longer want what i ordered, cancel it
    - stop order [KX-1129](order_id), i changed my mind
    - kill that order of mine
    - i'd like to withdraw from my order [66120](order_id)
    - undo the purchase of the [kettle](product)
    - cancel everything i ordered [today](date)
- intent: get_refund
  examples: |
    - i want my money back
    - refund me [$45](refund_amount)
    - give me my [30 euros](refund_amount) back
    - i demand a refund for the broken [toaster](product)
    - pay me back
    - i returned it, refund [€12.50](refund_amount) now
    - reimburse me please
    - money back for order [31890](order_id)
    - i would like a refund of [20 dollars](refund_amount)
    - refund my card
- intent: check_invoice
  examples: |
    - show me invoice [INV-2024-0031](invoice_id)
    - what is on my bill [88213](invoice_id)
    - look up invoice [#37777](invoice_id)
    - i want to see my invoice
    - why does the bill say [$160](money)
    - check the invoice of [3 March](date)
    - is there an error on invoice [55120](invoice_id)
    - explain my bill to me
    - find the invoice from [May 2024](date)
    - let me view the bill
- intent: inform
  examples: |
    - [4471](order_id)
    - it's [Anna Kowalska](person_name)
    - my name is [Mr. Smith](person_name)
    - [ann@example.org](email)
    - to [Leeds](delivery_city), [Portugal](delivery_country)
    - [three](quantity) of them
    - call me on [+1 415 555 0134](phone)
    - by [sms](channel)
    - [gold](account_type)
    - [4 stars](rating)
- intent: faq/gift_cards
  examples: |
    - do you sell gift cards
    - how long is a gift card valid
    - can i pay with a voucher card
    - gift vouchers?
    - where do i enter my gift card
    - i got a gift card, how does it work
- intent: faq/warranty
  examples: |
    - how long is the warranty
    - do you give a guarantee
    - is my watch still under warranty
    - warranty terms?
    - what does the guarantee cover
    - it broke within two years, is that covered by warranty
- intent: chitchat/tell_a_joke
  examples: |
    - tell me a joke
    - make me laugh
    - do you know something funny
    - another joke please
    - joke
    - say something hilarious
- synonym: Netherlands
  examples: |
    - Holland
- lookup: product
  examples: |
    - desk lamp
    - kettle
    - toaster
    - chairs
    - office chair
    - coffee machine
- lookup: channel
  examples: |
    - sms
    - email
    - phone
- lookup: account_type
  examples: |
    - gold
    - premium
- regex: order_id
  examples: |
    - \bparcel-[a-z]{4}\b
responses:
  utter_faq/gift_cards:
  - text: Gift cards are valid for two years.
  utter_faq/warranty:
  - text: Everything has a warranty of two years.
  utter_chitchat/tell_a_joke:
  - text: A parcel walks into a bar.
"""
CONFIG = """
recipe: default.v1
assistant_id: test
language: en
pipeline:
  - name: rasa_ext.nlu.tokenizer.CareTokenizer
  - name: rasa_ext.nlu.encoder_featurizer.SentenceEncoderFeaturizer
  - name: rasa_ext.nlu.intent_classifier.CareIntentClassifier
  - name: rasa_ext.nlu.response_selector.CareResponseSelector
  - name: rasa_ext.nlu.entity_extractor.CareEntityExtractor
  - name: rasa_ext.nlu.fallback.CareFallbackClassifier
    refused_share: 0.1
"""


@pytest.fixture(scope="session")
def encoder() -> SentenceEncoder:
    return load_encoder("int8", default_cache_dir(), 128, True)


@pytest.fixture(scope="session")
def agent(tmp_path_factory):
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    folder: Path = tmp_path_factory.mktemp("model")
    (folder / "nlu.yml").write_text(NLU)
    (folder / "config.yml").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASA_CACHE_DIRECTORY", str(folder / "cache"))
        archive = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
    return Agent.load(archive)
