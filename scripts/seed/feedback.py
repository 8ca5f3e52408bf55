"""The feedback that the compatibility contract names: about an answer, within the time that it collects."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from closer.feedback.records import About

if TYPE_CHECKING:
    from closer.services import Services

FEEDBACK_ID = "feedback_987654"
_GIVEN_AT = datetime(2023, 9, 21, 14, 30, tzinfo=timezone.utc)


async def seed(services: Services, rng: random.Random) -> None:
    """Store a customer's rating of an answer that was not quite right."""
    await services.feedback.give(
        feedback_id=FEEDBACK_ID,
        rating=3,
        comment="Friendly, but it said three days and the parcel came after two.",
        customer_id="user123",
        session_id="session_abc",
        about=About(
            response_text="Your order will arrive in 3 days.", confidence=0.85, model_version="v1.2"
        ),
        channel="web",
        at=_GIVEN_AT,
    )
