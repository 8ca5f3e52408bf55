"""Which files people may send: the type must be one that we keep, and the content must look like its type."""

from __future__ import annotations

#: Type to the ways in which such a file begins; none where a type has no fixed beginning.
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "image/heic": (),
    "video/mp4": (),
    "video/3gpp": (),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "audio/mp4": (),
    "audio/ogg": (b"OggS",),
    "audio/amr": (b"#!AMR",),
    "audio/wav": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
    "text/plain": (),
    "text/vcard": (b"BEGIN:VCARD",),
    "text/x-vcard": (b"BEGIN:VCARD",),
}
_IN_A_BOX = frozenset(
    {"image/heic", "video/mp4", "video/3gpp", "audio/mp4"}
)  # "ftyp" after 4 bytes
_ALSO = {"image/jpg": "image/jpeg", "audio/x-wav": "audio/wav", "image/heif": "image/heic"}

#: What a browser may show inside a page.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


def normal_type(content_type: str) -> str:
    """Return a type without parameters, in its usual spelling."""
    plain = content_type.partition(";")[0].strip().lower()
    return _ALSO.get(plain, plain)


def is_kept(content_type: str) -> bool:
    """Say whether files of a type are kept."""
    return normal_type(content_type) in _BEGINNINGS


def looks_like(content: bytes, content_type: str) -> bool:
    """Say whether a content can be of a type."""
    kind = normal_type(content_type)
    if kind in _IN_A_BOX:
        return content[4:8] == b"ftyp"
    if kind == "text/plain":
        return b"\x00" not in content
    return content.startswith(_BEGINNINGS.get(kind, ()))
