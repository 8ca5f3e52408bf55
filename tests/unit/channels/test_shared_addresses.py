"""Who shares an address travels with the message, so that the dialogue can ask who is there."""

from __future__ import annotations

from multidict import MultiDict

from channels.call import Call, message_of
from channels.twilio_forms import inbound_message
from closer.customers.identity import Identity
from tests.fakes.twilio_caller import sms

SHARED = Identity("vis_shared", household=("user123", "user456"))


def test_a_text_message_from_a_shared_phone_names_its_owners() -> None:
    message = inbound_message(MultiDict(sms("hello", "+12025550123")), SHARED)
    assert (message.household, message.customer_id) == (SHARED.household, None)


def test_a_call_from_a_shared_phone_names_its_owners() -> None:
    call = Call(
        sid="CA1", caller="+12025550123", called="", turn=0, missed=0, heard="hello", confidence=1.0
    )
    message = message_of(call, SHARED)
    assert (message.household, message.conversation_id) == (SHARED.household, "vis_shared")
