"""The order of the stages at the barrier: what of each document is compared, and how a pair is.

Apart from the passes, so that a process that only matches loads none of their tables.  Pure: values in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from pipeline.packs import ROLES, merged
from stages._blocks import distinct, running
from stages.align import Side
from stages.candidates import openings, sampled_runs_each
from stages.fingerprint import BATCH, joined, key_hashes, owners_in, shingles, signatures, tokens
from stages.guard import guard
from stages.model import Paragraph, Role, Span, Tokens
from stages.render import places, render
from stages.verify import verify_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from pipeline.packs import Sheet
    from pipeline.settings import Settings
    from stages.model import Verdict

_Made = TypeVar("_Made")
_FURNITURE: Final = ROLES.index(Role.FURNITURE)
_NUMBER: Final = 2  # kind of a token
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def views(sheets: Iterable[tuple[Sheet, Sequence[int]]], settings: Settings) -> Iterator[Side]:
    """Yield what of each document is compared: L2 less repeats inside it and furniture, whatever the policy.

    With a sheet come the paragraphs that recurrence over the source found to be furniture.
    """
    yield from _once(sheets, partial(_sides, settings=settings))


def sketches(sheets: Iterable[tuple[Sheet, Sequence[int]]], settings: Settings) -> Iterator[Sketch]:
    """Yield what pairs are proposed by, for each document."""
    yield from _once(sheets, partial(_sketches, settings=settings))


def _once(
    sheets: Iterable[tuple[Sheet, Sequence[int]]], make: Callable[[Sequence[_Shown]], Iterator[_Made]]
) -> Iterator[_Made]:
    """Yield what is made of each document; of those that are equal in all that is compared it is made once."""
    known: dict[bytes, _Made] = {}
    for held in _together(sheets):
        keys = [one.digest() for one in held]
        new = {key: one for key, one in zip(keys, held, strict=True) if key not in known}
        if new:
            known |= zip(new, make([*new.values()]), strict=True)
        yield from map(known.__getitem__, keys)


def _together(sheets: Iterable[tuple[Sheet, Sequence[int]]]) -> Iterator[list[_Shown]]:
    """Yield documents as many at a time as make a column worth its calls."""
    held: list[_Shown] = []
    size = 0
    for sheet, recurring in sheets:
        if held and size + len(sheet.text) > BATCH:
            yield held
            held, size = [], 0
        held.append(_shown(sheet, recurring))
        size += len(sheet.text)
    if held:
        yield held


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A text less what is not compared, with its paragraphs."""

    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    roles: NDArray[np.uint8]

    def digest(self) -> bytes:
        """Return a hash of all of it; how many paragraphs there are says where its text ends."""
        columns = (column.tobytes() for column in (self.starts, self.ends, self.roles))
        parts = (self.starts.size.to_bytes(8), self.text.encode("utf-8", "surrogatepass"), *columns)
        return blake2b(b"".join(parts), digest_size=16).digest()


