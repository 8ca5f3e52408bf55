"""Twilio's signatures: the official vectors are accepted, every change of a byte is refused."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from multidict import MultiDict

from closer.kit.errors import CloserError, Malformed, UnsupportedMediaType
from closer.kit.settings import Settings, get_settings
from closer.providers.twilio_webhooks import FORM_TYPE, Forged, auth_token, read_form, verified
from tests.fakes.twilio_caller import signature, sms

DATA = Path(__file__).parents[3] / "data" / "twilio"
VECTORS = json.loads((DATA / "signature_vectors.json").read_text())
TOKEN, URI = VECTORS["token"], VECTORS["uri"]
ORIGIN, PATH = "https://shop.example", "/webhooks/sms/inbound?a=1"
SIGNED = ORIGIN + PATH


@pytest.mark.parametrize(
    ("kind", "origin"),
    [
        ("as given (no port)", "https://mycompany.com"),
        ("as given (no port)", "https://mycompany.com:443"),
        ("https uri +:443", "https://mycompany.com:443"),
        ("https uri +:443", "https://mycompany.com"),
        ("http uri +:80", "http://mycompany.com:80"),
        ("http uri with :1234", "http://mycompany.com:1234"),
    ],
)
def test_official_vectors_are_accepted(kind: str, origin: str) -> None:
    url = URI.replace("https://mycompany.com", origin)
    verified(TOKEN, url, MultiDict(VECTORS["params"]), VECTORS["signatures"][kind])


def test_the_official_vector_with_repeated_fields_is_accepted() -> None:
    duplicate = VECTORS["duplicate"]
    verified(TOKEN, URI, MultiDict(duplicate["pairs"]), duplicate["signature"])


def test_the_official_vector_with_a_json_body_is_accepted_and_bound_to_its_body() -> None:
    vector = VECTORS["json_body"]
    url = f"{URI}&bodySHA256={vector['sha256']}"
    verified(TOKEN, url, vector["body"], vector["signature"])
    with pytest.raises(Forged):
        verified(TOKEN, url, vector["body"] + " ", vector["signature"])
    with pytest.raises(Forged):  # without its digest a body is not signed at all
        verified(TOKEN, URI, vector["body"], VECTORS["signatures"]["as given (no port)"])


def _accepts(body: bytes, url: str, given: str) -> bool:
    try:
        verified("secret", url, read_form(body, FORM_TYPE), given)
    except CloserError:
        return False
    return True


def _changes(data: bytes) -> list[bytes]:
    changed = []
    for place, byte in enumerate(data):
        around = data[:place], data[place + 1 :]
        for other in {byte ^ 1, byte ^ 0x20, byte ^ 0x80, *b" +&=;%0Aa\x00"} - {byte}:
            changed.append(around[0] + bytes([other]) + around[1])
        changed.append(around[0] + around[1])
        changed.append(data[:place] + b"&" + data[place:])
    return changed


def test_every_change_of_a_byte_is_refused() -> None:
    fields = sms("Où est ma commande ? 👋 a+b=c&d; 100%")
    given = signature("secret", SIGNED, fields)
    body = urlencode(fields).encode()
    assert _accepts(body, SIGNED, given)
    for changed in _changes(body):
        assert not _accepts(changed, SIGNED, given), changed
    for text in _changes(PATH.encode()):  # the origin is ours, from the settings
        assert not _accepts(body, ORIGIN + text.decode("latin-1"), given), text
    for text in _changes(given.encode()):
        assert not _accepts(body, SIGNED, text.decode("latin-1")), text
    assert not _accepts(body, SIGNED, "")
    assert not _accepts(body[: len(body) // 2], SIGNED, given)


def test_blank_fields_are_part_of_the_signature() -> None:
    fields = {"Body": "", "ToCity": "", "From": "+12025550123"}
    given = signature("secret", SIGNED, fields)
    assert _accepts(b"Body=&ToCity=&From=%2B12025550123", SIGNED, given)
    assert not _accepts(b"Body=&From=%2B12025550123", SIGNED, signature("x", SIGNED, fields))


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"a=1", "application/json", UnsupportedMediaType),
        (b"a=1", "", UnsupportedMediaType),
        (b"a=1&&b=2", FORM_TYPE, Malformed),
        (b"a", FORM_TYPE, Malformed),
        (b"a=%zz", FORM_TYPE, Malformed),
        (b"a=%ff", FORM_TYPE, Malformed),
        (b"a=%f", FORM_TYPE, Malformed),
        (b"a=\xff", FORM_TYPE, Malformed),
        (b"&".join(b"a%d=1" % number for number in range(500)), FORM_TYPE, Malformed),
    ],
)
def test_what_is_no_form_is_refused(
    body: bytes, content_type: str, error: type[CloserError]
) -> None:
    with pytest.raises(error):
        read_form(body, content_type)


def test_captured_forms_are_read_completely() -> None:
    for name in ("sms_inbound.form", "voice_inbound_official.form"):
        raw = (DATA / name).read_bytes()
        form = read_form(raw, f"{FORM_TYPE}; charset=UTF-8")
        assert len(form) == raw.count(b"=")
        assert form["From"].startswith("+1")


def test_without_an_account_webhooks_are_signed_with_a_secret_of_this_installation() -> None:
    own = auth_token(get_settings())
    other = auth_token(Settings(secret_key="x" * 40, encryption_keys="k1:x"))
    assert len(own) == 32
    assert own != other
    assert auth_token(Settings(twilio_auth_token="theirs")) == "theirs"
