"""The sheet `review` of a workbook: a row for each pair to be looked at, and what a person wrote into it, read back.

What a decision is about stands in one cell, as JSON of plain ASCII beside a checksum: a spreadsheet that shows, sorts
or filters rows changes neither, and what it did change is found.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.decisions import Event, Pair, Verdict, as_row, from_row
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.decisions import Seen
    from pipeline.waiting import Item

SHEET: Final = "review"
HEAD: Final = (
    *("waits", "tier", "score", "identity", "verdict", "why", "a", "a_title", "b", "b_title"),
    *("differences", "subject", "check"),
)
VERDICTS: Final = (Verdict.SAME, Verdict.DIFFERENT, Verdict.KEEP_BOTH, Verdict.UNSURE)
_READ: Final = ("verdict", "why", "subject", "check")
_SHEETS: Final = re.compile(SHEET + r"( \d+)?")
_QUOTED: Final = re.compile(
    r"\A'(?=[=+\-@\t\r])"
)  # what keeps a text from being run, where a program shows it


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person wrote into a row."""

    where: str  # file, sheet and row
    verdict: Verdict
    why: str
    subject: Pair
    seen: Seen | None


def cells(item: Item) -> tuple[str | float | None, ...]:
    """Return the row of a pair, with no verdict yet."""
    names = [(one.path, (row.get("meta") or {}).get("title") or "") for one, row in _sides(item)]
    subject = _subject(item)
    told = "\n".join(item.differences)
    return (
        *(item.stratum, item.tier, item.score, item.identity, None, None),
        *(*names[0], *names[1], told, subject, _check(subject)),
    )


def _sides(item: Item) -> tuple[tuple[Any, Any], ...]:
    return (item.subject.a, item.a), (item.subject.b, item.b)


def _subject(item: Item) -> str:
    """Return what a decision of the pair is about, and what was seen."""
    blank = Event("-", "2000-01-01T00:00:00Z", "-", "-", Verdict.UNSURE, item.subject, item.seen, "", None)
    row = as_row(blank)
    text = json.dumps({key: row[key] for key in ("subject", "seen")}, sort_keys=True, separators=(",", ":"))
    return text.replace("_x", "\\u005fx")  # `_x000D_` in a cell means a character


def _check(subject: str) -> str:
    return "k-" + hashlib.blake2b(subject.encode("utf-8", "replace"), digest_size=8).hexdigest()


def read(path: Path) -> list[Reviewed]:
    """Return what was written into the review of a workbook; rows without a verdict are not told.

    Raises:
        UsageError: openpyxl is not installed, it is no such workbook, or a row is not what it was or must be; it
            says which.
    """
    try:
        import openpyxl  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError("xlsx needs the package openpyxl: pip install 'clean-corpus[xlsx]'") from None
    name = safe(str(path))
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True)
            sheets = [
                (title, list(book[title].iter_rows(values_only=True)))
                for title in book.sheetnames
                if _SHEETS.fullmatch(title)
            ]
    except Exception as error:
        raise UsageError(f"{name}: cannot be read as a workbook: {safe(str(error))}") from error
    if not sheets:
        raise UsageError(f"{name}: has no sheet {SHEET}; `clean-corpus export --as xlsx` makes one")
    found: dict[frozenset[object], Reviewed] = {}
    for title, rows in sheets:
        for one in _rows(f"{name}, sheet {title}", rows):
            first = found.setdefault(frozenset((one.subject.a, one.subject.b)), one)
            if first is not one:
                raise UsageError(f"{one.where}: the same pair as in {first.where}")
    return list(found.values())


def _rows(where: str, rows: Sequence[Sequence[object]]) -> Iterator[Reviewed]:
    head = [str(value) for value in rows[0]] if rows else []
    for column in _READ:
        if head.count(column) != 1:
            raise UsageError(f"{where}: row 1 must name the column {column} once")
    at = [head.index(column) for column in _READ]
    for number, row in enumerate(rows[1:], 2):
        place = f"{where}, row {number}"
        values = [row[column] if column < len(row) else None for column in at]
        verdict, why, subject, check = (_text(value, place) for value in values)
        if verdict:
            yield _reviewed(place, verdict, why, subject, check)
        elif why:
            raise UsageError(f"{place}: a reason without a verdict; {Verdict.UNSURE} records that you looked")


def _reviewed(place: str, verdict: str, why: str, subject: str, check: str) -> Reviewed:
    if verdict.lower() not in list(VERDICTS):
        raise UsageError(f"{place}: verdict {safe(verdict)}: must be one of {', '.join(VERDICTS)}")
    if check != _check(subject):
        raise UsageError(
            f"{place}: subject or check was changed, so nobody knows which pair is meant; export it again"
        )
    try:
        told = json.loads(subject)
        blank = {"v": 1, "id": "-", "at": "2000-01-01T00:00:00Z", "by": "-", "via": "-", "why": ""}
        event = from_row({**blank, "verdict": verdict.lower(), "supersedes": None, **told})
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"{place}: subject: {safe(str(error))}") from error
    if not isinstance(event.subject, Pair):
        raise UsageError(f"{place}: subject: must be a pair")
    return Reviewed(place, event.verdict, why, event.subject, event.seen)


def _text(value: object, place: str) -> str:
    """Return what a person sees in a cell."""
    if value is None:
        return ""
    if not isinstance(value, (str, int, float, dt.date, dt.time)):
        raise UsageError(f"{place}: {safe(repr(value))[:80]} is no text")
    return _QUOTED.sub("", str(value).strip(), count=1)
