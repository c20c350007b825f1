"""An output that grows: what it was made of before, what of that is gone, and what moved.

A file that is gone stays, by what pass 1 made of it then; one whose bytes now stand at a new path has moved, and
does not.  So a tree depends on the files that are there, those that are gone, and nothing else of its history.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final, TypeAlias

from pipeline.errors import DamageError, UsageError, safe
from pipeline.intake import hash_of
from pipeline.ledger import read_rows
from pipeline.readers.walk import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.readers import Unit
    from pipeline.readers.walk import Plan

#: Label and path of a file.
_File: TypeAlias = tuple[str, bytes]
_NAMED: Final = 3  # files that a message names


@dataclass(frozen=True, slots=True)
class Growth:
    """What is read, and how it differs from what was read before."""

    plan: Plan  # with the units of files that are gone
    new: int = 0  # files at paths where none was
    moved: int = 0  # files whose bytes are at a new path
    gone: int = 0  # files that stay though they are not there
    pruned: int = 0  # files that were dropped

    def __str__(self) -> str:
        """Return what a person is told."""
        said = [f"{self.new:,} new"]
        said += [f"{self.moved:,} moved"] if self.moved else []
        said += [f"{self.gone:,} gone (kept as source_gone; --prune drops them)"] if self.gone else []
        said += [f"{self.pruned:,} gone (dropped)"] if self.pruned else []
        return f"inputs since the last run: {', '.join(said)}"


def grown(plan: Plan, before: Sequence[Unit], *, prune: bool, most: float) -> Growth:
    """Return what is to be read where `before` are the units that the output was made of; `prune` drops what is gone.

    Raises:
        UsageError: more than the share `most` of the files of `before` has vanished since, and not `prune`.
    """
    now = {(u.label, u.path) for u in plan.units}
    files = _by_file(before)
    absent = {file: units for file, units in files.items() if file not in now}
    there = {file: units for file, units in _by_file(plan.units).items() if file not in files}
    moved = set(_moved(absent, there))
    gone = {file: units for file, units in absent.items() if file not in moved}
    result = Growth(plan, len(there) - len(moved), len(moved))
    if prune:
        return replace(result, pruned=len(gone))
    vanished = [_shown(*file) for file, units in gone.items() if not _is_gone(units)]
    if len(vanished) > most * sum(not _is_gone(units) for units in files.values()):
        raise UsageError(
            f"{_listed(vanished)} gone since the last run, more than run.max_gone = {most} allows at once: "
            "is this the right input, and is all of it there? --prune drops what is gone; "
            "--set run.max_gone=1 keeps it"
        )
    kept = [unit for units in gone.values() for unit in units]
    return replace(result, plan=joined(plan, kept), gone=len(gone)) if kept else result


def refuse_unknown(plan: Plan, out: Path, *, prune: bool) -> None:
    """Refuse to lose what is gone where nothing is kept of how the output was made: its ledger says of what.

    Raises:
        UsageError: an input is gone, and not `prune`.
    """
    try:
        rows = read_rows(out, ("documents",)).documents
    except DamageError:
        return  # no output as yet, or none that could lose anything
    names = {unit.name for unit in plan.units}
    paths = sorted({row["path"] for row in rows})
    lost = [path for path in paths if names.isdisjoint(accumulate(path.split("/"), "{}/{}".format))]
    if lost and not prune:
        raise UsageError(
            f"{_listed([safe(name) for name in lost])} gone, and what the last run made of it does not serve "
            "this one (other settings or versions, or .work was removed): put it back (clean-corpus restore "
            "rebuilds it), or drop it with --prune"
        )


def _by_file(units: Iterable[Unit]) -> dict[_File, list[Unit]]:
    return {file: list(of_file) for file, of_file in groupby(units, key=lambda u: (u.label, u.path))}


def _is_gone(units: Sequence[Unit]) -> bool:
    """Whether a file of the output was gone before."""
    return any(unit.kept is not None and unit.kept.gone for unit in units)


def _moved(absent: Mapping[_File, Sequence[Unit]], there: Mapping[_File, Sequence[Unit]]) -> Iterator[_File]:
    """Yield the files of `absent` whose bytes a file of `there` has; only those of one size are read."""
    sizes: dict[int, list[Sequence[Unit]]] = {}
    for units in there.values():
        sizes.setdefault(units[0].size, []).append(units)
    hashes: dict[int, set[tuple[str | None, ...]]] = {}
    for file, units in absent.items():
        size = units[0].size
        if size not in hashes:
            hashes[size] = {tuple(map(hash_of, others)) for others in sizes.get(size, ())}
        if tuple(unit.kept and unit.kept.sha256 for unit in units) in hashes[size]:
            yield file


def _listed(names: Sequence[str]) -> str:
    more = (
        f" and {len(names) - _NAMED:,} more are"
        if len(names) > _NAMED
        else " is"
        if len(names) == 1
        else " are"
    )
    return ", ".join(names[:_NAMED]) + more


def _shown(label: str, path: bytes) -> str:
    return safe(os.fsencode(label) + b"/" * bool(label) + path)
