"""Nobody calls an intent by writing its name with a slash."""

from __future__ import annotations

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from rasa_ext.plain_text import neutralise, spelled_out

#: All that Python strips, and so does Rasa.
_SPACES = [chr(code) for code in range(0x3001) if chr(code).isspace()]


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "  //restart",
        "/\n/restart",
        "/\u00a0/restart",
        "\u2003/\u3000/ /\t/restart",
        *(f"/{space}/restart" for space in _SPACES),
        *(f"{space}/restart" for space in _SPACES),
    ],
)
def test_a_slash_in_front_is_no_command(text: str) -> None:
    plain = neutralise(text)
    assert plain == "restart"
    read = Message({TEXT: UserMessage(text=plain).text})
    assert YAMLStoryReader.unpack_regex_message(read).get(INTENT) is None


@pytest.mark.parametrize("text", ["/", " / / ", "", "\n"])
def test_of_slashes_alone_nothing_is_left(text: str) -> None:
    assert neutralise(text) == ""


def test_a_slash_within_stays() -> None:
    assert neutralise(" 1/2 of the order \n") == "1/2 of the order"


@pytest.mark.parametrize("sign", ["👍", "👍🏽", "👌", "✅", "✔️", " 👍👍! "])
def test_a_sign_of_consent_alone_is_a_yes(sign: str) -> None:
    assert spelled_out(sign) == "yes"


@pytest.mark.parametrize("sign", ["👎", "👎🏿", "❌"])
def test_a_sign_of_refusal_alone_is_a_no(sign: str) -> None:
    assert spelled_out(sign) == "no"


@pytest.mark.parametrize("text", ["thanks 👍", "ok", "❤️", "👍👎", ""])
def test_other_messages_stay_as_they_are(text: str) -> None:
    assert spelled_out(text) == text
