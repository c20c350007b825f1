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

VERSION: Final = 1
SCHEME: Final = "affine32"
EMPTY: Final = np.uint32(0xFFFFFFFF)  # datasketch's value of a signature of nothing

_MIX_A: Final = np.uint64(0xBF58476D1CE4E5B9)  # splitmix64's multipliers
_MIX_B: Final = np.uint64(0x94D049BB133111EB)
_BASE: Final = 0x9E3779B97F4A7C15  # odd; powers of it weigh the characters of a word
_KANA: Final = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0xFF66, 0xFF9D))
_CHARACTER, _WORD, _NUMBER = 0, 1, 2
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


def _key_columns(
    text: str,
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint8], NDArray[np.bool_]]:
    """Return folded characters, their places, their classes, and which of them the key keeps."""
    table = _fold.fold_table()
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    folded, place = _folded(points, table)
    classes = table.classes[folded]
    present = classes != _fold.IGNORE
    if not present.all():
        folded, place, classes = folded[present], place[present], classes[present]
    classes = _settle(classes, folded)
    kept = (classes != _fold.DROP) & (classes != _fold.IGNORE)
    gone = classes == _fold.IGNORE  # a comma that groups thousands joins its neighbours
    if gone.any():
        folded, place, classes, kept = folded[~gone], place[~gone], classes[~gone], kept[~gone]
    return folded, place, classes, kept


def _folded(
    points: NDArray[np.uint32], table: _fold.FoldTable
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the folded characters and, for each, the place it came from."""
    simple = table.simple[points]
    kana = _in_ranges(points, _KANA)
    if kana.any():  # no traditional-to-simplified folding in lines with kana: it would touch Japanese
        line = np.cumsum(points == 0x0A)
        with_kana = np.zeros(int(line[-1]) + 1, dtype=bool)
        with_kana[line[kana]] = True
        simple = np.where(with_kana[line], table.plain[points], simple)
    lengths = table.length[points]
    if (lengths == 1).all():
        return simple, np.arange(points.size, dtype=np.int64)
    place = np.repeat(np.arange(points.size, dtype=np.int64), lengths)
    first = np.cumsum(lengths, dtype=np.int64) - lengths
    within = np.arange(place.size, dtype=np.int64) - first[place]
    many = lengths[place] > 1
    out = simple[place]
    out[many] = table.pool[table.offset[points[place[many]]] + within[many]]
    return out, place


def _in_ranges(points: NDArray[np.uint32], ranges: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    inside = np.zeros(points.size, dtype=bool)
    for low, high in ranges:
        inside |= (points >= low) & (points <= high)
    return inside


def _shift(values: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    """Return `values` seen `by` places further on (negative: earlier), False beyond the ends."""
    out = np.zeros_like(values)
    if by > 0:
        out[:-by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


def _settle(classes: NDArray[np.uint8], folded: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Decide by their neighbours which joining marks belong to the key."""
    if not ((classes >= _fold.JOINER) & (classes <= _fold.COMMA)).any():
        return classes
    digit = classes == _fold.DIGIT
    before, after = _shift(digit, -1), _shift(digit, 1)
    ascii_word = ((classes == _fold.WORD) | digit) & (folded < 0x80)
    out = classes.copy()
    wrong = (classes == _fold.JOINER) & ~(before & after)
    hyphen = classes == _fold.HYPHEN
    wrong |= hyphen & ~(after & (before | ~_shift(ascii_word, -1)))
    wrong |= (classes == _fold.PERCENT) & ~before
    letter = digit | (classes == _fold.WORD) | (classes == _fold.CHARACTER)
    wrong |= (classes == _fold.PREFIX) & ~_shift(letter, 1)
    comma = classes == _fold.COMMA
    thousands = comma & before & after & _shift(digit, 2) & _shift(digit, 3) & ~_shift(digit, 4)
    out[wrong | comma] = _fold.DROP
    out[thousands] = _fold.IGNORE
    return out


def _assemble(
    folded: NDArray[np.uint32], place: NDArray[np.int64], classes: NDArray[np.uint8], kept: NDArray[np.bool_]
) -> Tokens:
    """Cut the kept characters into tokens and hash each."""
    single = classes == _fold.CHARACTER
    begins = kept & (single | ~_shift(kept, -1) | _shift(single, -1))
    at = np.flatnonzero(kept)
    if at.size == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Tokens(np.zeros(0, dtype=np.uint64), nothing, nothing, np.zeros(0, dtype=np.uint8))
    starts = np.flatnonzero(begins[at])  # indexes into `at`
    sizes = np.diff(np.append(starts, at.size))
    within = np.arange(at.size) - np.repeat(starts, sizes)
    powers = np.cumprod(np.full(int(sizes.max()), _BASE, dtype=np.uint64))
    weighed = _mix(folded[at].astype(np.uint64) + np.uint64(1)) * powers[within]
    hashes = _mix(np.add.reduceat(weighed, starts) + sizes.astype(np.uint64))
    wordy = np.add.reduceat((classes[at] == _fold.WORD).astype(np.int64), starts) > 0
    kinds = np.where(single[at[starts]], _CHARACTER, np.where(wordy, _WORD, _NUMBER)).astype(np.uint8)
    last = at[starts + sizes - 1]
    return Tokens(hashes, place[at[starts]], place[last] + 1, kinds)


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
    folded, _, _, kept = _key_columns(text)
    shown = np.where(kept, folded, np.uint32(0x20)).astype("<u4").tobytes().decode("utf-32-le")
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
