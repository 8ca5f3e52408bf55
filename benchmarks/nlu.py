"""Measures understanding: our pipeline as config.yml has it, beside Rasa's stock one with --stock.

Trains and tests on BANKING77 and CLINC150 (measuring only), then trains the product's data and
tests on tests/nlu: held_out.yml, voices.yml (with noise too) and what strangers wrote for intents, entities.yml and
ids.yml for values. A fallback counts as wrong.

    python -m benchmarks.nlu --sets ../shared/nlu_benchmarks --stock --epochs 12
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import yaml

from benchmarks.nlu_data import PublicSet, banking77, clinc150, write_nlu_yaml
from benchmarks.nlu_noise import NOISE, noisy

ROOT = Path(__file__).resolve().parent.parent
IDS = ("order_id", "invoice_id")
STOCK = "engine/recipes/config_files/default_config.yml"
TASKS = (
    "cancel_order change_order track_order place_order change_shipping_address "
    "set_up_shipping_address delivery_options delivery_period check_cancellation_fee check_invoice "
    "get_invoice check_payment_methods payment_issue check_refund_policy get_refund track_refund "
    "complaint review contact_customer_service contact_human_agent create_account delete_account "
    "edit_account recover_password registration_problems switch_account newsletter_subscription"
).split()


def quiet() -> None:
    """Keeps Rasa's and its libraries' messages out of the table."""
    import logging
    import warnings

    import structlog

    warnings.filterwarnings("ignore")
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def stock_config(folder: Path, epochs: int) -> Path:
    """Writes the pipeline that Rasa takes when none is configured, with other epochs."""
    import rasa

    pipeline = yaml.safe_load((Path(rasa.__file__).parent / STOCK).read_text())["pipeline"]
    for component in pipeline:
        if "epochs" in component:
            component["epochs"] = epochs
    config = {
        "recipe": "default.v1",
        "assistant_id": "stock",
        "language": "en",
        "pipeline": pipeline,
    }
    file = folder / "stock.yml"
    file.write_text(yaml.safe_dump(config))
    return file


def train(config: Path, data: Path, folder: Path) -> tuple[Any, float, float]:
    """Trains and loads; gives the agent, seconds of training and seconds of loading."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    begin = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        os.environ["RASA_CACHE_DIRECTORY"] = cache
        archive = train_nlu(str(config), str(data), str(folder))
    trained = time.perf_counter()
    agent = Agent.load(archive)
    return agent, trained - begin, time.perf_counter() - trained


def parse(agent: Any, texts: list[str]) -> tuple[list[dict[str, Any]], list[float]]:
    """Parses messages one by one; gives results and milliseconds."""

    async def run() -> tuple[list[dict[str, Any]], list[float]]:
        for text in texts[:20]:
            await agent.parse_message(text)
        results, times = [], []
        for text in texts:
            begin = time.perf_counter()
            results.append(await agent.parse_message(text))
            times.append((time.perf_counter() - begin) * 1000)
        return results, times

    return asyncio.run(run())


def best_intent(result: dict[str, Any]) -> tuple[str, float]:
    """Gives the intent behind a fallback, which only the product's data must stand."""
    ranking = [i for i in result["intent_ranking"] if i["name"] != "nlu_fallback"]
    return (ranking[0]["name"], ranking[0]["confidence"]) if ranking else ("", 0.0)


def scope_score(result: dict[str, Any]) -> float:
    """Gives how much a message is within scope: our own score, else the confidence."""
    return float(result.get("familiarity", best_intent(result)[1]))


