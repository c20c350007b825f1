"""Which documents and paragraphs decisions are about: found by what they hold, in the packs of a run.

Names decide only among documents that hold the same, so a decision outlives any change of names.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from pipeline.decisions import hash_of, hint_of, holdings
from pipeline.packs import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.decisions import Event, Holding, Paragraph
    from pipeline.engines import Engine
    from pipeline.matching import Document

_ROWS_A_PART: Final = 4096
_WHERE: Final = pa.schema([("number", pa.int64()), ("text", pa.string()), ("bytes", pa.string())])
_LINES: Final = pa.schema([("number", pa.int64()), ("paragraph", pa.int64()), ("key", pa.uint64())])
#: Key of a line without a letter, figure or character: all such lines have it.
NO_KEY: Final = int.from_bytes(hashlib.blake2b(b"", digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Hashed:
    """Documents → those of them that hold what is wanted, with its hashes."""

    folder: Path  # of packs
    wanted: frozenset[str]

    def __call__(self, part: pa.Table) -> pa.Table:
        """Return rows of `_WHERE`."""
        shelf = Shelf(self.folder)
        found = []
        for row in part.to_pylist():
            source = shelf.source(row["pack"], row["row"])
            text, data = f"sha256:{source.l1_sha256}", f"sha256:{source.sha256}"
            if text in self.wanted or data in self.wanted:
                found.append({"number": row["number"], "text": text, "bytes": data})
        return pa.Table.from_pylist(found, schema=_WHERE)


@dataclass(frozen=True, slots=True)
class Lines:
    """Documents → their paragraphs that have one of some keys."""

    folder: Path
    keys: tuple[int, ...]

    def __call__(self, part: pa.Table) -> pa.Table:
        """Return rows of `_LINES`."""
        shelf = Shelf(self.folder)
        wanted = np.array(self.keys, dtype=np.uint64)
        found = []
        for row in part.to_pylist():
            keys = shelf.column(row["pack"], row["row"], "keys")
            at = np.flatnonzero(np.isin(keys, wanted)).tolist()
            found += [{"number": row["number"], "paragraph": n, "key": int(keys[n])} for n in at]
        return pa.Table.from_pylist(found, schema=_LINES)


class Finder:
    """Finds documents and paragraphs by what they hold."""

    def __init__(
        self, events: Iterable[Event], documents: Sequence[Document], folder: Path, engine: Engine
    ) -> None:
        self._documents = documents
        self._folder = folder
        self._engine = engine
        self._shelf = Shelf(folder)
        self._bytes: dict[int, str] = {}
        self._by: defaultdict[str, list[int]] = defaultdict(list)  # hash → documents, in order
        wanted = {h for event in events for one in holdings(event) for h in (one.text, one.bytes) if h}
        new = (n for n, document in enumerate(documents) if document.archived is None)
        hashed = self._mapped(Hashed(folder, frozenset(wanted)), new if wanted else ())
        rows: list[tuple[int, str, str]] = [(row["number"], row["text"], row["bytes"]) for row in hashed]
        rows += [(n, self.text_of(n), "") for n, document in enumerate(documents) if document.archived]
        for number, text, data in sorted(rows):
            self._bytes[number] = data
            for name in {text, data} & wanted:
                self._by[name].append(number)

    def _mapped(
        self, task: Callable[[pa.Table], pa.Table], numbers: Iterable[int]
    ) -> Iterator[dict[str, Any]]:
        rows = [
            {"number": n, "pack": self._documents[n].pack, "row": self._documents[n].row} for n in numbers
        ]
        parts = [
            pa.Table.from_pylist(rows[at : at + _ROWS_A_PART]) for at in range(0, len(rows), _ROWS_A_PART)
        ]
        for part in self._engine.flow(parts).map(task).parts():
            yield from part.to_pylist()

    def text_of(self, number: int) -> str:
        """Return the hash of a document's text; of one of an archive, that of its clean copy there."""
        document = self._documents[number]
        if document.archived is not None:
            return f"sha256:{document.archived.row['l3']['sha256']}"
        return f"sha256:{self._shelf.source(document.pack, document.row).l1_sha256}"

    def documents(self, one: Holding) -> tuple[list[int], str]:
        """Return the documents that are meant, and what speaks against it that it is they.

        They are several only where they hold the same and neither path nor bytes tell them apart.
        """
        found, doubt = self._by.get(one.text, []), ""
        if not found and one.bytes:
            found, doubt = self._by.get(one.bytes, []), "what is read from the same bytes has changed"
        parts = one.path.split("/")
        grades: tuple[Callable[[int], int], ...] = (
            lambda n: self._hint(n) == one.path,
            lambda n: self._bytes[n] == one.bytes,
            lambda n: _alike(self._hint(n).split("/"), parts),
        )
        for grade in grades:
            best = max(map(grade, found), default=0)
            found = [n for n in found if grade(n) == best]
        return found, doubt

    def _hint(self, number: int) -> str:
        return hint_of(self._documents[number].name, self._documents[number].ordinal)

    def paragraph(self, number: int, subject: Paragraph) -> tuple[int | None, str]:
        """Return the paragraph of a document that is meant, or None; and what speaks against it."""
        document = self._documents[number]
        told = self._shelf.told(document.pack, document.row)
        keys = self._shelf.column(document.pack, document.row, "keys").tolist()
        rows = list(enumerate(told.found.paragraphs))
        same = [(n, p) for n, p in rows if hash_of(told.text[p.start : p.end]) == subject.sha256]
        doubt = ""
        if not same and int(subject.key, 16) != NO_KEY:
            same = [(n, p) for n, p in rows if keys[n] == int(subject.key, 16)]
            doubt = "its text has changed, though not what is compared of it"
        nearest = min(same, key=lambda row: abs(row[1].start - subject.start), default=None)
        return (nearest[0] if nearest else None), doubt

    def key(self, number: int, paragraph: int) -> int:
        """Return the key of a paragraph of a document."""
        document = self._documents[number]
        return int(self._shelf.column(document.pack, document.row, "keys")[paragraph])

    def lines(self, wanted: Mapping[str, Iterable[int]]) -> list[tuple[int, int, int]]:
        """Return document, paragraph and key of all lines that have one of the keys that are wanted of their source."""
        numbers = [n for n, d in enumerate(self._documents) if d.source in wanted and d.archived is None]
        keys = tuple(sorted({key for of_source in wanted.values() for key in of_source}))
        rows = self._mapped(Lines(self._folder, keys), numbers) if keys else ()
        found = [(row["number"], row["paragraph"], row["key"]) for row in rows]
        return [row for row in found if row[2] in set(wanted[self._documents[row[0]].source])]


def _alike(one: Sequence[str], two: Sequence[str]) -> int:
    """Return how many parts two paths have in common at their ends."""
    equal = [a == b for a, b in zip(reversed(one), reversed(two), strict=False)]
    return (*equal, False).index(False)
