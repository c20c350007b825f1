"""clean-corpus apply: cut a finished output anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from pipeline.cli.engine import engine_options
from pipeline.cli.memory import memory_option
from pipeline.cli.run import LAYOUTS, POLICIES, shown
from pipeline.cli.show import json_lines, recovered


@click.command(name="apply")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--policy", type=click.Choice(POLICIES), help="What is removed; annotate removes nothing.")
@click.option("--layout", type=click.Choice(LAYOUTS), help="packed: shards instead of a file a document.")
@click.option(
    "--decisions",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What people decided, instead of the decisions of OUT; may be given several times.",
)
@click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="One setting.")
@click.option(
    "-c",
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Settings, as TOML, instead of those of OUT.",
)
@click.option(
    "-o", "--out", "target", metavar="OUT2", type=click.Path(path_type=Path), help="Write there; OUT stays."
)
@click.option("--jobs", metavar="N", type=click.IntRange(min=0), help="Processes; 0 is one a processor.")
@memory_option
@engine_options
@click.option("--dry-run", is_flag=True, help="Write the report only, nothing else.")
@click.option("--check", is_flag=True, help="Exit with 1 if something waits for a person.")
@click.option("--restart", is_flag=True, help="Begin anew where an unfinished run has other settings.")
@click.option("--json", "as_json", is_flag=True, help="Print run.json.")
@click.option("--quiet", is_flag=True, help="Print the balance only, and no progress.")
@json_lines
def command(
    out: Path,
    policy: str | None,
    layout: str | None,
    decisions: tuple[Path, ...],
    overrides: tuple[str, ...],
    config: Path | None,
    target: Path | None,
    jobs: int | None,
    memory: int | None,
    engine: str,
    master: str | None,
    conf: tuple[str, ...],
    dry_run: bool,
    check: bool,
    restart: bool,
    as_json: bool,
    quiet: bool,
    as_lines: bool,
) -> int:
    """Cut OUT anew for another policy or other decisions, from what its run found; the inputs are not read.

    The result is that of a run over the same inputs with these settings.  Settings by which texts are read or
    compared need such a run: then the command says so.
    """
    from pipeline import events, job
    from pipeline.engines.choice import chosen
    from pipeline.settings import parse_override

    recovered(out)
    files = [str(path) for path in decisions] or None
    options = {
        "run.policy": policy,
        "run.layout": layout,
        "run.jobs": jobs,
        "run.memory": memory,
        "run.decisions": files,
    }
    values = dict(parse_override(text) for text in overrides)
    values |= {key: value for key, value in options.items() if value is not None}
    choice = chosen(engine, master, conf)
    printer = events.printer(sys.stderr, os.environ, quiet=quiet, lines=as_lines)
    try:
        result = job.apply(
            out,
            config,
            values,
            target=target,
            restart=restart,
            dry_run=dry_run,
            choice=choice,
            printer=printer,
        )
    finally:
        printer.close()
    return shown(result, as_json=as_json, quiet=quiet, dry_run=dry_run, check=check)
