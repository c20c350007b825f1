"""clean-corpus search: documents with some words."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.show import opened, put, quoted
from pipeline.errors import safe


@click.command(name="search")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@click.option("--top", metavar="N", type=click.IntRange(min=1), default=20, help="At most N documents.")
def command(out: Path, words: tuple[str, ...], top: int) -> int:
    """Find the documents of OUT that have all WORDS, in the order of the ledger; removed ones too.

    Words of Chinese may be of two characters, or one.  Needs OUT/corpus.db, which db makes.
    """
    from pipeline.exports.search import search

    opened(out)
    found, documents = search(out, words, top)
    for hit in documents:
        name = f"{hit.path}:{hit.ordinal + 1}" if hit.record else hit.path
        put([f"{hit.status:<9}{safe(name)}  {quoted(hit.passage)}"])
    put([f"{found:,} documents" + (f"; the first {top:,}, more with --top" if found > top else "")])
    return 0
