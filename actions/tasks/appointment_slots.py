"""How the time of a call and the number to call are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from actions.bought import PLACES
from actions.context import TurnContext
from actions.handoff import moment
from actions.slot_types import Answer, Filled, Invalid, PhoneSlot, SlotType
from closer.handoff.policy import slots_of
from closer.handoff.records import Slot

_TOPIC = re.compile(
    r"\W*(?:(?:it|this|that|the call) ?(?:'?s|is|will be|would be)? )?(?:about|regarding|concerning|re:|because of|to do with) (?!\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)\b)",
    re.IGNORECASE,
)
_ORDINALS = {
    **PLACES,
    **dict.fromkeys(("earliest", "soonest", "any", "asap"), 0),
    "last": -1,
    "latest": -1,
}
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_HOUR = "|".join(_HOURS)
_MINUTES = {
    **dict.fromkeys(("half", "thirty"), "30"),
    **dict.fromkeys(("quarter", "fifteen"), "15"),
    **dict.fromkeys(("forty five", "forty-five"), "45"),
}
#: Hours in words where they can be nothing else: "at ten", "half past two", "ten thirty", "four o'clock", "three in the afternoon".
_IN_WORDS = (
    re.compile(rf"\b(?P<part>half|quarter) past (?P<hour>{_HOUR})\b"),
    re.compile(rf"\b(?P<hour>{_HOUR}) (?P<part>thirty|fifteen|forty[- ]five)\b"),
    re.compile(
        rf"(?:(?<=\bat )|(?<=\baround )|(?<=\babout )|(?<=\bby )|^)(?P<hour>{_HOUR})\b(?P<part>)"
    ),
    re.compile(
        rf"\b(?P<hour>{_HOUR})\b(?P<part>)(?= ?(?:o'?clock|am\b|pm\b|a\.m|p\.m|in the|sharp))"
    ),
)
#: As on the radio: "oh nine hundred", "fourteen hundred hours".
_HUNDREDS = "nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_HUNDRED = re.compile(
    rf"\b(?:(?:oh|zero|o) )?(?P<hour>{'|'.join(_HUNDREDS[1:])}) hundred(?: hours)?\b"
)
#: The time of the call that is to be moved.
_SAME_TIME = re.compile(r"\bsame (?:time|hour)\b")
#: Nobody works before; "at three" is three in the afternoon.
_EARLIEST_HOUR = 8
_PARTS_OF_DAY = {
    "after (?:lunch|noon|midday)": (13, 18),
    "after work": (17, 24),
    "morning": (0, 12),
    "noon": (11, 14),
    "lunch": (11, 14),
    "midday": (11, 14),
    "afternoon": (12, 18),
    "evening": (17, 24),
    "tonight": (17, 24),
}
_NO_CALL = re.compile(r"\b(?:no|nope|nah|not)\b", re.IGNORECASE)
_DECLINES = "no"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?")
_CLOCK = re.compile(
    r"(?<![\d-])(\d{1,2})(?:[:.h](\d\d))?\s*(am|pm|a\.m\.|p\.m\.|o'?clock)?(?![\d-])", re.IGNORECASE
)
_SAME = re.compile(
    r"\b(that( one| number)?|same|this (one|number)|the (one|number)( that)? (you|u)('?ve)? (have|got|already have)|on (file|record|my account)"
    r"|mine|my (usual )?number|yes|yep|correct)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){6,14}")
#: "what times do you have", "which slots are free".
_TIMES = re.compile(
    r"\b(?:what|which|any|when)\b.{0,25}\b(?:times?|slots?|hours?|days?|free|available|possible)\b",
    re.IGNORECASE,
)
#: Surely a time of day: "no, 10 am", "rather at 11", "14:30".
_TIME_SAID = re.compile(
    r"\b\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m|p\.m|o'?clock)\b|\b\d{1,2}:\d\d\b|\bat \d{1,2}\b"
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
        moving = ctx.slot("moving_appointment") or {}
        day = _day_in(text, ctx.services.clock.now(), moved=bool(moving)) or iso
        part = next((name for name in _PARTS_OF_DAY if re.search(rf"\b{name}\b", text)), None)
        fixed = "" if answer.asked else str(ctx.slot("appointment_slot") or "")
        if fixed and not day and _TIME_SAID.search(text):
            day = fixed[:10]  # another time of the same day
        clock = _clock_in(text, part) if answer.asked or day else None
        if day and not clock and _SAME_TIME.search(text):
            clock = moving.get("clock")
        if answer.asked and not clock and not day and not part:
            if ctx.intent == "deny" and _NO_CALL.search(text):
                return {"at": _DECLINES}
            for word, index in _ORDINALS.items():
                if offered and re.search(rf"\b{word}\b", text):
                    return {"at": offered[index if index < len(offered) else -1]}
        found = {"day": day, "clock": clock, "part": part}
        return found if day or ((clock or part) and answer.asked) else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a free time; for a mere day offer its times, for a taken one those near it."""
        if value.get("at") == _DECLINES:
            ctx.set("confirmed", False)
            return Filled(None)
        now = ctx.services.clock.now()
        if "at" in value:
            wanted, exact = datetime.fromisoformat(value["at"]).replace(tzinfo=timezone.utc), True
        else:
            wanted, exact = _wanted(value, ctx, now), value["clock"] is not None
        midnight = wanted.replace(hour=0, minute=0)
        free = await _of_day(ctx, midnight, now)
        if exact and any(slot.starts_at == wanted for slot in free):
            return Filled(wanted.isoformat())
        first, last = _PARTS_OF_DAY.get(value.get("part") or "", (0, 24))
        fitting = [slot for slot in free if first <= slot.starts_at.hour < last]
        near: Sequence[Slot] = fitting or free
        if not near:
            near = await ctx.services.appointments.free_slots(max(midnight, now), limit=60)
        if not near:
            near = await ctx.services.appointments.free_slots(limit=60)
        if exact:
            near = sorted(
                sorted(near, key=lambda slot: abs(slot.starts_at - wanted))[:OFFERED],
                key=lambda slot: slot.starts_at,
            )
        ctx.set("task_data", {"offered": [key_of(slot) for slot in spread(near)]})
        if not slots_of(wanted):
            ctx.say("utter_closed_on_day", day=f"{wanted:%A}s")
        elif exact or not fitting:
            ctx.say("utter_time_not_free", time=moment(wanted) if exact else f"{wanted:%A}")
        return Filled(None)

    def spoken(self, value: Any) -> str:
        """Return the time in words."""
        return moment(datetime.fromisoformat(value))


