"""The ledger rows of one document."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.passes import resolve
from pipeline.readers.jsonl import with_text
from stages.edits import undo_edits
from stages.model import Span
from stages.render import places, rebuild, recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.packs import Shelf, Told
    from pipeline.passes import Resolved
    from pipeline.settings import Settings
    from pipeline.writers.orders import Order, Other
    from stages.decide import Cut
    from stages.model import Difference, Paragraph, Repeat, Scores

_LINE_END: Final = re.compile(r"\r\n|\n|\r")  # as `pipeline.passes` counts lines
VERSION: Final = 1  # of the ledger's format; in every document row


def sha256(text: str) -> str:
    """Return the hash of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def span_of(span: Span) -> list[int]:
    """Return a span as JSON has it."""
    return [span.start, span.end]


def scores_of(scores: Scores) -> dict[str, float]:
    """Return scores as JSON has them."""
    return {
        name: getattr(scores, name)
        for name in ("estimate", "jaccard", "a_in_b", "b_in_a", "identity", "a_aligned", "b_aligned")
    }


def difference_of(difference: Difference) -> dict[str, object]:
    """Return a difference as JSON has it."""
    return {
        "kind": difference.kind,
        "a": span_of(difference.a),
        "b": span_of(difference.b),
        "a_text": difference.a_text,
        "b_text": difference.b_text,
    }


def lines_of(paragraphs: Sequence[Paragraph], span: Span) -> list[int]:
    """Return the first and last L1 line of the paragraphs that a span touches."""
    first = bisect_right(paragraphs, span.start, key=lambda p: p.end)
    last = bisect_left(paragraphs, max(span.end, span.start + 1), key=lambda p: p.start)
    if first >= last:
        return [0, 0]
    return [paragraphs[first].first_line, paragraphs[last - 1].last_line]


def edit_rows(order: Order, document: Told) -> list[dict[str, object]]:
    """Return the edits L1→L2, those of one kind in one row with the line of the first."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for edit in document.found.edits:
        groups.setdefault((edit.rule, edit.old, edit.new), []).append(edit.start)
    lines = _lines_at(document, [starts[0] for starts in groups.values()])
    return [
        {"doc": order.id, "rule": rule, "old": old, "new": new, "line": lines[starts[0]], "starts": starts}
        for (rule, old, new), starts in sorted(groups.items())
    ]


def repair_rows(order: Order, document: Told) -> list[dict[str, object]]:
    """Return what decoding made of bytes that the encoding does not explain, in their order."""
    return [
        {"doc": order.id, "rule": r.rule, "start": r.start, "bytes": r.raw, "text": r.text}
        for r in document.found.source.repairs
    ]


def _lines_at(document: Told, places: Iterable[int]) -> dict[int, int]:
    """Return the L1 line of places in L1."""
    found = document.found.edits
    ends = [m.end() for m in _LINE_END.finditer(undo_edits(document.text, found))] if found else []
    return {place: bisect_right(ends, place) + 1 for place in places}


def repeat_rows(order: Order, document: Told, removed: frozenset[int]) -> list[dict[str, object]]:
    """Return the repeats inside the document; `removed` are the indexes of those that were cut."""
    return [
        {
            "doc": order.id,
            "n": n,
            "class": repeat.cls.value,
            "removed": n in removed,
            "kept": _passage(repeat.kept, repeat.kept_lines),
            "repeat": _passage(repeat.removed, repeat.removed_lines),
            "cuts": [span_of(c) for c in repeat.cuts],
            "lines_equal": repeat.lines_equal,
            "lines_total": repeat.lines_total,
            "scores": scores_of(repeat.scores),
            "differences": [difference_of(d) for d in repeat.differences],
            "figures_differ": repeat.figures_differ,
            "why": repeat.reason,
        }
        for n, repeat in enumerate(document.found.repeats)
    ]


def _passage(span: Span, lines: tuple[int, int]) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "lines": list(lines)}


def _named(lines: tuple[int, int]) -> str:
    return f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}\N{EN DASH}{lines[1]}"


#: Rules of lines that no table knows: they stand after an end marker.
_AFTER: Final = frozenset({"after-end", "after-list"})


def furniture_rows(order: Order, document: Told, cuts: Sequence[Cut]) -> list[dict[str, object]]:
    """Return the furniture lines of the document, cut or kept."""
    gone = [c.span for c in cuts]
    marked = {
        n: (p.rule, "end" if p.rule in _AFTER else "pattern")
        for n, p in enumerate(document.found.paragraphs)
        if p.role.value == "furniture"
    }
    marked |= {n: ("recurrence", "recurrence") for n in order.recurring if n not in marked}
    marked |= {r.paragraph: (r.event, "decision") for r in order.ruled.furniture if r.paragraph not in marked}
    out = []
    for n, (rule, via) in sorted(marked.items()):
        paragraph = document.found.paragraphs[n]
        removed = any(s.start <= paragraph.start and paragraph.end <= s.end for s in gone)
        out.append(
            {
                "doc": order.id,
                "start": paragraph.start,
                "end": paragraph.end,
                "lines": [paragraph.first_line, paragraph.last_line],
                "rule": rule,
                "via": via,
                "removed": removed,
                "text": document.text[paragraph.start : paragraph.end],
            }
        )
    return out


_NOWHERE: Final = Span(0, 0)


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a removed piece stands."""

    name: str  # of another document
    doc: str | None  # whose clean copy it is copied from; none of an archive
    where: Mapping[str, object]
    text: str = ""  # of that clean copy
    near: Span = _NOWHERE  # there


