"""Values found by our extractor beside a spaCy `ner` trained on the same annotations: exact spans and time.

    python -m benchmarks.entities_beside_spacy --passes 20

Both learn the messages of data/nlu, with the same copies in which other values stand, and are tested on
tests/nlu/entities.yml, whose values are in no training message. docs/adr/0018 says what follows from it.
"""

from __future__ import annotations

import argparse
import random
import time
from statistics import median
from typing import Any

from benchmarks.nlu import ROOT, quiet, span_f1
from rasa_ext.nlu.encoder import load_encoder
from rasa_ext.nlu.encoder_files import default_cache_dir
from rasa_ext.nlu.entities.gazetteers import build_gazetteers
from rasa_ext.nlu.entities.model import Example, Settings, train_entity_model, with_copies
from rasa_ext.nlu.text import read

_BATCH = 64
Spans = tuple[set[Any], set[Any], str]


def _examples(messages: list[Any]) -> list[Example]:
    return [
        (m.get("text"), [(e["start"], e["end"], e["entity"]) for e in m.get("entities") or []])
        for m in messages
        if m.get("text")
    ]


def ours(
    examples: list[Example], tables: dict[str, list[str]], test: list[Example]
) -> dict[str, Any]:
    """Trains and tests our entity model."""
    encoder = load_encoder("int8", default_cache_dir(), 128, True)
    begin = time.perf_counter()
    model = train_entity_model(examples, tables, encoder, Settings())
    trained, spans, times = time.perf_counter() - begin, [], []
    for text, gold in test:
        began = time.perf_counter()
        ready = read(text)
        found = model.find(ready, encoder.encode_one(ready.masked))
        times.append((time.perf_counter() - began) * 1000)
        spans.append((set(gold), {(v.start, v.end, v.entity) for v in found}, text))
    return _row("ours (encoder included)", trained, spans, times)


def spacys(
    examples: list[Example], tables: dict[str, list[str]], test: list[Example], passes: int
) -> dict[str, Any]:
    """Trains and tests a blank English pipeline with `ner`."""
    import spacy
    from spacy.training import Example as Annotated
    from spacy.util import minibatch

    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner")
    everything = with_copies(examples, build_gazetteers(tables), Settings())
    for entity in sorted({entity for _, spans in everything for _, _, entity in spans}):
        ner.add_label(entity)
    annotated = []
    for text, spans in everything:
        doc = nlp.make_doc(text)
        # What cuts a token of spaCy's cannot be learned by it.
        whole = [span for span in spans if doc.char_span(span[0], span[1]) is not None]
        annotated.append(Annotated.from_dict(doc, {"entities": whole}))
    begin = time.perf_counter()
    nlp.initialize(lambda: annotated[:500])
    chance = random.Random(7)
    for _ in range(passes):
        chance.shuffle(annotated)
        for batch in minibatch(annotated, _BATCH):
            nlp.update(batch, drop=0.2)
    trained, spans, times = time.perf_counter() - begin, [], []
    for text, gold in test:
        began = time.perf_counter()
        doc = nlp(text)
        times.append((time.perf_counter() - began) * 1000)
        found = {(e.start_char, e.end_char, e.label_) for e in doc.ents}
        spans.append((set(gold), found, text))
    return _row(f"spaCy ner, {passes} passes", trained, spans, times)


def _row(name: str, trained: float, spans: list[Spans], times: list[float]) -> dict[str, Any]:
    return {"name": name, "train_s": trained, "f1": span_f1(spans), "ms": median(times)}


def main() -> None:
    """Measures both and prints them."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--passes", type=int, default=20, help="of spaCy over the examples")
    chosen = options.parse_args()
    quiet()
    from rasa.shared.importers.rasa import RasaFileImporter
    from rasa.shared.nlu.training_data.loading import load_data

    data = RasaFileImporter(training_data_paths=[str(ROOT / "data")]).get_nlu_data()
    tables = {
        table["name"]: table["elements"]
        for table in data.lookup_tables
        if isinstance(table["elements"], list)
    }
    examples = _examples(data.nlu_examples)
    test = _examples(load_data(str(ROOT / "tests/nlu/entities.yml")).nlu_examples)
    rows = [ours(examples, tables, test), spacys(examples, tables, test, chosen.passes)]
    for row in rows:
        print(
            f"{row['name']:28s} exact F1 {row['f1']:.1%}  {row['ms']:.2f} ms a message  "
            f"trained in {row['train_s']:.0f} s"
        )


if __name__ == "__main__":
    main()
