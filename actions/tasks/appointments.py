"""A call that was booked: when it is, another time for it, or none at all."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.ended import ended_lately
from actions.forms import Task
from actions.handoff import moment
from actions.identity import steps_of_proof
from actions.slot_types import Answer, SlotType
from actions.waiting import hand_over
from closer.handoff.records import Appointment

_MOVE = re.compile(
    r"\b(?:move|change|reschedul\w*|postpone|push|shift|delay|bring forward|another|other|different|later|earlier|instead)\b",
    re.IGNORECASE,
)
_CANCEL = re.compile(
    r"\b(?:cancel\w*|call (?:it |that |this )?off|drop|delete|remove|scrap|no longer|not need|(?:do\s?n['’]?t|dont|do not) (?:need|want|call)|skip|forget)\b",
    re.IGNORECASE,
)
#: Wants a call where none is booked yet.
_BOOKS = re.compile(
    r"\b(?:book|arrange|schedule|set up|organi[sz]e|make|request|want|need|like|have|get) (?:to (?:have |get |book |arrange |schedule )?)?(?:me )?(?:a|an|another) (?:\w+ )?(?:call\w*|appointment|phone call)\b"
    r"|\bcall me\b",
    re.IGNORECASE,
)


def call_moved(ctx: TurnContext) -> bool:
    """Say whether the call that was just booked is to be at another time: "can we move it to friday"."""
    about_call = ended_lately(ctx) in ("book_appointment", "manage_appointment")
    return about_call and ctx.entity("date") is not None and _MOVE.search(ctx.text) is not None


class AppointmentWishSlot(SlotType):
    """What is to become of the call: `see`, `move` or `cancel`."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the wish; of a message that names none, that the time is asked for."""
        if _CANCEL.search(ctx.text):
            return "cancel"
        just_booked = ended_lately(ctx) == "book_appointment" and ctx.entity("date") is not None
        return "move" if _MOVE.search(ctx.text) or just_booked else "see"


class ManageAppointment(Task):
    """Tells, moves or cancels a call; whose address is only known proves first who they are."""

    name = "manage_appointment"
    title = "your booked call"
    slots = {"appointment_wish": AppointmentWishSlot()}
    needs_identity = False
    ticket_category = "handoff"
    keeps = ()

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Move a call by booking another; ask for a proof where the owner of the address is not there for certain."""
        if ctx.owner_id and ctx.customer_id is None:
            return await steps_of_proof(ctx)
        booked = await upcoming(ctx)
        if not booked and _BOOKS.search(ctx.text):
            hand_over(ctx, self, "book_appointment")
            return []
        if ctx.slot("appointment_wish") == "move" and booked:
            ctx.say("utter_appointment_moving", time=moment(booked[0].starts_at))
            moved = {"id": booked[0].id, "clock": f"{booked[0].starts_at:%H:%M}"}
            ctx.set("moving_appointment", {**moved, "message_id": ctx.message_id})
            again = ended_lately(ctx) == "book_appointment"  # the number was told just now
            hand_over(
                ctx, self, "book_appointment", **({"phone": booked[0].phone} if again else {})
            )
            return []
        return []

    async def perform(self, ctx: TurnContext) -> None:
        """Tell the calls that are to come, or cancel them."""
        booked = await upcoming(ctx)
        if not booked:
            ctx.offer("book_appointment_form")
            ctx.say("utter_no_appointment")
            return
        cancels = ctx.slot("appointment_wish") == "cancel"
        for item in booked:
            if cancels:
                await ctx.services.appointments.cancel(item.id)
            said = "utter_appointment_cancelled" if cancels else "utter_appointment_told"
            ctx.say(said, time=moment(item.starts_at), ending=item.phone[-2:])


async def upcoming(ctx: TurnContext) -> list[Appointment]:
    """Return the calls to come of who writes: the proven customer's, or the visitor's."""
    return list(await ctx.services.appointments.upcoming(ctx.customer_id or ctx.conversation_id))


async def replace_moved(ctx: TurnContext) -> Appointment | None:
    """Cancel the call that another one was booked for; return it, or None if none was to be moved."""
    moving = ctx.slot("moving_appointment")
    ctx.set("moving_appointment", None)
    earlier = next(
        (item for item in await upcoming(ctx) if moving and item.id == moving["id"]), None
    )
    return await ctx.services.appointments.cancel(earlier.id) if earlier else None
