"""SendGrid's signature of webhooks: ECDSA P-256 with SHA-256 over the time stamp and the raw body.

Source: SendGrid's documentation of the Event Webhook's signature verification; Inbound Parse uses the same scheme. The
body is signed as bytes: the vendor's own helper works on text and so refuses mail in other encodings than UTF-8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from closer.kit.errors import NotPermitted
from closer.kit.settings import Settings

#: The custom argument by which events name our own key, also of a mail whose acceptance was never heard of.
KEY_FIELD = "closer_key"
#: Who recorded a request cannot play it back later than this; the vendor signs each attempt anew.
REPLAY_WINDOW = timedelta(minutes=10)
#: The order of the group of P-256 (FIPS 186-4, D.1.2.3).
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Forged(NotPermitted):
    """The signature is missing, wrong or too old."""

    code = "forged_webhook"


def verified(
    public_key: str, signature: str | None, timestamp: str | None, body: bytes, now: datetime
) -> None:
    """Insist that SendGrid sent this, and lately.

    Args:
        public_key: Base64 of the DER form, as SendGrid shows it.
        signature: The header's value: base64 of the DER form.
        timestamp: The other header's value: seconds since 1970.
        body: The raw body, its last line end included.
        now: The time.

    Raises:
        Forged: if the signature is missing or wrong, or the request is old.
    """
    if not signature or not timestamp:
        raise Forged("the signature is missing")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Forged("the time stamp is none")
    try:
        loaded = _key(public_key)
        decoded = base64.b64decode(signature, validate=True)
        if base64.b64encode(decoded).decode() != signature:
            raise Forged("the signature is spelled in another way")
        loaded.verify(
            decoded,
            timestamp.encode() + body,
            ec.ECDSA(hashes.SHA256()),
        )
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Forged("the signature is wrong") from error
    if abs(now.timestamp() - int(timestamp)) > REPLAY_WINDOW.total_seconds():
        raise Forged("the request is too old")


def sign(private_key: ec.EllipticCurvePrivateKey, timestamp: str, body: bytes) -> str:
    """Return the signature that SendGrid would send (for an installation that plays it itself)."""
    signature = private_key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return base64.b64encode(signature).decode()


def inbound_key(settings: Settings) -> str:
    """Return the public key of Inbound Parse; without an account, that of this installation's own pair."""
    return settings.sendgrid_inbound_public_key or _public(own_key(settings))


def events_key(settings: Settings) -> str:
    """Return the public key of the Event Webhook; without an account, that of this installation's own pair."""
    return settings.sendgrid_events_public_key or _public(own_key(settings))


def own_key(settings: Settings) -> ec.EllipticCurvePrivateKey:
    """Return the key that an installation without account signs with; only it can know it."""
    secret = settings.secret_key.get_secret_value().encode()
    digest = hmac.new(secret, b"sandbox sendgrid", hashlib.sha512).digest()
    number = int.from_bytes(digest, "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _public(private_key: ec.EllipticCurvePrivateKey) -> str:
    form = private_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(form).decode()


def _key(text: str) -> ec.EllipticCurvePublicKey:
    key = serialization.load_der_public_key(base64.b64decode(text, validate=True))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not a key of an elliptic curve")
    return key
