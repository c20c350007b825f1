"""Which document a person means."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.ledger import Output, Row

_LISTED: Final = 8  # documents that a message names
_PREFIX: Final = 4  # characters of an id that may be enough


@dataclass(frozen=True, slots=True)
class Found:
    """A document, of this output or of an archive, or an input that was not processed, and the line asked for."""

    document: Row | None
    skipped: Row | None
    line: int | None
    archived: Row | None = None


def find(output: Output, text: str) -> Found:
    """Return what `text` names: an id or the start of one, a path, the end of a path, or one of these and `:LINE`.

    In a file of records, the line is the number of the record, behind which a line of it may stand.

    Raises:
        UsageError: nothing, or more than one thing, is meant.
    """
    rows = output.rows()
    head, colon, number = text.rpartition(":")
    tries: list[tuple[str, int | None]] = [(text, None)]
    if colon and number.isascii() and number.isdigit():
        tries.append((head, int(number)))
    for name, line in tries:
        documents = _documents(rows.documents, name)
        if line is not None and documents and all(_of_records(row, name) for row in documents):
            documents = [row for row in documents if row["ordinal"] == line - 1] or documents
            line = None if len(documents) == 1 else line  # noqa: PLW2901 - the number is used up
        if len(documents) == 1:
            return Found(documents[0], None, line)
        if documents:
            _ambiguous(name, documents)
        skipped = [row for row in rows.skipped if row["path"] == name]
        if skipped:
            return Found(None, skipped[0], line)
    archived = [row for row in rows.archived if len(text) >= _PREFIX and row["id"].startswith(text)]
    if len(archived) == 1:
        return Found(None, None, None, archived[0])
    paths = sorted({row["path"] for row in (*rows.documents, *rows.skipped)})
    close = difflib.get_close_matches(text, paths[:20_000], n=3)
    guess = f"; did you mean {', '.join(map(safe, close))}?" if close else ""
    raise UsageError(f"no document {safe(text)} in {safe(os.fspath(output.path))}{guess}")


def found_id(output: Output, text: str) -> str:
    """Return the id of the one document that `text` names.

    Raises:
        UsageError: it names none, or several.
    """
    found = find(output, text)
    if found.document is None:
        raise UsageError(f"{safe(text)}: was not processed, so there is nothing to restore")
    return str(found.document["id"])


def exact_id(output: Output, text: str) -> str:
    """Return the id of the one document of which `text` is the id, the path, or path and record: all of it, no guess.

    Raises:
        UsageError: it is of none, or of several.
    """
    wanted = {text, os.path.normpath(text)}
    rows = output.rows().documents
    found = [row for row in rows if not wanted.isdisjoint((row["id"], row["path"], _shown(row)))]
    if len(found) == 1:
        return str(found[0]["id"])
    if found:
        _ambiguous(text, found)
    row = find(output, text).document
    if row is None:
        raise UsageError(f"{safe(text)}: was not processed")
    raise UsageError(
        f"{safe(text)}: no whole path or id of a document; do you mean {safe(_shown(row))} ({row['id']})?"
    )


def _shown(row: Row) -> str:
    """Return the path of a document, of a record with its number."""
    return f"{row['path']}:{row['ordinal'] + 1}" if row["text_field"] else str(row["path"])


def _documents(rows: Iterable[Row], name: str) -> list[Row]:
    """Return the documents that a name may mean, by the first way that knows it."""
    every = list(rows)
    path = os.path.normpath(name)
    ways = (
        [row for row in every if row["id"] == name],
        [row for row in every if row["path"] in {name, path}],
        [row for row in every if _shown(row) in {name, path}],
        [row for row in every if row["l3"] is not None and row["l3"]["path"] == path],
        [row for row in every if len(name) >= _PREFIX and _short(row).startswith(name.removeprefix("d-"))],
        [row for row in every if _is_path(name, row["path"])],
        [row for row in every if _is_path(name, _shown(row))],
    )
    return next((found for found in ways if found), [])


def _of_records(row: Row, name: str) -> bool:
    """Whether a name that means this record is that of its file, and not its own."""
    files = [row["path"], *([row["l3"]["path"]] if row["l3"] else [])]
    return bool(row["text_field"]) and any(_is_path(name, file) for file in files)


def _is_path(name: str, full: str) -> bool:
    """Whether a name is a path or its end, or ends in it."""
    path = os.path.normpath(name)
    return full in {name, path} or full.endswith(f"/{path}") or path.endswith(f"/{full}")


def _short(row: Row) -> str:
    return str(row["id"]).removeprefix("d-")


def _ambiguous(name: str, documents: list[Row]) -> None:
    listed = ", ".join(f"{safe(_shown(row))} ({row['id']})" for row in documents[:_LISTED])
    more = f" and {len(documents) - _LISTED} more" if len(documents) > _LISTED else ""
    raise UsageError(f"{safe(name)} names {len(documents)} documents: {listed}{more}")
