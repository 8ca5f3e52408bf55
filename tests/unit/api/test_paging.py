"""Sealed cursors."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.paging import CursorSeal
from api.v1.schemas.types import Cursor
from closer.kit.errors import NotFound
from closer.kit.pagination import Page
from closer.kit.settings import get_settings


def _seal(scope: str = "orders user123") -> CursorSeal:
    return CursorSeal(get_settings(), scope)


def test_first_and_last_page_have_no_cursor() -> None:
    assert _seal().request(10, None).cursor is None
    assert _seal().next(Page([], None)) is None


@given(st.text(min_size=1, max_size=60))
def test_cursor_comes_back_as_it_was(key: str) -> None:
    inner = base64.urlsafe_b64encode(key.encode(errors="replace")).decode()
    sealed = _seal().next(Page([1], inner))
    assert sealed is not None
    request = _seal().request(10, Cursor.validate(sealed))
    assert request.after == key.encode(errors="replace").decode()


def test_cursor_of_another_list_or_person_does_not_fit() -> None:
    sealed = _seal("orders user456").next(Page([1], "MQ=="))
    with pytest.raises(NotFound):
        _seal("orders user123").request(10, sealed)


@pytest.mark.parametrize("forged", ["MQ", ".MQ", "0.MQ", "MQ.", ""])
def test_forged_cursors_are_refused(forged: str) -> None:
    with pytest.raises(NotFound):
        _seal().request(10, forged)
