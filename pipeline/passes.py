"""The order of the stages in the two passes.

`prepare_batch` is pass 1 for some documents, `recall_batch` that for some of an archive, `resolve` pass 2 for one.
All are pure: values in, values out.  What stands between them is in `pipeline.views`.
"""

from __future__ import annotations

import functools
import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from pipeline.packs import Found, Prepared, Source, repeat_cuts
from pipeline.readers import Record
from stages.collapse import collapse_all
from stages.decide import UNRULED, Decision, Facts, Ruled, decide
from stages.decode import decode
from stages.edits import Positions, compose
from stages.extract import extract
from stages.fingerprint import key_hashes, owners_in, similarity, sketch, tokens_all
from stages.furniture import furniture_all, line_keys_all
from stages.language import language_all
from stages.model import Decoded, Extracted, Metadata, Paragraph, Rejected, RepeatClass, Role, Span
from stages.normalise import normalise_all
from stages.render import render
from stages.segment import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pipeline.packs import Told
    from pipeline.settings import Settings
    from stages.furniture import Marked
    from stages.model import Edit, JoinedTokens, Language, Normalised, Repeat, WrapBlock

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


_Document: TypeAlias = tuple[Record, _Layer1, _Layer2]


def prepare(record: Record, settings: Settings, *, encoding: str | None = None) -> Prepared | Rejected:
    """Pass 1 for one record: return what it holds, or why it cannot be read."""
    return prepare_batch([record], settings, [encoding])[0]


def prepare_batch(
    records: Sequence[Record], settings: Settings, encodings: Sequence[str | None]
) -> list[Prepared | Rejected]:
    """Pass 1: return what each record holds, with the repeats inside it, or why it cannot be read.

    The stages run one after another over all records, since what a short text costs is mostly calls; what a record
    gives does not depend on the others.  `encodings` are those that the user declared.
    """
    firsts = [_first_layer(r, settings, e) for r, e in zip(records, encodings, strict=True)]
    read = [(r, first) for r, first in zip(records, firsts, strict=True) if isinstance(first, _Layer1)]
    markdown = [record.media == "md" for record, _ in read]
    clean = normalise_all([first.text for _, first in read], settings.normalise, markdown=markdown)
    cut = [segment(c.text, settings.segment, markdown=of) for c, of in zip(clean, markdown, strict=True)]
    seconds = [_second_layer(first, c, d) for (_, first), c, d in zip(read, clean, cut, strict=True)]
    found = iter(_examined([(*pair, second) for pair, second in zip(read, seconds, strict=True)], settings))
    return [first if isinstance(first, Rejected) else next(found) for first in firsts]


def recall(text: str, media: str) -> Record:
    """Return a document of an earlier output as a record of which nothing but L2 is known."""
    return Record(0, 0, 0, text, media, Metadata(), "", "")


def recall_batch(records: Sequence[Record], settings: Settings) -> list[Prepared]:
    """Pass 1 for documents of earlier outputs, as of `recall`: their L2 is taken as it stands."""
    return _examined([_recalled(record) for record in records], settings)


def _recalled(record: Record) -> _Document:
    text = str(record.payload)
    given = Decoded(text, "utf-8", b"", "archive", "L2 of an earlier output", 0, exact=True)
    return record, _Layer1(text, given, None, line_starts(text)), _Layer2(text, (), set(), ())


def _examined(documents: Sequence[_Document], settings: Settings) -> list[Prepared]:
    """Return what normalised texts hold: roles of their lines, repeats inside each, columns for the barrier."""
    texts = [second.text for _, _, second in documents]
    media = [record.media for record, _, _ in documents]
    marked = furniture_all(
        texts,
        settings.furniture,
        page=[of == "html" for of in media],
        markdown=[of == "md" for of in media],
    )
    paragraphs = [
        _paragraphs(second, first.starts, marks.roles)
        for (_, first, second), marks in zip(documents, marked, strict=True)
    ]
    keys = tokens_all(texts)
    repeats = collapse_all(
        texts,
        paragraphs,
        keys,
        settings.collapse,
        similarity=lambda text: _similarity(text, settings),
    )
    languages = language_all([_body(*of) for of in zip(texts, paragraphs, strict=True)])
    found = [_found(*of) for of in zip(documents, marked, paragraphs, repeats, languages, strict=True)]
    return _columns(found, texts, keys, marked, settings)


def _found(
    document: _Document,
    marked: Marked,
    paragraphs: tuple[Paragraph, ...],
    repeats: tuple[Repeat, ...],
    language: Language,
) -> Found:
    """Return what the stages found in a document, put together."""
    record, first, second = document
    flags = set(second.flags)
    if any(r.figures_differ for r in repeats if r.cls is RepeatClass.COPY):
        flags.add("figures_differ")
    seen = first.extracted
    return Found(
        source=_source(record, first),
        metadata=_metadata(record.given, seen.metadata if seen else None, marked.metadata),
        flags=tuple(sorted(flags)),
        edits=second.edits,
        paragraphs=paragraphs,
        repeats=repeats,
        blocks=second.blocks,
        language=language,
    )


