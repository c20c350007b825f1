"""clean-corpus fetch: a published output back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.place import ADDRESS
from pipeline.cli.show import command_line
from pipeline.errors import safe

if TYPE_CHECKING:
    from pipeline.remote import Address


@click.command(name="fetch")
@click.argument("address", metavar="URL", type=ADDRESS)
@click.option(
    "-o",
    "--to",
    "target",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A new folder.",
)
def command(address: Address, target: Path) -> int:
    """Write the output that is published at URL to the folder DIR.

    Each file is checked against the manifest, which is written last; a fetch that was stopped goes on.
    """
    from pipeline.publishing import fetch

    done = fetch(address, target)
    click.echo(f"{done.files:,} files, {done.size:,} bytes, fetched to {safe(os.fspath(target))}")
    click.echo(command_line("verify", target, "--deep"))
    return 0
