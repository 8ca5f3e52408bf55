"""Leaving by one click: the headers of RFC 2369 and RFC 8058 on proactive mail, and what their link means.

The link holds the mailbox, encrypted: it needs no sign-in, and nobody can make one for another's mailbox.
"""

from __future__ import annotations

from closer.kit.columns import process_cipher
from closer.kit.errors import CloserError, NotFound

PATH = "/unsubscribe/"
_PURPOSE = "unsubscribe"


def unsubscribe_headers(public_url: str, address: str) -> dict[str, str]:
    """Return the headers by which a mail program offers to leave.

    Args:
        public_url: Where this installation is reached.
        address: The mailbox that is written to.
    """
    token = process_cipher().encrypt(address.strip().lower(), _PURPOSE)
    return {
        "List-Unsubscribe": f"<{public_url.rstrip('/')}{PATH}{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def mailbox_of(token: str) -> str:
    """Return the mailbox that a link is about.

    Raises:
        NotFound: if the link is not one of ours.
    """
    try:
        return process_cipher().decrypt(token, _PURPOSE)
    except (CloserError, ValueError) as error:
        raise NotFound("this link is not valid", code="link_not_found") from error
