"""The key of a text: its tokens, their places and hashes.

In: a text, or several.  Out: `Tokens`.  Order: not a stage; `stages.fingerprint` makes shingles of tokens, and says
what they are; `stages._fold` folds their characters.
"""

from __future__ import annotations

import functools
import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from stages import _fold
from stages._late import late
from stages.model import JoinedTokens, Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from stages.model import Span

_BASE: Final = 0x9E3779B97F4A7C15  # odd; powers of it weigh the characters of a word
_CHARACTER, _WORD, _NUMBER = 0, 1, 2
_KINDS: Final = np.array(
    [_WORD if c >= _fold.WORD else _CHARACTER if c == _fold.CHARACTER else _NUMBER for c in range(16)],
    dtype=np.uint8,
)
#: Numbers as arrays of one, which NumPy takes in half the time: what a text costs is mostly the calls.
_CHAR: Final = np.array(_fold.CHARACTER_MASK, dtype=np.uint32)
_MARK: Final = np.array(_fold.MARK, dtype=np.uint32)
_CLASS, _CHARACTER_CLASS, _FOUR_BITS = (
    np.array(number, dtype=np.uint8) for number in (_fold.CLASS_MASK, _fold.CHARACTER, 4)
)
_ONE: Final = np.array(1, dtype=np.int64)
#: Of splitmix64's finaliser: shifts and multipliers.
_THIRTY, _TWENTY_SEVEN, _THIRTY_ONE, _MIX_A, _MIX_B = (
    np.array(number, dtype=np.uint64) for number in (30, 27, 31, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_NOWHERE: Final = np.zeros(0, dtype=np.int64)
BATCH: Final = 1 << 15  # characters that are worth joining: the columns then stay in the processor's cache
_PADDING: Final = "\n" * 4  # as far as a comma looks for the digits it groups
_CACHED: Final = 1 << 16  # powers kept between calls, at most
_LOWER, _EVERY = 0x20000, 0x110000  # code points of tables: few texts have others than the lower ones
_BESIDE_CHARACTER: Final = late(f" (?=[{_fold.CHARACTER_CLASS}])|(?<=[{_fold.CHARACTER_CLASS}]) ")


def tokens(text: str) -> Tokens:
    """Return the key tokens of `text`, with their places in it (code points)."""
    return _assemble(*_key_columns(text))


def joined(texts: Sequence[str]) -> tuple[str, NDArray[np.int64]]:
    """Return one text whose tokens are those of all texts, and where each begins in it.

    What `tokens` costs is mostly calls: of thirty short texts that are joined it takes a fourth of the time.
    """
    sizes = np.array([len(text) + len(_PADDING) for text in texts], dtype=np.int64)
    return _PADDING.join(texts), sizes.cumsum() - sizes


def tokens_all(texts: Sequence[str]) -> JoinedTokens:
    """Return the key tokens of all texts; those of each are what `tokens` gives."""
    text, begins = joined(texts)
    key = tokens(text)
    return JoinedTokens(key, begins, np.append(key.starts.searchsorted(begins), len(key)))


def _key_columns(
    text: str,
) -> tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int64] | None]:
    """Return the folded characters, their classes (`DROP` for all the key drops) and, but where these count up, places.

    A mark that the key drops stands before the text, and some after it, so that every character has neighbours.
    """
    table = _fold.fold_table()
    points = np.frombuffer(f"\n{text}{_PADDING}".encode("utf-32-le", "surrogatepass"), dtype="<u4")
    info: NDArray[np.uint32] = table.info.take(points)
    present = int(np.bitwise_or.reduce(info))
    if present & _fold.PHRASE:
        info = _by_phrase(points, info, table)
    if present & _fold.KANA and present & (_fold.HAN | _fold.PHRASE):  # Japanese is not simplified
        info = np.where(_lines_with_kana(points, info), table.plain[points], info)
    place = None
    if present & _fold.MANY:
        info, place = _expanded(points, info, table)
        present = int(np.bitwise_or.reduce(info))
    if present & _fold.IGNORED:
        there = (info & _fold.IGNORED) == 0
        place = (np.arange(-1, info.size - 1) if place is None else place)[there]
        info = info[there]
    classes = info.view(np.uint8)[3::4] & _CLASS
    if present & _fold.MARK:
        grouping = _settle(info, classes)
        if grouping.size:  # such a comma joins its neighbours
            there = np.ones(info.size, dtype=np.bool_)
            there[grouping] = False
            place = (np.arange(-1, info.size - 1) if place is None else place)[there]
            info, classes = info[there], classes[there]
    return info & _CHAR, classes, place