def measure_public(data: PublicSet, config: Path, name: str) -> dict[str, Any]:
    """Trains on a public set and tests on it."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_nlu_yaml(data.train, folder / "nlu.yml")
        agent, seconds, loading = train(config, folder / "nlu.yml", folder)
        results, times = parse(agent, [text for text, _ in data.test])
        right = np.mean(
            [best_intent(r)[0] == y for r, (_, y) in zip(results, data.test, strict=True)]
        )
        row = {
            "set": data.name, "pipeline": name, "accuracy": float(right), "train_s": seconds,
            "load_s": loading, "parse_p50_ms": median(times),
        }  # fmt: skip
        if data.foreign:
            foreign, _ = parse(agent, [text for text, _ in data.foreign])
            limit = np.quantile([scope_score(r) for r in results], 0.05)
            row["oos_recall"] = float(np.mean([scope_score(r) < limit for r in foreign]))
        return row


_INTENT_SETS = ("held_out", "voices", "strangers", "strangers_in_noise")


def measure_product(config: Path, verbose: bool) -> list[dict[str, Any]]:
    """Trains the product's data and tests on the held-out messages and values."""
    with tempfile.TemporaryDirectory() as temporary:
        agent, seconds, loading = train(config, ROOT / "data", Path(temporary))
        return measure_agent(agent, verbose, {"train_s": seconds, "load_s": loading})


def measure_agent(agent: Any, verbose: bool, times: dict[str, float]) -> list[dict[str, Any]]:
    """Tests a trained agent on the held-out messages and values."""
    from rasa.shared.nlu.training_data.loading import load_data

    sets = {
        name: load_data(str(ROOT / f"tests/nlu/{name}.yml")).nlu_examples
        for name in (*_INTENT_SETS, "entities", "ids")
    }
    rows = [
        _intent_row(agent, name, [(m.get("text"), m.get("intent")) for m in sets[name]], verbose)
        for name in _INTENT_SETS
    ]
    rows[0].update(times)
    for kind in NOISE:
        texts = [(noisy(m.get("text"), kind), m.get("intent")) for m in sets["voices"]]
        rows.append(_intent_row(agent, f"voices, {kind}", texts, verbose))
    for name, types in (("entities", None), ("voices", IDS), ("ids", IDS)):
        spans = _spans(agent, sets[name], types)
        if verbose:
            print_entities(spans)
        rows.append({"set": f"values in {name}", "pipeline": "ours", "exact_f1": span_f1(spans)})
    return rows


def _intent_row(
    agent: Any, name: str, labelled: list[tuple[str, str]], verbose: bool
) -> dict[str, Any]:
    """Measures the intents of labelled messages, those of the tasks apart."""
    texts, truth = [text for text, _ in labelled], [intent for _, intent in labelled]
    results, milliseconds = parse(agent, texts)
    found = [r["intent"]["name"] for r in results]
    right = [g == p for g, p in zip(truth, found, strict=True)]
    tasks = [ok for ok, intent in zip(right, truth, strict=True) if intent in TASKS]
    if verbose:
        print_intents(truth, found, texts)
    return {
        "set": name, "pipeline": "ours", "accuracy": float(np.mean(right)),
        "of_tasks": float(np.mean(tasks)), "fallback": found.count("nlu_fallback") / len(found),
        "parse_p50_ms": median(milliseconds),
    }  # fmt: skip


def _spans(
    agent: Any, messages: list[Any], types: tuple[str, ...] | None
) -> list[tuple[set[Any], set[Any], str]]:
    """Lists marked spans, found spans and text of each message, of some types or all."""

    def chosen(entities: list[dict[str, Any]] | None) -> set[Any]:
        return {
            (e["start"], e["end"], e["entity"])
            for e in entities or []
            if types is None or e["entity"] in types
        }

    results, _ = parse(agent, [m.get("text") for m in messages])
    return [
        (chosen(m.get("entities")), chosen(r["entities"]), m.get("text"))
        for m, r in zip(messages, results, strict=True)
    ]


def span_f1(spans: list[tuple[set[Any], set[Any], str]]) -> float:
    """Gives the micro F1 of exact spans with their types."""
    right = sum(len(gold & found) for gold, found, _ in spans)
    total = sum(len(gold) + len(found) for gold, found, _ in spans)
    return 2 * right / total if total else 0.0


