"""Going on elsewhere: the conversation stays as it is, and the new channel says what goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from closer.conversations.standing import Standing, standing
from closer.conversations.task_names import task_name
from closer.conversations.turn import Button
from closer.customers.records import Customer
from closer.kit.errors import Conflict
from closer.kit.ids import new_id
from closer.kit.pagination import PageRequest
from closer.messaging.choices import typed
from closer.notifications.records import Content
from closer.reach.base import digest, refuse
from closer.reach.records import PUSHED, ContactAddress, OpenQuestion, Switch
from closer.reach.repository import Row
from closer.reach.sending import Sending

#: Slots by which the dialogue keeps house; they are no values of the person.
_HOUSEKEEPING = re.compile(
    r"^(requested_slot|task_.*|strikes|fallback_count|offer_person|resuming|interrupted|pending_offer|confirmed"
    r"|session_started_metadata|identity_.*|verified_.*|.*_code|new_channel)$"
)
#: A mark ends a sentence where a blank follows, not within "$161.00".
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_LONGEST_TOPIC = 120
_JUST_ANSWER = "Just answer; I know what was said so far."
#: After this nobody remembers what was to go on; a dialogue's session lasts as long.
_TAKEN_UP_WITHIN = timedelta(hours=1)


class Switching(Sending):
    """Moves a live conversation to another channel."""

    async def switch(
        self,
        customer_id: str,
        from_channel: str,
        to_channel: str,
        *,
        by: str,
        session_id: str | None = None,
        previous: Sequence[str] = (),
        topic: str | None = None,
        question: OpenQuestion | None = None,
        idempotency_key: str | None = None,
    ) -> Switch:
        """Announce a conversation on another channel; slots, task and history stay, since there is one conversation.

        Args:
            customer_id: Whose conversation.
            from_channel: Where it is.
            to_channel: Where it goes on.
            by: Who asks for it.
            session_id: The caller's name for the conversation.
            previous: What was said elsewhere before, for the announcement when no task is in progress.
            topic: What goes on, if the caller knows better than the log.
            question: What is asked there, if the caller knows better than the history.
            idempotency_key: The same key is the same switch and is announced once.

        Raises:
            NotFound: if there is no such customer.
            InvalidInput: if there is no such channel.
            Conflict: `same_channel`; with the reason as its code, see `send`; `session_of_another`.
        """
        if from_channel == to_channel:
            raise Conflict("the conversation is there already", code="same_channel")
        switch_id = new_id("sw")
        key = digest("switch", by, customer_id, to_channel, idempotency_key or switch_id)
        async with self._parts.db.transaction():
            await self.bind_session(session_id, customer_id)
            reason, address = await self.obstacle(customer_id, to_channel)
            if reason is not None:
                raise refuse(reason, to_channel)
            await self.obstacle(customer_id, from_channel)  # known at all
            values = {
                "id": switch_id,
                "customer_id": customer_id,
                "from_channel": from_channel,
                "to_channel": to_channel,
                "request_key": key,
                "switched_by": by[:160],
                "at": self._parts.clock.now(),
            }
            if await self._rows.add_switch(values):
                return await self._announce(values, address, previous, topic, question)
            row = await self._rows.switch(key)
        if row is None:
            raise Conflict("the switch was taken back", code="switch_gone")
        return await self._again(row, address)

    async def going_on(self, customer_id: str, channel: str) -> Standing | None:
        """Return what goes on where the customer begins by themselves, a call for example.

        Returns:
            Where the dialogue stands; None unless it was moved there lately and nothing was said anywhere since.
        """
        last = await self._rows.last_switch(customer_id)
        if last is None or last["to_channel"] != channel:
            return None
        heard = await self._parts.conversations.last_heard(customer_id)
        since = max(heard.values(), default=None)
        late = last["at"] + _TAKEN_UP_WITHIN <= self._parts.clock.now()
        if late or (since is not None and since > last["at"]):
            return None
        return await standing(self._parts.dialogues, customer_id)

    async def _announce(
        self,
        values: Row,
        address: ContactAddress | None,
        previous: Sequence[str],
        topic: str | None,
        question: OpenQuestion | None,
    ) -> Switch:
        customer = await self._parts.customers.get(values["customer_id"])
        stands = await standing(self._parts.dialogues, customer.id)
        channel, notification_id = values["to_channel"], None
        if channel in PUSHED:
            if question is None and stands.step and not topic:
                question = await self._open_question(customer.id)
            said = self._words(customer, stands, previous, topic, question)
        else:  # nothing is said there before the person begins
            said = f"The conversation goes on by {channel}, as soon as the customer begins there."
        sender = "assistant" if channel in PUSHED else "system"
        choices = question.buttons if question and channel in PUSHED else ()
        entry = self._parts.conversations.entry(sender, channel, text=said, buttons=list(choices))
        await self._parts.conversations.append(customer.id, [entry])
        if channel in PUSHED and address is not None:
            shop = self._parts.settings.shop_name
            said_there = f"{said}\n{_numbered(choices)}" if choices else said
            notification_id = await self.push(
                Content(
                    "channel_switch", f"Let's go on here: your conversation with {shop}", said_there
                ),
                channel,
                address,
                key=values["id"],
            )
        await self._rows.change_switch(
            values["id"], entry_id=entry.id, notification_id=notification_id
        )
        await self._parts.audit.record(
            actor=values["switched_by"],
            action="channel.switched",
            target=f"customer:{customer.id}",
            details={"from": values["from_channel"], "to": channel},
        )
        return _switch(values, stands, said, address, notification_id)

    async def _again(self, row: Row, address: ContactAddress | None) -> Switch:
        stands = await standing(self._parts.dialogues, row["customer_id"])
        page = await self._parts.conversations.history(row["customer_id"], PageRequest(limit=200))
        said = next((item.text for item in page.items if item.id == row["entry_id"]), None)
        return _switch(row, stands, said or "", address, row["notification_id"], replayed=True)

    def _words(
        self,
        customer: Customer,
        stands: Standing,
        previous: Sequence[str],
        topic: str | None,
        question: OpenQuestion | None,
    ) -> str:
        task = stands.task if stands.task != "switch_channel" else None
        about = topic or (task_name(task) if task else None)
        if about is None and previous:
            about = f'"{previous[-1].strip()[:_LONGEST_TOPIC]}"'
        shop = self._parts.settings.shop_name
        first = f"Hello {customer.first_name}, {shop} here. We go on here"
        first += f" with what we had begun: {about}." if about else "."
        return f"{first} {question.text if question else _JUST_ANSWER}"

    async def _open_question(self, customer_id: str) -> OpenQuestion | None:
        page = await self._parts.conversations.history(customer_id, PageRequest(limit=12))
        for entry in reversed(page.items):
            if entry.sender == "assistant" and entry.text and (found := question_in(entry.text)):
                return OpenQuestion(found, tuple(entry.buttons))
        return None

    async def _current(self, customer_id: str, heard: Mapping[str, datetime]) -> str | None:
        """Return where a conversation is: where the person last spoke, unless it was moved since."""
        last = await self._rows.last_switch(customer_id)
        moments = dict(heard)
        if last is not None:
            moments[last["to_channel"]] = max(
                last["at"], moments.get(last["to_channel"], last["at"])
            )
        return max(moments, key=lambda channel: moments[channel]) if moments else None


def question_in(text: str) -> str | None:
    """Return the last question of a text."""
    found = [part for part in _SENTENCE_END.split(text) if part.rstrip().endswith("?")]
    return found[-1].strip() if found else None


def _numbered(buttons: Sequence[Button]) -> str:
    return "\n".join(f"{place} {typed(button)}" for place, button in enumerate(buttons, start=1))


def _switch(
    row: Row,
    stands: Standing,
    said: str,
    address: ContactAddress | None,
    notification_id: str | None,
    *,
    replayed: bool = False,
) -> Switch:
    kept = tuple(sorted(name for name in stands.slots if not _HOUSEKEEPING.match(name)))
    return Switch(
        row["id"],
        row["customer_id"],
        row["from_channel"],
        row["to_channel"],
        row["at"],
        stands.task,
        stands.step,
        kept,
        said,
        address.masked if address else None,
        notification_id,
        replayed,
    )
