"""Which files are kept, and whether a content is what it is said to be."""

from __future__ import annotations

import pytest

from closer.messaging.media_types import is_kept, looks_like, normal_type

PNG = b"\x89PNG\r\n\x1a\n...."


@pytest.mark.parametrize(
    ("content_type", "kept"),
    [
        ("image/jpeg", True),
        ("IMAGE/JPG; charset=x", True),
        ("application/pdf", True),
        ("text/html", False),
        ("image/svg+xml", False),
        ("application/x-msdownload", False),
        ("", False),
    ],
)
def test_only_known_types_are_kept(content_type: str, kept: bool) -> None:
    assert is_kept(content_type) is kept


@pytest.mark.parametrize(
    ("content", "content_type", "fits"),
    [
        (PNG, "image/png", True),
        (PNG, "image/jpeg", False),
        (b"<html><script>", "image/png", False),
        (b"%PDF-1.7", "application/pdf", True),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", True),
        (b"<html>......", "video/mp4", False),
        (b"hello", "text/plain", True),
        (b"he\x00llo", "text/plain", False),
        (b"", "image/png", False),
        (PNG, "text/html", False),
    ],
)
def test_a_content_must_look_like_its_type(content: bytes, content_type: str, fits: bool) -> None:
    assert looks_like(content, content_type) is fits


def test_types_have_one_spelling() -> None:
    assert normal_type(" Audio/X-WAV ; rate=8000") == "audio/wav"
