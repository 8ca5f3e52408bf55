"""A component is trained anew when the code beside it has changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.training.fingerprinting import calculate_fingerprint_key

from rasa_ext import source_fingerprint
from rasa_ext.nlu.encoder_featurizer import SentenceEncoderFeaturizer
from rasa_ext.nlu.entity_extractor import CareEntityExtractor
from rasa_ext.nlu.intent_classifier import CareIntentClassifier
from rasa_ext.nlu.response_selector import CareResponseSelector
from rasa_ext.policies.linear import LinearPolicy
from rasa_ext.policies.memoization import SharedMemoizationPolicy
from rasa_ext.policies.rules import IndexedRulePolicy
from rasa_ext.source_fingerprint import package_digest


@pytest.mark.parametrize(
    "component",
    [
        SentenceEncoderFeaturizer,
        CareEntityExtractor,
        CareIntentClassifier,
        CareResponseSelector,
        LinearPolicy,
        SharedMemoizationPolicy,
        IndexedRulePolicy,
    ],
)
def test_rasas_fingerprint_follows_the_package(
    component: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = calculate_fingerprint_key(component, {}, {})
    assert calculate_fingerprint_key(component, {}, {}) == before
    monkeypatch.setattr(source_fingerprint, "package_digest", lambda folder: f"{folder} changed")
    assert calculate_fingerprint_key(component, {}, {}) != before


def test_any_file_of_a_package_counts_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "one.py").write_text("x = 1")
    (tmp_path / "below" / "two.py").write_text("y = 2")
    first = package_digest(tmp_path)
    (tmp_path / "note.txt").write_text("no code")
    package_digest.cache_clear()
    assert package_digest(tmp_path) == first
    (tmp_path / "below" / "two.py").write_text("y = 3")
    package_digest.cache_clear()
    assert package_digest(tmp_path) != first
