"""What the tests hold our messages and documents against refuses what Twilio refuses."""

from __future__ import annotations

import pytest

from tests.fakes import twilio_api
from tests.fakes.twiml import MESSAGING, VOICE, problems

FINE = {"To": ["+12025550123"], "From": ["+12025550199"], "Body": ["Hi"]}


def test_a_usual_message_is_fine() -> None:
    more = {"MediaUrl": ["https://s.example/a.png", "https://s.example/b.png"]}
    callback = {"StatusCallback": ["https://s.example/cb"]}
    assert twilio_api.message_error({**FINE, **more, **callback}) is None
    service = {"To": ["whatsapp:+12025550123"], "MessagingServiceSid": ["MG" + "a" * 32]}
    assert twilio_api.message_error({**service, "Body": ["Hi"]}) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ["12025550123"]}, 21211),
        ({"From": ["Shop"]}, 21212),
        ({"Body": ["x" * 1601]}, 21617),
        ({"Body": [""]}, 21617),
        ({"MediaUrl": ["ftp://s.example/a.png"]}, 21620),
        ({"StatusCallback": ["/cb"]}, 21609),
        ({"Bodyy": ["x"]}, 21602),
        ({"MessagingServiceSid": ["MG1"]}, 21602),
        ({"Attempt": ["many"]}, 21602),
    ],
)
def test_what_twilio_refuses_is_refused(change: dict[str, list[str]], code: int) -> None:
    error = twilio_api.message_error({**FINE, **change})
    assert error is not None
    assert error["code"] == code


@pytest.mark.parametrize("missing", ["To", "From", "Body"])
def test_nothing_needed_may_be_missing(missing: str) -> None:
    fields = {name: values for name, values in FINE.items() if name != missing}
    assert twilio_api.message_error(fields) is not None


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ("<Response/>", 0),
        (
            '<Response><Gather input="dtmf speech" bargeIn="true"><Say>Hi <break/></Say></Gather></Response>',
            0,
        ),
        (
            '<Response><Dial callerId="+1"><Number>+12025550123</Number></Dial><Hangup/></Response>',
            0,
        ),
        ('<Response><Gather input="voice"/></Response>', 1),
        ('<Response><Gather barge="true"/></Response>', 1),
        ("<Response><Gather><Dial>+1</Dial></Gather></Response>", 1),
        ("<Response>hello</Response>", 1),
        ("<Response><Message>hi</Message></Response>", 1),
        ("<Answer/>", 1),
        ("<Response>", 1),
    ],
)
def test_voice_documents_are_held_against_the_grammar(document: str, wrong: int) -> None:
    assert len(problems(document, VOICE)) == wrong


def test_messaging_documents_have_their_own_grammar() -> None:
    assert (
        problems('<Response><Message to="+1"><Body>a</Body></Message></Response>', MESSAGING) == []
    )
    assert problems("<Response><Say>hi</Say></Response>", MESSAGING) == ["<Say> in <Response>"]