def _shown(sheet: Sheet, recurring: Sequence[int]) -> _Shown:
    """Return the text less repeats and furniture; a paragraph that goes takes the blank lines after it along."""
    gone = sheet.roles == _FURNITURE
    gone[list(recurring)] = True
    if not gone.any() and not sheet.cuts.size:
        return _Shown(sheet.text, sheet.starts.astype(np.int64), sheet.ends.astype(np.int64), sheet.roles)
    after = np.append(sheet.starts[1:], len(sheet.text))
    lines = zip(sheet.starts[gone].tolist(), after[gone].tolist(), strict=True)
    cuts = merged([Span(*edges) for edges in (*sheet.cuts.tolist(), *lines)])
    place = places(cuts)
    starts = np.array([place(at) for at in sheet.starts.tolist()], dtype=np.int64)
    ends = np.array([place(at) for at in sheet.ends.tolist()], dtype=np.int64)
    stays = ~gone & (ends > starts)
    return _Shown(render(sheet.text, cuts), starts[stays], ends[stays], sheet.roles[stays])


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What pairs are proposed by, of one comparison view."""

    key: int
    figures: int  # hash of its numbers, 0 for none
    tokens: int
    characters: int
    signature: NDArray[np.uint32]
    runs: NDArray[np.uint64]  # sampled, sorted, distinct


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """Some texts as one, with their tokens and shingles in columns."""

    key: Tokens
    begins: NDArray[np.int64]  # where each text begins
    edges: NDArray[np.int64]  # the first token of each, and how many there are
    shingles: NDArray[np.uint32]
    shingle_of: NDArray[np.int64]  # the text of each
    signatures: NDArray[np.uint32]


def _joined(shown: Sequence[_Shown], settings: Settings) -> _Joined:
    text, begins = joined([one.text for one in shown])
    key = tokens(text)
    counts = [one.starts.size for one in shown]
    offsets = np.repeat(begins, counts)
    starts, ends = (
        np.concatenate([getattr(one, name) for one in shown]) + offsets for name in ("starts", "ends")
    )
    hashes, paragraph = shingles(key, owners_in(key, starts, ends), settings.fingerprint)
    owner = np.repeat(np.arange(len(shown)), counts)[paragraph]
    rows = signatures(hashes, owner, len(shown), settings.fingerprint)
    edges = np.append(key.starts.searchsorted(begins), len(key))
    return _Joined(key, begins, edges, hashes, owner, rows)


def _sides(shown: Sequence[_Shown], settings: Settings) -> Iterator[Side]:
    """Yield texts with their tokens, shingles and signatures, which are made in one column each."""
    every = _joined(shown, settings)
    key = every.key
    sets = np.split(every.shingles, every.shingle_of.searchsorted(np.arange(1, len(shown))))
    columns = (every.begins.tolist(), pairwise(every.edges.tolist()), sets, every.signatures)
    for one, at, (first, last), own, row in zip(shown, *columns, strict=True):
        here = slice(first, last)
        yield Side(
            text=one.text,
            paragraphs=_compared(one),
            tokens=Tokens(key.hashes[here], key.starts[here] - at, key.ends[here] - at, key.kinds[here]),
            shingles=distinct(own),
            signature=row,
        )


def _sketches(shown: Sequence[_Shown], settings: Settings) -> Iterator[Sketch]:
    every = _joined(shown, settings)
    key, edges = every.key, every.edges
    firsts = [
        key.starts.searchsorted(at + one.starts[openings([ROLES[role] for role in one.roles.tolist()])])
        for one, at in zip(shown, every.begins.tolist(), strict=True)
    ]
    runs = sampled_runs_each(key.hashes, edges, firsts, settings.candidates)
    characters = np.diff(running(key.ends - key.starts)[edges])
    figures = [
        _of_figures(key.hashes[first:last][key.kinds[first:last] == _NUMBER])
        for first, last in pairwise(edges.tolist())
    ]
    keys = key_hashes(key.hashes, edges.tolist()).tolist()
    for n, (first, last) in enumerate(pairwise(edges.tolist())):
        yield Sketch(
            key=keys[n],
            figures=figures[n],
            tokens=last - first,
            characters=int(characters[n]),
            signature=every.signatures[n],
            runs=runs[n],
        )


def _of_figures(numbers: NDArray[np.uint64]) -> int:
    """Return one hash of numbers, in any order."""
    places = np.arange(numbers.size, dtype=np.uint64)
    return int(np.bitwise_xor.reduce(np.sort(numbers) * _MIX + places)) if numbers.size else 0


def _compared(one: _Shown) -> tuple[Paragraph, ...]:
    columns = zip(one.starts.tolist(), one.ends.tolist(), one.roles.tolist(), strict=True)
    return tuple(Paragraph(start, end, 0, 0, ROLES[role]) for start, end, role in columns)


def compare(pairs: Sequence[tuple[Side, Side]], settings: Settings) -> Iterator[Verdict]:
    """Check pairs on the real text."""
    for pair, compared in zip(pairs, verify_each(pairs, settings.verify), strict=True):
        yield guard(*pair, compared, settings.guard)
