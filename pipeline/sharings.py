"""Paragraphs whose keys stand in several documents, in columns: 24 bytes each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipeline import codec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_A_LINE: Final = 4096  # of them, as they are written
_KINDS: Final = (np.uint64, np.int64, np.int32, np.int32)


@dataclass(frozen=True, slots=True)
class _Line:
    """Keys, documents, paragraphs and sizes."""

    columns: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sharings:
    """Paragraphs by key, document and paragraph; each key stands in two documents or more."""

    keys: NDArray[np.uint64]
    documents: NDArray[np.int64]
    paragraphs: NDArray[np.int32]
    sizes: NDArray[np.int32]  # characters

    def __len__(self) -> int:
        return int(self.keys.size)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sharings):
            return NotImplemented
        return all(np.array_equal(one, two) for one, two in zip(self._columns, other._columns, strict=True))

    __hash__ = None  # type: ignore[assignment] # arrays have none

    @property
    def _columns(self) -> tuple[NDArray[np.integer], ...]:
        return self.keys, self.documents, self.paragraphs, self.sizes

    def passages(self, least: int, fixed: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield each key of paragraphs of `least` characters, with their documents and paragraphs in order.

        What the `fixed` first documents, those of archives, share among themselves alone is left out.
        """
        long = np.flatnonzero(self.sizes >= least)
        keys, documents, paragraphs = self.keys[long], self.documents[long], self.paragraphs[long]
        starts = np.flatnonzero(np.r_[np.ones(min(1, keys.size), dtype=bool), keys[1:] != keys[:-1]])
        ends = np.append(starts[1:], keys.size)[: starts.size]
        last = documents[ends - 1]
        several = (documents[starts] != last) & (last >= fixed)
        spans = (keys[starts[several]].tolist(), starts[several].tolist(), ends[several].tolist())
        for key, start, end in zip(*spans, strict=True):
            places = zip(documents[start:end].tolist(), paragraphs[start:end].tolist(), strict=True)
            yield key, list(places)

    def lines(self) -> Iterator[str]:
        """Yield all of them as `codec` writes columns, some at a time."""
        for at in range(0, len(self), _A_LINE):
            columns = (tuple(column[at : at + _A_LINE].tolist()) for column in self._columns)
            yield codec.dump(_Line(tuple(columns)))

    @classmethod
    def of(cls, parts: Iterable[Iterable[NDArray[np.integer]]] = ()) -> Sharings:
        """Return the paragraphs of some columns of keys, documents, paragraphs and sizes, put behind each other."""
        columns: list[list[NDArray[Any]]] = [[np.zeros(0, dtype=kind)] for kind in _KINDS]
        for part in parts:
            for column, piece, kind in zip(columns, part, _KINDS, strict=True):
                column.append(piece.astype(kind))
        return cls(*(np.concatenate(column) for column in columns))

    @classmethod
    def load(cls, lines: Iterable[str]) -> Sharings:
        """Return what `lines` gave.

        Raises:
            ValueError: these are no such lines.
        """
        found = (codec.load(_Line, line) for line in lines)
        return cls.of([np.array(numbers, dtype=np.uint64) for numbers in line.columns] for line in found)
