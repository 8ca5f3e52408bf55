"""A run of the comparison: what is measured against what, how thoroughly, and where the findings go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from benchmarks.results import Results
from benchmarks.stock import StockModel, stock_model


@dataclass
class Run:
    """What the parts share.

    Attributes:
        results: Where rows go.
        quick: Fewer repetitions, and a stock model of an earlier state of the data will do.
        seconds: How long each load on the whole stack lasts.
    """

    results: Results
    quick: bool = False
    seconds: float = 5.0

    @cached_property
    def stock(self) -> StockModel:
        """The model that is measured against; it is trained once and kept (`benchmarks.stock`)."""
        model = stock_model(accept_older=self.quick)
        self.results.older_stock = not model.exact
        return model

    def times(self, wanted: int) -> int:
        """Return how often something is repeated."""
        return 1 if self.quick else wanted
