"""Schemas of analytics."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.v1.schemas.base import Schema
from closer.insights.records import Period


class NamedCount(Schema):
    """How often something happened."""

    name: str
    count: int


class DailyInsight(Schema):
    """What happened in conversations on a day, on one channel; each list has the ten most frequent."""

    day: date
    channel: str
    messages: int
    replies: int
    fallbacks: int
    fallback_rate: float | None = None
    handoffs: int
    intents: list[NamedCount]
    actions: list[NamedCount]
    tasks_done: list[NamedCount]
    tasks_given_up: list[NamedCount]


class DailyAnswer(Schema):
    """Days in UTC, both ends included; where nothing happened there is no item."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    items: list[DailyInsight]

    @classmethod
    def of(cls, period: Period) -> DailyAnswer:
        """Return the schema of a period."""
        items = [DailyInsight.from_orm(day) for day in period.days]
        return cls.parse_obj({"from": period.start, "to": period.end, "items": items})