class SpanWriter:
    """Writes the removed spans of documents, each with the recipe that gives it back."""

    def __init__(self, shelf: Shelf, settings: Settings) -> None:
        self._shelf = shelf
        self._settings = settings
        self._resolved: dict[str, tuple[Told, Resolved]] = {}

    def other(self, other: Other) -> tuple[Told, Resolved]:
        """Return another document and what stays of it."""
        if other.id not in self._resolved:
            if len(self._resolved) >= 64:  # documents kept in memory
                self._resolved.clear()
            document = self._shelf.told(other.pack, other.row)
            recurring = [(n, "recurrence") for n in other.recurring]
            resolved = resolve(document, recurring, other.passages, self._settings, other.ruled)
            self._resolved[other.id] = document, resolved
        return self._resolved[other.id]

    def whole(self, order: Order, document: Told) -> dict[str, object]:
        """Return the span of a document that is removed: for another, or by a person."""
        everything = Span(0, len(document.text))
        dropped = order.ruled.dropped
        if dropped:
            told = ("decision", dropped.event, dropped.why)
            return self._row(order, document, 0, everything, told, None, None, (document.text,), "")
        assert order.kept_for is not None  # noqa: S101 - the caller asks only for removed documents
        other = order.others[order.kept_for]
        reason = ("document", order.tier, order.why)
        if other.archive:
            where = {"doc": other.id, "start": 0, "end": other.characters, "lines": [0, 0]}
            return self._row(order, document, 0, everything, reason, None, where, (document.text,), "")
        _, resolved = self.other(other)
        near = Span(0, len(resolved.text))
        where = {"doc": other.id, "start": 0, "end": len(resolved.text), "lines": [0, 0]}
        operations = recipe(document.text, resolved.text, near, self._settings.render)
        return self._row(
            order,
            document,
            0,
            everything,
            reason,
            other.id,
            where,
            operations,
            resolved.text,
        )

    def parts(self, order: Order, document: Told, resolved: Resolved) -> list[dict[str, object]]:
        """Return the spans that were cut out of a kept document."""
        out = []
        place = places(resolved.cuts)
        told = {r.event: r.why for r in (*order.ruled.removed, *order.ruled.furniture)}
        for n, cut in enumerate(resolved.decision.cuts):
            text = document.text[cut.span.start : cut.span.end]
            if cut.reason in {"decision", "furniture"}:
                reason = (cut.reason, cut.rule, told.get(cut.rule, f"site furniture ({cut.rule})"))
                out.append(self._row(order, document, n, cut.span, reason, None, None, (text,), ""))
            elif cut.reason == "repeat":
                out.append(self._repeat(order, document, resolved, place, n, cut))
            else:
                out.append(self._shared(order, document, n, cut))
        return out

    def _repeat(
        self,
        order: Order,
        document: Told,
        resolved: Resolved,
        place: Callable[[int], int],
        n: int,
        cut: Cut,
    ) -> dict[str, object]:
        """Return a repeat, with where it stays: what it was compared with, or what that goes for."""
        assert cut.repeat is not None  # noqa: S101 - `decide` sets it for repeats
        repeats = document.found.repeats
        why, last = repeats[cut.repeat].reason, cut.last or cut
        if last.repeat is None:
            home = self._home(order, document, last)
            reason = (cut.reason, cut.rule, f"{why}, which goes too: it stands in {home.name}")
            return self._from(order, document, n, cut, reason, home)
        repeat: Repeat = repeats[last.repeat]
        if cut.last:
            why += f", which goes too: it stands in {_named(repeat.kept_lines)}"
        near = Span(place(repeat.kept.start), place(repeat.kept.end))
        where = {"doc": order.id, **_passage(repeat.kept, repeat.kept_lines)}
        home = _Home("", order.id, where, resolved.text, near)
        return self._from(order, document, n, cut, (cut.reason, cut.rule, why), home)

    def _shared(self, order: Order, document: Told, n: int, cut: Cut) -> dict[str, object]:
        home = self._home(order, document, cut)
        reason = (cut.reason, cut.rule, f"the passage stands in {home.name}")
        return self._from(order, document, n, cut, reason, home)

    def _home(self, order: Order, document: Told, cut: Cut) -> _Home:
        """Return where a passage stands that goes because another document has it."""
        paragraphs = document.found.paragraphs
        before = (p for p in order.passages if paragraphs[p.paragraph].start <= cut.span.start)
        passage = max(before, key=lambda p: p.paragraph)
        other = order.others[passage.home]
        if other.archive:
            span = self._shelf.paragraph(other.pack, other.row, passage.home_paragraph).span
            where = {"doc": other.id, **_passage(span, (0, 0))}
            return _Home(f"{other.name} of the archive {other.archive}", None, where)
        home, kept = self.other(other)
        paragraph = home.found.paragraphs[passage.home_paragraph]
        place = places(kept.cuts)
        near = Span(place(paragraph.start), place(paragraph.end))
        where = {"doc": other.id, **_passage(paragraph.span, (paragraph.first_line, paragraph.last_line))}
        return _Home(other.name, other.id, where, kept.text, near)

    def _from(
        self, order: Order, document: Told, n: int, cut: Cut, reason: tuple[str, str, str], home: _Home
    ) -> dict[str, object]:
        """Return the row of a piece that stands at its home, and is copied from there if it may be."""
        text = document.text[cut.span.start : cut.span.end]
        operations: tuple[tuple[int, int] | str, ...] = (text,)
        if home.doc is not None:
            operations = recipe(text, home.text, home.near, self._settings.render)
        return self._row(order, document, n, cut.span, reason, home.doc, home.where, operations, home.text)

    def _row(  # noqa: PLR0913 - one value for each column
        self,
        order: Order,
        document: Told,
        n: int,
        span: Span,
        reason: tuple[str, str, str],
        origin: str | None,
        of: Mapping[str, object] | None,
        operations: Iterable[tuple[int, int] | str],
        source: str,
    ) -> dict[str, object]:
        text = document.text[span.start : span.end]
        recipe_of = tuple(operations)
        if rebuild(source, recipe_of) != text:  # a recipe that does not give the text back is never written
            recipe_of, origin = (text,), None
        return {
            "doc": order.id,
            "n": n,
            "start": span.start,
            "end": span.end,
            "lines": lines_of(document.found.paragraphs, span),
            "reason": reason[0],
            "rule": reason[1],
            "chars": len(text),
            "of": dict(of) if of else None,
            "from": origin if any(not isinstance(o, str) for o in recipe_of) else None,
            "ops": [o if isinstance(o, str) else list(o) for o in recipe_of],
            "sha256": sha256(text),
            "why": reason[2],
        }


