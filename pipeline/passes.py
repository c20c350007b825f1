"""The order of the stages in the two passes.

`prepare` is pass 1 for one document, `recall` that for one of an archive, `resolve` pass 2 for one document.
Both are pure: values in, values out.  What stands between them is in `pipeline.views`.
"""

from __future__ import annotations

import functools
import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from pipeline.packs import Found, Prepared, Source, repeat_cuts
from pipeline.readers import Record
from stages.collapse import collapse
from stages.decide import UNRULED, Decision, Facts, Ruled, decide
from stages.decode import decode
from stages.edits import Positions, compose
from stages.extract import extract
from stages.fingerprint import (
    key_hash,
    owners,
    similarity,
    sketch,
    tokens,
)
from stages.furniture import furniture, line_keys
from stages.language import language
from stages.model import Decoded, Extracted, Metadata, Paragraph, Rejected, RepeatClass, Role, Span
from stages.normalise import normalise
from stages.render import render
from stages.segment import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pipeline.packs import Told
    from pipeline.settings import Settings
    from stages.model import Edit, Tokens, WrapBlock

#: How the text of a field came: media → way and evidence, as of `Decoded`.
_FIELDS = {
    "json": ("json", "a string of a JSON record"),
    "csv": ("csv", "a cell of a table"),
    "parquet": ("parquet", "a value of a text column"),
}
_LINE_END = re.compile(r"\r\n|\n|\r")  # not `str.splitlines`: it knows more line ends than a text file


@dataclass(frozen=True, slots=True)
class _Layer1:
    """L1 of a record and how it came about."""

    text: str
    decoded: Decoded
    extracted: Extracted | None
    starts: list[int]  # of its lines, as of `line_starts`


@dataclass(frozen=True, slots=True)
class _Layer2:
    """L2 of a record and how it came about."""

    text: str
    edits: tuple[Edit, ...]
    flags: set[str]
    blocks: tuple[WrapBlock, ...]


def prepare(record: Record, settings: Settings, *, encoding: str | None = None) -> Prepared | Rejected:
    """Pass 1: return what one record holds, with the repeats inside it, or why it cannot be read."""
    first = _first_layer(record, settings, encoding)
    if isinstance(first, Rejected):
        return first
    markdown = record.media == "md"
    clean = normalise(first.text, settings.normalise, markdown=markdown)
    cut = segment(clean.text, settings.segment, markdown=markdown)
    flags = set(clean.flags) | set(cut.flags)
    seen = first.extracted
    if seen is not None and seen.visible_chars > 20 * max(1, seen.visible_chars - seen.unextracted_chars):
        flags.add("low_extraction")
    blocks = _wrap_blocks(cut.blocks, clean.text, first.starts, Positions(clean.edits))
    second = _Layer2(cut.text, compose(clean.edits, cut.edits), flags, blocks)
    return _examined(record, first, second, settings)


def recall(text: str, media: str, settings: Settings) -> Prepared:
    """Pass 1 for a document of an earlier output: its L2 is taken as it stands."""
    record = Record(0, 0, 0, text, media, Metadata(), "", "")
    given = Decoded(text, "utf-8", b"", "archive", "L2 of an earlier output", 0, exact=True)
    return _examined(
        record, _Layer1(text, given, None, line_starts(text)), _Layer2(text, (), set(), ()), settings
    )


def _examined(record: Record, first: _Layer1, second: _Layer2, settings: Settings) -> Prepared:
    """Return what a normalised text holds: roles of its lines, repeats inside it, columns for the barrier."""
    text, edits, markdown = second.text, second.edits, record.media == "md"
    marked = furniture(text, settings.furniture, page=record.media == "html", markdown=markdown)
    paragraphs = _paragraphs(text, first.starts, Positions(edits), marked.roles)
    body = [Span(p.start, p.end) for p in paragraphs if p.role is not Role.FURNITURE]
    key = tokens(text)
    repeats = collapse(
        text,
        paragraphs,
        key,
        settings.collapse,
        similarity=_similarity(text, settings),
    )
    flags = set(second.flags)
    if any(r.figures_differ for r in repeats if r.cls is RepeatClass.COPY):
        flags.add("figures_differ")
    seen = first.extracted
    found = Found(
        source=_source(record, first),
        metadata=_metadata(record.given, seen.metadata if seen else None, marked.metadata),
        flags=tuple(sorted(flags)),
        edits=edits,
        paragraphs=paragraphs,
        repeats=repeats,
        blocks=second.blocks,
        language=language(text, body),
    )
    return _columns(found, text, key, marked.roles, settings)


