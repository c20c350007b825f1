"""Fingerprint: text → key tokens, shingles and MinHash signatures.

In: text.  Out: `Tokens`, shingle hashes, signature rows.  Order: after `segment`.
The key of a text is its tokens: one Han, kana, Hangul or Thai character, or one word or number of any other
script, folded (`stages._fold`).  So no language flag is needed, and nothing depends on white space alone.
Source: signatures are those of datasketch 2 `MinHash(scheme="affine32")` fed the same shingle hashes
(a test compares them bit for bit).  This module is the only door to datasketch.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stages import _fold
from stages.model import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasketch import MinHash
    from numpy.typing import NDArray

    from stages.model import Span

VERSION: Final = 2
SCHEME: Final = "affine32"
EMPTY: Final = np.uint32(0xFFFFFFFF)  # datasketch's value of a signature of nothing

_MIX_A: Final = np.uint64(0xBF58476D1CE4E5B9)  # splitmix64's multipliers
_MIX_B: Final = np.uint64(0x94D049BB133111EB)
_BASE: Final = 0x9E3779B97F4A7C15  # odd; powers of it weigh the characters of a word
_CHARACTER, _WORD, _NUMBER = 0, 1, 2
_KINDS: Final = np.array(
    [_WORD if c == _fold.WORD else _CHARACTER if c == _fold.CHARACTER else _NUMBER for c in range(16)],
    dtype=np.uint8,
)
_CHAR: Final = np.uint32((1 << _fold.CHARACTER_BITS) - 1)
_CLASS: Final = np.uint32((1 << _fold.CLASS_BITS) - 1)
_PADDING: Final = "\n" * 4  # as far as a comma looks for the digits it groups
_BESIDE_CHARACTER: Final = re.compile(f" (?=[{_fold.CHARACTER_CLASS}])|(?<=[{_fold.CHARACTER_CLASS}]) ")


@dataclass(frozen=True, slots=True)
class FingerprintSettings:
    """How texts are sketched; every value is written into each work file."""

    shingle: int = 3  # tokens; 3 keeps recall ≥ .97 through 10 % noise in Chinese (measured on 400 items)
    permutations: int = 128  # values in a signature
    seed: int = 1  # of datasketch's permutations

    def __post_init__(self) -> None:
        if not 1 <= self.shingle <= 16:
            raise ValueError(f"shingle = {self.shingle}: must be from 1 to 16 tokens")
        if not 1 <= self.permutations <= 4096:
            raise ValueError(f"permutations = {self.permutations}: must be from 1 to 4096")
        if not 0 <= self.seed < 1 << 32:
            raise ValueError(f"seed = {self.seed}: must be from 0 to 4294967295")


def fingerprint(text: str, spans: Sequence[Span], settings: FingerprintSettings) -> NDArray[np.uint32]:
    """Return one signature row (`permutations` values) for each span of `text`."""
    key = tokens(text)
    owner = owners(key, spans)
    hashes, shingle_owner = shingles(key, owner, settings)
    return signatures(hashes, shingle_owner, len(spans), settings)


def tokens(text: str) -> Tokens:
    """Return the key tokens of `text`, with their places in it (code points)."""
    return _assemble(*_key_columns(text))


def _key_columns(text: str) -> tuple[NDArray[np.uint32], NDArray[np.int64] | None, NDArray[np.int64]]:
    """Return the folded characters, packed; their places, None where these count up from 0; which the key keeps.

    A mark that the key drops stands before the text, and some after it, so that every character has neighbours.
    """
    table = _fold.fold_table()
    points = np.frombuffer(f"\n{text}{_PADDING}".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    info = table.info[points]
    present = int(np.bitwise_or.reduce(info))
    if present & _fold.PHRASE:
        info = _by_phrase(points, info, table)
    if present & _fold.KANA and present & (_fold.HAN | _fold.PHRASE):  # Japanese is not simplified
        info = np.where(_lines_with_kana(points, info), table.plain[points], info)
    place = None
    if present & _fold.MANY:
        info, place = _expanded(points, info, table)
    classes = (info >> np.uint32(_fold.CHARACTER_BITS)) & _CLASS
    ignored = classes == _fold.IGNORE
    if ignored.any():
        place = np.arange(info.size) - 1 if place is None else place
        info, place, classes = info[~ignored], place[~ignored], classes[~ignored]
    marks = np.flatnonzero((classes >= _fold.JOINER) & (classes <= _fold.COMMA))
    if marks.size:
        settled = _settled(marks, classes, info & _CHAR)
        classes[marks] = settled
        ignored = marks[settled == _fold.IGNORE]
        if ignored.size:  # a comma that groups thousands joins its neighbours
            place = np.delete(np.arange(info.size) - 1 if place is None else place, ignored)
            info, classes = np.delete(info, ignored), np.delete(classes, ignored)
    info = (info & _CHAR) | (classes << np.uint32(_fold.CHARACTER_BITS))
    return info, place, np.flatnonzero(classes)


def _lines_with_kana(points: NDArray[np.uint32], info: NDArray[np.uint32]) -> NDArray[np.bool_]:
    line = np.cumsum(points == 0x0A)
    with_kana = np.zeros(int(line[-1]) + 1, dtype=bool)
    with_kana[line[(info & np.uint32(_fold.KANA)) != 0]] = True
    return with_kana[line]


def _by_phrase(
    points: NDArray[np.uint32], info: NDArray[np.uint32], table: _fold.FoldTable
) -> NDArray[np.uint32]:
    """Return `info` with the phrases folded that do not fold character by character: from the left, the longest."""
    odd = np.flatnonzero(info & np.uint32(_fold.PHRASE))
    first = np.unique(np.concatenate((odd - 1, odd)))
    pair = (points[first].astype(np.uint64) << np.uint64(_fold.CHARACTER_BITS)) | points[first + 1]
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
    many = np.flatnonzero(info & np.uint32(_fold.MANY))
    sizes = table.length[points[many]].astype(np.int64)
    lengths = np.ones(points.size, dtype=np.int64)
    lengths[many] = sizes
    out = np.repeat(info, lengths)
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    first = (np.cumsum(lengths) - lengths)[many]
    out[np.repeat(first, sizes) + within] = table.pool[np.repeat(table.offset[points[many]], sizes) + within]
    return out, np.repeat(np.arange(points.size) - 1, lengths)


def _settled(
    marks: NDArray[np.int64], classes: NDArray[np.uint32], folded: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Return the classes of joining marks, `DROP` or `IGNORE` where by their neighbours they are not of the key."""
    out = classes[marks]
    before, after = classes[marks - 1], classes[marks + 1]
    from_digit, to_digit = before == _fold.DIGIT, after == _fold.DIGIT
    ascii_word = ((before == _fold.WORD) | from_digit) & (folded[marks - 1] < 0x80)
    comma = out == _fold.COMMA
    wrong = (out == _fold.JOINER) & ~(from_digit & to_digit)
    wrong |= (out == _fold.HYPHEN) & ~(to_digit & (from_digit | ~ascii_word))
    wrong |= (out == _fold.PERCENT) & ~from_digit
    wrong |= (out == _fold.PREFIX) & ~((after >= _fold.CHARACTER) & (after <= _fold.DIGIT))
    grouping = comma & from_digit & to_digit
    if grouping.any():
        digits = [classes[marks + k] == _fold.DIGIT for k in (2, 3, 4)]
        grouping &= digits[0] & digits[1] & ~digits[2]
    out[wrong | comma] = _fold.DROP
    out[grouping] = _fold.IGNORE
    return out


