"""What customers say about the kind of a change and the number of pieces."""

from __future__ import annotations

import pytest

from actions.change_words import EMPTY, kind_in, number_in, pieces_instead, pieces_less, pieces_more


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
        ("make the bottle two", "quantity"),
        ("make the shoes 42", None),
        ("change the qty to 3", "quantity"),
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


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("add another one", 1),
        ("another one please", 1),
        ("one more", 1),
        ("two more of them", 2),
        ("an extra pair too", 1),
        ("another pair please", 1),
        ("another two", 2),
        ("another yoga mat", 1),
        ("no, add one more", 1),
        ("no, another one", None),
        ("another colour", None),
        ("another address please", None),
        ("one more question", None),
        ("make it two", None),
    ],
)
def test_pieces_are_added_to_those_spoken_of(text: str, more: int | None) -> None:
    assert pieces_more(text, "Flow yoga mat, sage") == more


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("make it two", "two"),
        ("actually 3", "3"),
        ("only two of them please", "two"),
        ("make it 3 and send it to my office", "3"),
        ("make it 128 GB", None),
        ("two", None),
    ],
)
def test_a_number_is_put_in_the_place_of_another(text: str, number: str | None) -> None:
    assert pieces_instead(text) == number
