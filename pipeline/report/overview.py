"""The first page: how much came in, what became of it, and whether the sums agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.report.removals import TIERS
from pipeline.report.show import number, percent, size, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCES_CAP: Final = 20  # that the overview shows; a page of their own shows how they printed each other
_ARCHIVES_CAP: Final = 20
WARNINGS_CAP: Final = 50
_ORDER: Final = tuple(TIERS)  # the order in which tiers are told


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a stacked bar, of 1000, and what it stands for."""

    kind: str  # class of its colour
    label: str
    count: str
    percent: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One line of the balance: documents and characters."""

    label: str
    documents: str
    characters: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What became of the documents of one source."""

    name: str
    came: str
    kept: str
    removed: str
    percent: str
    width: float  # of 100


@dataclass(frozen=True, slots=True)
class Overview:
    """The numbers of a run."""

    version: str
    policy: str
    inputs: tuple[str, ...]
    files: str
    read: str  # bytes
    came: str
    kept: str
    removed: str
    removed_characters: str
    review: str
    quarantined: str
    balanced: bool
    documents: tuple[Part, ...]
    characters: tuple[Part, ...]
    balance: tuple[BalanceLine, ...]
    sources: tuple[Source, ...]
    more_sources: int
    warnings: tuple[str, ...]
    more_warnings: int
    notes: tuple[str, ...]


def balanced(run: Mapping[str, Any]) -> bool:
    """Tell whether bytes, documents and characters all add up."""
    return not any(run["balance"].values())


def in_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the counts that are not zero, in the order in which tiers and classes are told."""
    known = [(key, counts[key]) for key in _ORDER if counts.get(key)]
    return known + sorted((key, n) for key, n in counts.items() if key not in _ORDER and n)


def fates_text(run: Mapping[str, Any]) -> str:
    """Return what became of the decisions of people, in one line."""
    counts = run["counts"]["decisions"]
    return " · ".join(f"{number(count)} {visible(fate, 40)}" for fate, count in counts.items())


def overview(run: Mapping[str, Any], not_processed: int) -> Overview:
    """Return the numbers of a run, ready to be shown."""
    counts = run["counts"]
    documents, characters, amounts = counts["documents"], counts["characters"], counts["bytes"]
    sources = sorted(run["sources"], key=lambda s: (-s["removed"], -s["in"], s["source"]))
    return Overview(
        version=visible(run["version"], 40),
        policy=visible(run["policy"], 40),
        inputs=tuple(visible(name, 200) for name in run["inputs"][:20]),
        files=number(counts["files"]),
        read=size(amounts["read"]),
        came=number(documents["in"]),
        kept=number(documents["kept"]),
        removed=number(documents["removed"]),
        removed_characters=number(characters["removed"]),
        review=number(counts["review"]),
        quarantined=number(not_processed),
        balanced=balanced(run),
        documents=_parts(documents["kept"], in_order(documents["removed_by_tier"])),
        characters=_parts(characters["kept"], in_order(characters["removed_by_reason"])),
        balance=tuple(_balance(run)),
        sources=tuple(_source(row) for row in sources[:SOURCES_CAP]),
        more_sources=max(0, len(sources) - SOURCES_CAP),
        warnings=tuple(visible(text) for text in run["warnings"][:WARNINGS_CAP]),
        more_warnings=max(0, len(run["warnings"]) - WARNINGS_CAP),
        notes=tuple(_notes(run)),
    )


def _parts(kept: int, removed: Sequence[tuple[str, int]]) -> tuple[Part, ...]:
    rows = [("kept", kept), *removed]
    whole = sum(n for _, n in rows)
    out: list[Part] = []
    done = 0
    for i, (label, n) in enumerate(rows):
        x, end = (round(1000 * at / max(1, whole), 1) for at in (done, done + n))
        kind = "kept" if i == 0 else f"removed{(i - 1) % 3}"
        out.append(Part(kind, visible(label, 60), number(n), percent(n, whole), x, round(end - x, 1)))
        done += n
    return tuple(out)


def _balance(run: Mapping[str, Any]) -> list[BalanceLine]:
    documents, characters = run["counts"]["documents"], run["counts"]["characters"]
    lines = [
        BalanceLine("decoded or extracted (L1)", number(documents["in"]), number(characters["l1"])),
        BalanceLine("normalisation, net (L1 → L2)", "", number(characters["l1_to_l2"])),
        BalanceLine("in (L2)", number(documents["in"]), number(characters["l2"]), "sum"),
        BalanceLine("kept", number(documents["kept"]), number(characters["kept"])),
        BalanceLine("removed", number(documents["removed"]), number(characters["removed"])),
    ]
    lines += [
        BalanceLine(f"as {visible(tier, 60)}", number(n), "", "part")
        for tier, n in in_order(documents["removed_by_tier"])
    ]
    lines += [
        BalanceLine(f"for {visible(reason, 60)}", "", number(n), "part")
        for reason, n in in_order(characters["removed_by_reason"])
    ]
    balance = run["balance"]
    lines.append(BalanceLine("left over", number(balance["documents"]), number(balance["characters"]), "sum"))
    return lines


def _notes(run: Mapping[str, Any]) -> list[str]:
    """Return the accounts that the table has no column for."""
    amounts, balance = run["counts"]["bytes"], run["balance"]
    parts = " + ".join(f"{number(amounts[key])} {key}" for key in ("accepted", "quarantined", "skipped"))
    notes = [f"Bytes: {number(amounts['read'])} read = {parts}; left over {number(balance['bytes'])}."]
    gone = number(run["counts"]["documents"]["removed_for_archives"])
    if run["archives"]:
        notes.append(f"Archives: {gone} of the removed documents went for one that an archive keeps.")
    notes += [
        f"Archive {visible(archive['label'], 200)}: {number(archive['documents'])} documents, only read; "
        f"SHA-256 of its manifest {visible(archive['manifest_sha256'], 64)}."
        for archive in run["archives"][:_ARCHIVES_CAP]
    ]
    if run["counts"]["decisions"]:
        notes.append(f"Decisions of people: {fates_text(run)}; each is in ledger/decisions.jsonl.")
    if run["counts"]["characters"]["html_unextracted"]:
        count = number(run["counts"]["characters"]["html_unextracted"])
        notes.append(
            f"Web pages: {count} visible characters were not part of the article and were not extracted."
        )
    return notes


def _source(row: Mapping[str, Any]) -> Source:
    came, removed = row["in"], row["removed"]
    return Source(
        visible(row["source"] or "(none)", 120),
        number(came),
        number(row["kept"]),
        number(removed),
        percent(removed, came),
        round(100 * removed / came, 1) if came else 0.0,
    )