def _assemble(info: NDArray[np.uint32], place: NDArray[np.int64] | None, at: NDArray[np.int64]) -> Tokens:
    """Cut the kept characters, at the indexes `at`, into tokens and hash each."""
    if at.size == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Tokens(np.zeros(0, dtype=np.uint64), nothing, nothing, np.zeros(0, dtype=np.uint8))
    kept = info[at]
    classes = kept >> np.uint32(_fold.CHARACTER_BITS)
    single = classes == _fold.CHARACTER
    begins = single | np.r_[True, single[:-1] | (np.diff(at) != 1)]
    starts = np.flatnonzero(begins)
    last = np.append(starts[1:], at.size) - 1
    folded = kept & _CHAR
    alone, mixed = _hash_tables()
    hashes = alone[folded[starts]]
    kinds = _KINDS[classes[starts]]
    many = np.flatnonzero(last > starts)
    if many.size:
        sizes = (last - starts)[many] + 1
        edges = np.cumsum(sizes) - sizes
        within = np.arange(int(sizes.sum())) - np.repeat(edges, sizes)
        index = np.repeat(starts[many], sizes) + within
        powers = np.cumprod(np.full(int(sizes.max()), _BASE, dtype=np.uint64))
        weighed = mixed[folded[index]] * powers[within]
        hashes[many] = _mix(np.add.reduceat(weighed, edges) + sizes.astype(np.uint64))
        wordy = np.logical_or.reduceat(classes[index] == _fold.WORD, edges)
        kinds[many] = np.where(wordy, _WORD, _NUMBER)
    first, final = at[starts], at[last]
    if place is None:
        return Tokens(hashes, first - 1, final, kinds)
    return Tokens(hashes, place[first], place[final] + 1, kinds)