def document_row(
    order: Order,
    document: Told,
    resolved: Resolved | None,
    *,
    removed_chars: int,
    clean: str,
    warnings: Sequence[str],
) -> dict[str, object]:
    """Return the document's row; `resolved` is None for a removed document."""
    found = document.found
    source, meta = found.source, found.metadata
    more = {
        "over_removed": resolved is not None and resolved.decision.over_removed,
        "source_gone": order.gone,
        "source_unread": order.unread,
    }
    flags = sorted({*found.flags, *(flag for flag, is_so in more.items() if is_so)})
    kept_for = order.others[order.kept_for] if order.kept_for is not None else None
    text = resolved.text if resolved else None
    l2_sha256 = sha256(document.text)
    l3_sha256 = l2_sha256 if text is None or text == document.text else sha256(text)
    return {
        "v": VERSION,
        "id": order.id,
        "label": order.label,
        "path": order.name,
        "member": shown_member(source.member),
        "ordinal": order.ordinal,
        "media": source.media,
        "status": "kept" if resolved else "removed",
        "tier": order.tier or None,
        "of": kept_for.id if kept_for else None,
        "cluster": order.cluster or None,
        "why": order.why,
        "l0": {
            "sha256": source.sha256,
            "bytes": source.length,
            "stored": source.stored,
            "offset": source.offset,
            "encoding": source.encoding,
            "bom": source.bom,
            "how": source.how,
            "evidence": source.evidence,
            "errors": source.errors,
            "blob": None if source.exact or source.media == "html" else source.sha256,
        },
        "l1": {
            "sha256": source.l1_sha256,
            "chars": source.l1_chars,
            "lines": source.l1_lines,
            "extractor": source.extractor or None,
            "agreement": source.agreement,
            "unextracted": source.unextracted,
        },
        "l2": {"sha256": l2_sha256, "chars": len(document.text)},
        "l3": None if text is None else {"sha256": l3_sha256, "chars": len(text), "path": clean},
        "kept_chars": 0 if text is None else len(text),
        "removed_chars": removed_chars,
        "meta": {
            "title": meta.title,
            "url": meta.url,
            "published": meta.published,
            "source": meta.source,
            "author": meta.author,
            "id": meta.id,
            "rules": dict(meta.rules),
        },
        "language": {"tag": found.language.tag, "share": found.language.share},
        "lines": [
            {
                "lines": [b.first_line, b.last_line],
                "mode": b.mode,
                "column": b.column,
                "measure": b.measure,
                "full": b.full,
                "mid": b.mid,
                "joined": b.joined,
            }
            for b in found.blocks
        ],
        "flags": flags,
        "warnings": list(warnings),
        "source": order.source,
        "fields": source.fields if resolved is None else "",
        "text_field": source.text_field,
        "suffix": source.suffix,
    }


def shown_member(member: bytes) -> str:
    """Return a member's name in its archive as text; of a name that stands twice, the second with `#2`."""
    name, _, number = member.partition(b"\0")
    return name.decode("utf-8", "backslashreplace") + (f"#{number.decode()}" if number else "")


def record_line(fields: str, text_field: str, text: str) -> bytes:
    """Return a JSON Lines record: the other fields as they came, the text in its place.

    `fields` is as the readers wrote it: without blanks between its fields.  Where it has one brace, nothing is nested
    in it; and a quote behind a brace or a comma begins a key or a value, as one inside a string has a backslash.
    """
    name = json.dumps(text_field, ensure_ascii=False)
    for before in "{,":
        place = f"{before}{name}:null"
        if fields.rfind("{") == 0 and fields.count(place) == 1:
            value = json.dumps(text, ensure_ascii=False)
            return fields.replace(place, f"{before}{name}:{value}").encode() + b"\n"
    return with_text(fields, text_field, text).encode() + b"\n"
