"""Search corpus.db for documents that have some words; what it finds is checked in the text."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.errors import DamageError, UsageError, safe
from pipeline.exports.bigrams import query
from pipeline.exports.database import DATABASE
from pipeline.exports.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_BESIDE: Final = 20  # characters shown before a word, and twice as many after it
_COUNT: Final = "SELECT count(*) FROM found WHERE found MATCH ?"
_FIND: Final = (
    "SELECT path, ordinal, ordinal > 0 OR media NOT IN ('txt', 'md', 'html'), status, text FROM found"
    " JOIN documents ON number = found.rowid WHERE found MATCH ? ORDER BY number LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that has all words."""

    path: str
    ordinal: int
    record: bool  # whether it is one of several in its file
    status: str
    passage: str  # of its text, about the first of the words that stands there


def search(out: Path, words: Sequence[str], top: int) -> tuple[int, list[Hit]]:
    """Return how many documents have all words, and the first of them.

    Raises:
        UsageError: there is no database, or one of another run; or the words have nothing that can be found.
        DamageError: the database is none.
    """
    asked = query(words)
    if not asked:
        raise UsageError(f"{safe(' '.join(words))}: no letter, character or figure to search for")
    path = out / DATABASE
    make = f"make it with: clean-corpus db {safe(os.fspath(out))}"
    if not path.is_file():
        raise UsageError(f"{safe(os.fspath(path))}: not there; {make}")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            [(made_of,)] = database.execute("SELECT value FROM run WHERE key = 'manifest_sha256'")
            if made_of != Origin(out).identity:
                raise UsageError(f"{safe(os.fspath(path))}: made of another run; {make}")
            [(count,)] = database.execute(_COUNT, (asked,))
            rows = database.execute(_FIND, (asked, top)).fetchall()
    except (sqlite3.Error, ValueError) as error:
        raise DamageError(f"{DATABASE}: SQLite says: {error}; {make}") from error
    return count, [
        Hit(p, o, bool(record), status, _passage(text, words)) for p, o, record, status, text in rows
    ]


def _passage(text: str, words: Sequence[str]) -> str:
    """Return what stands about the first word; a word that is spelt otherwise there (case, marks) is not found."""
    places = [place for word in words if (place := text.casefold().find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - _BESIDE)
    return text[start : start + 3 * _BESIDE]
