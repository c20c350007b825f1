"""clean-corpus export: an output in the format of another tool."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pipeline.cli.show import recovered
from pipeline.errors import UsageError, safe

FORMATS = ("jsonl", "parquet", "croissant", "bagit", "prov", "csv", "xlsx")


@click.command(name="export")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--as", "name", required=True, type=click.Choice(FORMATS), help="The format.")
@click.option(
    "-o",
    "--to",
    "target",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A new folder.",
)
@click.option(
    "--about",
    multiple=True,
    metavar="KEY=VALUE",
    help="What only you know: name, description, version, license, url, creator, published.",
)
def command(out: Path, name: str, target: Path, about: tuple[str, ...]) -> int:
    """Write OUT to the new folder DIR in the format of another tool.

    \b
    jsonl      the kept texts with their metadata, one JSON object a line
    parquet    both Parquet files with a dataset card for Hugging Face
    croissant  both Parquet files described in JSON-LD, Croissant 1.1
    bagit      the whole output in a bag for archives, BagIt 1.0 (RFC 8493)
    prov       what was made of what, PROV-JSON
    csv        the kept texts with their metadata, one table
    xlsx       documents, removals, clusters and repeats, a workbook; needs clean-corpus[xlsx]
    """  # noqa: D301 - the mark of click for lines that stay
    from pipeline.exports import export

    recovered(out)
    files = export(out, name, target, dict(_said(text) for text in about))
    size = sum(size for _, size in files)
    click.echo(f"{len(files):,} files, {size:,} bytes, written to {safe(os.fspath(target))}")
    return 0


def _said(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise UsageError(f"option --about {safe(text)}: must be KEY=VALUE, e.g. license=CC-BY-4.0")
    return key, value.strip()
