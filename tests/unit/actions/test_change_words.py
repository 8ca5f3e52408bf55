"""What customers say about the kind of a change and the number of pieces."""

from __future__ import annotations

import pytest

from actions.change_words import EMPTY, kind_in, number_in, pieces_less


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("remove it all", EMPTY),
        ("actually remove everything", EMPTY),
        ("take everything out of it", EMPTY),
        ("call the order off", EMPTY),
        ("remove all the bottles", "remove"),
        ("i dont need the mat", "remove"),
        ("put it back in", "add"),
        ("add another one", "add"),
        ("make it two", "quantity"),
        ("in a bigger size", "swap"),
        ("the mat", None),
    ],
)
def test_the_kind_of_a_change_is_read_from_its_words(text: str, kind: str | None) -> None:
    assert kind_in(text) == kind


@pytest.mark.parametrize(
    ("text", "pieces", "less"),
    [
        ("remove one", 2, 1),
        ("remove one of the bottles", 3, 1),
        ("take 2 of them off", 3, 2),
        ("remove the bottle", 3, None),
        ("remove the two bottles", 2, None),
        ("remove one", 1, None),
    ],
)
def test_only_a_part_of_a_line_may_be_meant(text: str, pieces: int, less: int | None) -> None:
    assert pieces_less(text, "Hydra bottle", pieces) == less


def test_a_number_in_a_name_is_no_number_of_pieces() -> None:
    assert pieces_less("take the stride 2 out", "Stride 2 shoes", 3) is None


def test_a_size_is_no_number_of_pieces() -> None:
    assert number_in("and the trainers in 30") is None
