"""The manifest of an output, read: which file has which hash."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from pipeline.errors import DamageError
from pipeline.ledger import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST: Final = "manifest-sha256.txt"
_LINE: Final = re.compile(rb"(\\?)([0-9a-f]{64})  ([^\n]+)")
_UNESCAPED: Final = {b"\\\\": b"\\", b"\\n": b"\n", b"\\r": b"\r"}


def entries(data: bytes) -> Iterator[tuple[str, str] | None]:
    """Yield name and hash of each whole line, or None for what is no line of a manifest."""
    for line in data.split(b"\n")[:-1]:
        found = _LINE.fullmatch(line)
        name = _name(found[3], escaped=bool(found[1])) if found else None
        yield (name, found[2].decode()) if found and name is not None else None


def _name(raw: bytes, *, escaped: bool) -> str | None:
    plain = re.sub(rb"\\[\\nr]", lambda m: _UNESCAPED[m[0]], raw) if escaped else raw
    try:
        return inside(os.fsdecode(plain))
    except DamageError:
        return None
