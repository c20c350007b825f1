"""clean-corpus publish: an output into an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.place import ADDRESS

if TYPE_CHECKING:
    from pipeline.remote import Address


@click.command(name="publish")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("address", metavar="URL", type=ADDRESS)
@click.option("--anew", is_flag=True, help="Put every file, also what is there already.")
@click.option("--prune", is_flag=True, help="Remove all other trees there: nobody else may be publishing.")
def command(out: Path, address: Address, anew: bool, prune: bool) -> int:
    """Put OUT into an object store at URL, whole, and make it the current one there.

    URL is s3://BUCKET/FOLDER or gs://BUCKET/FOLDER.  Every file is checked first; what did not change is copied by
    the store.  Until all is there, what was current stays so.
    """
    from pipeline.publishing import publish

    done = publish(out, address, anew=anew, prune=prune)
    click.echo(
        f"{done.files:,} files at {address}/trees/{done.current.tree}: {done.put:,} put ({done.size:,} bytes), "
        f"{done.copied:,} copied there, {done.removed:,} old ones removed"
    )
    return 0