class TopicSlot(SlotType):
    """What the call is to be about, told beside its time and number: "about my invoice"."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that tell it; what leads up to a call is known from the conversation."""
        told = ctx.slot("requested_slot") and _TOPIC.match(ctx.text)
        return ctx.text.strip() if told else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Note it."""
        ctx.say("utter_appointment_topic")
        return Filled(value)

    def spoken(self, value: Any) -> str:
        """Return nothing: it is noted in so many words."""
        return ""


def asks_for_times(text: str) -> bool:
    """Say whether somebody asks which times there are."""
    return _TIMES.search(text) is not None


def topic_of(ctx: TurnContext) -> str:
    """Return what the call is said to be about, and what the customer said before it was spoken of."""
    said: list[str] = []
    for event in ctx.tracker.events:
        if event.get("event") == "user" and event.get("text"):
            said.append(str(event["text"]))
        if event.get("event") == "active_loop" and event.get("name") == "book_appointment_form":
            before = said[-3:]
    told = ctx.slot("appointment_topic")
    return " / ".join([*([told] if told else []), *(before if said else [])])[:400]


class CallNumberSlot(PhoneSlot):
    """The number to call; "the one you have" is that of the proven customer."""

    async def known(self, ctx: TurnContext) -> str | None:
        """Return the number on record of who is proven to write."""
        if ctx.customer_id is None:
            return None
        return (await ctx.services.customers.get(ctx.customer_id)).phone

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, or `known`."""
        if _TIME_SAID.search(ctx.text.lower()) and not _NUMBER.search(ctx.text):
            return None
        found = super().read(ctx, answer) or self._beside(ctx)
        if found is None and answer.asked and ctx.intent == "deny" and "thank" in ctx.text.lower():
            return _DECLINES
        if found is None and answer.asked and (ctx.intent == "affirm" or _SAME.search(ctx.text)):
            return "known"
        return found

    @staticmethod
    def _beside(ctx: TurnContext) -> str | None:
        """Return a number that is told where the time was asked for: in this task it is nobody's order."""
        if not ctx.slot("requested_slot") or ctx.entity("date"):
            return None
        found = _NUMBER.search(ctx.text)
        return found.group(0) if found and not _ISO.search(found.group(0)) else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept a possible number; a polite no is one to the call."""
        if value == _DECLINES:
            ctx.set("confirmed", False)
            return Filled(None)
        number = await self.known(ctx) if value == "known" else value
        return await super().check(ctx, number) if number else Invalid("utter_invalid_phone")


def spread(slots: Sequence[Slot]) -> list[Slot]:
    """Return a few of many times, from early to late."""
    step = max(1, len(slots) // OFFERED)
    return list(slots[::step][:OFFERED])


def key_of(slot: Slot) -> str:
    """Return the form in which an offered time is kept and chosen."""
    return f"{slot.starts_at:%Y-%m-%dT%H:%M}"


def _day_in(text: str, now: datetime, *, moved: bool) -> str | None:
    ahead = 1 if re.search(r"\b(tomorrow|tmrw|tmw|tomorow)\b", text) else None
    if ahead is None and re.search(r"\b(today|tonight|this (morning|afternoon))\b", text):
        ahead = 0
    for index, name in enumerate(_DAYS):
        if ahead is None and re.search(rf"\b({name}|{name[:3]}|{name[:4]})\b", text):
            ahead = (index - now.weekday()) % 7
            if moved and ahead == 0:
                ahead = 7  # for another day than the one agreed on nobody calls today by its name
    return f"{now + timedelta(days=ahead):%Y-%m-%d}" if ahead is not None else None


async def _of_day(ctx: TurnContext, midnight: datetime, now: datetime) -> list[Slot]:
    """Return the free times of one day."""
    free = await ctx.services.appointments.free_slots(max(midnight, now), days=1, limit=60)
    return [slot for slot in free if slot.starts_at.date() == midnight.date()]


def _clock_in(text: str, part: str | None) -> str | None:
    """Return the time of day that a text names, in digits or words; an early hour without more is in the afternoon."""
    for hour, minute, half in _CLOCK.findall(_hours_in_digits(_ISO.sub(" ", text))):
        value = int(hour)
        if half.lower().startswith("p") and value < 12:
            value += 12
        if half.lower().startswith("a") and value == 12:
            value = 0
        if value < 24 and int(minute or 0) < 60:
            bare = not half.lower().startswith(("a", "p"))
            return f"{_of_the_day(value, part) if bare else value:02d}:{int(minute or 0):02d}"
    return "12:00" if part in ("noon", "midday") else None


def _hours_in_digits(text: str) -> str:
    text = _HUNDRED.sub(lambda found: f"{_HUNDREDS.index(found['hour'])}:00", text)
    for pattern in _IN_WORDS:
        text = pattern.sub(_in_digits, text)
    return text


def _in_digits(found: re.Match[str]) -> str:
    minutes = _MINUTES.get(found["part"])
    return f"{_HOURS.index(found['hour']) + 1}" + (f":{minutes}" if minutes else "")


def _of_the_day(hour: int, part: str | None) -> int:
    afternoon = part in ("afternoon", "evening", "tonight") or (
        part != "morning" and hour < _EARLIEST_HOUR
    )
    return hour + 12 if 0 < hour < 12 and afternoon else hour


def _wanted(value: dict[str, Any], ctx: TurnContext, now: datetime) -> datetime:
    clock = value["clock"] or "00:00"
    offered = (ctx.slot("task_data") or {}).get("offered") or []
    day = value["day"] or next((item[:10] for item in offered if item.endswith(clock)), None)
    if day is None:
        day = offered[0][:10] if offered else f"{now:%Y-%m-%d}"
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=timezone.utc)
