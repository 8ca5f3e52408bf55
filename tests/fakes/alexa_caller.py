"""Calls a skill as Amazon does: an authority of one's own, a signing certificate, and requests signed by it."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SKILL = "amzn1.ask.skill.1111"
CHAIN_URL = "https://s3.amazonaws.com/echo.api/echo-api-cert-12.pem"
SIGNER = "echo-api.amazon.com"


class Authority:
    """A root that may be trusted, and what it signs."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A root")])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        public = self._key.public_key()
        self.root = (
            _begun(self._name, public)
            .issuer_name(self._name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """The root as a PEM file."""
        return self.root.public_bytes(Encoding.PEM)

    def leaf(self, key: Any, *names: str, days: tuple[int, int] = (-30, 30)) -> x509.Certificate:
        """Return a server's certificate for names, valid between two days from now."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            _begun(subject, key.public_key(), days)
            .issuer_name(self._name)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _begun(
    subject: x509.Name, key: Any, days: tuple[int, int] = (-365, 365)
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )


class Chains:
    """The place where Amazon keeps its certificates."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def put(self, *certificates: x509.Certificate, url: str = CHAIN_URL) -> None:
        """Keep a chain at an address."""
        self.files[url] = b"".join(one.public_bytes(Encoding.PEM) for one in certificates)

    async def fetch(self, url: str) -> bytes:
        """Return a file."""
        self.fetched.append(url)
        return self.files[url]


def signing_key() -> rsa.RSAPrivateKey:
    """Return a key as Amazon's signers have one."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def signed(key: rsa.RSAPrivateKey, body: bytes) -> str:
    """Return the signature of a body."""
    return base64.b64encode(key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()


def request(
    kind: str = "IntentRequest",
    words: str | None = None,
    *,
    intent: str = "AskIntent",
    skill: str = SKILL,
    at: datetime | None = None,
    token: str | None = None,
    attributes: dict[str, Any] | None = None,
    endpoint: str = "https://api.amazonalexa.com",
    user: str = "amzn1.ask.account.AAAA",
) -> dict[str, Any]:
    """Return a request of a skill."""
    moment = (at or datetime.now(timezone.utc)).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked: dict[str, Any] = {
        "type": kind,
        "requestId": f"amzn1.echo-api.request.{uuid.uuid4()}",
        "timestamp": moment,
        "locale": "en-US",
    }
    if kind == "IntentRequest":
        slots = {"wish": {"name": "wish", "value": words}} if words is not None else {}
        asked["intent"] = {"name": intent, "confirmationStatus": "NONE", "slots": slots}
    person = {"userId": user, **({"accessToken": token} if token else {})}
    application = {"applicationId": skill}
    return {
        "version": "1.0",
        "session": {
            "new": attributes is None,
            "sessionId": "amzn1.echo-api.session.1",
            "application": application,
            "attributes": attributes or {},
            "user": person,
        },
        "context": {
            "System": {
                "application": application,
                "user": person,
                "device": {"deviceId": "amzn1.ask.device.1"},
                "apiEndpoint": endpoint,
                "apiAccessToken": "api-token",
            }
        },
        "request": asked,
    }


def encoded(data: dict[str, Any]) -> bytes:
    """Return a request's body."""
    return json.dumps(data, separators=(",", ":")).encode()
