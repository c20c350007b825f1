"""clean-corpus restore: the sources back."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pipeline.cli.show import opened
from pipeline.errors import safe


@click.command(name="restore")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, metavar="[PATHS]...")
@click.option(
    "-o", "--to", "target", required=True, metavar="DIR", type=click.Path(path_type=Path), help="Where to."
)
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only this document.")
@click.option("--path", "paths", multiple=True, metavar="PATH", help="Only this file.")
@click.option("--source", metavar="IN", type=click.Path(path_type=Path), help="Where pages are copied from.")
@click.option("--force", is_flag=True, help="Write into a folder that has files.")
def command(
    out: Path,
    names: tuple[str, ...],
    target: Path,
    ids: tuple[str, ...],
    paths: tuple[str, ...],
    source: Path | None,
    force: bool,
) -> int:
    """Write the source texts of OUT to DIR: all, or those of PATHS.

    txt and md come back byte for byte, JSON Lines with every field value, pages as their extracted text (with
    --source, as the pages themselves, once their hash fits).
    """
    from pipeline.cli.find import found_id
    from pipeline.restore import restore

    output = opened(out)
    wanted = [found_id(output, text) for text in ids]
    known = {row["path"] for row in output.rows().documents}
    files = []
    for name in (*paths, *names):
        files += [name] if name in known else []
        wanted += [] if name in known else [found_id(output, name)]
    done = restore(out, target, ids=wanted, paths=files, source=source, force=force)
    where = safe(os.fspath(target))
    click.echo(
        f"{done.documents:,} documents in {done.files:,} files, {done.size:,} bytes, restored to {where}"
    )
    if done.extracted:
        click.echo(f"{done.extracted:,} pages as their extracted text; --source IN brings back the pages")
    for name in done.renamed:
        click.echo(f"written under the name it has in the output: {safe(name)}")
    return 0