@functools.cache
def _hash_tables() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return for each code point the hash of a token of it alone, and what it weighs at the start of a longer one."""
    mixed = _mix(np.arange(1, 0x110001, dtype=np.uint64))
    return _mix(mixed * np.uint64(_BASE) + np.uint64(1)), mixed


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return splitmix64's finaliser of each value: a fixed bijection."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_A
    values = (values ^ (values >> np.uint64(27))) * _MIX_B
    return values ^ (values >> np.uint64(31))


def owners(key: Tokens, spans: Sequence[Span]) -> NDArray[np.int64]:
    """Return for each token the index of the span that holds it, or -1; spans are sorted and do not overlap."""
    if not spans:
        return np.full(len(key), -1, dtype=np.int64)
    starts = np.array([s.start for s in spans], dtype=np.int64)
    ends = np.array([s.end for s in spans], dtype=np.int64)
    index = np.searchsorted(starts, key.starts, side="right") - 1
    inside = (index >= 0) & (key.ends <= ends[np.maximum(index, 0)])
    return np.where(inside, index, -1)


def shingles(
    key: Tokens, owner: NDArray[np.int64], settings: FingerprintSettings
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the 32-bit shingle hashes and, for each, its owner; sorted by owner, then by place.

    A shingle is `settings.shingle` tokens in a row of one owner; an owner with fewer tokens has one shingle
    of all its tokens.
    """
    inside = owner >= 0
    hashes, owner = key.hashes[inside], owner[inside]
    if hashes.size == 0:
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64)
    n = settings.shingle
    edges = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    sizes = np.diff(np.append(edges, owner.size))
    rest = np.repeat(edges + sizes, sizes) - np.arange(owner.size)  # tokens from here to the owner's end
    first = np.arange(owner.size) == np.repeat(edges, sizes)
    starts = np.flatnonzero((rest >= n) | first)
    mixed = np.zeros(starts.size, dtype=np.uint64)
    for k in range(n):
        step = np.minimum(starts + k, owner.size - 1)
        present = rest[starts] > k
        mixed = np.where(present, _mix(mixed + hashes[step] + np.uint64(k + 1)), mixed)
    return (mixed >> np.uint64(32)).astype(np.uint32), owner[starts]


