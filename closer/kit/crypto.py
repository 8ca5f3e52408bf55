"""Encryption of texts (AES-256-GCM with key ids), keyed hashes for look-ups, constant-time checks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from closer.kit.errors import InvalidInput

_NONCE_BYTES = 12  # NIST SP 800-38D, 96-bit nonce


class DecryptionFailed(InvalidInput):
    """The text was not encrypted by us, was changed, or its key is gone."""

    code = "decryption_failed"


def seal(key: AESGCM, key_id: str, text: str, purpose: str) -> str:
    """Return `<key id>.<base64url(nonce || ciphertext || tag)>`, bound to the purpose."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = key.encrypt(nonce, text.encode(), purpose.encode())
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(key: AESGCM, encoded: str, purpose: str) -> str:
    """Return the text behind what follows the key id in a sealed token.

    Raises:
        DecryptionFailed: if it is malformed, was changed, or was sealed for another purpose.
    """
    try:
        raw = base64.urlsafe_b64decode(encoded)
        return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise DecryptionFailed("the text was changed or not encrypted here") from error


class FieldCipher:
    """Encrypts short texts under the newest key and decrypts under whichever key they name.

    The text form is `<key id>.<base64url(nonce || ciphertext || tag)>`. `purpose` is bound in as associated data,
    so that a value cannot be moved from one column to another.

    Args:
        keys: `id:base64url-key` pairs separated by commas, the newest first; keys have 32 bytes.

    Raises:
        ValueError: if no key is given or one has another length.
    """

    def __init__(self, keys: str) -> None:
        self._keys: dict[str, AESGCM] = {}
        oldest = b""
        for pair in filter(None, (part.strip() for part in keys.split(","))):
            key_id, _, encoded = pair.partition(":")
            key = base64.urlsafe_b64decode(encoded)
            if len(key) != 32:
                raise ValueError(f"encryption key {key_id!r} must have 32 bytes")
            self._keys[key_id] = AESGCM(key)
            oldest = key
        if not self._keys:
            raise ValueError("at least one encryption key is needed")
        self._current = next(iter(self._keys))
        # The hash key must outlive rotation: it is derived from the oldest key that is kept.
        self._hash_key = hashlib.sha256(b"closer lookup" + oldest).digest()

    @property
    def current_key_id(self) -> str:
        """The id of the key that new values are written under."""
        return self._current

    def encrypt(self, text: str, purpose: str = "") -> str:
        """Return the text encrypted under the current key."""
        return seal(self._keys[self._current], self._current, text, purpose)

    def decrypt(self, token: str, purpose: str = "") -> str:
        """Return the text behind a token.

        Raises:
            DecryptionFailed: if the token is malformed, was changed, or names an unknown key.
        """
        key_id, _, encoded = token.partition(".")
        key = self._keys.get(key_id)
        if key is None:
            raise DecryptionFailed("the text names no key that is known here")
        return unseal(key, encoded, purpose)

    def lookup_hash(self, text: str) -> str:
        """Return a keyed hash (HMAC-SHA256, hex) for finding an encrypted value by equality."""
        return hmac.new(self._hash_key, text.encode(), hashlib.sha256).hexdigest()


def constant_time_equal(left: str, right: str) -> bool:
    """Compare two secrets without telling by timing where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())
