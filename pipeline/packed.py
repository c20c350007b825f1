"""Many values in little memory: as lines of JSON, compressed some at a time, and read when one is asked for.

A document of short articles takes some 45 bytes so, 660 as an object, and is read in some ten microseconds.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar, overload

import pyarrow as pa

from pipeline import codec

T = TypeVar("T")

_A_BLOCK: Final = 16  # values that are compressed, and unpacked, together
#: Values that stay as they were read: all of so many or fewer, else the last that were asked for one by one.
#: Documents take 43 MB so; a run goes through its documents a dozen times.
_AT_HAND: Final = 1 << 16
_ZSTD: Final = pa.Codec("zstd", compression_level=1)


class Packed(Sequence[T]):
    """Values of one class, as `codec` writes them."""

    def __init__(
        self, kind: type[T], values: Iterable[T] = (), *, lines: Iterable[str] = (), ascii_only: bool = False
    ) -> None:
        """Hold some values, then some that `codec` wrote; `ascii_only` is of `codec.dump`."""
        self._kind = kind
        self._ascii_only = ascii_only
        self._blocks: list[bytes] = []
        self._sizes = array("Q")  # of the blocks, unpacked
        self._last: list[str] = []  # fewer than a block
        self._read: dict[int, T] = {}
        self._unpacked: tuple[int, list[str]] = -1, []  # the last block
        for value in values:
            self.add(codec.dump(value, ascii_only=self._ascii_only))
        for line in lines:
            self.add(line)

    def append(self, value: T) -> None:
        """Add a value behind those that are there, to be asked for soon: it stays at hand."""
        if len(self._read) < _AT_HAND:
            self._read[len(self)] = value
        self.add(codec.dump(value, ascii_only=self._ascii_only))

    def add(self, line: str) -> None:
        """Add a value that `codec` wrote."""
        self._last.append(line)
        if len(self._last) == _A_BLOCK:
            data = "\n".join(self._last).encode("utf-8", "surrogatepass")
            self._blocks.append(_ZSTD.compress(data, asbytes=True))
            self._sizes.append(len(data))
            self._last = []

    def __len__(self) -> int:
        return len(self._blocks) * _A_BLOCK + len(self._last)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...
    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        if isinstance(at, slice):
            return [self[n] for n in range(*at.indices(len(self)))]
        found = self._read.get(at)
        if found is not None:
            return found
        number = range(len(self))[at]
        found = self._read.get(number)
        if found is None:
            found = codec.load(self._kind, self.line(number))
            if len(self._read) == _AT_HAND:
                del self._read[next(iter(self._read))]
            self._read[number] = found
        return found

    def __iter__(self) -> Iterator[T]:
        if len(self._read) == len(self):
            return iter([self._read[number] for number in range(len(self))])
        if len(self) <= _AT_HAND:
            return (self[number] for number in range(len(self)))
        return (codec.load(self._kind, line) for line in self.lines())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # it can be added to

    def line(self, number: int) -> str:
        """Return a value as it is held."""
        block, at = divmod(number, _A_BLOCK)
        return self._lines(block)[at]

    def lines(self) -> Iterator[str]:
        """Yield all values as they are held."""
        for block in range(len(self._blocks) + 1):
            yield from self._lines(block)

    def _lines(self, block: int) -> list[str]:
        if block == len(self._blocks):
            return self._last
        if self._unpacked[0] != block:
            data = _ZSTD.decompress(self._blocks[block], self._sizes[block], asbytes=True)
            self._unpacked = block, data.decode("utf-8", "surrogatepass").split("\n")
        return self._unpacked[1]


class Paragraphs(Mapping[int, tuple[int, ...]]):
    """Numbers of paragraphs by document, in arrays: sixteen bytes a document that has some, four a paragraph."""

    def __init__(self, rows: Iterable[tuple[int, Iterable[int]]] = ()) -> None:
        """Hold the paragraphs of some documents, which come in order."""
        self._documents = array("q")
        self._edges = array("q", [0])
        self._numbers = array("i")
        for document, numbers in rows:
            self._documents.append(document)
            self._numbers.extend(numbers)
            self._edges.append(len(self._numbers))

    def __getitem__(self, document: int) -> tuple[int, ...]:
        place = bisect_left(self._documents, document)
        if place == len(self._documents) or self._documents[place] != document:
            raise KeyError(document)
        return tuple(self._numbers[self._edges[place] : self._edges[place + 1]])

    def __iter__(self) -> Iterator[int]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)
