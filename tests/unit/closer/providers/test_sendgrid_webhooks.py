"""SendGrid's signature of webhooks: the vendor's own vector, and every change of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from closer.kit.settings import get_settings
from closer.providers.sendgrid_webhooks import Forged, inbound_key, own_key, sign, verified

VECTOR = json.loads(
    (Path(__file__).parents[3] / "data/sendgrid/signature_vector.json").read_text("utf-8")
)
KEY, SIGNATURE, STAMP = VECTOR["PUBLIC_KEY"], VECTOR["SIGNATURE"], VECTOR["TIMESTAMP"]
BODY = VECTOR["PAYLOAD"].encode()
THEN = datetime.fromtimestamp(int(STAMP), timezone.utc)


def accepted(key: str, signature: str | None, stamp: str | None, body: bytes) -> bool:
    try:
        verified(key, signature, stamp, body, THEN)
    except Forged:
        return False
    return True


def test_the_vendors_vector_is_accepted() -> None:
    assert accepted(KEY, SIGNATURE, STAMP, BODY)


def test_each_changed_byte_of_the_body_is_refused() -> None:
    for at in range(len(BODY)):
        assert not accepted(
            KEY, SIGNATURE, STAMP, BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
        )
    assert not accepted(KEY, SIGNATURE, STAMP, BODY.rstrip())


def test_each_changed_character_of_signature_and_time_is_refused() -> None:
    for at in range(len(SIGNATURE)):
        for other in ("A" if SIGNATURE[at] != "A" else "B", chr(ord(SIGNATURE[at]) ^ 1)):
            changed = SIGNATURE[:at] + other + SIGNATURE[at + 1 :]
            assert not accepted(KEY, changed, STAMP, BODY), changed
    for at in range(len(STAMP)):
        changed = STAMP[:at] + str((int(STAMP[at]) + 1) % 10) + STAMP[at + 1 :]
        assert not accepted(KEY, SIGNATURE, changed, BODY)


@pytest.mark.parametrize(
    ("key", "signature", "stamp"),
    [
        (KEY, None, STAMP),
        (KEY, SIGNATURE, None),
        (KEY, "", STAMP),
        (KEY, "not base64", STAMP),
        (KEY, SIGNATURE, "yesterday"),
        (KEY, SIGNATURE, "-1600112502"),
        ("not a key", SIGNATURE, STAMP),
        ("AAAA", SIGNATURE, STAMP),
    ],
)
def test_what_is_missing_or_nonsense_is_refused(
    key: str, signature: str | None, stamp: str | None
) -> None:
    assert not accepted(key, signature, stamp, BODY)


@pytest.mark.parametrize("minutes", [-11, 11, 600])
def test_a_recorded_request_cannot_be_played_back_later(minutes: int) -> None:
    with pytest.raises(Forged):
        verified(KEY, SIGNATURE, STAMP, BODY, THEN + timedelta(minutes=minutes))


def test_an_installation_without_account_has_a_pair_of_its_own() -> None:
    settings = get_settings()
    body = "Grüße".encode("cp850")
    signature = sign(own_key(settings), STAMP, body)
    assert accepted(inbound_key(settings), signature, STAMP, body)
    assert not accepted(KEY, signature, STAMP, body)
