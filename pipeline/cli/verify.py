"""clean-corpus verify: is the output what was written?"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path

import click

from pipeline.cli.show import json_lines, recovered


@click.command(name="verify")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--deep", is_flag=True, help="Rebuild the source of every document.")
@click.option("--sample", metavar="N", type=click.IntRange(min=0), help="Rebuild the sources of N documents.")
@click.option("--seed", metavar="S", type=int, default=0, help="Which ones --sample takes.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@json_lines
def command(out: Path, deep: bool, sample: int | None, seed: int, as_json: bool, as_lines: bool) -> int:
    """Check OUT: every file, the balance, every removed span.  Exit 4 if something is damaged.

    Nothing is repaired and nothing deleted.
    """
    from pipeline.check import verify
    from pipeline.events import StepEnded, StepStarted, Warned, printer

    recovered(out)
    teller = printer(sys.stderr, os.environ, quiet=True, lines=as_lines)
    teller.show(StepStarted("verify"))
    report = verify(out, deep=deep, sample=sample, seed=seed)
    for finding in report.findings:
        teller.show(Warned(f"{finding.where}: {finding.what}"))
    teller.show(StepEnded("verify", f"{report.files:,} files hashed, {len(report.findings):,} findings"))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=1))
        return 4 if report.findings else 0
    for finding in report.findings:
        click.echo(f"DAMAGE  {finding.where}: {finding.what}; {finding.to_do}")
    proved = (
        f", {report.proved:,} of {report.documents:,} sources rebuilt" if deep or sample is not None else ""
    )
    click.echo(
        f"{report.files:,} files hashed, {report.spans:,} removed spans of {report.documents:,} documents "
        f"rebuilt{proved}: {f'{len(report.findings):,} findings' if report.findings else 'all fits'}"
    )
    return 4 if report.findings else 0
