"""clean-corpus inspect: what a run found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.show import coloured, command_line, opened, put, width
from pipeline.errors import safe

if TYPE_CHECKING:
    from pipeline.ledger import Row, Rows


@click.command(name="inspect")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print run.json, with the lists of --top.")
@click.option(
    "--top", metavar="N", type=click.IntRange(min=0), default=0, help="Also the N largest of each sort."
)
@click.option(
    "--methods",
    metavar="zh|en",
    type=click.Choice(("zh", "en")),
    help="A paragraph of methods for a paper, only.",
)
def command(out: Path, as_json: bool, top: int, methods: str | None) -> int:
    """Show what the run in OUT read, removed and kept."""
    output = opened(out)
    if methods:
        from pipeline.report.methods import methods as paragraph

        put([paragraph(output.run, methods)])
        return 0
    rows = output.rows()
    largest = _largest(rows, top) if top else {}
    if as_json:
        shown = {**output.run, "top": largest} if top else output.run
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return 0
    from pipeline.report.gist import gist_of
    from pipeline.report.rows import named
    from pipeline.report.summary import summary_lines

    report = out / "report" / "index.html"
    steps = [
        command_line("review", out) if output.run["counts"]["review"] else "",
        f"open {report}" if report.exists() else "",
        command_line("verify", out, "--deep"),
    ]
    lines = summary_lines(
        output.run, gist_of(rows), width=width(), colour=coloured(), next_commands=[s for s in steps if s]
    )
    put(lines)
    put(_top_lines(largest, named(rows)))
    return 0


def _largest(rows: Rows, top: int) -> dict[str, list[Row]]:
    """Return the largest repeats, clusters and passages, and the pairs that wait for a person."""
    return {
        "repeats": sorted(rows.repeats, key=_size_of_repeat)[:top],
        "clusters": sorted(rows.clusters, key=lambda r: (-r["size"], r["id"]))[:top],
        "passages": sorted(rows.passages, key=lambda r: (-r["chars"] * len(r["places"]), r["key"]))[:top],
        "review": [row for row in rows.pairs if row["tier"] == "review"][:top],
    }


def _size_of_repeat(row: Row) -> tuple[int, str, int]:
    return row["repeat"]["start"] - row["repeat"]["end"], row["doc"], row["n"]


def _top_lines(largest: dict[str, list[Row]], documents: dict[str, Any]) -> list[str]:
    def name(doc: str) -> str:
        archive = documents[doc].get("archive")
        return safe(documents[doc]["path"]) + (f" (archive {safe(archive)})" if archive else "")

    lines: list[str] = []
    for row in largest.get("repeats", ()):
        kept = "" if row["removed"] else ", kept and listed"
        size = row["repeat"]["end"] - row["repeat"]["start"]
        lines.append(f"  {name(row['doc'])}: {row['class']}, {size:,} characters{kept}: {safe(row['why'])}")
    out = ["", "Largest repeats", *lines] if lines else []
    lines = [f"  {r['size']} of {name(r['kept'])} ({r['id']})" for r in largest.get("clusters", ())]
    out += ["", "Largest clusters", *lines] if lines else []
    lines = [
        f"  {r['chars']:,} characters in {len(r['places'])} documents, first {name(r['home'])}"
        for r in largest.get("passages", ())
    ]
    out += ["", "Shared passages", *lines] if lines else []
    lines = [f"  {name(r['a'])} and {name(r['b'])}: {safe(r['why'])}" for r in largest.get("review", ())]
    return [*out, *(["", "To judge", *lines] if lines else [])]