def _body(text: str, paragraphs: Sequence[Paragraph]) -> str:
    """Return a text without its furniture, paragraph after paragraph."""
    return "".join(text[p.start : p.end] for p in paragraphs if p.role is not Role.FURNITURE)


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
    if "\r" not in text:
        return [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]
    return [0, *(m.end() for m in _LINE_END.finditer(text))]


def _second_layer(first: _Layer1, clean: Normalised, cut: Normalised) -> _Layer2:
    """Return L2 of a record from what normalising and cutting into paragraphs made of its L1."""
    flags = {*clean.flags, *cut.flags}
    seen = first.extracted
    if seen is not None and seen.visible_chars > 20 * max(1, seen.visible_chars - seen.unextracted_chars):
        flags.add("low_extraction")
    if seen is not None and seen.heavy:
        flags.add("heavy_page")
    edits = compose(clean.edits, cut.edits) if clean.edits else cut.edits
    blocks = _wrap_blocks(cut.blocks, clean, first.starts) if clean.edits else cut.blocks
    return _Layer2(cut.text, edits, flags, blocks)


def _paragraphs(
    second: _Layer2, starts: list[int], roles: Sequence[tuple[Role, str]]
) -> tuple[Paragraph, ...]:
    """Return the non-blank lines of L2 with the lines of L1 they came from, which begin at `starts`."""
    out = []
    at = 0
    positions = Positions(second.edits)
    left = iter(roles)
    for line in second.text.split("\n"):
        end = at + len(line)
        if line and not line.isspace():
            first = bisect_right(starts, positions.earlier(at))
            last = bisect_right(starts, max(positions.earlier(end, end=True) - 1, 0))
            out.append(Paragraph(at, end, first, max(first, last), *next(left)))
        at = end + 1
    return tuple(out)


def _wrap_blocks(blocks: Sequence[WrapBlock], clean: Normalised, starts: list[int]) -> tuple[WrapBlock, ...]:
    """Return blocks with the lines of L1, which begin at `starts`, instead of those of normalised text."""
    lines = line_starts(clean.text)
    positions = Positions(clean.edits)

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
        one, two = ("\n".join(text[s.start : s.end] for s in spans) for spans in (a, b))
        if one == two:
            return 1.0, 1.0, 1.0, 1.0  # as most copies are
        found = similarity(sketched(one), sketched(two))
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
    found: Sequence[Found],
    texts: Sequence[str],
    keys: JoinedTokens,
    marked: Sequence[Marked],
    settings: Settings,
) -> list[Prepared]:
    """Add the columns that the barrier reads: keys, sizes and line keys of each paragraph, for all texts at once."""
    begins = keys.begins.tolist()
    pieces: list[tuple[int, int]] = []  # of the joined texts
    piece_of: list[int] = []  # its paragraph, counted over all texts
    starts: list[int] = []  # of the paragraphs
    absent: list[set[int]] = []
    for one, begin in zip(found, begins, strict=True):
        cuts = repeat_cuts(one.repeats)
        gone: set[int] = set()
        for number, p in enumerate(one.paragraphs):
            left: Sequence[Span | Paragraph] = _outside(p.span, cuts) if cuts else (p,)
            if not left:
                gone.add(number)
            if p.role is not Role.FURNITURE:
                pieces += [(part.start + begin, part.end + begin) for part in left]
                piece_of += [len(starts)] * len(left)
            starts.append(p.start + begin)
        absent.append(gone)
    key = keys.key
    edges = np.array(pieces, dtype=np.int64).reshape(-1, 2)
    piece_at = owners_in(key, edges[:, 0], edges[:, 1])
    inside = np.array([*piece_of, -1], dtype=np.int64)[piece_at]  # the last for tokens outside every piece
    compared = inside >= 0
    sizes = np.bincount(inside[compared], minlength=len(starts)).astype(np.int32)
    first = [*key.starts.searchsorted(np.array(starts, dtype=np.int64)).tolist(), len(key)]
    paragraph_keys = key_hashes(key.hashes, first)  # a token lies in one paragraph
    before = np.append(0, compared.cumsum())  # tokens that are compared
    view_keys = key_hashes(key.hashes[compared], before[keys.edges].tolist()).tolist()
    lines = line_keys_all(marked, settings.furniture, absent=absent)
    out = []
    at = 0
    for one, text, line, view_key in zip(found, texts, lines, view_keys, strict=True):
        here = slice(at, at + len(one.paragraphs))
        at = here.stop
        out.append(
            Prepared(
                found=one,
                text=text,
                keys=paragraph_keys[here],
                sizes=sizes[here],
                line_keys=line.keys,
                line_marks=line.marks,
                view_key=view_key,
            )
        )
    return out


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
