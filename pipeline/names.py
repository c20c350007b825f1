"""How input paths, which are bytes, become output names, which are safe text."""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TEMPORARY: Final = ".tmp-"  # how names of unfinished files begin; no output name does
_COMPONENT: Final = 255 - 16  # bytes of a name; the rest of what file systems take is left for a suffix
_PATH: Final = 900  # bytes of a whole name: with the output's own path it stays below macOS's 1,024
#: Characters that are percent-escaped: controls, backslash, line separators, bidi controls, bytes not UTF-8.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\\\\\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\udc80-\udcff]"
)
_LIKE_ESCAPE: Final = re.compile("%(?=[0-9A-F]{2})")
_LIKE_TAG: Final = re.compile(r"~(?=[0-9a-f]{12}(?:\.[A-Za-z0-9]{1,8})?\Z)")
#: A path whose name is itself: nothing in it is escaped, cut, or taken for an escape.
_PLAIN: Final = re.compile(rb"(?:(?!\.)[\w .+,=()@!-]{1,%d}(?:/(?=.)|\Z))+" % _COMPONENT)
_EXTENSION: Final = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,8}\Z", re.DOTALL)


def output_name(path: bytes, suffix: str = "") -> str:
    r"""Return the safe name of an input path, with `suffix` (16 bytes at most) behind it.

    Valid UTF-8 stays as it is; controls, backslashes and bytes that are not UTF-8 become `%XX`, a `%` only
    where it would be taken for that.  A component too long for a suffix is cut and gets `~` and 12 digits of
    its hash, before its extension.  No two paths have the same name, but for a collision of hashes.

    >>> output_name(b"2024/caf\xc3\xa9 100%.txt"), output_name(b"a\xff\n%41")
    ('2024/café 100%.txt', 'a%FF%0A%2541')

    Raises:
        ValueError: the path is empty, absolute, or has an empty component.
    """
    if _PLAIN.fullmatch(path) and len(path) <= _PATH:
        return path.decode() + suffix
    parts = path.split(b"/")
    if not all(parts):
        raise ValueError(f"no relative path of a file: {path!r}")
    return "/".join(_shallow([_component(part) for part in parts], path)) + suffix


def output_names(paths: Sequence[bytes], suffixes: Sequence[str] | None = None) -> list[str]:
    """Return a name for each of a set of paths; the suffixes count, but are not in the names.

    Where names would be one on a file system that folds case or Unicode forms, or a name with its suffix or
    `.note.md` would stand where a folder stands, all but the first by bytes get `~` and 12 digits of a hash.

    Raises:
        ValueError: a path is given twice, or `output_name` raises it.
    """
    if len(set(paths)) < len(paths):
        raise ValueError("a path is given twice")
    ends = suffixes or [""] * len(paths)
    names = [output_name(path) for path in paths]
    folders = set(map(_fold, _folders(names)))
    if not _clash(names, ends, folders):
        return names
    copies: set[str] = set()
    notes: set[str] = set()
    for i in sorted(range(len(paths)), key=lambda i: paths[i]):
        plain, salt = names[i], b""
        while not (
            {_fold(names[i] + ends[i]), _fold(names[i] + ".note.md")}.isdisjoint(folders)
            and _fold(names[i] + ends[i]) not in copies
            and _fold(names[i]) not in notes
        ):
            names[i] = _twin(plain, paths[i] + salt)
            salt += b"\0"
        copies.add(_fold(names[i] + ends[i]))
        notes.add(_fold(names[i]))
    return names


def _folders(names: Iterable[str]) -> set[str]:
    """Return all folders above files."""
    out: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder and folder not in out:
            out.add(folder)
            folder = folder.rpartition("/")[0]
    return out


def _clash(names: Sequence[str], ends: Sequence[str], folders: set[str]) -> bool:
    """Whether any two names are one, or one is that of a folder."""
    files = list(map(_fold, names))
    copies = files if not any(ends) else [_fold(name + end) for name, end in zip(names, ends, strict=True)]
    notes = (f"{file}.note.md" for file in files)
    alone = len(set(files)) == len(files) and len(set(copies)) == len(copies)
    return not alone or not folders.isdisjoint(copies) or not folders.isdisjoint(notes)


def _component(part: bytes) -> str:
    text = _LIKE_ESCAPE.sub("%25", part.decode("utf-8", "surrogateescape"))
    text = _LIKE_TAG.sub("%7E", _UNSAFE.sub(_percent, text))
    if text in {".", ".."} or text.startswith(TEMPORARY):
        text = f"%2E{text[1:]}"
    return text if len(text.encode()) <= _COMPONENT else _tagged(text, part)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _tagged(text: str, named: bytes) -> str:
    """Put the hash of what is named before the extension; cut what stands before it as far as need be."""
    found = _EXTENSION.search(text)
    extension = found[0] if found else ""
    room = _COMPONENT - len(extension) - 13
    stem = text.removesuffix(extension).encode()[:room].decode("utf-8", "ignore")
    return f"{stem}~{hashlib.sha256(named).hexdigest()[:12]}{extension}"


def _twin(name: str, named: bytes) -> str:
    folder, slash, last = name.rpartition("/")
    return folder + slash + _tagged(last, named)


def _shallow(parts: list[str], path: bytes) -> list[str]:
    """Leave folders out of a path that is too long; the hash of the whole path stands for them."""
    if len("/".join(parts).encode()) <= _PATH:
        return parts
    room = _PATH - 256
    sizes = itertools.accumulate(len(part.encode()) + 1 for part in parts[:-1])
    kept = sum(1 for size in sizes if size <= room)
    return [*parts[:kept], _tagged(parts[-1], path)]


def _fold(name: str) -> str:
    if name.isascii():
        return name.lower()  # no form but case
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
