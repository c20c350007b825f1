"""An output that grows: what it was made of before, what of that is gone or cannot be read, and what moved.

A file that is gone stays, by what pass 1 made of it then; one whose bytes now stand at a new path has moved, and
does not.  One that the system does not give, or that changes while it is read, stays in the same way.
So a tree depends on the files that can be read, those that are gone or cannot be, and nothing else of its history.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa

from pipeline.cache import Cached
from pipeline.columns import chosen, rows_of
from pipeline.errors import DamageError, UsageError, safe
from pipeline.intake import SCHEMA, hash_of
from pipeline.ledger import read_rows
from pipeline.readers import ARCHIVES
from pipeline.readers.found import full
from pipeline.readers.walk import joined
from pipeline.redaction import in_name
from pipeline.shards import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from pipeline.readers import Unit
    from pipeline.readers.walk import Plan

#: Path of a file with its label folder: a folder named by itself has its files where one above it has them.
_File: TypeAlias = bytes
_NAMED: Final = 3  # files that a message names
_NOTE: Final = ".note.md"
#: Why a file cannot be read tonight, which says nothing of what it holds.
_FAULTS: Final = frozenset({"unreadable", "changed"})
_HOLDING: Final = ARCHIVES | {"unknown"}  # of a damaged one it cannot be told


@dataclass(frozen=True, slots=True)
class Growth:
    """What is read, and how it differs from what was read before."""

    plan: Plan  # with the units of files that are gone
    new: int = 0  # files at paths where none was
    moved: int = 0  # files whose bytes are at a new path
    gone: int = 0  # files that stay though they are not there
    pruned: int = 0  # files that were dropped
    vanished: tuple[str, ...] = ()  # names of those that are gone and were not
    before: Mapping[_File, Sequence[Unit]] = field(default_factory=dict)  # what stays if it cannot be read
    prune: bool = False  # what cannot be read is dropped, as what is gone

    def __str__(self) -> str:
        """Return what a person is told."""
        said = [f"{self.new:,} new"]
        said += [f"{self.moved:,} moved"] if self.moved else []
        said += [f"{self.gone:,} gone (kept as source_gone; --prune drops them)"] if self.gone else []
        said += [f"{self.pruned:,} gone (dropped)"] if self.pruned else []
        return f"inputs since the last run: {', '.join(said)}"


def grown(
    plan: Plan,
    before: Sequence[Unit],
    *,
    prune: bool,
    most: float,
    refused: Sequence[Mapping[str, Any]] = (),
) -> Growth:
    """Return what is to be read where `before` are the units that the output was made of; `prune` drops what is gone.

    `refused` are the rows of what the last run refused: a file that is as it was then is not new.

    Raises:
        UsageError: more than the share `most` of the files of `before` has vanished since, and not `prune`.
    """
    now = {full(u.label, u.path) for u in plan.units}
    files = _by_file(before)
    absent = {file: units for file, units in files.items() if file not in now}
    there = {file: units for file, units in _by_file(plan.units).items() if file not in files}
    moved = set(_moved(absent, there))
    gone = {file: units for file, units in absent.items() if file not in moved}
    result = Growth(plan, len(there) - len(moved) - _refused_again(there.values(), refused), len(moved))
    if prune:
        return replace(result, pruned=len(gone), prune=True)
    vanished = [safe(in_name(file, plan.secrets)) for file, units in gone.items() if not _is_gone(units)]
    _bounded(vanished, files, most)
    result = replace(result, vanished=tuple(vanished), before=files)
    kept = [unit for units in gone.values() for unit in units]
    return replace(result, plan=joined(plan, kept), gone=len(gone)) if kept else result


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and what stands for what could not be."""

    growth: Growth
    rows: pa.Table  # of the units, see `intake.SCHEMA`
    refused: tuple[dict[str, Any], ...] = ()  # rows of the ledger, of files that could not be read

    def __str__(self) -> str:
        """Return what a person is told."""
        count = len(self.refused)
        return f"inputs that could not be read: {count:,} (kept as source_unread; --prune drops them)"


