"""Several folders, one run each, side by side, and what they came to in one table and one page.

    OUT/NAME           the output of a folder
    OUT/batch.json     a row for each folder
    OUT/index.html     the same as a page, with links to their reports

A folder whose run ends with an error does not stop the others, be it one of ours; a full disk stops them all.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pipeline import budget, events, fsops, job
from pipeline.engines.embedded import processors
from pipeline.engines.workers import Workers
from pipeline.errors import EXIT_CODES, CleanCorpusError, FullError, UsageError, safe, unforeseen
from pipeline.names import output_name
from pipeline.remote import refuse_output, shown
from pipeline.report.page import batch_page
from pipeline.settings import LEAST_MEMORY
from pipeline.workspace import lies_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.remote import Place
    from pipeline.settings import Settings

#: Exit codes from good to bad: a batch ends with the worst of its runs.
_BADNESS: Final = (0, 1, 3, 2, 7, 5, 6, 4, 8)


@dataclass(frozen=True, slots=True)
class Row:
    """What a run came to; the counts are 0 where it ended with an error."""

    name: str
    code: int
    meaning: str  # of the code
    policy: str = ""
    files: int = 0
    documents: int = 0
    kept: int = 0
    removed: int = 0
    characters: int = 0  # of the texts, normalised
    characters_removed: int = 0
    quarantined: int = 0
    review: int = 0

    @property
    def report(self) -> str:
        """The address of its report beside the page; empty where there is none."""
        return "" if self.code not in {0, 1, 3} else f"{quote(self.name)}/report/index.html"


@dataclass(frozen=True, slots=True)
class _Cleaning:
    """A folder and its output's name → what the run came to."""

    out: Path
    settings: Settings
    prune: bool
    restart: bool
    lines: bool  # of events, on standard error

    def __call__(self, place: tuple[Place, str]) -> tuple[Row, str]:
        """Return the row, and what went wrong."""
        printer = events.Lines(sys.stderr, place[1]) if self.lines and sys.stderr else events.Silent()
        return self.cleaned(*place, printer)

    def cleaned(self, folder: Place, name: str, printer: events.Printer) -> tuple[Row, str]:
        """Run over one folder.

        The edge of a run: what nobody foresaw costs this folder.

        Raises:
            FullError: no space is left.
        """
        try:
            result = job.run(
                *([folder], self.out / name, self.settings),
                prune=self.prune,
                restart=self.restart,
                printer=printer,
            )
            return _row(name, result), ""
        except FullError:
            raise
        except CleanCorpusError as error:
            return Row(name, error.exit_code, EXIT_CODES[error.exit_code]), str(error)
        except Exception as error:  # noqa: BLE001 - see above
            return Row(name, 8, EXIT_CODES[8]), unforeseen(
                error, "; run it by itself, with --debug, to see where"
            )


def batch(  # noqa: PLR0913 - what a person can say of runs
    folders: Sequence[Place],
    out: Path,
    settings: Settings,
    *,
    prune: bool = False,
    restart: bool = False,
    told: Callable[[Place, str], None],
    printer: events.Printer,
) -> list[Row]:
    """Run over each folder into a folder of its name in `out`; `told` hears of the errors of single runs.

    Folders go side by side, as many as `run.jobs` allows processes, and `run.memory` the least that a run takes;
    each run has its share of these.

    Raises:
        UsageError: two folders have one name, or `out` lies in one of them or is no place for outputs.
        OutputError: `out` cannot be written, or no space is left for one of the outputs.
    """
    names = _named(folders, out)
    places = sorted(zip(folders, names, strict=True), key=lambda pair: os.fsencode(pair[1]))
    jobs = settings.run.jobs or processors()
    lanes = min(jobs, len(places), settings.run.memory // LEAST_MEMORY or jobs)
    memory = max(LEAST_MEMORY, budget.memory(settings.run) // lanes)
    share = replace(settings, run=replace(settings.run, jobs=jobs // lanes, memory=memory))
    cleaning = _Cleaning(out, share, prune, restart, lines=isinstance(printer, events.Lines))
    found: dict[int, Row] = {}
    for number, (row, wrong) in _side_by_side(cleaning, places, lanes, printer):
        found[number] = row
        if wrong:
            told(places[number][0], wrong)
    rows = [found[number] for number in range(len(places))]
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1)
    fsops.write_atomic(out / "batch.json", text.encode() + b"\n", durable=True)
    fsops.write_atomic(out / "index.html", batch_page(rows, total(rows)), durable=True)
    return rows


def _side_by_side(
    cleaning: _Cleaning, places: Sequence[tuple[Place, str]], lanes: int, printer: events.Printer
) -> Iterator[tuple[int, tuple[Row, str]]]:
    """Yield number and outcome of each folder as it is done: one lane in this process, several in their own."""
    if lanes == 1:
        for number, place in enumerate(places):
            yield number, cleaning.cleaned(*place, printer)
        return
    dead: dict[int, int] = {}
    printer.show(events.StepStarted("folders", len(places)))
    with closing(Workers(lanes, parents=True)) as workers:
        yield from workers.stream(
            cleaning, places, lambda done: printer.show(events.StepAdvanced("folders", done)), dead
        )
    printer.show(events.StepEnded("folders", f"{len(places):,}"))
    for number, code in dead.items():
        row = Row(places[number][1], 8, EXIT_CODES[8])
        yield number, (row, f"its process died again and again ({code}); run it by itself")


def worst(rows: Sequence[Row]) -> int:
    """Return the exit code of the worst run."""
    return max((row.code for row in rows), key=_BADNESS.index)


def total(rows: Sequence[Row]) -> Row:
    """Return the sums of all runs."""
    sums: dict[str, Any] = {
        name: sum(getattr(row, name) for row in rows)
        for name in (
            "files",
            "documents",
            "kept",
            "removed",
            "characters",
            "characters_removed",
            "quarantined",
            "review",
        )
    }
    return Row("total", worst(rows), EXIT_CODES[worst(rows)], **sums)


def _named(folders: Sequence[Place], out: Path) -> list[str]:
    """Return the name of each folder's output."""
    refuse_output(out)
    if os.path.lexists(out) and not out.is_dir():
        raise UsageError(
            f"{safe(os.fspath(out))}: not a folder; name a new folder or that of an earlier batch"
        )
    if (out / ".work").is_dir() or (out / "run.json").is_file():
        raise UsageError(f"{safe(os.fspath(out))}: the output of a run; name another folder for the batch")
    seen: dict[str, Place] = {}
    names = []
    for folder in folders:
        if isinstance(folder, Path) and lies_in(out, folder):
            raise UsageError(f"{safe(os.fspath(out))}: lies inside the input {shown(folder)}")
        own = folder.resolve().name if isinstance(folder, Path) else folder.name
        name = output_name(os.fsencode(own) or b"root")
        first = seen.setdefault(name.casefold(), folder)
        if first is not folder:
            both = f"{shown(first)} and {shown(folder)}"
            raise UsageError(f"{both}: their outputs would have one name; run one of them by itself")
        names.append(name)
    return names


def _row(name: str, result: job.RunResult) -> Row:
    counts = result.run["counts"]
    code = 3 if result.quarantined else 0
    return Row(
        *(name, code, EXIT_CODES[code], result.run["policy"]),
        files=counts["files"],
        documents=counts["documents"]["in"],
        kept=counts["documents"]["kept"],
        removed=counts["documents"]["removed"],
        characters=counts["characters"]["l2"],
        characters_removed=counts["characters"]["removed"],
        quarantined=result.quarantined,
        review=result.review,
    )
