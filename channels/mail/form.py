"""SendGrid's Inbound Parse form, read from its bytes: each field in the encoding that `charsets` names, files as they are.

The server's own form parser takes every field for UTF-8 and loses real mail; the standard library's parser does not.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

from closer.kit.errors import Malformed, UnsupportedMediaType

_MOST_PARTS = 100


@dataclass(frozen=True)
class File:
    """Something attached."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class MailForm:
    """The form of one mail.

    Attributes:
        fields: Decoded texts by name.
        raw: The mail itself in raw mode, else None.
        files: What is attached, in parsed mode.
    """

    fields: Mapping[str, str]
    raw: bytes | None = None
    files: tuple[File, ...] = field(default_factory=tuple)


def read_form(body: bytes, content_type: str) -> MailForm:
    """Reads a form.

    Args:
        body: The request's body.
        content_type: Its `Content-Type` with the boundary.

    Raises:
        UnsupportedMediaType: if it is no multipart form.
        Malformed: if it cannot be read as one, or was cut off.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "multipart/form-data" or "\n" in content_type or "\r" in content_type:
        raise UnsupportedMediaType("a multipart form is expected")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    boundary = message.get_boundary()
    if not boundary or not body.rstrip().endswith(f"--{boundary}--".encode("latin-1", "replace")):
        raise Malformed("the form is not whole")
    parts = message.get_payload()
    if not isinstance(parts, list) or len(parts) > _MOST_PARTS:
        raise Malformed("the form cannot be read")
    texts: dict[str, bytes] = {}
    files = []
    for part in (each for each in parts if isinstance(each, Message)):
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            raise Malformed("a field of the form has no name")
        if part.get_filename() is not None:
            files.append(File(_file_name(part), part.get_content_type(), _content(part)))
        else:
            texts[name] = _content(part)
    charsets = _charsets(texts.get("charsets", b""))
    raw = texts.pop("email", None)
    decoded = {name: decode(value, charsets.get(name)) for name, value in texts.items()}
    return MailForm(decoded, raw, tuple(files))


def decode(content: bytes, charset: str | None) -> str:
    """Returns text of the named encoding; of UTF-8 or a Western one if that is unknown or wrong."""
    for name in (charset, "utf-8"):
        try:
            if name and codecs.lookup(name):
                return content.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _file_name(part: Message) -> str:
    name = part.get_filename() or ""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")[:200]


def _charsets(text: bytes) -> dict[str, str]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return (
        {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
    )
