"""How the time of a call and the number to call are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from actions.context import TurnContext
from actions.handoff import moment
from actions.slot_types import Answer, Filled, Invalid, PhoneSlot, SlotType
from closer.handoff.records import Slot

_ORDINALS = {
    "first": 0,
    "1st": 0,
    "earliest": 0,
    "soonest": 0,
    "any": 0,
    "asap": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "last": -1,
    "latest": -1,
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?")
_CLOCK = re.compile(
    r"(?<![\d-])(\d{1,2})(?:[:.h](\d\d))?\s*(am|pm|a\.m\.|p\.m\.|o'?clock)?(?![\d-])", re.IGNORECASE
)
_SAME = re.compile(
    r"\b(that( one| number)?|same|this (one|number)|the one you have|on file|mine|my number|yes|yep|correct)\b",
    re.IGNORECASE,
)
OFFERED = 4


class AppointmentSlot(SlotType):
    """When to call: one of the times offered, or another in the agents' hours."""

    def read(self, ctx: TurnContext, answer: Answer) -> dict[str, Any] | None:
        """Return what the message says of a day and a time."""
        text = ctx.text.lower()
        offered = (ctx.slot("task_data") or {}).get("offered") or []
        iso = next((m.group(0) for e in ctx.entities("date") if (m := _ISO.match(str(e)))), "")
        if len(iso) == 16:
            return {"at": iso}
        day = _day_in(text, ctx.services.clock.now()) or iso
        clock = _clock_in(text) if answer.asked or day else None
        if answer.asked and not clock and not day:
            for word, index in _ORDINALS.items():
                if offered and re.search(rf"\b{word}\b", text):
                    return {"at": offered[index if index < len(offered) else -1]}
        return {"day": day, "clock": clock} if day or (clock and answer.asked) else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a free time; for a mere day offer its times, for a taken one those near it."""
        now = ctx.services.clock.now()
        if "at" in value:
            wanted, exact = datetime.fromisoformat(value["at"]).replace(tzinfo=timezone.utc), True
        else:
            wanted, exact = _wanted(value, ctx, now), value["clock"] is not None
        midnight = wanted.replace(hour=0, minute=0)
        free = await ctx.services.appointments.free_slots(max(midnight, now), days=1, limit=60)
        if exact and any(slot.starts_at == wanted for slot in free):
            return Filled(wanted.isoformat())
        near = free or await ctx.services.appointments.free_slots(max(midnight, now), limit=60)
        if not near:
            near = await ctx.services.appointments.free_slots(limit=60)
        if exact:
            near = sorted(
                sorted(near, key=lambda slot: abs(slot.starts_at - wanted))[:OFFERED],
                key=lambda slot: slot.starts_at,
            )
        ctx.set("task_data", {"offered": [key_of(slot) for slot in spread(near)]})
        if exact or not free:
            ctx.say("utter_time_not_free", time=moment(wanted) if exact else f"{wanted:%A}")
        return Filled(None)

    def spoken(self, value: Any) -> str:
        """Return the time in words."""
        return moment(datetime.fromisoformat(value))


class CallNumberSlot(PhoneSlot):
    """The number to call; "the one you have" is that of the proven customer."""

    async def known(self, ctx: TurnContext) -> str | None:
        """Return the number on record of who is proven to write."""
        if ctx.customer_id is None:
            return None
        return (await ctx.services.customers.get(ctx.customer_id)).phone

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, or `known`."""
        found = super().read(ctx, answer)
        if found is None and answer.asked and (ctx.intent == "affirm" or _SAME.search(ctx.text)):
            return "known"
        return found

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a possible number."""
        number = await self.known(ctx) if value == "known" else value
        return await super().check(ctx, number) if number else Invalid("utter_invalid_phone")


def spread(slots: Sequence[Slot]) -> list[Slot]:
    """Return a few of many times, from early to late."""
    step = max(1, len(slots) // OFFERED)
    return list(slots[::step][:OFFERED])


def key_of(slot: Slot) -> str:
    """Return the form in which an offered time is kept and chosen."""
    return f"{slot.starts_at:%Y-%m-%dT%H:%M}"


def _day_in(text: str, now: datetime) -> str | None:
    ahead = (
        1
        if re.search(r"\b(tomorrow|tmrw|tmw|tomorow)\b", text)
        else 0
        if re.search(r"\b(today|tonight|this (morning|afternoon))\b", text)
        else None
    )
    for index, name in enumerate(_DAYS):
        if ahead is None and re.search(rf"\b({name}|{name[:3]}|{name[:4]})\b", text):
            ahead = (index - now.weekday()) % 7
    return f"{now + timedelta(days=ahead):%Y-%m-%d}" if ahead is not None else None


def _clock_in(text: str) -> str | None:
    for hour, minute, half in _CLOCK.findall(_ISO.sub(" ", text)):
        value = int(hour)
        if half.lower().startswith("p") and value < 12:
            value += 12
        if half.lower().startswith("a") and value == 12:
            value = 0
        if value < 24 and int(minute or 0) < 60:
            return f"{value:02d}:{int(minute or 0):02d}"
    return None


def _wanted(value: dict[str, Any], ctx: TurnContext, now: datetime) -> datetime:
    clock = value["clock"] or "00:00"
    offered = (ctx.slot("task_data") or {}).get("offered") or []
    day = value["day"] or next((item[:10] for item in offered if item.endswith(clock)), None)
    if day is None:
        day = offered[0][:10] if offered else f"{now:%Y-%m-%d}"
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=timezone.utc)