def with_unread(growth: Growth, rows: pa.Table, index: Path, out: Path, most: float) -> Reading:
    """Return what was read; for files that could not be, what is kept of them stands, if it is in the cache.

    Raises:
        UsageError: with what has vanished they are more than the share `most` of the files of before; or nothing
            is kept of one that `out` has documents of, and it is not to be dropped.
    """
    plan = growth.plan
    wrong = _faults(plan, rows)
    kept = {file: growth.before[file] for file in wrong if file in growth.before}
    cached = Cached(index) if kept else None
    if cached is not None:
        kept = {f: u for f, u in kept.items() if all(one.kept and one.kept.key in cached.keys for one in u)}
    if not growth.prune and len(kept) < len(wrong):
        _refuse_lost(plan, wrong.keys() - kept.keys(), out)
    if cached is None or not kept:
        return Reading(growth, rows)
    names = [safe(in_name(file, plan.secrets)) for file, units in kept.items() if not _is_gone(units)]
    _bounded([*growth.vanished, *names], growth.before, most, "gone since the last run, or cannot be read")
    left = [unit for unit in plan.units if full(unit.label, unit.path) not in kept]
    after = joined(replace(plan, units=left), [_unread(unit) for units in kept.values() for unit in units])
    stands = [(n, u.kept) for n, u in enumerate(after.units) if u.kept and u.kept.unread]
    columns = zip(*((n, one.key, one.sha256) for n, one in stands), strict=True)
    again = cached.table(*columns).select(SCHEMA.names)
    named = {full(u.label, u.path): u.name for u in (after.units[n] for n, _ in stands)}
    return Reading(
        replace(growth, plan=after),
        pa.concat_tables([_renumbered(rows, plan, after), again]),
        tuple(_refused_row(name, *wrong[file]) for file, name in named.items()),
    )


def _faults(plan: Plan, rows: pa.Table) -> dict[_File, tuple[str, str]]:
    """Return reason and detail of each file that could not be read; `rows` are those of the units of the plan."""
    columns = rows_of(rows, "unit", "pack", "reason", "detail")
    return {
        full(plan.units[n].label, plan.units[n].path): (reason, detail)
        for n, pack, reason, detail in columns
        if reason in _FAULTS and not pack
    }


def _unread(unit: Unit) -> Unit:
    return replace(unit, kept=unit.kept and replace(unit.kept, unread=True))


def _renumbered(rows: pa.Table, before: Plan, after: Plan) -> pa.Table:
    """Return the rows of the units of one plan that are read by another too, with their numbers in that."""
    found = {
        (u.label, u.path, u.start): n for n, u in enumerate(after.units) if not u.kept or not u.kept.unread
    }
    places = [*(found.get((u.label, u.path, u.start), -1) for u in before.units), -1]
    numbers = np.array(places, dtype=np.int64)[rows["unit"].to_numpy()]
    return chosen(rows.set_column(0, SCHEMA.field("unit"), pa.array(numbers)), numbers >= 0)


def _refused_row(name: str, reason: str, detail: str) -> dict[str, Any]:
    """Return the row of a file that could not be read; its bytes are those of the documents that stay."""
    return {
        "path": name,
        "status": "quarantined",
        "reason": reason,
        "detail": f"{detail}; it stays as an earlier run read it",
        "bytes": 0,
        "unpacked": None,
        "offset": None,
        "sha256": None,
    }


def _bounded(
    names: Sequence[str],
    files: Mapping[_File, Sequence[Unit]],
    most: float,
    what: str = "gone since the last run",
) -> None:
    """Refuse to keep more than a share of the files at once."""
    if len(names) > most * sum(not _is_gone(units) for units in files.values()):
        raise UsageError(
            f"{_listed(names)} {what}, more than run.max_gone = {most} allows at once: "
            "is this the right input, and is all of it there? --prune drops what is gone; "
            "--set run.max_gone=1 keeps it"
        )


def _refused_again(there: Iterable[Sequence[Unit]], refused: Sequence[Mapping[str, Any]]) -> int:
    """Return how many files are as they were when nothing of them could be read: by hash, where there is one."""
    before = {row["path"]: (row["sha256"], row["bytes"]) for row in refused if row["status"] == "quarantined"}
    again = 0
    for first, *_ in there:
        sha256, size = before.get(first.name, ("", -1))
        again += hash_of(first) == sha256 if sha256 else size == first.size
    return again


