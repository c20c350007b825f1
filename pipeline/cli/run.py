"""clean-corpus run: read, clean, write."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.engine import engine_options
from pipeline.cli.memory import memory_option
from pipeline.cli.place import PLACE
from pipeline.cli.show import coloured, command_line, json_lines, put, settings_of, width
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.job import RunResult
    from pipeline.remote import Place

LAYOUTS: Final = ("files", "packed")
POLICIES: Final = ("cautious", "standard", "training", "annotate")


@click.command(name="run")
@click.argument("inputs", nargs=-1, metavar="IN...", type=PLACE)
@click.option(
    "-o", "--out", required=True, metavar="OUT", type=click.Path(path_type=Path), help="Output folder."
)
@click.option(
    "--against",
    multiple=True,
    metavar="ARCHIVE_OUT",
    type=click.Path(path_type=Path),
    help="An earlier output: what it keeps goes from IN.  Only read; may be given several times.",
)
@click.option("-c", "--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings, as TOML.")
@click.option("--policy", type=click.Choice(POLICIES), help="What is removed; annotate removes nothing.")
@click.option("--layout", type=click.Choice(LAYOUTS), help="packed: shards instead of a file a document.")
@click.option(
    "--decisions",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What people decided, see decide; may be given several times.",
)
@click.option("--jobs", metavar="N", type=click.IntRange(min=0), help="Processes; 0 is one a processor.")
@memory_option
@click.option("--encoding", "encodings", multiple=True, metavar="GLOB=NAME", help="Encoding of some files.")
@click.option("--restore-punct", is_flag=True, help="Half-width marks of Chinese text to full width.")
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="One setting.")
@click.option("--prune", is_flag=True, help="Drop what OUT has of inputs that are gone.")
@engine_options
@click.option("--dry-run", is_flag=True, help="Write the report only, nothing else.")
@click.option("--check", is_flag=True, help="Exit with 1 if something waits for a person.")
@click.option("--restart", is_flag=True, help="Begin anew where an unfinished run has other settings.")
@click.option("--json", "as_json", is_flag=True, help="Print run.json.")
@click.option("--quiet", is_flag=True, help="Print the balance only, and no progress.")
@json_lines
@click.option("-0", "nul", is_flag=True, help="Read paths from standard input, separated by NUL.")
def command(
    inputs: tuple[Place, ...],
    out: Path,
    against: tuple[Path, ...],
    config: Path | None,
    policy: str | None,
    layout: str | None,
    decisions: tuple[Path, ...],
    jobs: int | None,
    memory: int | None,
    encodings: tuple[str, ...],
    restore_punct: bool,
    overrides: tuple[str, ...],
    prune: bool,
    engine: str,
    master: str | None,
    conf: tuple[str, ...],
    dry_run: bool,
    check: bool,
    restart: bool,
    as_json: bool,
    quiet: bool,
    as_lines: bool,
    nul: bool,
) -> int:
    """Clean the files and folders IN into OUT.

    IN is opened for reading only.  It may be an address, as s3://BUCKET/FOLDER, gs:// or hdfs://.  "-" reads paths
    from standard input, one a line.
    """
    paths = _paths(inputs, nul=nul)
    options = {
        "run.policy": policy,
        "run.layout": layout,
        "run.jobs": jobs,
        "run.memory": memory,
        "run.decisions": [str(path) for path in decisions] or None,
        "normalise.restore_punct": restore_punct or None,
    }
    settings = settings_of(config, overrides, encodings, options)
    from pipeline import events, job
    from pipeline.engines.choice import chosen

    choice = chosen(engine, master, conf)
    printer = events.printer(sys.stderr, os.environ, quiet=quiet, lines=as_lines)
    try:
        result = job.run(
            paths,
            out,
            settings,
            against=against,
            prune=prune,
            restart=restart,
            dry_run=dry_run,
            choice=choice,
            printer=printer,
        )
    finally:
        printer.close()
    return shown(result, as_json=as_json, quiet=quiet, dry_run=dry_run, check=check)


def _paths(inputs: tuple[Place, ...], *, nul: bool) -> list[Place]:
    """Return the inputs; "-" stands for those on standard input."""
    from pipeline.remote import place

    dash = Path("-")
    if not inputs and not nul:
        raise click.UsageError("Missing argument 'IN...'.")
    given = list(inputs) if dash in inputs or not nul else [*inputs, dash]
    paths: list[Place] = []
    for path in given:
        if path == dash:
            data = sys.stdin.buffer.read()
            names = data.split(b"\0") if nul else data.splitlines()
            if any(b"\0" in name for name in names):
                raise UsageError(
                    "standard input: a path holds a NUL byte; are they separated by NUL? Then say -0"
                )
            paths += [place(os.fsdecode(name)) for name in names if name]
        else:
            paths.append(path)
    if not paths:
        raise UsageError("standard input names no paths")
    return paths


def shown(result: RunResult, *, as_json: bool, quiet: bool, dry_run: bool, check: bool) -> int:
    """Print what a run came to, and return its exit code."""
    _show(result, as_json=as_json, quiet=quiet, dry_run=dry_run)
    if check and result.review:
        return 1
    return 3 if result.quarantined else 0


def _show(result: RunResult, *, as_json: bool, quiet: bool, dry_run: bool) -> None:
    if as_json:
        click.echo(json.dumps(result.run, ensure_ascii=False, indent=1))
        return
    if quiet:
        left = result.run["balance"]
        good = "OK" if not any(left.values()) else "NOT BALANCED"
        click.echo(f"balance   {'   '.join(f'{kind} {n:,}' for kind, n in left.items())}   {good}")
        return
    from pipeline.report.summary import summary_lines

    put(
        summary_lines(
            result.run,
            result.gist,
            width=width(),
            colour=coloured(),
            next_commands=next_commands(result, dry_run=dry_run),
        )
    )


def next_commands(result: RunResult, *, dry_run: bool) -> list[str]:
    """Return what to do next, as commands to copy."""
    if dry_run:
        report = result.out / ".work" / "next" / "report" / "index.html"
        return [f"nothing was written but the report, {os.fspath(report)}"]
    out = result.out
    removed = [row["doc"] for row in result.gist.repeats.rows]
    removed += [row["id"] for row in result.gist.removed.rows]
    lines = [command_line("explain", out, removed[0])] if removed else []
    return [*lines, command_line("verify", out, "--deep")]
