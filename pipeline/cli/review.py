"""clean-corpus review: what a person should look at, in the terminal or in the report, served to one browser."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.show import command_line, opened, put, quoted
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.waiting import Item

REPORT: Final = "report/index.html"
_SHOWN: Final = 3  # differences of a pair


@click.command(name="review")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--decisions",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("decisions.jsonl"),
    show_default=True,
    help="Where decisions stand; it is only added to.",
)
@click.option(
    "--serve", is_flag=True, help="Serve the report on this machine; what is decided there is recorded."
)
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="With --serve; 0 takes a free one."
)
@click.option("--open", "open_", is_flag=True, help="With --serve: open it in the browser.")
@click.option(
    "--top",
    metavar="N",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Pairs that are shown.",
)
@click.option(
    "--seed", metavar="N", type=int, default=0, show_default=True, help="Draws the removals by lot."
)
def command(out: Path, decisions: Path, *, serve: bool, port: int, open_: bool, top: int, seed: int) -> None:
    """List the pairs in OUT that a person should look at, or serve its report to decide them there."""
    if not serve:
        if open_ or port:
            raise UsageError("--open and --port go with --serve")
        put(_lines(out, decisions, top, seed))
        return
    opened(out)
    _serve(out, decisions, port, open_=open_)


def _lines(out: Path, decisions: Path, top: int, seed: int) -> Iterator[str]:
    from pipeline.waiting import STRATA, queue

    output = opened(out)
    items = queue(output.rows(), output.run["settings"]["cluster"]["review_size"], seed)
    counts = Counter(item.stratum for item in items)
    for stratum, why in STRATA.items():
        if counts[stratum]:
            yield f"{counts[stratum]:>7,}  {stratum:<11} {why}"
    if not items:
        yield "nothing waits for a person"
    for item in islice(items, top):
        yield from ("", *_item(item, out, decisions))
    if len(items) > top:
        drawn = ("--seed", str(seed)) if seed else ()
        more = command_line("review", out, "--top", str(len(items)), *drawn, *_where(decisions))
        yield from ("", f"{len(items) - top:,} more: {more}")


def _item(item: Item, out: Path, decisions: Path) -> Iterator[str]:
    yield (
        f"{item.stratum}: {item.tier}, {item.score:.3f} of their shingles in common, {item.identity:.3f} identical"
    )
    for name, row in (("A", item.a), ("B", item.b)):
        title = (row.get("meta") or {}).get("title")
        went = "   (removed)" if row.get("status") == "removed" else ""
        yield f"  {name}  {safe(row['path'])}" + (f"  {quoted(title)}" if title else "") + went
    for text in item.differences[:_SHOWN]:
        yield f"     {quoted(text, 90)}"
    ids = (item.a["id"], item.b["id"])
    yield f"  {command_line('explain', out, *ids)}"
    decide = command_line("decide", "different", out, *ids, "--as", "NAME", *_where(decisions))
    yield f"  {decide}   (or same, keep-both, unsure)"


def _where(decisions: Path) -> tuple[str | Path, ...]:
    """Return the option that names the file of decisions, where it is not the usual one."""
    return () if decisions == Path("decisions.jsonl") else ("--decisions", decisions)


def _serve(out: Path, decisions: Path, port: int, *, open_: bool) -> None:
    """Serve until somebody stops it.

    Raises:
        UsageError: the output has no report, the port is taken, or the file of decisions is none.
    """
    from pipeline.decisions import read
    from pipeline.serving import Server

    read([decisions] if decisions.exists() else [])
    try:
        server = Server(out / REPORT, decisions, port)
    except OSError as error:
        raise UsageError(f"cannot serve on port {port}: {error.strerror}") from error
    with server:
        server.page()
        put([f"the report is at {server.url}", f"decisions go to {safe(str(decisions))}; Ctrl-C ends it"])
        if open_:
            click.launch(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            put(["", f"{server.added:,} decisions added to {safe(str(decisions))}"])
    if server.added:
        put([command_line("apply", out, "--decisions", decisions)])
