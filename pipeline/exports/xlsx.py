"""XLSX: `corpus.xlsx`, a workbook for people; by xlsxwriter, the extra `[xlsx]`.

Every text is a cell of text, so nothing in it runs; one that looks like a formula is marked as text (a quote prefix)
so that it stays one when a person edits it.  A cell holds 32,767 characters, a sheet 1,048,576 rows (Microsoft,
"Excel specifications and limits"): longer texts are cut and end in "…", more rows go on in a further sheet.
Characters that XML does not know are written as escapes.  Dates inside the file are fixed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import DamageError, OutputError, UsageError
from pipeline.exports import reviewed
from pipeline.exports.csv import FORMULA
from pipeline.ledger import Rows
from pipeline.report.rows import name_of
from pipeline.report.tables import SHEETS
from pipeline.waiting import queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xlsxwriter

    from pipeline.exports.origin import Origin
    from pipeline.ledger import Row
    from pipeline.store import Directory

    Cell = str | int | float | bool | None

_LONGEST: Final = 32_767  # characters of a cell, as UTF-16 counts them
_ROWS: Final = 1_048_576  # of a sheet
_NOT_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")  # two units of UTF-16
_MADE: Final = dt.datetime(1980, 1, 1)  # noqa: DTZ001 - the first day that zip knows; the file has no zones
_SHOWN: Final = ("tool", "version", "policy", "counts", "versions", "settings")


def write(origin: Origin, store: Directory) -> None:
    """Write corpus.xlsx.

    Raises:
        UsageError: xlsxwriter is not installed.
        OutputError: the workbook cannot be written.
    """
    try:
        import xlsxwriter.exceptions  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("xlsx needs the package xlsxwriter: pip install 'clean-corpus[xlsx]'") from None
    path = store.root / "corpus.xlsx"
    options = {"constant_memory": True, "tmpdir": os.fspath(store.root)}
    try:
        with xlsxwriter.Workbook(os.fspath(path), options) as book:
            book.set_properties({"title": origin.about.name, "created": _MADE})
            _fill(book, origin)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise OutputError(f"cannot write corpus.xlsx: {error}") from error
    store.adopt("corpus.xlsx", "", path.stat().st_size)


def _fill(book: xlsxwriter.Workbook, origin: Origin) -> None:
    names = {row["id"]: name_of(row) for table in ("archived", "documents") for row in origin.rows(table)}
    overview = _Sheets(book, "run", ("what", "value"))
    for leaf in _leaves({key: origin.run[key] for key in _SHOWN}):
        overview.add(leaf)
    review = _Sheets(book, reviewed.SHEET, reviewed.HEAD, {"verdict": reviewed.VERDICTS})
    for item in queue(_rows(origin), origin.run["settings"]["cluster"]["review_size"]):
        review.add(reviewed.cells(item))
    for file, (head, table, lines) in SHEETS.items():
        texts = iter(origin.documents("all")) if table == "documents" else None
        sheets = _Sheets(book, file.removesuffix(".csv"), (*head, "text") if texts else head)
        for row in origin.rows(table):
            more = (_text_of(row, next(texts, {})),) if texts else ()
            for line in lines(row, names):
                sheets.add((*line, *more))


def _rows(origin: Origin) -> Rows:
    """Return what a queue is made of; texts of spans and edits are not."""
    tables = ("documents", "archived", "pairs", "clusters", "decisions")
    return Rows(**{table: list(origin.rows(table)) for table in tables})


def _text_of(row: Row, data: Mapping[str, Any]) -> str:
    """Return a document's text: the data files have the documents in the order of the ledger."""
    if data.get("id") != row["id"]:
        raise DamageError("data/all.parquet: its documents are not those of the ledger")
    return str(data["text"])


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, Cell]]:
    """Yield the values of nested objects by their dotted names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, (str, int, float)):
        yield name, value
    else:
        yield name, json.dumps(value, ensure_ascii=False)


class _Sheets:
    """Writes rows to a sheet, and to a further one where that is full."""

    def __init__(
        self,
        book: xlsxwriter.Workbook,
        title: str,
        head: Sequence[str],
        choices: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._book = book
        self._title = title
        self._head = head
        self._choices = choices or {}  # of a column: what may be written into its cells
        self._bold = book.add_format({"bold": True})
        self._plain = book.add_format({"quote_prefix": True})
        self._number = 0
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        self._sheet = self._book.add_worksheet(
            f"{self._title} {self._number}" if self._number > 1 else self._title
        )
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._head):
            self._sheet.write_string(0, column, name, self._bold)
        for name, values in self._choices.items():
            column = self._head.index(name)
            rule = {"validate": "list", "source": list(values), "error_title": name}
            self._sheet.data_validation(1, column, _ROWS - 1, column, rule)
        self._row = 1

    def add(self, line: Sequence[Cell]) -> None:
        """Write a row."""
        if self._row == _ROWS:
            self._begin()
        for column, value in enumerate(line):
            if isinstance(value, (bool, str)):
                text = _cell(value) if isinstance(value, str) else ("no", "yes")[value]
                quoted = self._plain if text.startswith(FORMULA) else None
                self._sheet.write_string(self._row, column, text, quoted)
            elif value is not None:
                self._sheet.write_number(self._row, column, value)
        self._row += 1


def _cell(text: str) -> str:
    """Return what a cell can hold of a text."""
    shown = _NOT_XML.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
    if len(shown) + len(_ASTRAL.findall(shown)) <= _LONGEST:
        return shown
    return shown.encode("utf-16-le")[: 2 * (_LONGEST - 1)].decode("utf-16-le", "ignore") + "…"
