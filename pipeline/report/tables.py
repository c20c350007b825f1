"""The CSV tables of a report, for spreadsheets.

UTF-8 with a byte-order mark, because spreadsheets take a file without one for a local encoding; CR LF ends a row.
A text cell that begins with `=`, `+`, `-`, `@`, TAB or CR gets an apostrophe before it: a spreadsheet would run it
as a formula (OWASP, "CSV injection").  A cell holds at most 32,000 characters, since spreadsheets cut at 32,767.
Lone surrogates are written as escapes.  The ledger is the form without loss; these tables are for reading.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Final

from pipeline.errors import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pipeline.report.rows import Row, Rows

    Cell = str | int | float | bool | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_LONGEST: Final = 32_000  # characters of a cell
_META: Final = ("title", "url", "published", "source", "author")

_DOCUMENTS: Final = (
    *(
        "id",
        "label",
        "path",
        "member",
        "ordinal",
        "media",
        "status",
        "tier",
        "of",
        "of_path",
        "cluster",
        "why",
    ),
    *_META,
    *(
        "source_group",
        "encoding",
        "decoding_errors",
        "l0_bytes",
        "l1_chars",
        "l1_lines",
        "l2_chars",
        "l3_chars",
    ),
    *("kept_chars", "removed_chars", "flags", "warnings", "l0_sha256", "l2_sha256", "l3_sha256", "l3_path"),
)
_REMOVED: Final = (
    *("doc", "path", "n", "reason", "rule", "chars", "start", "end", "first_line", "last_line"),
    *("of", "of_path", "of_start", "of_end", "of_first_line", "of_last_line", "sha256", "why"),
)
_CLUSTERS: Final = (
    *("cluster", "size", "chain", "kept", "kept_path", "why_kept"),
    *("member", "path", "archive", "tier", "removed", "direct", "why"),
)
_SCORES: Final = ("estimate", "jaccard", "a_in_b", "b_in_a", "identity", "a_aligned", "b_aligned")
_REPEATS: Final = (
    *("doc", "path", "n", "class", "removed", "kept_first_line", "kept_last_line"),
    *("repeat_first_line", "repeat_last_line", "kept_start", "kept_end", "repeat_start", "repeat_end"),
    *("lines_equal", "lines_total", "figures_differ", "differences", *_SCORES, "why"),
)
_SKIPPED: Final = ("path", "status", "reason", "detail", "bytes", "offset", "sha256")


def csv_heads() -> dict[str, bytes]:
    """Return by file name how a table begins: the byte-order mark and the names of its columns."""
    return {name: b"\xef\xbb\xbf" + _encoded([head]) for name, (head, _, _) in SHEETS.items()}


def csv_lines(rows: Rows, names: Mapping[str, str]) -> dict[str, bytes]:
    """Return by file name the lines of some rows; `names` has those of the documents that they name."""
    return {
        name: _encoded(
            [_cell(value) for value in line] for row in getattr(rows, table) for line in lines(row, names)
        )
        if getattr(rows, table)
        else b""
        for name, (_, table, lines) in SHEETS.items()
    }


def _encoded(lines: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Cell) -> str | int | float:
    """Return what stands in the file: numbers as they are, `yes` and `no`, text that no spreadsheet runs."""
    if isinstance(value, str):
        plain = value.isprintable() and len(value) <= _LONGEST
        shown = value if plain else safe(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")
        return "'" + shown if shown.startswith(_FORMULA) else shown
    if value is None:
        return ""
    return ("no", "yes")[value] if isinstance(value, bool) else value


def _document(row: Row, paths: Mapping[str, str]) -> list[list[Cell]]:
    l0, l1, l2, l3 = row["l0"], row["l1"], row["l2"], row["l3"] or {}
    line: list[Cell] = [
        *(row[key] for key in ("id", "label", "path", "member", "ordinal", "media", "status", "tier", "of")),
        *(paths.get(row["of"]), row["cluster"], row["why"]),
        *(row["meta"][key] for key in _META),
        *(row["source"], l0["encoding"], l0["errors"], l0["bytes"]),
        *(l1["chars"], l1["lines"], l2["chars"], l3.get("chars")),
        *(row["kept_chars"], row["removed_chars"], " ".join(row["flags"]), " | ".join(row["warnings"])),
        *(l0["sha256"], l2["sha256"], l3.get("sha256"), l3.get("path")),
    ]
    return [line]


def _span(row: Row, paths: Mapping[str, str]) -> list[list[Cell]]:
    of = row["of"] or {}
    line: list[Cell] = [
        *(row["doc"], paths.get(row["doc"]), row["n"], row["reason"], row["rule"], row["chars"]),
        *(row["start"], row["end"], *_lines(row["lines"])),
        *(
            of.get("doc"),
            paths.get(of.get("doc", "")),
            of.get("start"),
            of.get("end"),
            *_lines(of.get("lines")),
        ),
        *(row["sha256"], row["why"]),
    ]
    return [line]


def _cluster(row: Row, paths: Mapping[str, str]) -> list[list[Cell]]:
    head = [row["id"], row["size"], row["chain"], row["kept"], paths.get(row["kept"]), row["why_kept"]]
    tail = ("id", "path", "archive", "tier", "removed", "direct", "why")
    return [[*head, *(member[key] for key in tail)] for member in row["members"]]


def _repeat(row: Row, paths: Mapping[str, str]) -> list[list[Cell]]:
    kept, repeat, scores = row["kept"], row["repeat"], row["scores"]
    line: list[Cell] = [
        *(row["doc"], paths.get(row["doc"]), row["n"], row["class"], row["removed"]),
        *(*_lines(kept["lines"]), *_lines(repeat["lines"])),
        *(kept["start"], kept["end"], repeat["start"], repeat["end"]),
        *(row["lines_equal"], row["lines_total"], row["figures_differ"]),
        json.dumps([[d["kind"], d["a_text"], d["b_text"]] for d in row["differences"]], ensure_ascii=False),
        *(scores[key] for key in _SCORES),
        row["why"],
    ]
    return [line]


def _lines(lines: Sequence[int] | None) -> tuple[Cell, Cell]:
    return (lines[0], lines[-1]) if lines else (None, None)


def _left(row: Row, paths: Mapping[str, str]) -> list[list[Cell]]:
    del paths
    return [[row[key] for key in _SKIPPED]]


#: File → names of its columns, table of the ledger, and the lines of a row of that.
SHEETS: Final[dict[str, tuple[Sequence[str], str, Callable[[Row, Mapping[str, str]], list[list[Cell]]]]]] = {
    "documents.csv": (_DOCUMENTS, "documents", _document),
    "removed.csv": (_REMOVED, "spans", _span),
    "clusters.csv": (_CLUSTERS, "clusters", _cluster),
    "repeats.csv": (_REPEATS, "repeats", _repeat),
    "skipped.csv": (_SKIPPED, "skipped", _left),
}
