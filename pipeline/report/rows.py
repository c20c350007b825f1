"""What the report reads: a run and the rows of its ledger, as parsed from JSON.

A row is a parsed JSON object; every key is always there, null when absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

#: A parsed JSON object.
Row: TypeAlias = Mapping[str, Any]


class Rows(Protocol):
    """The tables of a ledger, each in the order of the ledger."""

    @property
    def documents(self) -> Sequence[Row]:
        """One row for each document, kept or removed."""

    @property
    def spans(self) -> Sequence[Row]:
        """What was removed, with where it survives."""

    @property
    def edits(self) -> Sequence[Row]:
        """What normalisation changed."""

    @property
    def repeats(self) -> Sequence[Row]:
        """Passages that stand twice in one document."""

    @property
    def pairs(self) -> Sequence[Row]:
        """Compared pairs of documents, with the verdict."""

    @property
    def clusters(self) -> Sequence[Row]:
        """Documents around the one that was kept."""

    @property
    def furniture(self) -> Sequence[Row]:
        """Lines of the site, not of the article."""

    @property
    def passages(self) -> Sequence[Row]:
        """Passages that several documents share."""

    @property
    def archived(self) -> Sequence[Row]:
        """Documents of archives that the other tables name."""

    @property
    def skipped(self) -> Sequence[Row]:
        """Inputs that were not processed."""


def by_id(documents: Iterable[Row]) -> dict[str, Row]:
    """Return the rows of documents by their id."""
    return {row["id"]: row for row in documents}


def named(rows: Rows) -> dict[str, Row]:
    """Return the rows of documents by their id, those of archives too: they are kept, for none of the others."""
    archived = {row["id"]: {**row, "status": "kept", "of": None} for row in rows.archived}
    return archived | by_id(rows.documents)


def name_of(document: Row) -> str:
    """Return the path of a document, with the member, if it is no part of the path, and the place inside a container.

    Of a document of an archive, the archive is named too.
    """
    parts = [str(document["path"])]
    if document["member"] and not parts[0].endswith(str(document["member"])):
        parts.append(str(document["member"]))
    name = " › ".join(parts)
    name = f"{name} #{document['ordinal']}" if document["ordinal"] else name
    return f"{name} (archive {document['archive']})" if "archive" in document else name


def lines_text(lines: Sequence[int] | None) -> str:
    """Return "line 4" or "lines 4–9" (L1, from 1); empty where the lines are not known."""
    if not lines:
        return ""
    first, last = lines[0], lines[-1]
    return f"line {first}" if first == last else f"lines {first}–{last}"


def repeat_text(repeat: Sequence[int], kept: Sequence[int]) -> str:
    """Return "lines 38–74 repeat lines 1–37"."""
    one = bool(repeat) and repeat[0] == repeat[-1]
    return f"{lines_text(repeat)} {'repeats' if one else 'repeat'} {lines_text(kept)}"
