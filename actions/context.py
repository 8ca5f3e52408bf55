"""What an action knows about the turn it runs in, and how it speaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.speaker import PROOF, is_another
from closer.conversations.turn import Card, Step, to_json
from closer.kit.ids import fitted_key
from closer.kit.money import Money
from closer.services import Services

#: An offer stands for so many messages of the customer; a yes after that means something else.
OFFER_TURNS = 2
#: Who writes is as they said within so many messages.
_SPEAKER = 30


class TurnContext:
    """A turn as an action sees it.

    Args:
        services: The domain.
        dispatcher: Collects what is said.
        tracker: The conversation.
        domain: The assistant's domain as plain data.

    Attributes:
        fresh: Slots that were changed in this action.
        refused_value: Whether a value was read and refused, with the reason said, in this action.
        said_again: Whether the message only repeats a value that is known.
        cost: What the task in progress has cost the customer; less than nothing if money goes back.
        open_to_closed: Whether the task in progress may be done for the holder of a closed account.
    """

    def __init__(
        self,
        services: Services,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
    ) -> None:
        self.services = services
        self.tracker = tracker
        self.domain = domain
        self._dispatcher = dispatcher
        self.fresh: dict[str, Any] = {}
        self.refused_value = False
        self.said_again = False
        self.cost: Money | None = None
        self.open_to_closed = False
        self._heard: Mapping[str, Any] = tracker.latest_message

    @property
    def conversation_id(self) -> str:
        """The conversation's id: the customer's, or the visitor's."""
        return str(self.tracker.sender_id)

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        """What the connector knew about the message."""
        return self.tracker.latest_message.get("metadata") or {}

    @property
    def message_id(self) -> str:
        """The id of the message that is answered."""
        return str(self.tracker.latest_message.get("message_id") or "")

    def key(self, *what: str) -> str:
        """Return the idempotency key of what is done for this message.

        A message's id is the sender's own: only with the conversation's it names one message.
        """
        return fitted_key(":".join((*(what or ("msg",)), self.conversation_id, self.message_id)))

    @property
    def channel(self) -> str:
        """The customer's channel."""
        return str(self.metadata.get("channel") or self.tracker.get_latest_input_channel() or "web")

    @property
    def active_form(self) -> str:
        """The form of the task in progress; empty if there is none."""
        return str((self.tracker.active_loop or {}).get("name") or "")

    @property
    def text(self) -> str:
        """What the customer wrote."""
        return str(self._heard.get("text") or "")

    @property
    def intent(self) -> str:
        """The intent of the message, with its retrieval part cut off."""
        name = (self._heard.get("intent") or {}).get("name") or ""
        return str(name).split("/")[0]

    @property
    def confidence(self) -> float:
        """How sure the model is of the intent, 0 to 1."""
        return float((self._heard.get("intent") or {}).get("confidence") or 0.0)

    @property
    def clauses(self) -> list[dict[str, Any]]:
        """The parts of a message of several sentences, each as the model reads it alone; empty if it is one."""
        whole = self._heard is self.tracker.latest_message
        return (self.metadata.get("clauses") or []) if whole else []

    @contextmanager
    def narrowed(self, clause: Mapping[str, Any] | None) -> Iterator[None]:
        """Within it, only a part of the message is heard, or what was said before; None changes nothing."""
        before = self._heard
        self._heard = before if clause is None else clause
        try:
            yield
        finally:
            self._heard = before

    @property
    def customer_id(self) -> str | None:
        """The customer whose identity is proven: signed in, or by one-time code at this place of this conversation."""
        if self.another_speaks:
            return None
        if self.metadata.get("customer_id") and self.metadata.get("proven"):
            return str(self.metadata["customer_id"])
        verified = self._proofs.get(self.place)
        return str(verified) if verified else None

    @property
    def another_speaks(self) -> bool:
        """Whether somebody writes who says that they are not the customer, and no code of the customer's has let them in since."""
        return PROOF not in self.fresh and self._another_said_so

    @cached_property
    def _another_said_so(self) -> bool:
        return is_another((event for _, event in self.events_back(_SPEAKER)), self.place)

    @property
    def place(self) -> str:
        """Where the message was said: an address on a channel, or a call."""
        return str(self.metadata.get("place") or self.channel)

    def prove(self, customer_id: str) -> None:
        """Remember that a code proved who speaks at this place; elsewhere it proves nothing."""
        self.set(PROOF, {**self._proofs, self.place: customer_id})

    @property
    def _proofs(self) -> Mapping[str, Any]:
        return self.slot(PROOF) or {}

    @property
    def likely_customer_id(self) -> str | None:
        """The customer by the address they write from; good for a tone, never for anything private."""
        return self.customer_id or self.metadata.get("customer_id")

    @property
    def owner_id(self) -> str | None:
        """The only customer with the address that the message came from."""
        return self.metadata.get("customer_id")

    @property
    def sender(self) -> str | None:
        """The mailbox that a mail came from, if it is no customer's with an open account."""
        return self.metadata.get("sender")

    @property
    def household(self) -> list[str]:
        """The customers who share the address that the message came from; who is there has to be asked."""
        return list(self.metadata.get("household") or [])

    def slot(self, name: str) -> Any:
        """Return a slot's value, as changed in this action if it was."""
        if name in self.fresh:
            return self.fresh[name]
        return self.tracker.slots.get(name)

    def set(self, name: str, value: Any) -> None:
        """Change a slot; `events` of the action hand it to the tracker."""
        self.fresh[name] = value

    def offer(self, action: str, slots: Mapping[str, Any] | None = None) -> None:
        """Remember what a plain yes would accept now.

        Args:
            action: The action or form that it begins.
            slots: What is filled in for it.
        """
        offer = {"action": action, "slots": dict(slots or {}), "message_id": self.message_id}
        self.set("pending_offer", offer)

    def offer_after_answer(self, action: str, slots: Mapping[str, Any] | None = None) -> None:
        """Offer to do what a question was about; not while a task waits, whose own question comes next."""
        if not self.slot("interrupted"):
            self.offer(action, slots)
            self.say("utter_shall_i_do_that")

    @property
    def offered(self) -> dict[str, Any] | None:
        """What a plain yes accepts: the last offer, if it was made an answer or two ago in this session."""
        offer = self.slot("pending_offer")
        lately = self.latest_messages(OFFER_TURNS + 1)
        return dict(offer) if offer and offer.get("message_id") in lately else None

    def latest_messages(self, count: int) -> list[str]:
        """Return the ids of the session's last messages, this one too, the newest first."""
        return [
            str(event.get("message_id") or "")
            for _, event in self.events_back(count)
            if event.get("event") == "user"
        ]

    def events_back(self, messages: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Go back through this session's events, the newest first, until so many messages were met; each with how many were."""
        heard = 0
        for event in reversed(self.tracker.events):
            heard += event.get("event") == "user"
            if event.get("event") == "session_started" or heard > messages:
                return
            yield heard, event

    def said_before(self, messages: int) -> list[Mapping[str, Any]]:
        """Return the messages before this one, the newest first: of this session and the last so many, this one counted."""
        return [
            event
            for heard, event in self.events_back(messages)
            if heard > 1 and event.get("event") == "user"
        ]

    @property
    def heard(self) -> dict[str, Any]:
        """What is heard, to be taken up again later."""
        return {name: self._heard.get(name) for name in ("text", "intent", "entities")}

    def entities(self, *kinds: str) -> list[Any]:
        """Return the values found in the message of some kinds, in order of appearance."""
        found = self._heard.get("entities") or []
        return [
            item["value"]
            for item in found
            if item["entity"] in kinds and item.get("value") is not None
        ]

    def places(self, *kinds: str) -> list[tuple[int, int, Any]]:
        """Return where values of some kinds stand in the message and what they are, in order of appearance."""
        found = self._heard.get("entities") or []
        return [
            (item.get("start") or 0, item.get("end") or 0, item["value"])
            for item in found
            if item["entity"] in kinds and item.get("value") is not None
        ]

    def entity(self, *kinds: str) -> Any | None:
        """Return the first value of some kinds, or None."""
        values = self.entities(*kinds)
        return values[0] if values else None

    def has_response(self, name: str) -> bool:
        """Say whether the designers wrote this response."""
        return name in (self.domain.get("responses") or {})

    def say(
        self,
        response: str,
        *,
        buttons: list[dict[str, str]] | None = None,
        cards: list[Card] | None = None,
        steps: list[Step] | None = None,
        **values: Any,
    ) -> None:
        """Say a response of the domain, its `{values}` filled in, with cards, steps and buttons beside it."""
        custom: dict[str, Any] = {}
        if cards:
            custom["cards"] = [to_json(card) for card in cards]
        if steps:
            custom["steps"] = [to_json(step) for step in steps]
        self._dispatcher.utter_message(
            response=response, buttons=buttons, json_message=custom or None, **values
        )
