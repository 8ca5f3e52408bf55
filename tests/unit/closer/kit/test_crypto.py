"""Field encryption: rotation, tampering, binding to a column."""

from __future__ import annotations

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.kit.crypto import DecryptionFailed, FieldCipher


def _key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).decode()}"


OLD, NEW = _key("k1"), _key("k2")


@given(st.text())
def test_what_is_encrypted_can_be_read(text: str) -> None:
    cipher = FieldCipher(OLD)
    assert cipher.decrypt(cipher.encrypt(text, "a"), "a") == text


def test_a_rotated_key_still_reads_and_the_new_one_writes() -> None:
    before, after = FieldCipher(OLD), FieldCipher(f"{NEW},{OLD}")
    token = before.encrypt("Ann")
    assert after.decrypt(token) == "Ann"
    assert after.encrypt("Ann").startswith("k2.")
    assert before.lookup_hash("ann") == after.lookup_hash("ann")
    with pytest.raises(DecryptionFailed):
        FieldCipher(NEW).decrypt(token)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_any_changed_byte_is_noticed(place: int, change: int) -> None:
    cipher = FieldCipher(OLD)
    key_id, _, encoded = cipher.encrypt("12 Elm Street").partition(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    raw[place % len(raw)] ^= change
    with pytest.raises(DecryptionFailed):
        cipher.decrypt(f"{key_id}.{base64.urlsafe_b64encode(bytes(raw)).decode()}")


def test_a_value_cannot_be_moved_to_another_column() -> None:
    cipher = FieldCipher(OLD)
    with pytest.raises(DecryptionFailed):
        cipher.decrypt(cipher.encrypt("x", "customers.email"), "customers.name")


@pytest.mark.parametrize("token", ["", "k1", "k1.", "k9.abc", "AES256EncryptedString...", "k1.!!!"])
def test_foreign_text_is_refused(token: str) -> None:
    with pytest.raises(DecryptionFailed):
        FieldCipher(OLD).decrypt(token)


@pytest.mark.parametrize("keys", ["", "k1:" + base64.urlsafe_b64encode(b"short").decode()])
def test_weak_keys_are_refused(keys: str) -> None:
    with pytest.raises(ValueError):
        FieldCipher(keys)
