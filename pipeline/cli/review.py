"""clean-corpus review: what a person should look at, listed here or judged in a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.show import command_line, opened, put
from pipeline.errors import OutputError, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.ledger import Rows
    from pipeline.report.queue import Item

_SAYS: Final = {
    "waiting": "waits for a person",
    "borderline": "near the threshold",
    "odd": "large or sparse cluster",
    "lot": "drawn by lot",
}


@click.command(name="review")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--top", metavar="N", type=click.IntRange(min=1), default=20, show_default=True, help="How many."
)
@click.option("--json", "as_json", is_flag=True, help="Print all, one JSON object a line.")
@click.option(
    "--serve", is_flag=True, help="Serve the report on this machine; verdicts go to --decisions at once."
)
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="Of --serve; 0 is any free one."
)
@click.option("--open", "opens", is_flag=True, help="Open the report in a browser too.")
@click.option(
    "--decisions",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("decisions.jsonl"),
    show_default=True,
    help="Where verdicts go; it is only added to.",
)
def command(out: Path, top: int, as_json: bool, serve: bool, port: int, opens: bool, decisions: Path) -> None:
    """List the pairs of OUT that a person should judge, or serve the report in which they are judged.

    First come those that wait, then removals near the threshold, odd clusters, and some drawn by lot.
    """
    from pipeline.report.rows import name_of

    output = opened(out)
    if serve:
        _serve(out, decisions, port, opens=opens)
        return
    rows = output.rows()
    items = _queue(rows)
    if as_json:
        for item in items:
            shown = {"why": item.why, "a": item.a, "b": item.b, "removed": item.removed, "pair": item.pair}
            click.echo(json.dumps(shown, ensure_ascii=False))
        return
    names = {row["id"]: name_of(row) for row in (*rows.documents, *rows.archived)}
    put(line for item in items[:top] for line in _lines(item, names, out))
    left = len(items) - top
    put([f"{left:,} more: --top {len(items)}"] if left > 0 else [])
    put([command_line("review", out, "--serve")] if items else ["nothing to judge"])


def _queue(rows: Rows) -> list[Item]:
    from pipeline.report.queue import Queue

    queue, fates = Queue(), {row["id"]: row["of"] for row in rows.documents if row["of"]}
    for pair in rows.pairs:
        queue.match(pair, fates)
    return queue.items()


def _lines(item: Item, names: Mapping[str, str], out: Path) -> Iterator[str]:
    a, b = names[item.a], names[item.b]
    went = "  went for  " if item.removed else "  and  "
    yield f"{_SAYS[item.why]}: {safe(b)}{went}{safe(a)}"
    if item.pair:
        yield f"  {item.pair['tier']}: {safe(item.pair['why'])}"
    yield "  " + command_line("explain", out, item.a, item.b)


def _serve(out: Path, decisions: Path, port: int, *, opens: bool) -> None:
    from pipeline.serving import Review, Serving

    try:
        server = Serving(Review(out / "report" / "index.html", decisions), port)
    except OSError as error:
        raise OutputError(f"port {port}: cannot be served: {error.strerror}") from error
    with server:
        try:
            put([server.address, f"verdicts go to {safe(str(decisions))}; Ctrl-C ends"])
            if opens:
                click.launch(server.address)
            server.serve_forever()
        except KeyboardInterrupt:
            put(
                [
                    f"{server.review.added:,} decisions added",
                    command_line("apply", out, "--decisions", decisions),
                ]
            )
