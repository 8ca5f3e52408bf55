"""Findings of the comparison: kept row by row, joined over several runs, judged at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import LATE, Row
from benchmarks.performance import PARTS, chosen_parts
from benchmarks.report import BEGIN, END, write
from benchmarks.results import Results


def found(path: Path, part: str, *rows: Row) -> Results:
    results = Results(path)
    with results.part(part):
        for row in rows:
            results.add(row)
    return results


def test_each_row_is_kept_at_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.json"
    results = Results(path)
    with results.part("load"):
        results.add(Row("a", "s", [1.0], [2.0], remarks={"stock": "slow"}))
        assert Results(path).rows(["load"]) == results.rows(
            ["load"]
        )  # as if it were interrupted now


def test_several_runs_fill_one_table(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    found(path, "turn", Row("old", "ms", [1.0]))
    found(path, "load", Row("b", "s", [1.0]))
    later = found(path, "turn", Row("new", "ms", [2.0]))
    assert [row.name for row in later.rows(["turn", "load"])] == ["new", "b"]
    assert later.note(["turn", "load", "swap"]).endswith("Not measured yet: `swap`.")


def test_a_part_that_dies_keeps_its_rows_and_fails_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.json"
    results = Results(path)
    with results.part("turn"):
        results.add(Row("a", "ms", [1.0]))
        raise RuntimeError("no server\nand more")
    with results.part("load"):
        results.add(Row("b", "s", [1.0]))
    assert results.verdict() == 1
    assert "died: turn: RuntimeError: no server" in capsys.readouterr().out
    assert [row.name for row in Results(path).rows(["turn", "load"])] == ["a", "b"]
    assert "The part `turn` ended early" in Results(path).note(["turn", "load"])


def test_an_interrupted_run_keeps_its_rows_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = Results(path)
    with pytest.raises(KeyboardInterrupt), results.part("turn", "load"), results.part("turn"):
        results.add(Row("a", "ms", [1.0]))
        raise KeyboardInterrupt
    assert [row.name for row in Results(path).rows(["turn", "load"])] == ["a"]
    assert Results(path).note(["turn"]).endswith("The part `turn` ended early: interrupted.")


def test_lost_messages_fail_the_run_and_missed_targets_are_only_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = Row("slow", "ms", [9.0], [1.0], "1/3", 1 / 3)
    assert found(tmp_path / "a.json", "turn", slow).verdict() == 0
    assert "missed: slow, ms  9  1  9.00  1/3" in capsys.readouterr().out
    late = Row("late", "messages/s", [9.0], failed={"ours": {LATE: 2}, "stock": {"no reply": 5}})
    assert found(tmp_path / "b.json", "turn", late).verdict() == 0
    lost = Row("lost", "messages/s", [9.0], failed={"ours": {"no reply": 2}})
    assert found(tmp_path / "c.json", "turn", lost).verdict() == 1


def test_what_an_earlier_run_lost_does_not_fail_this_one(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    found(path, "swap", Row("lost", "", [], failed={"ours": {"no reply": 2}}))
    assert found(path, "load", Row("b", "s", [1.0])).verdict() == 0


def test_the_cell_says_what_failed() -> None:
    row = Row(
        "x",
        "/s",
        [3.0],
        [],
        failed={"ours": {"status 503": 2}},
        remarks={"stock": "does not start"},
    )
    assert row.cells()[1:3] == ["3; 2 failed: status 503", "does not start"]


def test_the_page_gets_table_plots_and_counts(tmp_path: Path) -> None:
    doc, path = tmp_path / "performance.md", tmp_path / "results.json"
    doc.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for part, line in (("sqlite", "ours, SQLite"), ("postgres", "ours, PostgreSQL")):
        results = Results(path)
        with results.part(part):
            results.add(Row(part, "messages/s", [10.0]))
            results.plot("throughput", {line: {1: 5.0, 8: 10.0}})
    (tmp_path / "w.json").write_text('{"webhooks": 6000, "inbox": {"done": 4800}}')
    (tmp_path / "k.txt").write_text("killed 6 processes: accepted 900\n")
    counts = {"Texts": tmp_path / "w.json", "Kills": tmp_path / "k.txt", "Absent": tmp_path / "x"}
    write(doc, Results(path), PARTS, counts)
    text = doc.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "Absent" not in text
    for said in ("| sqlite, messages/s | 10 |", "| inbox | done 4800 |", "killed 6 processes"):
        assert said in text
    picture = (tmp_path / "images" / "performance-throughput.svg").read_text()
    assert picture.count("ours, ") >= 2
    write(doc, Results(path), PARTS, counts)  # and once more in the same place
    assert doc.read_text() == text


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    doc = tmp_path / "page.md"
    doc.write_text("nothing\n")
    with pytest.raises(ValueError, match="no place"):
        write(doc, Results(tmp_path / "r.json"), PARTS, {})


def test_parts_are_chosen_by_name() -> None:
    assert chosen_parts("turn,throughput") == {"turn", "sqlite", "sqlite2", "postgres", "postgres2"}
    assert chosen_parts("") == set()
    with pytest.raises(ValueError, match="no such part: turns"):
        chosen_parts("turns")


def test_the_page_says_where_stock_was_of_an_earlier_state(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results = Results(path)
    results.older_stock = True
    with results.part("turn"):
        results.add(Row("a", "ms", [1.0]))
    assert "earlier state of the data in `turn`" in Results(path).note(["turn"])
    found(path, "turn", Row("a", "ms", [1.0]))
    assert "earlier state" not in Results(path).note(["turn"])
