"""Feedback: kept with the answer it is about, found by time, product and customer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from closer.feedback.records import About
from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.pagination import PageRequest
from closer.services import Services


async def test_feedback_keeps_the_answer_it_is_about(services: Services, clock: FixedClock) -> None:
    about = About("entry1", "m1", "Your order will arrive in 3 days.", 0.85, "v1.2")
    given = await services.feedback.give(
        rating=4,
        comment="The response was good but could be faster.",
        session_id="session_abc",
        customer_id="user123",
        about=about,
    )
    found = await services.feedback.get(given.id)
    assert found == given
    assert (found.kind, found.about, found.created_at) == ("rating", about, clock.now())


async def test_the_kind_follows_from_what_is_given(services: Services) -> None:
    assert (await services.feedback.give(comment="Thanks!")).kind == "comment"
    assert (await services.feedback.give(rating=5, product_id="P-0001")).kind == "review"
    assert (await services.feedback.give(rating=2, kind="comment")).kind == "comment"


@pytest.mark.parametrize("values", [{}, {"comment": "  "}, {"rating": 0}, {"rating": 6}])
async def test_bad_feedback_is_refused(services: Services, values: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        await services.feedback.give(**values)  # type: ignore[arg-type]


async def test_a_confidence_or_kind_out_of_range_is_refused(services: Services) -> None:
    with pytest.raises(InvalidInput):
        await services.feedback.give(rating=3, about=About(confidence=1.5))
    with pytest.raises(InvalidInput):
        await services.feedback.give(rating=3, kind="shout")
    assert (await services.feedback.list(PageRequest())).items == []


async def test_the_same_key_is_kept_once(services: Services) -> None:
    first = await services.feedback.give(rating=4, idempotency_key="m1")
    assert await services.feedback.give(rating=1, idempotency_key="m1") == first


async def test_an_id_may_be_set_and_is_not_taken_twice(services: Services) -> None:
    given = await services.feedback.give(rating=4, feedback_id="feedback_987654")
    assert given.id == "feedback_987654"
    with pytest.raises(Conflict):
        await services.feedback.give(rating=4, feedback_id="feedback_987654")
    with pytest.raises(NotFound):
        await services.feedback.get("feedback_0")


async def test_lists_go_by_time_and_page_through_all(services: Services) -> None:
    start = datetime(2023, 9, 20, 10, tzinfo=timezone.utc)
    for hour in range(6):
        await services.feedback.give(
            rating=hour % 5 + 1, at=start + timedelta(hours=hour), customer_id="ann"
        )
    window = {"start": start + timedelta(hours=1), "end": start + timedelta(hours=5)}
    page = await services.feedback.list(PageRequest(limit=3), **window)  # type: ignore[arg-type]
    rest = await services.feedback.list(PageRequest(3, page.next_cursor), **window)  # type: ignore[arg-type]
    hours = [(item.created_at - start) // timedelta(hours=1) for item in [*page.items, *rest.items]]
    assert hours == [4, 3, 2, 1]
    low = await services.feedback.list(PageRequest(), rated_up_to=2, customer_id="ann")
    assert {item.rating for item in low.items} == {1, 2}


async def test_reviews_of_a_product_and_how_it_was_rated(services: Services) -> None:
    for rating in (5, 4, 4):
        await services.feedback.give(rating=rating, product_id="P-0001")
    await services.feedback.give(rating=1, product_id="P-0002")
    assert len((await services.feedback.for_product("P-0001", PageRequest())).items) == 3
    summary = await services.feedback.summary("P-0001")
    assert (summary.count, round(summary.average or 0, 2), summary.counts[4]) == (3, 4.33, 2)
    assert (await services.feedback.summary("P-0003")).average is None


async def test_words_are_encrypted_exported_and_erased(services: Services) -> None:
    await services.feedback.give(
        comment="Ann from Elm Street says hi",
        customer_id="ann",
        about=About(response_text="Hello Ann"),
    )
    async with services.db.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM feedback"))).all()
    assert "Ann" not in str(rows)
    [export] = await services.feedback.export_personal("ann")
    assert export["comment"] == "Ann from Elm Street says hi"
    assert await services.feedback.erase_personal("ann") == 1
    assert (await services.feedback.list(PageRequest())).items == []
