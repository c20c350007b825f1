"""clean-corpus batch: one run a folder, and what they came to."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.memory import memory_option
from pipeline.cli.place import PLACE
from pipeline.cli.run import LAYOUTS, POLICIES
from pipeline.cli.show import json_lines, put, settings_of
from pipeline.errors import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.batch import Row
    from pipeline.remote import Place


@click.command(name="batch")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...", type=PLACE)
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Folder of the outputs.",
)
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings, as TOML.")
@click.option("--policy", type=click.Choice(POLICIES), help="What is removed; annotate removes nothing.")
@click.option("--layout", type=click.Choice(LAYOUTS), help="packed: shards instead of a file a document.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(min=0), help="Processes in all; 0 is one a processor."
)
@memory_option
@click.option("--encoding", "encodings", multiple=True, metavar="GLOB=NAME", help="Encoding of some files.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="One setting.")
@click.option("--prune", is_flag=True, help="Drop what the outputs have of inputs that are gone.")
@click.option("--restart", is_flag=True, help="Begin anew where an unfinished run has other settings.")
@click.option("--json", "as_json", is_flag=True, help="Print batch.json.")
@click.option("--quiet", is_flag=True, help="No progress.")
@json_lines
def command(
    folders: tuple[Place, ...],
    out: Path,
    config: Path | None,
    policy: str | None,
    layout: str | None,
    jobs: int | None,
    memory: int | None,
    encodings: tuple[str, ...],
    overrides: tuple[str, ...],
    prune: bool,
    restart: bool,
    as_json: bool,
    quiet: bool,
    as_lines: bool,
) -> int:
    """Clean each FOLDER by itself into OUT/NAME, side by side; OUT/index.html sums them up.

    A FOLDER may be an address, as s3://BUCKET/FOLDER.  One that cannot be cleaned does not stop the rest.  The exit
    code is that of the worst.
    """
    settings = settings_of(
        config,
        overrides,
        encodings,
        {"run.policy": policy, "run.layout": layout, "run.jobs": jobs, "run.memory": memory},
    )
    from pipeline import events
    from pipeline.batch import batch, total, worst
    from pipeline.remote import shown

    printer = events.printer(sys.stderr, os.environ, quiet=quiet, lines=as_lines)

    def told(folder: Place, text: str) -> None:
        printer.close()
        said = f"{shown(folder)}: {safe(text)}"
        if as_lines:
            printer.show(events.Warned(said))
        else:
            click.echo(f"error: {said}", err=True)

    try:
        rows = batch(folders, out, settings, prune=prune, restart=restart, told=told, printer=printer)
    finally:
        printer.close()
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows], ensure_ascii=False, indent=1))
    else:
        put(_lines([*rows, total(rows)]))
    return worst(rows)


def _lines(rows: Sequence[Row]) -> list[str]:
    """Return the table, one line a folder."""
    head = (
        "folder",
        "exit",
        "documents",
        "kept",
        "removed",
        "characters",
        "removed",
        "quarantined",
        "review",
    )
    cells = [head] + [
        (
            *(safe(row.name), str(row.code), f"{row.documents:,}", f"{row.kept:,}", f"{row.removed:,}"),
            *(
                f"{row.characters:,}",
                f"{row.characters_removed:,}",
                f"{row.quarantined:,}",
                f"{row.review:,}",
            ),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            text.ljust(size) if n == 0 else text.rjust(size)
            for n, (text, size) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
