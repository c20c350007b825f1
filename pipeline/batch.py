"""Several folders, one run each, and what they came to in one table and one page.

    OUT/NAME           the output of a folder
    OUT/batch.json     a row for each folder
    OUT/index.html     the same as a page, with links to their reports

A folder whose run ends with an error does not stop the others.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from pipeline import fsops, job
from pipeline.errors import EXIT_CODES, CleanCorpusError, UsageError, safe
from pipeline.names import output_name
from pipeline.report.page import batch_page
from pipeline.workspace import lies_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pipeline import events
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


def batch(  # noqa: PLR0913 - what a person can say of runs
    folders: Sequence[Path],
    out: Path,
    settings: Settings,
    *,
    prune: bool = False,
    restart: bool = False,
    told: Callable[[Path, str], None],
    printer: events.Printer,
) -> list[Row]:
    """Run over each folder into a folder of its name in `out`; `told` hears of the errors of single runs.

    Raises:
        UsageError: two folders have one name, or `out` lies in one of them or is no place for outputs.
        OutputError: `out` cannot be written.
    """
    names = _named(folders, out)
    rows = []
    for folder, name in sorted(zip(folders, names, strict=True), key=lambda pair: os.fsencode(pair[1])):
        try:
            result = job.run([folder], out / name, settings, prune=prune, restart=restart, printer=printer)
        except CleanCorpusError as error:
            told(folder, str(error))
            rows.append(Row(name, error.exit_code, EXIT_CODES[error.exit_code]))
        else:
            rows.append(_row(name, result))
    text = json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1)
    fsops.write_atomic(out / "batch.json", text.encode() + b"\n", durable=True)
    fsops.write_atomic(out / "index.html", batch_page(rows, total(rows)), durable=True)
    return rows


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


def _named(folders: Sequence[Path], out: Path) -> list[str]:
    """Return the name of each folder's output."""
    if os.path.lexists(out) and not out.is_dir():
        raise UsageError(
            f"{safe(os.fspath(out))}: not a folder; name a new folder or that of an earlier batch"
        )
    if (out / ".work").is_dir() or (out / "run.json").is_file():
        raise UsageError(f"{safe(os.fspath(out))}: the output of a run; name another folder for the batch")
    seen: dict[str, Path] = {}
    names = []
    for folder in folders:
        if lies_in(out, folder):
            raise UsageError(f"{safe(os.fspath(out))}: lies inside the input {safe(os.fspath(folder))}")
        name = output_name(os.fsencode(folder.resolve().name) or b"root")
        first = seen.setdefault(name.casefold(), folder)
        if first is not folder:
            shown = " and ".join(safe(os.fspath(one)) for one in (first, folder))
            raise UsageError(f"{shown}: their outputs would have one name; run one of them by itself")
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
