"""Tells what a file without a known suffix is, by its first bytes."""

from __future__ import annotations

import re
from typing import Final

FIRST: Final = 4096  # bytes that are looked at

#: How files begin that may pass for text in their first bytes, or hold text that is not for reading.
_SIGNATURES: Final = (
    *(b"%PDF-", b"%!PS", b"{\\rtf", b"SQLite format 3", b"PAR1", b"\xd0\xcf\x11\xe0", b"\x7fELF"),
    *(b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd"),
    *(b"\x89PNG", b"GIF8", b"\xff\xd8\xff"),
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")  # byte-order marks of UTF-16, whose text has NULs
_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE
)
#: Control characters but tab, line and page ends, backspace and ESC.
_CONTROLS: Final = bytes(c for c in range(32) if c not in b"\t\n\x0b\f\r\x08\x1b")


def sniff(first: bytes) -> str:
    """Return what a file with these first bytes is: "html", "txt" or "unknown"; an empty one is text."""
    if first.startswith(_SIGNATURES):
        return "unknown"
    if _PAGE.match(first):
        return "html"
    if first.startswith(_WIDE):
        return "txt"
    controls = len(first) - len(first.translate(None, _CONTROLS))
    return "unknown" if b"\0" in first or 100 * controls > len(first) else "txt"
