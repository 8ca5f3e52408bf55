"""The domain of an archive is read quickly, and is the very one that Rasa reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.domain import Domain

from closer.kit.settings import ROOT
from rasa_ext import archived_domain

ODD = (
    *("yes", "no", "on", "true", "~", "null", "", "1e3", "0123", "12:30", "1_000", ".5", "-3", "0x1F"),
    *("2024-01-01", "1.5", "- a", "a: b", "#x", "'q'", '"d"', "line\nbreak", "tab\t", "\\u00e9", "<<"),
    *("%s", "&a", "*b", "@x", "`c`", "=", "\u2028x", "é", "😀"),
)  # fmt: skip


def _written(folder: Path, *texts: str) -> Path:
    responses = {"utter_odd": [{"text": text} for text in texts]}
    own = Domain.from_file(str(ROOT / "domain.yml"))
    own.merge(Domain.from_dict({"responses": responses})).persist(folder / "domain.yml")
    return folder


@pytest.mark.parametrize("texts", [ODD, ("plain",), ("😀",)])
def test_it_reads_what_rasa_reads(tmp_path: Path, texts: tuple[str, ...]) -> None:
    slow = Domain.from_path(_written(tmp_path, *texts))
    quick = archived_domain.read_archived(tmp_path)
    assert quick.as_dict() == slow.as_dict()
    assert quick.fingerprint() == slow.fingerprint()
    assert [item["text"] for item in quick.responses["utter_odd"]] == [*texts]


def test_environment_variables_are_put_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_NAME", "Corner Shop")
    found = archived_domain.read_archived(_written(tmp_path, "This is ${SHOP_NAME}."))
    assert found.as_dict() == Domain.from_path(tmp_path).as_dict()


def test_rasa_loads_models_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DomainProvider, "load", DomainProvider.load)
    archived_domain.install()
    monkeypatch.setattr(Domain, "from_path", None)

    class Storage:
        def read_from(self, _: object) -> Storage:
            return self

        def __enter__(self) -> Path:
            return _written(tmp_path, "hello")

        def __exit__(self, *_: object) -> None:
            """Nothing is left."""

    loaded = DomainProvider.load({}, Storage(), None, None)  # type: ignore[arg-type]
    assert "utter_odd" in loaded.provide_inference().responses
