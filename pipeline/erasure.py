"""Which documents are erased with one, and what was found without them.

A text is erased, not a file: whatever has the same bytes, decoded or normalised text goes with it, and is refused
by every later run.  What went for it, or it for, holds most of the same text; so do others that went for the same,
and what another policy would let go so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pipeline.decisions import holdings
from pipeline.errors import UsageError, safe
from pipeline.listing import refused_row
from pipeline.matching import Document
from pipeline.packed import Packed
from pipeline.tombstones import hashes_of, stone_of, veiled
from stages.model import Tier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.decisions import Event
    from pipeline.facts import Facts
    from pipeline.ledger import Row
    from pipeline.readers import Unit
    from pipeline.tombstones import Blanked, Tombstone

_LAYERS: Final = ("l0", "l1", "l2")
#: Tiers of pairs of which one holds most of the other, whether the policy lets it go or not.
_HELD: Final = frozenset({Tier.IDENTICAL, Tier.KEY_EQUAL, Tier.NEAR, Tier.CONTAINED})
_LISTED: Final = 8  # documents that a message names


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of documents, each in the order of the ledger."""

    named: tuple[Row, ...]  # by a person
    same: tuple[Row, ...]  # others of the same text
    copies: tuple[Row, ...]  # others that hold most of it
    alike: tuple[tuple[str, str], ...] = ()  # id and tier of others that a person may think of; they stay
    left: tuple[Row, ...] = ()  # those of the copies that stay

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that go."""
        return (*self.named, *self.same, *self.copies)

    def stones(self, at: str, why: str, *, named: bool) -> tuple[Tombstone, ...]:
        """Return their tombstones."""
        return tuple(stone_of(row, at, why, named=named) for row in self.rows)

    def settled(self, *, copies: bool | None) -> Chosen:
        """Return what goes if what holds most of the text goes too, or not.

        Raises:
            UsageError: there are others, and nobody said.
        """
        others = (*self.same, *self.copies)
        if others and copies is None:
            raise UsageError(
                f"{len(others):,} more hold the same text, or most of it: {_listed(others)}.  --copies erases them "
                "too; --keep-copies erases those with the same text, and keeps the others"
            )
        return self if copies else replace(self, copies=(), left=self.copies)


def chosen(rows: Sequence[Row], pairs: Sequence[Row], ids: Iterable[str]) -> Chosen:
    """Return documents with all that hold the same text, or most of it; `rows` and `pairs` are of the ledger.

    Raises:
        UsageError: there is no such document, or it holds no text.
    """
    wanted = set(ids)
    known = {row["id"]: row for row in rows}
    for doc in sorted(wanted):
        if doc not in known:
            raise UsageError(f"{safe(doc)}: no document of this output")
        if not known[doc]["l2"]["chars"]:
            raise UsageError(f"{safe(known[doc]['path'])}: holds no text, so there is nothing to erase")
    same = _same(rows, wanted)
    held = [(pair["a"], pair["b"]) for pair in pairs if pair["tier"] in _HELD]
    every, before = same, set[str]()
    while every != before:
        before = every
        every = _same(rows, every | _copies(rows, held, every))
    others = {(b, p["tier"]) for p in pairs for a, b in ((p["a"], p["b"]), (p["b"], p["a"])) if a in every}
    return Chosen(
        alike=tuple(sorted((doc, tier) for doc, tier in others if doc not in every)),
        named=tuple(row for row in rows if row["id"] in wanted),
        same=tuple(row for row in rows if row["id"] in same - wanted),
        copies=tuple(row for row in rows if row["id"] in every - same),
    )


def _listed(rows: Sequence[Row]) -> str:
    shown = [f"{safe(row['path'])} ({row['id']}, {row['tier'] or row['status']})" for row in rows[:_LISTED]]
    more = [f"and {len(rows) - _LISTED:,} more (see --dry-run)"] if len(rows) > _LISTED else []
    return ", ".join([*shown, *more])


def _same(rows: Sequence[Row], ids: set[str]) -> set[str]:
    """Return the documents of which bytes or text are those of one of `ids`, or of one that is found so."""
    found, before = set(ids), set[str]()
    while found != before:
        before = found
        hashes = {row[layer]["sha256"] for row in rows if row["id"] in found for layer in _LAYERS}
        found = {row["id"] for row in rows if not hashes.isdisjoint(row[x]["sha256"] for x in _LAYERS)}
    return found


def _copies(rows: Sequence[Row], held: Sequence[tuple[str, str]], ids: set[str]) -> set[str]:
    """Return what went for one of these, what these went for, the others that went for that, and what is `held`."""
    beside = {doc for pair in held if not ids.isdisjoint(pair) for doc in pair}
    heads = ids | beside | {row["of"] for row in rows if row["id"] in ids and row["of"]}
    return {row["id"] for row in rows if row["id"] in heads or row["of"] in heads}


def without(found: Facts, stones: Sequence[Tombstone], blanked: Mapping[str, Blanked]) -> Facts:
    """Return what was read less what was erased, which is skipped now; what is compared is to be found anew."""
    left, skipped = Packed(Document), [*found.skipped]
    units: dict[tuple[bytes, bytes], list[Unit]] = {}
    for unit in found.units:
        units.setdefault((unit.label.encode(), unit.path), []).append(unit)
    for document in found.documents:
        pack = blanked.get(document.pack)
        row = pack.rows.get(document.row) if pack else None
        if row is None:
            left.append(replace(document, pack=pack.name) if pack else document)
        elif document.archived is None:
            label, path, _ = document.path[:-8].split(b"\0", 2)
            skipped.append(_skipped(document.name, row, units[label, path]))
    order = sorted(veiled(skipped, stones), key=lambda r: (r["path"], r["offset"] or 0))
    return replace(found, documents=left, skipped=tuple(order), forgotten=tuple(stones))


def _skipped(name: str, row: Row, units: Sequence[Unit]) -> Row:
    """Return the row of the ledger of an erased record of a file, as the next run has it."""
    unit = next((u for u in reversed(units) if u.start <= row["offset"]), units[0])
    known = {"pack": "erased", "sha256": unit.kept.sha256 if unit.kept else ""}
    return refused_row(unit, {**row, **known}, name, alone=False)


def allowed(decisions: Iterable[Event], stones: Iterable[Tombstone]) -> tuple[Event, ...]:
    """Return the decisions that are not about something erased: they may quote it."""
    hashes = {f"sha256:{h}" for h in hashes_of(stones)}
    named = ((event, {h for one in holdings(event) for h in (one.text, one.bytes)}) for event in decisions)
    return tuple(event for event, of in named if hashes.isdisjoint(of))
