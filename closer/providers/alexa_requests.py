"""Amazon's signature of requests to a skill, checked by its rules.

Source: "Manually verify that the request was sent by Alexa" of the Alexa Skills Kit: where the certificate may lie, whose it
must be, the SHA-256 signature over the raw body, and at most 150 seconds of age (an hour for events of the skill).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from posixpath import normpath
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiohttp
import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from closer.kit.errors import Malformed

SIGNATURE_HEADER, CHAIN_HEADER = "Signature-256", "SignatureCertChainUrl"
SIGNER = "echo-api.amazon.com"
OLDEST = timedelta(seconds=150)
OLDEST_EVENT = timedelta(seconds=3600)
_EVENTS = "AlexaSkillEvent."
_LARGEST_CHAIN = 64 * 1024
_DEADLINE_S = 3.0
_MOST_CHAINS = 16
# Nothing that a client could unquote or resolve once more: %252e%252e would lead out of Amazon's folder.
_PATH = re.compile(r"/echo\.api/[A-Za-z0-9._/-]+")


class Forged(Malformed):
    """The request is not Amazon's; Amazon wants 400 for it."""

    code = "forged_webhook"


class ChainSource(Protocol):
    """Fetches a chain of certificates."""

    async def fetch(self, url: str) -> bytes:
        """Return the PEM file at an address that was checked before."""
        ...


class HttpChains:
    """Fetches chains by HTTPS, within a deadline and a size."""

    async def fetch(self, url: str) -> bytes:
        """Return the PEM file at an address.

        Raises:
            Forged: if it cannot be had.
        """
        timeout = aiohttp.ClientTimeout(total=_DEADLINE_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.get(url, allow_redirects=False) as answer,
            ):
                content = bytearray()
                async for piece in answer.content.iter_any():
                    content += piece
                    if len(content) > _LARGEST_CHAIN:
                        raise Forged("the certificate is too large")
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise Forged("the certificate cannot be fetched") from error
        if answer.status != 200:
            raise Forged("the certificate cannot be fetched")
        return bytes(content)


class AlexaVerifier:
    """Tells Amazon's requests from others.

    Args:
        chains: Where certificates come from.
        roots: PEM file of trusted roots; the usual public ones when left out.
    """

    def __init__(self, chains: ChainSource | None = None, roots: Path | None = None) -> None:
        self._chains = chains or HttpChains()
        self._roots_file = roots or Path(certifi.where())
        self._store: Store | None = None
        self._known: OrderedDict[str, x509.Certificate] = OrderedDict()

    async def verified(
        self, chain_url: str | None, signature: str | None, body: bytes, now: datetime
    ) -> None:
        """Insist that Amazon sent a body.

        Args:
            chain_url: The header that names the certificates.
            signature: The header with the signature: base64 of RSA PKCS #1 v1.5 with SHA-256.
            body: The raw body.
            now: The time.

        Raises:
            Forged: if anything is missing or wrong.
        """
        if not chain_url or not signature:
            raise Forged("the signature is missing")
        leaf = await self._leaf(checked_url(chain_url), now)
        key = leaf.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Forged("the certificate has another kind of key")
        try:
            decoded = base64.b64decode(signature, validate=True)
            if base64.b64encode(decoded).decode() != signature:
                raise Forged("the signature is spelled in another way")
            key.verify(decoded, body, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Forged("the signature is wrong") from error

    async def _leaf(self, url: str, now: datetime) -> x509.Certificate:
        known = self._known.get(url)
        if known is not None and _in_date(known, now):
            return known
        leaf = self._trusted(await self._chains.fetch(url), now)
        self._known[url] = leaf
        while len(self._known) > _MOST_CHAINS:
            self._known.popitem(last=False)
        return leaf

    def _trusted(self, pem: bytes, now: datetime) -> x509.Certificate:
        try:
            leaf, *others = x509.load_pem_x509_certificates(pem)
            policy = PolicyBuilder().store(self._trusted_roots()).time(now)
            policy.build_server_verifier(x509.DNSName(SIGNER)).verify(leaf, others)
        except (ValueError, VerificationError) as error:
            raise Forged("the certificate is not to be trusted") from error
        return leaf

    def _trusted_roots(self) -> Store:
        if self._store is None:
            self._store = Store(x509.load_pem_x509_certificates(self._roots_file.read_bytes()))
        return self._store


def checked_url(url: str) -> str:
    """Return the address of a chain if it is where Amazon keeps them.

    Raises:
        Forged: if it is elsewhere.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forged("the certificate's address is none") from error
    path = normpath(unquote(parts.path))
    right = (
        parts.scheme.lower() == "https"
        and (parts.hostname or "").lower() == "s3.amazonaws.com"
        and port in (None, 443)
        and _PATH.fullmatch(path) is not None
        and parts.username is None
    )
    if not right:
        raise Forged("the certificate's address is not Amazon's")
    return f"https://s3.amazonaws.com{path}"


def check_age(timestamp: object, kind: str, now: datetime) -> None:
    """Insist that a request is fresh.

    Args:
        timestamp: What the request says, ISO 8601.
        kind: The request's type; events of the skill may be older.
        now: The time.

    Raises:
        Forged: if it is too old, from the future, or says no time.
    """
    try:
        sent = datetime.fromisoformat(str(timestamp).replace("Z", "+00:00"))
    except ValueError as error:
        raise Forged("the request has no time") from error
    sent = sent if sent.tzinfo else sent.replace(tzinfo=timezone.utc)
    if abs(now - sent) > (OLDEST_EVENT if kind.startswith(_EVENTS) else OLDEST):
        raise Forged("the request is too old")


def _in_date(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