def refuse_unknown(plan: Plan, out: Path, *, prune: bool) -> None:
    """Refuse to lose what is gone where nothing is kept of how the output was made: its ledger and notes say of what.

    Raises:
        UsageError: an input is gone, and not `prune`.
    """
    there = {unit.name for unit in plan.units}
    holding = {
        unit.name for unit in plan.units if unit.media in _HOLDING
    }  # what has documents below its name
    lost = [path for path in _named(plan, out) if path not in there and holding.isdisjoint(_above(path))]
    if lost and not prune:
        raise UsageError(_unserved(lost, "gone"))


def _refuse_lost(plan: Plan, files: AbstractSet[_File], out: Path) -> None:
    """Refuse to lose what an output has of files that cannot be read."""
    names = {unit.name for unit in plan.units if full(unit.label, unit.path) in files}
    lost = [path for path in _named(plan, out) if not names.isdisjoint(_above(path))]
    if lost:
        raise UsageError(_unserved(lost, "gone, or cannot be read"))


def _unserved(lost: Sequence[str], what: str) -> str:
    return (
        f"{_listed([safe(name) for name in lost])} {what}, and what the last run made of it does not serve "
        "this one (other settings or versions, or .work was removed): put it back (clean-corpus restore "
        "rebuilds it), or drop it with --prune"
    )


def _above(path: str) -> Iterator[str]:
    """Yield a path and all folders above it."""
    return accumulate(path.split("/"), "{}/{}".format)


def _named(plan: Plan, out: Path) -> list[str]:
    """Return the names of the files of an output as this plan has them."""
    return sorted(os.fsdecode(in_name(os.fsencode(name), plan.secrets)) for name in _paths(out))


def _paths(out: Path) -> set[str]:
    """Return the names of the files of an output; its ledger may be damaged, or cut, so its notes count too."""
    alone = (path.relative_to(out).as_posix() for path in (out / "notes").rglob(f"*{_NOTE}"))
    found = {n.removeprefix("notes/").removesuffix(_NOTE) for n in (*alone, *names_in(out, "notes"))}
    with suppress(DamageError):  # there is no output as yet, or one that this run is to mend
        found.update(row["path"] for row in read_rows(out, ("documents",)).documents)
    return found


def _by_file(units: Iterable[Unit]) -> dict[_File, list[Unit]]:
    return {file: list(of_file) for file, of_file in groupby(units, key=lambda u: full(u.label, u.path))}


def _is_gone(units: Sequence[Unit]) -> bool:
    """Whether a file of the output was gone before."""
    return any(unit.kept is not None and unit.kept.gone for unit in units)


def _moved(absent: Mapping[_File, Sequence[Unit]], there: Mapping[_File, Sequence[Unit]]) -> Iterator[_File]:
    """Yield the files of `absent` whose bytes a file of `there` has, if it is read as they were.

    Only files of one size are read, by the ranges of then: they may be cut elsewhere now.
    """
    alike: dict[tuple[int, str, str], list[Unit]] = {}
    for units in there.values():
        for unit in [unit for unit in units if not unit.problem][:1]:
            alike.setdefault(_kind(unit), []).append(unit)
    hashes: dict[tuple[object, ...], set[tuple[str | None, ...]]] = {}
    for file, units in absent.items():
        kind, ranges = _kind(units[0]), [(unit.start, unit.end) for unit in units]
        place = (kind, *ranges)
        if place not in hashes:
            hashes[place] = {
                tuple(hash_of(replace(other, start=start, end=end)) for start, end in ranges)
                for other in alike.get(kind, ())
            }
        if tuple(unit.kept and unit.kept.sha256 for unit in units) in hashes[place]:
            yield file


def _kind(unit: Unit) -> tuple[int, str, str]:
    return unit.size, unit.media, unit.packing


def _listed(names: Sequence[str]) -> str:
    more = (
        f" and {len(names) - _NAMED:,} more are"
        if len(names) > _NAMED
        else " is"
        if len(names) == 1
        else " are"
    )
    return ", ".join(names[:_NAMED]) + more
