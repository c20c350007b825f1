"""clean-corpus verify: is the output what was written?"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.place import PLACE
from pipeline.cli.show import json_lines, recovered
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from pipeline.remote import Address, Place


@click.command(name="verify")
@click.argument("out", metavar="OUT|URL", type=PLACE)
@click.option("--deep", is_flag=True, help="Rebuild the source of every document.")
@click.option("--sample", metavar="N", type=click.IntRange(min=0), help="Rebuild the sources of N documents.")
@click.option("--seed", metavar="S", type=int, default=0, help="Which ones --sample takes.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@json_lines
def command(out: Place, deep: bool, sample: int | None, seed: int, as_json: bool, as_lines: bool) -> int:
    """Check OUT: every file, the balance, every removed span.  Exit 4 if something is damaged.

    Of an output that is published at URL, every file is read and hashed; fetch it to check more.  Nothing is repaired
    and nothing deleted.
    """
    if not isinstance(out, Path):
        return _published(out, deep=deep or sample is not None, as_json=as_json)
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


def _published(address: Address, *, deep: bool, as_json: bool) -> int:
    """Check the files of a published output."""
    if deep:
        raise UsageError("of a published output files alone are checked: fetch it, then verify --deep")
    from pipeline.publishing import checked

    count, found = checked(address)
    if as_json:
        rows = [
            {"what": what, "where": safe(name), "to_do": "publish it again with --anew"}
            for name, what in found
        ]
        click.echo(json.dumps({"findings": rows, "files": count}, ensure_ascii=False, indent=1))
        return 4 if found else 0
    for name, what in found:
        click.echo(f"DAMAGE  {safe(name)}: {what}; publish it again with --anew")
    click.echo(f"{count:,} files hashed: {f'{len(found):,} findings' if found else 'all fits'}")
    return 4 if found else 0
