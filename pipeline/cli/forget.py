"""clean-corpus forget: erase documents of an output."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.show import json_lines, opened, put
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.erasure import Chosen
    from pipeline.ledger import Row


@click.command(name="forget")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, required=True, metavar="PATH|ID...")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in the tombstone.")
@click.option(
    "--copies/--keep-copies",
    default=None,
    help="Erase what holds most of the text too; or what holds the same text only, and keep the others.",
)
@click.option("--name-too", is_flag=True, help="Do not name the file, though an input still holds the text.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and write nothing.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=0), default=0, help="Processes; 0 is one a processor."
)
@click.option("--json", "as_json", is_flag=True, help="Print what went as JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
@json_lines
def command(
    out: Path,
    names: tuple[str, ...],
    reason: str,
    copies: bool | None,
    name_too: bool,
    dry_run: bool,
    jobs: int,
    as_json: bool,
    quiet: bool,
    as_lines: bool,
) -> int:
    """Erase documents of OUT: nothing of their text stays, and no later run takes them in again.

    A tombstone stays, with hashes, day and reason.  A text goes in all documents that have it; where others
    hold most of it, as copies do, the command says so and ends, unless --copies or --keep-copies is given.
    The source files, decisions and exports are yours: they are not touched.
    """
    from pipeline import events, job

    printer = events.printer(sys.stderr, os.environ, quiet=quiet, lines=as_lines)
    at = time.strftime("%Y-%m-%d", time.gmtime())
    try:
        how = job.Erasing(at, reason, named=not name_too, copies=copies)
        try:
            ids = _ids(out, names)
        except UsageError:
            if not dry_run:  # a kill may have left something of what had this name
                job.forget(out, (), how, jobs=jobs, printer=printer)
            raise
        found = job.forget(out, ids, how, jobs=jobs, dry_run=dry_run, printer=printer)
    finally:
        printer.close()
    if as_json:
        click.echo(json.dumps(_listed(found), ensure_ascii=False, indent=1))
    else:
        put(_told(found, dry_run=dry_run))
    return 0


def _ids(out: Path, names: Sequence[str]) -> list[str]:
    """Return the ids that are meant, but for those of what was erased before."""
    from pipeline.cli.find import exact_id
    from pipeline.tombstones import FORGOTTEN, standing

    output = opened(out)
    rows = output.rows()
    erased = {row["path"] for row in rows.skipped if row["reason"] == FORGOTTEN}
    erased -= {row["path"] for row in rows.documents}  # of a file of records, others
    erased |= {stone.doc for stone in standing(out)}
    return [exact_id(output, name) for name in names if name not in erased]


def _listed(found: Chosen) -> dict[str, list[dict[str, object]]]:
    parts = {"named": found.named, "same": found.same, "copies": found.copies, "left": found.left}
    keys = ("id", "path", "ordinal", "status", "tier", "of")
    alike = {"alike": [{"id": doc, "tier": tier} for doc, tier in found.alike]}
    return alike | {part: [{key: row[key] for key in keys} for row in rows] for part, rows in parts.items()}


def _told(found: Chosen, *, dry_run: bool) -> Iterator[str]:
    if not found.named:
        yield "erased before: nothing is left of it"
        return
    goes = "would go" if dry_run else "erased"
    parts = (
        (goes, found.named),
        (f"{goes}, the same text", found.same),
        (
            "holds most of the text, see --copies" if dry_run else f"{goes}, holds most of the text",
            found.copies,
        ),
        ("stays, and holds most of the text", found.left),
    )
    for says, rows in parts:
        yield from (f"{says}: {_shown(row)}" for row in rows)
    yield from (f"stays, only alike ({tier}): {doc}" for doc, tier in found.alike)
    archives = {row["of"] for row in found.rows if str(row["of"]).startswith("a-")}
    if archives:
        yield f"an archive holds it too ({', '.join(sorted(archives))}): erase it there as well"
    if not dry_run:
        yield "what exports, backups and decision files hold of it is not touched"


def _shown(row: Row) -> str:
    record = f":{row['ordinal'] + 1}" if row["text_field"] else ""
    return f"{safe(row['path'])}{record} ({row['id']})"