def print_intents(truth: list[str], found: list[str], texts: list[str]) -> None:
    """Prints accuracy by intent and what is taken for what."""
    for intent in sorted(set(truth)):
        pairs = [p for g, p in zip(truth, found, strict=True) if g == intent]
        confused = Counter(p for p in pairs if p != intent).most_common(3)
        print(
            f"  {intent:28s} {pairs.count(intent) / len(pairs):6.1%} of {len(pairs):3d}  {confused}"
        )
    for gold, guess, text in zip(truth, found, texts, strict=True):
        if gold != guess:
            print(f"    {gold} -> {guess}: {text}")


def print_entities(spans: list[tuple[set[Any], set[Any], str]]) -> None:
    """Prints F1 by type and every message that is not all right."""
    for entity in sorted({span[2] for gold, found, _ in spans for span in gold | found}):
        own = [
            ({s for s in gold if s[2] == entity}, {s for s in found if s[2] == entity}, text)
            for gold, found, text in spans
        ]
        print(f"  {entity:28s} {span_f1(own):6.1%} of {sum(len(gold) for gold, _, _ in own):3d}")
    for gold, found, text in spans:
        if gold != found:
            missed = [(text[a:b], e) for a, b, e in sorted(gold - found)]
            extra = [(text[a:b], e) for a, b, e in sorted(found - gold)]
            print(f"    {text} | missed {missed} | extra {extra}")


def print_table(rows: list[dict[str, Any]]) -> None:
    """Prints the results, and the ratio of ours to stock where both were measured."""
    shares = ("accuracy", "of_tasks", "oos_recall", "exact_f1", "fallback")
    for row in rows:
        parts = [f"{row['set']:20s} {row['pipeline']:6s}"]
        parts += [f"{key} {row[key]:.1%}" for key in shares if key in row]
        parts += [
            f"{key} {row[key]:.2f}" for key in ("train_s", "load_s", "parse_p50_ms") if key in row
        ]
        print("  ".join(parts))
    for row in rows:
        own = next((r for r in rows if r["set"] == row["set"] and r["pipeline"] == "ours"), None)
        if row["pipeline"] == "stock" and own:
            ratios = [f"{k} {own[k] / row[k]:.2f}" for k in ("train_s", "load_s", "parse_p50_ms")]
            gain = own["accuracy"] - row["accuracy"]
            print(f"{row['set']:20s} ours/stock  " + "  ".join(ratios) + f"  accuracy {gain:+.1%}")


def main() -> None:
    """Runs what the options ask for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", type=Path, default=ROOT.parent / "shared/nlu_benchmarks")
    options.add_argument("--only", choices=("banking77", "clinc150", "product"))
    options.add_argument("--stock", action="store_true", help="measure Rasa's own pipeline too")
    options.add_argument("--epochs", type=int, default=12, help="of the stock pipeline")
    options.add_argument(
        "--model", help="measure this trained model instead of training the product's data"
    )
    options.add_argument("--verbose", action="store_true", help="show intents, types and mistakes")
    chosen = options.parse_args()
    quiet()
    config = ROOT / "config.yml"
    rows: list[dict[str, Any]] = []
    for name, read in (("banking77", banking77), ("clinc150", clinc150)):
        if chosen.only not in (None, name) or not chosen.sets.is_dir():
            continue
        data = read(chosen.sets)
        rows.append(measure_public(data, config, "ours"))
        if chosen.stock:
            with tempfile.TemporaryDirectory() as folder:
                stock = stock_config(Path(folder), chosen.epochs)
                rows.append(measure_public(data, stock, "stock"))
    if chosen.model:
        from rasa.core.agent import Agent

        rows += measure_agent(Agent.load(chosen.model), chosen.verbose, {})
    elif chosen.only in (None, "product"):
        rows += measure_product(config, chosen.verbose)
    print_table(rows)


if __name__ == "__main__":
    main()
