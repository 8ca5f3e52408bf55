"""What the shop's orders and descriptions teach: what is bought together, what is alike, what sells.

Bought-together is item-kNN: the cosine of products over orders and over customers, shrunk where it rests on few, with
the kinds of products as a second, coarser view for products that were sold seldom. Everything is sparse.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from closer.catalog.records import Product
from closer.orders.records import Basket
from closer.recommendations import policy

Vector = npt.NDArray[np.float64]

_WORD = re.compile(r"[a-z0-9]+")
_SHRINK = 4.0
_NEIGHBOURS = 60
_BY_CUSTOMER = 0.5
_BY_KIND = 0.5
_KIND_WORDS = 4


class PurchaseModel:
    """Similarities between products.

    Args:
        products: The catalogue.
        baskets: What was bought together.
        now: The present, for what sells lately.
    """

    def __init__(
        self, products: Sequence[Product], baskets: Sequence[Basket], now: datetime
    ) -> None:
        self.products = {product.id: product for product in products}
        self.ids = [product.id for product in products]
        self._index = {product_id: column for column, product_id in enumerate(self.ids)}
        by_order = [self._columns(basket.lines) for basket in baskets]
        by_customer: dict[str, set[int]] = defaultdict(set)
        for basket, columns in zip(baskets, by_order, strict=True):
            by_customer[basket.customer_id].update(columns)
        self._together = self._learn(by_order, list(by_customer.values()))
        self._content = _vectors(products)
        self.popularity = self._popularity(baskets, now)

    def together(self, product_id: str) -> Vector:
        """Return how strongly each product is bought together with one."""
        return self._row(self._together, product_id)

    def alike(self, product_id: str) -> Vector:
        """Return how much each product is like one, by kind, words and properties."""
        column = self._index.get(product_id)
        if column is None:
            return self.nothing()
        return np.asarray((self._content @ self._content[column].T).todense()).ravel()

    def column(self, product_id: str) -> int | None:
        """Return where a product stands in the vectors."""
        return self._index.get(product_id)

    def nothing(self) -> Vector:
        """Return a vector of zeros."""
        return np.zeros(len(self.ids))

    def in_category(self, category: str) -> Vector:
        """Return 1 for each product of a category."""
        return np.array([float(self.products[i].category == category) for i in self.ids])

    def _columns(self, lines: Iterable[tuple[str, int]]) -> set[int]:
        return {self._index[product_id] for product_id, _ in lines if product_id in self._index}

    def _row(self, matrix: Any, product_id: str) -> Vector:
        column = self._index.get(product_id)
        return self.nothing() if column is None else np.asarray(matrix[column].todense()).ravel()

    def _learn(self, by_order: list[set[int]], by_customer: list[set[int]]) -> Any:
        size = len(self.ids)
        items = _cosine(by_order, size) + _BY_CUSTOMER * _cosine(by_customer, size)
        kinds = sorted({product.kind for product in self.products.values()})
        number = {kind: index for index, kind in enumerate(kinds)}
        kind_of = [number[self.products[product_id].kind] for product_id in self.ids]
        coarse = _cosine([{kind_of[c] for c in columns} for columns in by_order], len(kinds))
        member = sparse.csr_matrix(
            (np.ones(size), (range(size), kind_of)), shape=(size, len(kinds))
        )
        return _strongest(items + _BY_KIND * (member @ coarse @ member.T), _NEIGHBOURS)

    def _popularity(self, baskets: Sequence[Basket], now: datetime) -> Vector:
        sold = self.nothing()
        for basket in baskets:
            weight = policy.fading(now - basket.placed_at, policy.POPULARITY_HALF_LIFE)
            for product_id, _ in basket.lines:
                column = self._index.get(product_id)
                if column is not None:
                    sold[column] += weight
        if not sold.any():
            sold = np.array([self.products[product_id].popularity for product_id in self.ids])
        scaled = np.log1p(sold)
        top = scaled.max(initial=0.0)
        return scaled / top if top else scaled


def _cosine(rows: Sequence[Iterable[int]], size: int) -> Any:
    """Return the shrunk cosine between columns of a 0/1 matrix given by its rows."""
    places = [(row, column) for row, columns in enumerate(rows) for column in columns]
    if not places:
        return sparse.csr_matrix((size, size))
    row_numbers, columns = zip(*places, strict=True)
    matrix = sparse.csr_matrix(
        (np.ones(len(places)), (row_numbers, columns)), shape=(len(rows), size)
    )
    both = (matrix.T @ matrix).tocoo()
    often = both.diagonal()
    off = both.row != both.col
    count, left, right = both.data[off], both.row[off], both.col[off]
    value = count / np.sqrt(often[left] * often[right]) * count / (count + _SHRINK)
    return sparse.csr_matrix((value, (left, right)), shape=(size, size))


def _strongest(matrix: Any, keep: int) -> Any:
    """Return the matrix with the strongest entries of each row, the diagonal left out."""
    matrix = sparse.csr_matrix(matrix)
    rows, columns, values = [], [], []
    for row in range(matrix.shape[0]):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        found, strength = matrix.indices[span], matrix.data[span]
        order = np.argsort(-strength, kind="stable")[: keep + 1]
        chosen = [place for place in order if found[place] != row][:keep]
        rows += [row] * len(chosen)
        columns += [found[place] for place in chosen]
        values += [strength[place] for place in chosen]
    return sparse.csr_matrix((values, (rows, columns)), shape=matrix.shape)


def _vectors(products: Sequence[Product]) -> Any:
    """Return a row of weighted words for each product, of length 1."""
    counts = [Counter(_words(product)) for product in products]
    spread = Counter(word for count in counts for word in count)
    column = {word: index for index, word in enumerate(sorted(spread))}
    rare: Mapping[str, float] = {
        word: float(np.log(len(products) / n) + 0.1) for word, n in spread.items()
    }
    entries = [
        (row, column[word], (1 + np.log(n)) * rare[word])
        for row, count in enumerate(counts)
        for word, n in count.items()
    ]
    if not entries:
        return sparse.csr_matrix((len(products), 1))
    rows, columns, values = zip(*entries, strict=True)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(products), len(column)))
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.where(length > 0, length, 1.0)) @ matrix


def _words(product: Product) -> Iterable[str]:
    yield f"category:{product.category}"
    yield f"brand:{product.brand}"
    yield from [f"kind:{product.kind}"] * _KIND_WORDS
    yield from (f"{name}={value}" for name, value in product.attributes.items())
    yield from _WORD.findall(f"{product.name} {product.kind} {product.description}".lower())
