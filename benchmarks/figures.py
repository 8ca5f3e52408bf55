"""Figures of a comparison: medians with their range, ratios, failed messages, a table in Markdown, plots."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

#: What the gateway says when the answer comes later; it is no loss as long as it comes.
LATE = "status 202"


@dataclass
class Row:
    """One measure on both sides.

    Attributes:
        name: What is measured.
        unit: Of the values.
        ours: All values of ours.
        stock: All values of stock.
        target: What the ratio, or ours where there is no stock, is to be, in words.
        bound: The limit of the ratio (or of ours); None if there is none.
        more_is_better: Whether the limit is a lower one.
        alone: Whether the limit is one of ours alone, not of the ratio.
        failed: Messages without a proper answer by side (`ours`, `stock`), by what came instead.
        remarks: By side: what is said instead of values, or beside them.
    """

    name: str
    unit: str
    ours: list[float]
    stock: list[float] = field(default_factory=list)
    target: str = ""
    bound: float | None = None
    more_is_better: bool = False
    alone: bool = False
    failed: dict[str, dict[str, int]] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many messages got no proper answer from us, those left out that were to be answered later."""
        return sum(count for reason, count in self.failed.get("ours", {}).items() if reason != LATE)

    @property
    def ratio(self) -> float | None:
        """Our median by stock's."""
        if not self.ours or not self.stock or not median(self.stock):
            return None
        return median(self.ours) / median(self.stock)

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        value = median(self.ours) if self.alone and self.ours else self.ratio
        if self.bound is None or value is None:
            return ""
        met = value >= self.bound if self.more_is_better else value <= self.bound
        return "met" if met else "missed"

    def cells(self) -> list[str]:
        """Return the row of the table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return [
            f"{self.name}, {self.unit}" if self.unit else self.name,
            self._side("ours", self.ours),
            self._side("stock", self.stock),
            ratio,
            self.target,
            self.verdict,
        ]

    def _side(self, name: str, values: list[float]) -> str:
        failed = [
            f"{count} failed: {reason}" for reason, count in self.failed.get(name, {}).items()
        ]
        parts = [spread(values), self.remarks.get(name, ""), *failed]
        return "; ".join(part for part in parts if part).replace("|", "/")


def spread(values: list[float]) -> str:
    """Return the median and, of several values, their range."""
    if not values:
        return ""
    shown = [f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}" for value in values]
    if len(values) == 1:
        return shown[0]
    low, high = min(values), max(values)
    middle = median(values)
    figures = [f"{v:.0f}" if abs(v) >= 100 else f"{v:.3g}" for v in (middle, low, high)]
    return f"{figures[0]} ({figures[1]} to {figures[2]})"


def table(rows: list[Row]) -> str:
    """Return all rows as a Markdown table."""
    head = ["measure", "ours", "stock", "ours/stock", "target", ""]
    lines = [head, ["---"] * len(head), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def plot(
    path: Path, title: str, across: str, up: str, lines: dict[str, dict[float, float]]
) -> None:
    """Draw lines over a logarithmic axis into an SVG file.

    Args:
        path: The file.
        title: Above the plot.
        across: What the horizontal axis shows.
        up: What the vertical axis shows.
        lines: By name: values by place.
    """
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "closer"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 3.4))
    for name, points in lines.items():
        places = sorted(points)
        axes.plot(places, [points[place] for place in places], marker="o", label=name)
    axes.set(title=title, xlabel=across, ylabel=up, xscale="log", yscale="log")
    ticks = sorted({place for points in lines.values() for place in points})
    axes.set_xticks(ticks, [f"{place:g}" for place in ticks])
    axes.minorticks_off()
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