def _first_layer(record: Record, settings: Settings, encoding: str | None) -> _Layer1 | Rejected:
    """Return L1: a field's value as it stands, decoded bytes, or the text extracted from a page."""
    if isinstance(record.payload, str):
        how, evidence = _FIELDS.get(record.media, _FIELDS["json"])
        evidence += f"; its file is {record.charset}" if record.charset else ""
        given = Decoded(record.payload, "utf-8", b"", how, evidence, 0, exact=True)
        return _Layer1(record.payload, given, None, line_starts(record.payload))
    decoded = decode(record.payload, settings.decode, declared=encoding, header=record.charset or None)
    if isinstance(decoded, Rejected):
        return decoded
    if record.media != "html":
        return _Layer1(decoded.text, decoded, None, line_starts(decoded.text))
    extracted = extract(decoded.text, settings.extract, url=record.given.url)
    if isinstance(extracted, Rejected):
        return extracted
    return _Layer1(extracted.text, decoded, extracted, line_starts(extracted.text))


def _source(record: Record, first: _Layer1) -> Source:
    decoded, extracted = first.decoded, first.extracted
    starts = first.starts
    text = first.text.encode()
    payload = text if isinstance(record.payload, str) else record.payload
    sha256 = hashlib.sha256(payload).hexdigest()
    return Source(
        media=record.media,
        ordinal=record.ordinal,
        offset=record.offset,
        length=record.length,
        sha256=sha256,
        encoding=decoded.encoding,
        bom=decoded.bom.hex(),
        how=decoded.how,
        evidence=decoded.evidence,
        errors=decoded.errors,
        exact=decoded.exact,
        repairs=decoded.repairs,
        l1_sha256=sha256 if text == payload else hashlib.sha256(text).hexdigest(),
        l1_chars=len(first.text),
        l1_lines=len(starts) - (starts[-1] == len(first.text)),
        extractor=extracted.extractor if extracted else "",
        agreement=extracted.agreement if extracted else 1.0,
        visible=extracted.visible_chars if extracted else 0,
        unextracted=extracted.unextracted_chars if extracted else 0,
        fields=record.fields,
        text_field=record.text_field,
        member=record.member,
        stored=record.stored,
        suffix=record.suffix,
        why=record.why,
    )


def line_starts(text: str) -> list[int]:
    """Return where the lines of L1 start; after the last line end there is one more start."""
    return [0, *(m.end() for m in _LINE_END.finditer(text))]


def _paragraphs(
    text: str, starts: list[int], positions: Positions, roles: Sequence[tuple[Role, str]]
) -> tuple[Paragraph, ...]:
    """Return the non-blank lines of L2 with the lines of L1 they came from, which begin at `starts`."""
    out = []
    at = 0
    number = 0
    for line in text.split("\n"):
        end = at + len(line)
        if line.strip():
            role, rule = roles[number]
            number += 1
            first = bisect_right(starts, positions.earlier(at))
            last = bisect_right(starts, max(positions.earlier(end, end=True) - 1, 0))
            out.append(Paragraph(at, end, first, max(first, last), role, rule))
        at = end + 1
    return tuple(out)


def _wrap_blocks(
    blocks: Sequence[WrapBlock], text: str, starts: list[int], positions: Positions
) -> tuple[WrapBlock, ...]:
    """Return blocks with the lines of L1, which begin at `starts`, instead of those of normalised text."""
    lines = line_starts(text)

    def first_layer(line: int) -> int:
        return bisect_right(starts, positions.earlier(lines[line - 1]))

    return tuple(
        replace(b, first_line=first_layer(b.first_line), last_line=first_layer(b.last_line)) for b in blocks
    )


def _metadata(*sources: Metadata | None) -> Metadata:
    """Return the first source's value of each field that is known."""
    known = [s for s in sources if s is not None]
    values: dict[str, str] = {}
    rules: list[tuple[str, str]] = []
    for name in ("title", "url", "published", "source", "author", "id"):
        for source in known:
            value = getattr(source, name)
            if value:
                values[name] = value
                rules.append((name, dict(source.rules).get(name, "given")))
                break
    return Metadata(**values, rules=tuple(rules))


