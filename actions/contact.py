"""How people reach us: hours, phone, mail, chat."""

from __future__ import annotations

import re
from datetime import time

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.handoff import arrange_call, moment, wants_call
from actions.meanings import PERSON
from closer.handoff import policy

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FEW = 5


class ContactCustomerService(CloserAction):
    """Tells hours and addresses, and whether somebody is there now."""

    action_name = "action_contact_customer_service"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Say it for the channel; a number only if calls are really taken."""
        if wants_call(ctx):
            return arrange_call(ctx)
        settings = ctx.services.settings
        now = ctx.services.clock.now()
        number = settings.twilio_from_number
        is_open = policy.is_open(now)
        if (day := _day_named(ctx.text)) is not None:
            hours = policy.BUSINESS_HOURS.get(day)
            said = "utter_contact_day" if hours else "utter_contact_day_closed"
            opens, closes = hours or (None, None)
            times = f"{opens:%H:%M} to {closes:%H:%M}" if hours else ""
            ctx.say(said, day=f"{_DAYS[day]}s", times=times, hours=hours_in_words())
            return []
        ctx.say(
            "utter_contact",
            hours=hours_in_words(),
            email=settings.mail_from,
            phone=f"by phone or SMS at {number}, " if number else "",
            now="We're open right now."
            if is_open
            else f"We're closed just now and back on {moment(policy.next_opening(now))}.",
            buttons=[PERSON],
        )
        return []


def _day_named(text: str) -> int | None:
    """Return the one day of the week that a text asks about."""
    named = [i for i, day in enumerate(_DAYS) if re.search(rf"\b{day}s?\b", text, re.IGNORECASE)]
    return named[0] if len(named) == 1 else None


def asks_of_day(text: str) -> bool:
    """Say whether few words name one day of the week."""
    return _day_named(text) is not None and len(text.split()) <= _FEW


def hours_in_words() -> str:
    """Return the agents' hours: days with the same hours together."""
    groups: list[tuple[int, int, tuple[time, time]]] = []
    for day, hours in sorted(policy.BUSINESS_HOURS.items()):
        if groups and groups[-1][2] == hours and groups[-1][1] == day - 1:
            groups[-1] = (groups[-1][0], day, hours)
        else:
            groups.append((day, day, hours))
    parts = []
    for first, last, (opens, closes) in groups:
        days = _DAYS[first] if first == last else f"{_DAYS[first]} to {_DAYS[last]}"
        parts.append(f"{days} {opens:%H:%M} to {closes:%H:%M}")
    return ", ".join(parts) + " (UTC)"
