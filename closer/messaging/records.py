"""Records of messaging: what goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outgoing:
    """One message as a channel carries it, rendered and ready to be sent.

    Attributes:
        text: The plain text.
        subject: For e-mail.
        html: A second form for e-mail.
        media_urls: Pictures and files that the vendor fetches.
        headers: Further e-mail headers.
    """

    text: str
    subject: str = ""
    html: str | None = None
    media_urls: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