def _similarity(
    text: str, settings: Settings
) -> Callable[[Sequence[Span], Sequence[Span]], tuple[float, float, float, float]]:
    """Return what gives MinHash estimate, exact Jaccard and containment both ways of two passages of `text`.

    One passage is compared with each of its copies, which are mostly equal to it: their sketches are kept.
    """

    @functools.lru_cache(maxsize=8)
    def sketched(passage: str) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        return sketch(passage, _lines_of(passage), settings.fingerprint)

    def alike(a: Sequence[Span], b: Sequence[Span]) -> tuple[float, float, float, float]:
        one, two = (sketched("\n".join(text[s.start : s.end] for s in spans)) for spans in (a, b))
        found = similarity(one, two)
        return found.estimate, found.jaccard, found.a_in_b, found.b_in_a

    return alike


def _lines_of(text: str) -> list[Span]:
    """Return the lines of a passage: shingles never cross a line."""
    out = []
    at = 0
    for line in text.split("\n"):
        if line:
            out.append(Span(at, at + len(line)))
        at += len(line) + 1
    return out


def _columns(
    found: Found, text: str, key: Tokens, roles: Sequence[tuple[Role, str]], settings: Settings
) -> Prepared:
    """Add the columns that the barrier reads: keys, sizes and line keys of each paragraph."""
    paragraphs = found.paragraphs
    cuts = repeat_cuts(found.repeats)
    left = [_outside(Span(p.start, p.end), cuts) for p in paragraphs]
    pieces: list[Span] = []
    piece_of: list[int] = []
    for number, paragraph in enumerate(paragraphs):
        if paragraph.role is not Role.FURNITURE:
            pieces += left[number]
            piece_of += [number] * len(left[number])
    piece_at = owners(key, pieces)
    of = np.array([*piece_of, -1], dtype=np.int64)  # the last for tokens outside every piece
    starts = np.array([*(p.start for p in paragraphs), len(text)], dtype=np.int64)
    edges = key.starts.searchsorted(starts).tolist()  # a token lies in one paragraph
    keys = [key_hash(key, x, y) for x, y in pairwise(edges)]
    absent = {n for n, parts in enumerate(left) if not parts}
    lines = line_keys(text, roles, settings.furniture, absent=absent)
    inside = of[piece_at]
    return Prepared(
        found=found,
        text=text,
        keys=np.array(keys, dtype=np.uint64),
        sizes=np.bincount(inside[inside >= 0], minlength=len(paragraphs)).astype(np.int32),
        line_keys=lines.keys,
        line_marks=lines.marks,
        view_key=_view_key(key, piece_at >= 0),
    )


def _view_key(key: Tokens, inside: NDArray[np.bool_]) -> int:
    data = key.hashes[inside].tobytes()
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _outside(span: Span, cuts: Sequence[Span]) -> list[Span]:
    """Return the parts of `span` that no cut touches; cuts are sorted and do not overlap."""
    if not cuts:
        return [span]
    out = []
    at = span.start
    for number in range(bisect_right(cuts, span.start, key=attrgetter("end")), len(cuts)):
        cut = cuts[number]
        if cut.start >= span.end:
            break
        if cut.start > at:
            out.append(Span(at, cut.start))
        at = max(at, cut.end)
    if at < span.end:
        out.append(Span(at, span.end))
    return out


@dataclass(frozen=True, slots=True)
class Resolved:
    """What stays of a kept document."""

    decision: Decision
    text: str  # L3
    cuts: tuple[Span, ...]


def resolve(
    document: Told,
    recurring: Sequence[tuple[int, str]],
    passages: Sequence[tuple[int, str]],
    settings: Settings,
    ruled: Ruled = UNRULED,
) -> Resolved:
    """Pass 2: cut one kept document as the policy says, and people."""
    found = document.found
    patterns = [(n, p.rule) for n, p in enumerate(found.paragraphs) if p.role is Role.FURNITURE]
    facts = Facts(
        length=len(document.text),
        paragraphs=found.paragraphs,
        repeats=found.repeats,
        furniture=tuple(sorted([*patterns, *recurring])),
        passages=tuple(passages),
        ruled=ruled,
    )
    decision = decide(facts, settings.run.policy, settings.decide)
    cuts = tuple(c.span for c in decision.cuts)
    return Resolved(decision, render(document.text, cuts), cuts)
