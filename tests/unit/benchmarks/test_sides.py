"""What the sides of the comparison are made of: histories, the product's processes, the parts of a load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks import training
from benchmarks.matrix import Talker, _row
from benchmarks.results import Results
from benchmarks.rig import TWO_WISHES, own_model, product_programs
from benchmarks.run import Run
from benchmarks.side import Ours, history
from benchmarks.stock import CONFIG, EPOCHS, StockModel, config
from benchmarks.swap import Outcome, Talk
from benchmarks.throughput import Load
from benchmarks.training import epochs, full
from benchmarks.webhooks import losses
from closer.kit.settings import load_settings
from rasa_ext.clauses import parts_of


def a_visit(turns: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = [{"event": "session_started"}]
    for number in range(turns):
        events += [{"event": "user", "text": f"t{number}"}, {"event": "bot"}]
    return events


def said(events: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in events if event["event"] == "user"]


@pytest.mark.parametrize("turns", [1, 3, 9, 10, 11, 48, 998])
def test_a_history_has_so_many_turns_and_ends_with_a_visit(turns: int) -> None:
    events = history(a_visit(10), turns)
    assert len(said(events)) == turns
    assert said(events)[-1] == "t9"
    assert sum(event["event"] == "session_started" for event in events) == 1
    ids = [event["message_id"] for event in events if event["event"] == "user"]
    assert len(set(ids)) == turns
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)


def test_no_history_is_nothing() -> None:
    assert history(a_visit(10), 0) == []


def test_our_stack_is_what_the_product_runs(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    chosen = product_programs(settings, Path("model.tar.gz"))
    background = {"worker", "delivery", "scheduler"}
    assert set(chosen) == {"redis", "actions", "rasa", "gateway", *background}
    assert "--appendonly yes" in " ".join(chosen["redis"].argv)


def test_two_wishes_are_two() -> None:
    assert len(parts_of(TWO_WISHES)) == 2


@pytest.mark.rasa
def test_a_load_is_the_products_own_with_its_parts(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    taken = Ours(own_model(), settings).load(own_model())
    assert set(taken) == {"inspect", "load", "gate", "whole"}
    assert all(value > 0 for value in taken.values())
    assert taken["whole"] == pytest.approx(sum(taken.values()) - taken["whole"], rel=0.2)


def test_a_slow_turn_during_a_swap_is_a_missed_target_and_a_lost_message_a_loss() -> None:
    heard = Talk(turns=[(0.0, 0.9), (10.0, 0.02), (10.5, 0.3), (30.0, 0.8)])
    found = Outcome(heard, swaps=[(10.0, 11.0)], loads=[1.0])
    slowest = found.rows()[-1]
    assert (slowest.ours, slowest.verdict, slowest.lost) == ([pytest.approx(300.0)], "missed", 0)
    heard.lost.append("status 503")
    found.absent.append("v3")
    assert found.rows()[-1].lost == 2


def test_a_stock_server_that_does_not_start_is_said_in_the_table() -> None:
    ours = Talker("ours", None, loads={8: [Load(8, 2.0, milliseconds=[5.0] * 20)]})
    ours.loads[8][0].fail("status 503")
    row = _row("SQLite, 8 at once", 8, ours, Talker("stock", None, "does not start: no port"))
    assert row.cells()[1:3] == ["10; 1 failed: status 503", "does not start: no port"]


LOG = "\r".join(
    f"Epochs:  {done * 33}%|##  | {done}/3 [{at}<00:05,  4.0s/it, t_loss=7.5]"
    for at_each in (("00:00", "00:40", "01:10", "01:40"), ("00:00", "00:09", "00:10", "00:11"))
    for done, at in zip((0, 1, 2, 3), at_each, strict=True)
)


def test_the_epochs_after_the_first_tell_how_long_more_would_take() -> None:
    assert epochs(LOG) == [(3, 30.0), (3, 1.0)]
    row = full(60.0, 200.0, LOG + "\n" + LOG)
    assert row.stock == [200.0 + 2 * 97 * 31]
    assert row.verdict == "met"
    with pytest.raises(RuntimeError, match="shows 2 networks"):
        full(60.0, 200.0, LOG)


def test_losses_of_text_messages_are_told() -> None:
    fine: dict[str, Any] = {
        "statuses": {200: 10},
        "inbox": {"done": 8},
        "notifications": {"sent": 7, "delivered": 1},
        "addresses_with_other_than_their_replies": 0,
        "chat_statuses": {200: 5},
    }
    assert losses(fine) == []
    assert len(losses({**fine, "statuses": {200: 9, 503: 1}, "inbox": {"received": 1}})) == 2
    assert losses({**fine, "chat_statuses": {200: 4, 202: 1}})
    assert losses({**fine, "addresses_with_other_than_their_replies": 2})


def test_stock_is_not_trained_twice_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "stock.tar.gz"
    kept.with_suffix(".log").write_text("fresh")
    run = Run(Results(tmp_path / "r.json"))
    run.stock = StockModel(kept, True, fresh_seconds=200.0)
    assert training._stock(run, tmp_path / "new.tar.gz")[0] == 200.0
    asked: list[int] = []
    monkeypatch.setattr(training, "train_stock", lambda path, epochs: asked.append(epochs) or 90.0)
    run.stock = StockModel(kept, True)  # of another day: says nothing of this machine now
    assert training._stock(run, tmp_path / "new.tar.gz")[::2] == (90.0, 2)
    assert asked == [2]


def test_the_epochs_of_stock_are_its_only_change() -> None:
    assert config(100).count("epochs: 100") == CONFIG.count(f"epochs: {EPOCHS}") == 4
