"""The balance of a run: counts that must add up, taken from the rows that were written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pipeline.ledger import Rows


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was met while walking and reading: files and bytes."""

    files: int = 0
    read: int = 0  # bytes of files that were opened, and of those that were skipped
    between: int = (
        0  # bytes of files read that are no single document's: line ends, archives, what is compressed
    )
    labels: tuple[str, ...] = ()  # sorted


#: What is counted, and of which tier, rule, source or flag → how many, or how much.
Tally: TypeAlias = Counter[tuple[str, str]]


def tally_of(rows: Rows, archived: Collection[str]) -> Tally:
    """Return the counts of some rows of a ledger; those of its parts, added, are those of the whole.

    `archived` are the documents of archives that rows may name.
    """
    out: Tally = Counter()
    for row in rows.documents:
        _count_document(out, row, archived)
    for span in rows.spans:
        out["characters removed", span["reason"]] += span["chars"]
    for edit in rows.edits:
        out["edits", edit["rule"]] += len(edit["starts"])
    for repeat in rows.repeats:
        out["repeats", repeat["class"]] += 1
    for pair in rows.pairs:
        out["pairs", pair["tier"]] += 1
    for decision in rows.decisions:
        out["decisions", decision["fate"]] += 1
    for skipped in rows.skipped:
        out["bytes", skipped["status"]] += skipped["bytes"]
    return out


def _count_document(out: Tally, row: Mapping[str, Any], archived: Collection[str]) -> None:
    out["documents", row["status"]] += 1
    out["source", row["source"]] += 1
    if row["status"] == "removed":
        out["removed", row["tier"]] += 1
        out["removed of source", row["source"]] += 1
        out["removed for archives", ""] += row["of"] in archived
    for flag in row["flags"]:
        out["flags", flag] += 1
    out["stored", ""] += row["l0"]["stored"]
    out["characters", "l1"] += row["l1"]["chars"]
    out["characters", "l2"] += row["l2"]["chars"]
    out["characters", "kept"] += row["kept_chars"]
    out["characters", "html_unextracted"] += row["l1"]["unextracted"]


def counts_of(tally: Tally, inputs: Inputs, review: int) -> dict[str, Any]:
    """Return the counts of run.json."""
    kept, removed = tally["documents", "kept"], tally["documents", "removed"]
    l1, l2 = tally["characters", "l1"], tally["characters", "l2"]
    by_reason = named(tally, "characters removed")
    return {
        "files": inputs.files,
        "bytes": {
            "read": inputs.read,
            "accepted": tally["stored", ""] + inputs.between,
            "quarantined": tally["bytes", "quarantined"],
            "skipped": tally["bytes", "skipped"],
        },
        "documents": {
            "in": sum(named(tally, "documents").values()),
            "kept": kept,
            "removed": removed,
            "removed_by_tier": named(tally, "removed"),
            "removed_for_archives": tally["removed for archives", ""],
        },
        "characters": {
            "l1": l1,
            "l1_to_l2": l2 - l1,
            "l2": l2,
            "kept": tally["characters", "kept"],
            "removed": sum(by_reason.values()),
            "removed_by_reason": by_reason,
            "html_unextracted": tally["characters", "html_unextracted"],
        },
        "repeats": named(tally, "repeats"),
        "pairs": named(tally, "pairs"),
        "review": review,
        "decisions": named(tally, "decisions"),
        "edits": named(tally, "edits"),
    }


def named(tally: Tally, what: str) -> dict[str, int]:
    """Return the counts of one sort by name, in the order of the names."""
    return dict(sorted((name, count) for (sort, name), count in tally.items() if sort == what))


def balance_of(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return what is left over of bytes, documents and characters: all 0, or something was lost."""
    size, documents, characters = counts["bytes"], counts["documents"], counts["characters"]
    return {
        "bytes": size["read"] - size["accepted"] - size["quarantined"] - size["skipped"],
        "documents": documents["in"] - documents["kept"] - documents["removed"],
        "characters": characters["l2"] - characters["kept"] - characters["removed"],
    }


def sources_of(tally: Tally) -> list[dict[str, Any]]:
    """Return documents in, kept and removed for each source, the largest first."""
    total, gone = named(tally, "source"), Counter(named(tally, "removed of source"))
    ordered = sorted(total, key=lambda s: (-total[s], s))
    return [{"source": s, "in": total[s], "kept": total[s] - gone[s], "removed": gone[s]} for s in ordered]