def signatures(
    hashes: NDArray[np.uint32], owner: NDArray[np.int64], count: int, settings: FingerprintSettings
) -> NDArray[np.uint32]:
    """Return `count` signature rows; `owner` is sorted; an owner without shingles has a row of `EMPTY`."""
    out = np.full((count, settings.permutations), EMPTY, dtype=np.uint32)
    if hashes.size == 0:
        return out
    edges = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    rows = owner[edges]
    mixed = _murmur(hashes)
    factors, terms = _permutations(settings.permutations, settings.seed)
    for k in range(settings.permutations):
        out[rows, k] = np.minimum.reduceat(mixed * factors[k] + terms[k], edges)
    return out


def _murmur(h: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return MurmurHash3's 32-bit finaliser, datasketch's pre-mix in the affine32 scheme."""
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


@functools.cache
def _permutations(count: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    from datasketch import MinHash  # noqa: PLC0415 - loads SciPy: 0.5 s that only a run needs

    factors, terms = MinHash(num_perm=count, seed=seed, scheme=SCHEME).permutations
    return np.asarray(factors, dtype=np.uint32), np.asarray(terms, dtype=np.uint32)


def minhash(hashes: NDArray[np.uint32], settings: FingerprintSettings) -> MinHash:
    """Return datasketch's own object, fed these shingle hashes; for explanations and tests."""
    from datasketch import MinHash  # noqa: PLC0415 - as above

    sketch = MinHash(
        num_perm=settings.permutations, seed=settings.seed, scheme=SCHEME, hashfunc=lambda value: value
    )
    sketch.update_batch([int(value) for value in hashes])
    return sketch


def merge(rows: NDArray[np.uint32], permutations: int) -> NDArray[np.uint32]:
    """Return the signature of the union: the element-wise minimum, as datasketch's `merge`."""
    if rows.shape[0] == 0:
        return np.full(permutations, EMPTY, dtype=np.uint32)
    return np.asarray(rows.min(axis=0), dtype=np.uint32)


def key_string(text: str) -> str:
    """Return the key as text: folded tokens, a space between two words; what people see as the key."""
    info, _, at = _key_columns(text)
    points = np.full(info.size, 0x20, dtype="<u4")
    points[at] = info[at] & _CHAR
    shown = points.tobytes().decode("utf-32-le", "surrogatepass")
    return _BESIDE_CHARACTER.sub("", " ".join(shown.split()))


@dataclass(frozen=True, slots=True)
class Similarity:
    """MinHash estimate and exact figures for two texts; fractions of 1, rounded to 4 places."""

    estimate: float
    jaccard: float
    a_in_b: float
    b_in_a: float


def similarity(
    a: tuple[NDArray[np.uint32], NDArray[np.uint32]], b: tuple[NDArray[np.uint32], NDArray[np.uint32]]
) -> Similarity:
    """Compare two texts given as (sorted distinct shingle hashes, signature)."""
    (a_set, a_row), (b_set, b_row) = a, b
    common = int(np.intersect1d(a_set, b_set, assume_unique=True).size)
    union = int(a_set.size + b_set.size) - common
    return Similarity(
        estimate=round(float(np.mean(a_row == b_row)), 4),
        jaccard=round(common / union, 4) if union else 1.0,
        a_in_b=round(common / a_set.size, 4) if a_set.size else 1.0,
        b_in_a=round(common / b_set.size, 4) if b_set.size else 1.0,
    )


def sketch(
    text: str, spans: Sequence[Span], settings: FingerprintSettings
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the sorted distinct shingle hashes of all spans together, and their signature."""
    key = tokens(text)
    hashes, _ = shingles(key, owners(key, spans), settings)
    distinct = np.unique(hashes)
    row = signatures(distinct, np.zeros(distinct.size, dtype=np.int64), 1, settings)[0]
    return distinct, row


def key_hash(key: Tokens, first: int = 0, last: int | None = None) -> int:
    """Return a 64-bit hash of the key of tokens `first`..`last`; equal keys, equal hashes."""
    data = key.hashes[first:last].tobytes()
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
