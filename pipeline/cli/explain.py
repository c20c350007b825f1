"""clean-corpus explain: what happened to a document, or why two documents are one, or are not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.find import find
from pipeline.cli.keeping import keep_lines
from pipeline.cli.show import command_line, labelled, opened, put, quoted
from pipeline.errors import UsageError, safe
from pipeline.report.rows import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.ledger import Output, Row

_LISTED: Final = 12  # differences, members, pairs of one sort
_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_FIGURES: Final = frozenset({"number", "date", "negation", "name"})


@click.command(name="explain")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("a", metavar="A")
@click.argument("b", metavar="[B]", required=False)
def command(out: Path, a: str, b: str | None) -> int:
    """Tell what happened to document A and why, or how A and B compare.

    A and B are paths, ids, the start of an id, or one of these with :LINE (in JSON Lines, the record).
    Ids that begin with a- are of documents of an archive.
    """
    output = opened(out)
    first = find(output, a)
    if b is None:
        if first.document is not None:
            put(document_lines(output, first.document))
            if first.line is not None:
                put(line_lines(output, first.document, first.line))
        elif first.archived is not None:
            put(archived_lines(output, first.archived))
        elif first.skipped is not None:
            put(skipped_lines(first.skipped))
        return 0
    second = find(output, b)
    one, two = (found.document or found.archived for found in (first, second))
    if one is None or two is None:
        raise UsageError("one of the two was not processed: there is nothing to compare")
    if one["id"] == two["id"]:
        raise UsageError(f"{safe(a)} and {safe(b)} are one document")
    from pipeline.cli.compare import pair_lines

    put(pair_lines(output, one, two))
    return 0


def named(output: Output, doc_id: str | None) -> str:
    """Return path and id of a document."""
    if doc_id is None:
        return "?"
    archived = output.archived(doc_id)
    if archived is not None:
        return f"{safe(name_of(archived))} ({safe(doc_id)})"
    row = output.document(doc_id)
    record = f":{row['ordinal'] + 1}" if row["text_field"] else ""
    return f"{safe(row['path'])}{record} ({safe(doc_id)})"


def lines_of(lines: Iterable[int]) -> str:
    """Return "line 4" or "lines 4–9"."""
    first, last = lines
    return f"line {first}" if first == last else f"lines {first}–{last}"


def scores_text(scores: Row) -> str:
    """Return scores as one line."""
    return (
        f"MinHash estimate {scores['estimate']:.4f}, exact Jaccard {scores['jaccard']:.4f}, "
        f"containment {scores['a_in_b']:.4f} and {scores['b_in_a']:.4f}, identity {scores['identity']:.4f} "
        f"over {scores['a_aligned']:.4f} and {scores['b_aligned']:.4f}"
    )


def difference_lines(differences: Iterable[Row]) -> list[str]:
    """Return the differences, those in figures, dates, names and negation first."""
    ordered = sorted(differences, key=lambda d: d["kind"] not in _FIGURES)
    shown = [
        f"  {d['kind']}: {quoted(d['a_text']) if d['a_text'] else 'nothing'} "
        f"against {quoted(d['b_text']) if d['b_text'] else 'nothing'}"
        for d in ordered[:_LISTED]
    ]
    more = len(ordered) - _LISTED
    return [*shown, *([f"  and {more} more"] if more > 0 else [])]


def skipped_lines(row: Row) -> list[str]:
    """Return what is known of an input that was not processed."""
    from stages.model import REASONS

    meaning = f" ({REASONS[row['reason']]})" if row["reason"] in REASONS else ""
    return [
        f"{row['status'].upper()}  {safe(row['path'])}",
        labelled("why", f"{safe(row['reason'])}{meaning}: {safe(row['detail'])}"),
        labelled("bytes", f"{row['bytes']:,}" + (f" from byte {row['offset']:,}" if row["offset"] else "")),
    ]


def document_lines(output: Output, row: Row) -> list[str]:
    """Return the whole story of one document."""
    return [
        *_fate(output, row),
        *_copies(output, row),
        *_alike(output, row),
        *_repeats(output, row),
        *_spans(output, row),
        *_furniture(output, row),
        *_text(output, row),
        *_origin(row),
        *_decided(output, row),
        *keep_lines(output, row),
        labelled("restore", command_line("restore", output.path, "--id", row["id"], "-o", "DIR")),
    ]


def _fate(output: Output, row: Row) -> list[str]:
    name = named(output, row["id"])
    if row["l3"] is None and row["of"] is None:
        return [f"REMOVED  {name}", labelled("because", safe(row["why"]))]
    if row["l3"] is None:
        lines = [
            f"REMOVED  {name}",
            labelled("copy of", f"{named(output, row['of'])}   tier {safe(row['tier'])}"),
            labelled("because", safe(row["why"])),
        ]
        return [
            *lines,
            *_chosen(output, row),
            *_archive(output, row["of"]),
            *_pair(output, row["id"], row["of"]),
            labelled(
                "decide",
                command_line("decide", "different", output.path, row["id"], row["of"], "--as", "NAME"),
            ),
        ]
    kept, whole = row["kept_chars"], row["l2"]["chars"]
    lines = [f"KEPT  {name}", labelled("clean copy", _place(output, row["l3"]["path"]))]
    lines.append(labelled("characters", f"{kept:,} of {whole:,} kept, {row['removed_chars']:,} removed"))
    return [*lines, *([labelled("because", safe(row["why"]))] if row["why"] else [])]


def _place(output: Output, name: str) -> str:
    """Return where a clean copy is."""
    file = output.files.file_of(name)
    return safe(name) if file == name else f"{safe(name)} in {safe(file)}"


def _chosen(output: Output, row: Row) -> list[str]:
    """Return why the kept copy was chosen, and the cluster of both."""
    found = next((one for one in output.rows().clusters if one["id"] == row["cluster"]), None)
    if found is None:
        return []
    chain = ", not all of which match the kept one" if found["chain"] else ""
    why = f"{safe(found['why_kept'])} " if found["why_kept"] else ""
    return [labelled("kept copy", f"{why}Cluster {safe(found['id'])} has {found['size']:,} members{chain}.")]


def _archive(output: Output, doc: str) -> list[str]:
    """Return where a document of an archive is to be found; nothing for one of this output."""
    row = output.archived(doc)
    if row is None:
        return []
    where = f"document {safe(row['doc'])}, clean copy {safe(row['l3']['path'])}"
    lines = [labelled("archive", f"{safe(row['archive'])}: {where}; it was only read")]
    shown = [safe(row[key]) for key in ("title", "published", "source") if row[key]]
    return [*lines, *([labelled("", " · ".join(shown))] if shown else [])]


def archived_lines(output: Output, row: Row) -> list[str]:
    """Return what is known of a document of an archive, and what went for it."""
    head = [f"ARCHIVED  {named(output, row['id'])}", *_archive(output, row["id"])]
    return [*head, *_copies(output, row), *_alike(output, row)]


def _pair(output: Output, doc: str, other: str) -> list[str]:
    """Return scores and differences of the pair, if the ledger has it."""
    for pair in output.rows().pairs:
        if {pair["a"], pair["b"]} == {doc, other}:
            names = "this, the kept copy" if pair["a"] == doc else "the kept copy, this"
            lines = [labelled("scores", scores_text(pair["scores"]))]
            if pair["differences"]:
                lines.append(labelled("differs", f"({names})"))
            return lines + difference_lines(pair["differences"])
    return []


def _copies(output: Output, row: Row) -> list[str]:
    """Return the documents that were removed for this one."""
    gone = [other for other in output.rows().documents if other["of"] == row["id"]]
    lines = [
        f"  {named(output, other['id'])}: {safe(other['tier'])}, {safe(other['why'])}"
        for other in gone[:_LISTED]
    ]
    if len(gone) > _LISTED:
        lines.append(f"  and {len(gone) - _LISTED} more")
    return (
        [
            labelled("copies", f"{len(gone)} removed for this one (cluster {safe(str(gone[0]['cluster']))})"),
            *lines,
        ]
        if gone
        else []
    )


def _of(output: Output, doc: str) -> str | None:
    """Return the document that one was removed for; none for a document of an archive."""
    of: str | None = None if output.archived(doc) else output.document(doc)["of"]
    return of


#: Tiers of pairs that are kept although alike, those that matter most first.
_ALIKE: Final = ("variant", "review", "update", "near", "contained", "key-equal", "identical", "shared")


def _alike(output: Output, row: Row) -> list[str]:
    """Return pairs that are kept although they are alike."""
    found = []
    for pair in output.rows().pairs:
        if row["id"] in (pair["a"], pair["b"]) and pair["tier"] in _ALIKE:
            other = pair["b"] if pair["a"] == row["id"] else pair["a"]
            if row.get("of") != other and (_of(output, other) != row["id"]):
                found.append((pair, other))
    found.sort(key=lambda item: _ALIKE.index(item[0]["tier"]))
    lines = []
    for pair, other in found[:_LISTED]:
        lines.append(f"  {named(output, other)}: {pair['tier']}, {safe(pair['why'])}")
        lines += [f"  {line}" for line in difference_lines(pair["differences"])[:3]]
    more = [f"  and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
    return [labelled("alike", "not removed for each other:"), *lines, *more] if lines else []


def _repeats(output: Output, row: Row) -> list[str]:
    lines: list[str] = []
    for repeat in output.rows().repeats:
        if repeat["doc"] != row["id"]:
            continue
        fate = "removed" if repeat["removed"] else "kept and listed"
        lines.append(labelled("repeat", f"{safe(repeat['why'])}   {repeat['class']}, {fate}"))
        lines.append(labelled("", scores_text(repeat["scores"])))
        if repeat["figures_differ"]:
            lines.append(labelled("", "FIGURES DIFFER between the two"))
        lines += difference_lines(repeat["differences"])
    return lines


def _spans(output: Output, row: Row) -> list[str]:
    lines = []
    for span in output.spans(row["id"]):
        if span["reason"] == "document":
            continue
        survives = ""
        if span["of"] is not None:
            here = span["of"]["doc"] == row["id"]
            survives = (
                f"; survives in {lines_of(span['of']['lines']) if here else named(output, span['of']['doc'])}"
            )
        where = f"{lines_of(span['lines'])}, {span['chars']:,} characters"
        lines.append(labelled("removed", f"{where}, {span['reason']} ({safe(span['rule'])}){survives}"))
        lines.append(labelled("", quoted(output.removed_text(span))))
    return lines


def _furniture(output: Output, row: Row) -> list[str]:
    return [
        labelled(
            "furniture",
            f"{lines_of(found['lines'])}, {safe(found['rule'])} by {safe(found['via'])}, "
            f"{'removed' if found['removed'] else 'kept'}: {quoted(found['text'])}",
        )
        for found in output.rows().furniture
        if found["doc"] == row["id"]
    ]


def _text(output: Output, row: Row) -> list[str]:
    """Return what became of the text before anything was removed."""
    from stages.model import FLAGS

    counts: Counter[str] = Counter()
    for edit in output.edits(row["id"]):
        counts[edit["rule"]] += len(edit["starts"])
    shown = ", ".join(f"{safe(rule)} {n:,}" for rule, n in sorted(counts.items())) or "none"
    lines = [labelled("edits", shown)]
    lines += [labelled("flag", f"{safe(flag)}: {FLAGS.get(flag, '')}") for flag in row["flags"]]
    return lines + [labelled("warning", safe(warning)) for warning in row["warnings"]]


def _origin(row: Row) -> list[str]:
    l0, l1, meta = row["l0"], row["l1"], row["meta"]
    errors = f", {l0['errors']:,} bytes could not be decoded" if l0["errors"] else ""
    lines = [
        labelled("encoding", f"{safe(l0['encoding'])} by {safe(l0['how'])}: {safe(l0['evidence'])}{errors}")
    ]
    if l1["extractor"]:
        lines.append(
            labelled(
                "extracted",
                f"{safe(l1['extractor'])}, agreement {l1['agreement']}, {l1['unextracted']:,} visible characters left",
            )
        )
    lines += [
        labelled(key, f"{safe(meta[key])}   ({safe(str(meta['rules'].get(key, 'given')))})")
        for key in ("title", "published", "source", "author", "url")
        if meta[key]
    ]
    lines.append(labelled("sha256", f"{l0['sha256']}   {l0['bytes']:,} bytes"))
    return lines


def _decided(output: Output, row: Row) -> list[str]:
    """Return what people decided of it, and what became of that."""
    return [
        labelled(
            "decision",
            f"{one['verdict']}, says {safe(one['by'])} ({safe(one['id'])}): {one['fate']}: {safe(one['reason'])}",
        )
        for one in output.rows().decisions
        if row["id"] in one["documents"]
    ]


def line_lines(output: Output, row: Row, line: int) -> list[str]:
    """Return what happened to one line of the source text."""
    text = _LINE_END.split(output.text(row["id"], "L1"))
    if not 1 <= line <= len(text):
        raise UsageError(f"{safe(row['path'])} has no line {line}: it has {len(text)}")
    lines = ["", labelled(f"line {line}", quoted(text[line - 1], 200))]
    facts = [
        f"removed: {span['reason']} ({safe(span['rule'])}), {safe(span['why'])}"
        for span in output.spans(row["id"])
        if span["lines"][0] <= line <= span["lines"][1] or span["reason"] == "document"
    ]
    for repeat in output.rows().repeats:
        if repeat["doc"] != row["id"]:
            continue
        facts += [
            f"{says} a repeat: {safe(repeat['why'])}"
            for side, says in (("kept", "the copy that stays of"), ("repeat", "the second place of"))
            if repeat[side]["lines"][0] <= line <= repeat[side]["lines"][1]
        ]
    facts += [
        f"furniture by {safe(found['rule'])}"
        for found in output.rows().furniture
        if found["doc"] == row["id"] and found["lines"][0] <= line <= found["lines"][1]
    ]
    return lines + [labelled("", fact) for fact in facts or ["kept"]]
