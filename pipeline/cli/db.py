"""clean-corpus db: the ledger as a database."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.show import command_line, recovered


@click.command(name="db")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
def command(out: Path) -> int:
    """Make OUT/corpus.db: the ledger and all texts in SQLite, with an index of words.

    It is made anew each time, and nothing of the output depends on it.  OUT/corpus-metadata.json has questions for
    Datasette.
    """
    from pipeline.exports.database import METADATA, make

    recovered(out)
    path = make(out)
    click.echo(f"{path.stat().st_size:,} bytes, written to corpus.db")
    click.echo(f"Next  {command_line('search', out, 'WORD')}")
    click.echo(
        f"      datasette {command_line(path, '--metadata', out / METADATA).removeprefix('clean-corpus ')}"
    )
    return 0
