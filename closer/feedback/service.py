"""The feedback's service: take it with the answer it is about, and give it out by time, customer and product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from closer.feedback.records import KINDS, About, Feedback, RatingSummary
from closer.feedback.repository import FeedbackRepository
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.ids import fitted_key, is_safe_id, new_id
from closer.kit.pagination import Page, PageRequest, page_of

MAX_COMMENT = 10_000


class FeedbackService:
    """Ratings, comments and reviews.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._feedback = FeedbackRepository(db)

    async def give(
        self,
        *,
        kind: str | None = None,
        rating: int | None = None,
        comment: str | None = None,
        customer_id: str | None = None,
        conversation_id: str | None = None,
        session_id: str | None = None,
        about: About | None = None,
        product_id: str | None = None,
        order_id: str | None = None,
        channel: str | None = None,
        idempotency_key: str | None = None,
        feedback_id: str | None = None,
        at: datetime | None = None,
    ) -> Feedback:
        """Keep feedback; the same idempotency key gives what is there.

        Args:
            kind: `rating`, `review` (of a product or order) or `comment`; by what is given when left out.
            rating: 1 to 5.
            comment: In the customer's words.
            customer_id: Whose it is.
            conversation_id: Where it was given.
            session_id: The caller's name for the conversation.
            about: The answer that it is about.
            product_id: For a review of a product.
            order_id: For a review of an order.
            channel: Where it came from.
            idempotency_key: Say, the message's id.
            feedback_id: The id, when it is set by the caller.
            at: When it was given, if not now.

        Raises:
            InvalidInput: if there is neither rating nor comment, or a value is out of range.
            Conflict: if the id is taken.
        """
        about, text = about or About(), _clean(comment)
        _check(rating, text, about, feedback_id)
        kind = kind or _kind_of(rating, product_id or order_id)
        if kind not in KINDS:
            raise InvalidInput(f"kind must be one of {', '.join(KINDS)}", field="kind")
        if idempotency_key is not None:
            idempotency_key = fitted_key(idempotency_key)
            known = await self._feedback.find(idempotency_key=idempotency_key)
            if known is not None:
                return known
        chosen, moment = feedback_id or new_id("feedback"), at or self._clock.now()
        added = await self._feedback.add(
            id=chosen,
            sort_key=f"{int(moment.timestamp() * 1000):015d}-{new_id()[-12:]}",
            kind=kind,
            rating=rating,
            comment=text,
            customer_id=customer_id,
            conversation_id=conversation_id,
            session_id=session_id,
            product_id=product_id,
            order_id=order_id,
            channel=channel,
            idempotency_key=idempotency_key,
            created_at=moment,
            **asdict(about),
        )
        if not added:
            known = (
                await self._feedback.find(idempotency_key=idempotency_key)
                if idempotency_key
                else None
            )
            if known is None:
                raise Conflict("there is feedback with this id", code="feedback_exists")
            return known
        return await self.get(chosen)

    async def get(self, feedback_id: str) -> Feedback:
        """Return feedback.

        Raises:
            NotFound: `feedback_not_found`.
        """
        found = await self._feedback.find(id=feedback_id)
        if found is None:
            raise NotFound("there is no such feedback", code="feedback_not_found")
        return found

    async def revise(
        self, feedback_id: str, *, rating: int | None, comment: str | None
    ) -> Feedback:
        """Put another mark in the place of the one that was given; words only where there are new ones.

        Raises:
            InvalidInput: if the rating is out of range.
            NotFound: `feedback_not_found`.
        """
        known, text = await self.get(feedback_id), _clean(comment)
        rating, text = rating or known.rating, text or known.comment
        _check(rating, text, known.about, None)
        await self._feedback.change(feedback_id, rating=rating, comment=text)
        return await self.get(feedback_id)

    async def withdraw(self, feedback_id: str) -> None:
        """Take feedback back that its giver does not want to give after all; what is not there is none."""
        await self._feedback.remove(feedback_id)

    async def list(
        self,
        page: PageRequest,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        customer_id: str | None = None,
        model_version: str | None = None,
        rated_up_to: int | None = None,
    ) -> Page[Feedback]:
        """Return a page of feedback given from `start` to before `end`, the newest first."""
        wanted = {"customer_id": customer_id, "model_version": model_version}
        rows = await self._feedback.page(
            page.limit + 1,
            page.after,
            start=start,
            end=end,
            equal={name: value for name, value in wanted.items() if value is not None},
            rated_up_to=rated_up_to,
        )
        return page_of(rows, page, key=lambda item: item.sort_key)

    async def for_product(self, product_id: str, page: PageRequest) -> Page[Feedback]:
        """Return a page of a product's reviews, the newest first."""
        rows = await self._feedback.page(
            page.limit + 1, page.after, equal={"product_id": product_id}
        )
        return page_of(rows, page, key=lambda item: item.sort_key)

    async def summary(self, product_id: str) -> RatingSummary:
        """Return how a product was rated."""
        counts = await self._feedback.ratings(product_id=product_id)
        total = sum(counts.values())
        average = sum(rating * count for rating, count in counts.items()) / total if total else None
        return RatingSummary(
            total, average, {rating: counts.get(rating, 0) for rating in range(1, 6)}
        )

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a customer's feedback, for their data export."""
        rows = await self._feedback.page(1000, None, equal={"customer_id": customer_id})
        return [asdict(row) for row in rows]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's feedback; return how much there was."""
        return await self._feedback.erase(customer_id)


def _clean(comment: str | None) -> str | None:
    text = (comment or "").replace("\x00", "").strip()[:MAX_COMMENT]
    return text or None


def _check(rating: int | None, comment: str | None, about: About, feedback_id: str | None) -> None:
    if rating is None and comment is None:
        raise InvalidInput("feedback needs a rating or a comment", field="rating")
    if rating is not None and not 1 <= rating <= 5:
        raise InvalidInput("a rating goes from 1 to 5", field="rating")
    if about.confidence is not None and not 0 <= about.confidence <= 1:
        raise InvalidInput("a confidence goes from 0 to 1", field="confidence")
    if feedback_id is not None and not is_safe_id(feedback_id):
        raise InvalidInput("that is no feedback id", field="feedback_id")


def _kind_of(rating: int | None, reviewed: str | None) -> str:
    if reviewed is not None:
        return "review"
    return "comment" if rating is None else "rating"
