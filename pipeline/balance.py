"""The balance of a run: counts that must add up, taken from the rows that were written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def counts_of(rows: Rows, inputs: Inputs, review: int) -> dict[str, Any]:
    """Return the counts of run.json."""
    documents = rows.documents
    accepted = sum(d["l0"]["stored"] for d in documents) + inputs.between
    kept = [d for d in documents if d["status"] == "kept"]
    removed = [d for d in documents if d["status"] == "removed"]
    archived = {row["id"] for row in rows.archived}
    by_reason: Counter[str] = Counter()
    for span in rows.spans:
        by_reason[span["reason"]] += span["chars"]
    edits: Counter[str] = Counter()
    for edit in rows.edits:
        edits[edit["rule"]] += len(edit["starts"])
    l1, l2 = (sum(d[layer]["chars"] for d in documents) for layer in ("l1", "l2"))
    return {
        "files": inputs.files,
        "bytes": {
            "read": inputs.read,
            "accepted": accepted,
            "quarantined": _bytes(rows.skipped, "quarantined"),
            "skipped": _bytes(rows.skipped, "skipped"),
        },
        "documents": {
            "in": len(documents),
            "kept": len(kept),
            "removed": len(removed),
            "removed_by_tier": _count(d["tier"] for d in removed),
            "removed_for_archives": sum(d["of"] in archived for d in removed),
        },
        "characters": {
            "l1": l1,
            "l1_to_l2": l2 - l1,
            "l2": l2,
            "kept": sum(d["kept_chars"] for d in documents),
            "removed": sum(by_reason.values()),
            "removed_by_reason": dict(sorted(by_reason.items())),
            "html_unextracted": sum(d["l1"]["unextracted"] for d in documents),
        },
        "repeats": _count(r["class"] for r in rows.repeats),
        "pairs": _count(p["tier"] for p in rows.pairs),
        "review": review,
        "edits": dict(sorted(edits.items())),
    }


def balance_of(counts: Mapping[str, Any]) -> dict[str, int]:
    """Return what is left over of bytes, documents and characters: all 0, or something was lost."""
    size, documents, characters = counts["bytes"], counts["documents"], counts["characters"]
    return {
        "bytes": size["read"] - size["accepted"] - size["quarantined"] - size["skipped"],
        "documents": documents["in"] - documents["kept"] - documents["removed"],
        "characters": characters["l2"] - characters["kept"] - characters["removed"],
    }


def sources_of(rows: Rows) -> list[dict[str, Any]]:
    """Return documents in, kept and removed for each source, the largest first."""
    total: Counter[str] = Counter(d["source"] for d in rows.documents)
    gone: Counter[str] = Counter(d["source"] for d in rows.documents if d["status"] == "removed")
    ordered = sorted(total, key=lambda s: (-total[s], s))
    return [{"source": s, "in": total[s], "kept": total[s] - gone[s], "removed": gone[s]} for s in ordered]


def _bytes(skipped: Iterable[Mapping[str, Any]], status: str) -> int:
    return sum(s["bytes"] for s in skipped if s["status"] == status)


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