def _settle(info: NDArray[np.uint32], classes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Settle the classes of marks, in place, by their neighbours; return the commas that group thousands.

    Such a comma has a digit before it, three after it, and no fourth.
    """
    marks = (info[1:-1] >= _MARK).nonzero()[0]  # each at the place of what stands before it
    here = classes[1:-1]
    around = ((here[marks] << _FOUR_BITS) | classes[:-2][marks]).astype(np.int64) << _FOUR_BITS
    settled = _fold.settling()[around | classes[2:][marks]]
    here[marks] = settled
    if _fold.COMMA not in settled.tobytes():
        return _NOWHERE
    between = marks[settled == _fold.COMMA]
    here[between] = _fold.DROP
    two, three, four = (classes[between + k] == _fold.DIGIT for k in (3, 4, 5))
    grouping: NDArray[np.int64] = between[two & three & ~four] + 1
    return grouping


def _lines_with_kana(points: NDArray[np.uint32], info: NDArray[np.uint32]) -> NDArray[np.bool_]:
    line = np.cumsum(points == 0x0A)
    with_kana = np.zeros(int(line[-1]) + 1, dtype=bool)
    with_kana[line[(info & _fold.KANA) != 0]] = True
    inside: NDArray[np.bool_] = with_kana[line]
    return inside


def _by_phrase(
    points: NDArray[np.uint32], info: NDArray[np.uint32], table: _fold.FoldTable
) -> NDArray[np.uint32]:
    """Return `info` with the phrases folded that do not fold character by character: from the left, the longest."""
    odd = (info & _fold.PHRASE).nonzero()[0]
    first = np.unique(np.concatenate((odd - 1, odd)))
    pair = (points[first].astype(np.uint64) << np.uint64(32)) | points[first + 1]
    known = _fold.phrase_pairs()
    near = np.minimum(np.searchsorted(known, pair), known.size - 1)
    out = info.copy()
    done = 0
    for at in first[known[near] == pair].tolist():  # few: a pair of neighbours out of a phrase
        found = _phrase_over(points, at, done)
        if found is not None:
            start, folded = found
            done = start + len(folded)
            out[start:done] = table.folded[[ord(c) for c in folded]]
    return out


def _phrase_over(points: NDArray[np.uint32], at: int, done: int) -> tuple[int, str] | None:
    """Return where the first phrase starts that covers `at` and the next place, not before `done`, and its folding."""
    known = _fold.phrases()
    longest = _fold.LONGEST_PHRASE
    low = max(done, at + 2 - longest)
    text = points[low : at + longest].tobytes().decode("utf-32-le", "surrogatepass")
    for start in range(low, at + 1):
        for size in range(longest, at + 1 - start, -1):
            folded = known.get(text[start - low : start - low + size])
            if folded is not None:
                return start, folded
    return None


def _expanded(
    points: NDArray[np.uint32], info: NDArray[np.uint32], table: _fold.FoldTable
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return `info` with every character that folds to several replaced by them, and the place of each."""
    many = (info & _fold.MANY).nonzero()[0]
    sizes = table.length[points[many]].astype(np.int64)
    lengths = np.ones(points.size, dtype=np.int64)
    lengths[many] = sizes
    out = np.repeat(info, lengths)
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    first = (np.cumsum(lengths) - lengths)[many]
    out[np.repeat(first, sizes) + within] = table.pool[np.repeat(table.offset[points[many]], sizes) + within]
    return out, np.repeat(np.arange(points.size) - 1, lengths)


def _assemble(
    folded: NDArray[np.uint32], classes: NDArray[np.uint8], place: NDArray[np.int64] | None
) -> Tokens:
    """Cut the characters of the key into tokens and hash each."""
    begins = classes == _CHARACTER_CLASS
    part = classes > _CHARACTER_CLASS  # of a word or number
    flips = (part[1:] != part[:-1]).nonzero()[0] + _ONE  # the key begins and ends with what it drops
    first, after = flips[::2], flips[1::2]
    begins[first] = True
    starts = begins.nonzero()[0]
    alone, mixed = _hash_tables(_LOWER if folded.max() < _LOWER else _EVERY)
    hashes = alone.take(folded.take(starts))
    kinds = np.zeros(starts.size, dtype=np.uint8)
    last = starts.copy()
    if flips.size:
        words = starts.searchsorted(first)
        last[words] = after - _ONE
        parts = part.nonzero()[0]
        sizes = after - first
        edges = sizes.cumsum() - sizes
        powers, inverses = _powers(parts.size)
        weighed = np.add.reduceat(mixed.take(folded.take(parts)) * powers[: parts.size], edges)
        hashes[words] = mix(weighed * inverses.take(edges) + sizes.view(np.uint64))
        kinds[words] = _KINDS.take(np.maximum.reduceat(classes.take(parts), edges))
    if place is None:
        return Tokens(hashes, starts - _ONE, last, kinds)
    return Tokens(hashes, place[starts], place[last] + 1, kinds)


@functools.cache
def _hash_tables(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return for each code point below `size` the hash of a token of it alone, and its weight in a longer one."""
    mixed = mix(np.arange(1, size + 1, dtype=np.uint64))
    return mix(mixed * np.uint64(_BASE) + np.uint64(1)), mixed


def _powers(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return at least `count` powers of the base, from the first, and what brings a place back to the start.

    The base is odd, so it has an inverse modulo 2**64: a word is weighed where it stands, and moved afterwards.
    """
    return _first_powers() if count <= _CACHED else _some_powers(count)


@functools.cache
def _first_powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return _some_powers(_CACHED)


def _some_powers(count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    base = np.full(count, _BASE, dtype=np.uint64)
    inverse = np.full(count, pow(_BASE, -1, 1 << 64), dtype=np.uint64)
    inverse[0] = 1
    return np.cumprod(base, dtype=np.uint64), np.cumprod(inverse, dtype=np.uint64)


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return splitmix64's finaliser of each value: a fixed bijection."""
    values = (values ^ (values >> _THIRTY)) * _MIX_A
    values = (values ^ (values >> _TWENTY_SEVEN)) * _MIX_B
    return values ^ (values >> _THIRTY_ONE)


def owners(key: Tokens, spans: Sequence[Span]) -> NDArray[np.int64]:
    """Return for each token the index of the span that holds it, or -1; spans are sorted and do not overlap."""
    edges = np.array([(s.start, s.end) for s in spans], dtype=np.int64).reshape(-1, 2)
    return owners_in(key, edges[:, 0], edges[:, 1])


def owners_in(key: Tokens, starts: NDArray[np.integer], ends: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return `owners` for spans in columns."""
    out = np.full(len(key), -1, dtype=np.int64)
    first = key.starts.searchsorted(starts)
    sizes = np.maximum(key.ends.searchsorted(ends, side="right") - first, 0)
    before = sizes.cumsum() - sizes
    out[np.repeat(first - before, sizes) + np.arange(int(sizes.sum()))] = np.repeat(
        np.arange(sizes.size), sizes
    )
    return out


def key_string(text: str) -> str:
    """Return the key as text: folded tokens, a space between two words; what people see as the key."""
    folded, classes, _ = _key_columns(text)
    shown = np.where(classes == _fold.DROP, np.uint32(0x20), folded).astype("<u4")
    text = shown.tobytes().decode("utf-32-le", "surrogatepass")
    return _BESIDE_CHARACTER.sub("", " ".join(text.split()))


def key_hash(key: Tokens) -> int:
    """Return a 64-bit hash of a key; equal keys, equal hashes."""
    return int(key_hashes(key.hashes, (0, len(key)))[0])


def key_hashes(hashes: NDArray[np.uint64], edges: Sequence[int]) -> NDArray[np.uint64]:
    """Return the hash of each stretch of tokens between two edges, as `key_hash` gives it for a key."""
    data = memoryview(hashes.tobytes())
    parts = (data[8 * first : 8 * last] for first, last in pairwise(edges))
    digests = b"".join(hashlib.blake2b(part, digest_size=8).digest() for part in parts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)
