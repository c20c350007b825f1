"""What a person points at in an output, as the subject of a decision, with what was seen of it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from pipeline.cli.find import find
from pipeline.decisions import (
    Document,
    Pair,
    Paragraph,
    Quote,
    Run,
    Seen,
    hash_of,
    pair_key,
)
from pipeline.errors import UsageError, safe
from pipeline.passes import line_starts
from pipeline.waiting import RULE, holding
from stages.edits import Positions
from stages.fingerprint import key_hashes, tokens
from stages.model import Edit, Tier

if TYPE_CHECKING:
    from pipeline.decisions import Subject
    from pipeline.ledger import Output, Row

_AROUND: Final = 32  # characters of a quote's prefix and suffix
_EXACT: Final = 200  # and of the passage itself


def pair_of(output: Output, a: str, b: str) -> tuple[Subject, Seen | None]:
    """Return two documents as a subject.

    Raises:
        UsageError: they are not two documents that were read.
    """
    one, two = _row(output, a), _row(output, b)
    if one["id"] == two["id"]:
        raise UsageError(f"{safe(a)} and {safe(b)} are one document")
    ids = {one["id"], two["id"]}
    pair = next((p for p in output.rows().pairs if {p["a"], p["b"]} == ids), None)
    seen = Seen(pair["tier"], pair["scores"]["jaccard"], RULE) if pair else None
    return Pair(holding(one), holding(two)), seen


def document_of(output: Output, name: str) -> tuple[Subject, Seen | None]:
    """Return a document as a subject."""
    row = _row(output, name)
    return Document(holding(row)), Seen(row.get("status", "archived"), None, "")


def paragraph_of(output: Output, name: str, quote: str | None) -> tuple[Subject, Seen | None] | None:
    """Return a paragraph as a subject: that of the line that `name` ends with, or that has the words of `quote`.

    None where neither is given.

    Raises:
        UsageError: there is no such paragraph, or several have these words.
    """
    found = find(output, name)
    if quote is None and found.line is None:
        return None
    if found.document is None:
        raise UsageError(f"{safe(name)}: not a document of this output")
    row = found.document
    text = output.text(row["id"], "L2")
    spans = _paragraphs(output, row, text)
    if quote is not None:
        fits = [(start, end) for start, end, _, _ in spans if quote in text[start:end]]
        what = f"the words {safe(quote)}"
    else:
        fits = [(s, e) for s, e, first, last in spans if first <= (found.line or 0) <= last]
        what = f"line {found.line}"
    if len(fits) != 1:
        count = f"{len(fits)} paragraphs have" if fits else "no paragraph has"
        raise UsageError(f"{safe(row['path'])}: {count} {what}; name one line as PATH:LINE, or more words")
    start, end = fits[0]
    key = tokens(text)
    first, last = key.starts.searchsorted([start, end]).tolist()
    gone = any(s["start"] <= start and end <= s["end"] for s in output.spans(row["id"]))
    subject = Paragraph(
        document=holding(row),
        sha256=hash_of(text[start:end]),
        key=f"{int(key_hashes(key.hashes, (first, last))[0]):016x}",
        start=start,
        end=end,
        quote=Quote(
            text[max(0, start - _AROUND) : start],
            text[start : min(end, start + _EXACT)],
            text[end : end + _AROUND],
        ),
    )
    return subject, Seen("removed" if gone else "kept", None, "")


def waiting(output: Output) -> tuple[Subject, Seen | None]:
    """Return the pairs that wait for a person as a subject."""
    texts = {row["id"]: holding(row).text for row in (*output.rows().documents, *output.rows().archived)}
    pairs = [p for p in output.rows().pairs if p["tier"] == Tier.REVIEW]
    return Run(tuple(sorted({pair_key(texts[p["a"]], texts[p["b"]]) for p in pairs}))), None


def _row(output: Output, name: str) -> Row:
    found = find(output, name)
    row = found.document or found.archived
    if row is None:
        raise UsageError(f"{safe(name)}: was not processed, so there is nothing to decide")
    return row


def _paragraphs(output: Output, row: Row, text: str) -> list[tuple[int, int, int, int]]:
    """Return start and end in L2, and first and last line in L1, of each paragraph."""
    edits = [Edit(e["rule"], at, e["old"], e["new"]) for e in output.edits(row["id"]) for at in e["starts"]]
    positions = Positions(sorted(edits, key=lambda edit: (edit.start, len(edit.old))))
    starts = line_starts(output.text(row["id"], "L1"))
    out = []
    at = 0
    for line in text.split("\n"):
        end = at + len(line)
        if line.strip():
            first = bisect_right(starts, positions.earlier(at))
            last = bisect_right(starts, max(positions.earlier(end, end=True) - 1, 0))
            out.append((at, end, first, max(first, last)))
        at = end + 1
    return out
