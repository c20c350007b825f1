"""clean-corpus diff: what differs between two outputs, or between the last two runs into one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from pipeline.cli.show import opened, put
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.changes import Change, Fate

_MARKS: Final = {"new": "+", "dropped": "-"}
_OF_RUNS: Final = (
    "settings",
    "versions",
    "decisions",
    "inputs",
    "archives",
)  # of run.json: what a run depends on
_CAUSES: Final = 12  # that are shown


@click.command(name="diff")
@click.argument("out_a", metavar="OUT_A", type=click.Path(path_type=Path))
@click.argument("out_b", metavar="[OUT_B]", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a document.")
def command(out_a: Path, out_b: Path | None, as_json: bool) -> int:
    """Show which documents and removed passages of OUT_B are not what they are in OUT_A, and why.

    Without OUT_B: what the last run into OUT_A changed of the tree before it.
    """
    from pipeline.changes import changes, counted, dumped

    opened(out_a)
    if out_b is None:
        found = _last(out_a)
    else:
        opened(out_b)
        found = changes(out_a, out_b)
    if as_json:
        click.echo(dumped(found), nl=False)
        return 0
    put(line for change in found for line in _shown(change))
    put([*(_causes(out_a, out_b) if found and out_b else ()), counted(found)])
    return 0


def _last(out: Path) -> list[Change]:
    """Return what the last run into an output changed."""
    from pipeline.changes import loaded
    from pipeline.workspace import Workspace

    path = Workspace(out).changes
    try:
        data = path.read_bytes()
    except OSError:
        raise UsageError(
            f"{safe(os.fspath(out))}: nothing is kept of what its last run changed (it was the first, or .work "
            "was removed); name two outputs"
        ) from None
    return loaded(data)


def _causes(out_a: Path, out_b: Path) -> list[str]:
    """Return in what two runs differ but for the content of their inputs."""
    from pipeline.ledger import Output
    from pipeline.report.lists import named_values

    one, two = (dict(named_values({key: Output(out).run[key] for key in _OF_RUNS})) for out in (out_a, out_b))
    names = [name for name in sorted({*one, *two}) if one.get(name) != two.get(name)]
    shown = [
        f"{safe(name)}: {safe(one.get(name) or 'none')} → {safe(two.get(name) or 'none')}"
        for name in names[:_CAUSES]
    ]
    more = [f"and {len(names) - _CAUSES} more"] if len(names) > _CAUSES else []
    return [f"because  {line}" for line in (*shown, *more)]


def _shown(change: Change) -> Iterator[str]:
    """Yield a document's lines."""
    member = "" if change.path.endswith(change.member) else change.member  # the path has it already
    name = " › ".join(filter(None, (change.path, member)))
    name += f" #{change.ordinal}" if change.ordinal else ""
    fates = [_told(fate) for fate in (change.before, change.after) if fate]
    yield f"{_MARKS.get(change.what, '~')} {safe(name)}  {change.what}: {' → '.join(dict.fromkeys(fates))}"
    last = change.after or change.before
    if last and last.why and change.what in {"new", "fate"}:
        yield f"    {safe(last.why)}"
    for mark, spans in (("cut", change.cut), ("back", change.uncut)):
        for span in spans:
            first, end = span["lines"][0], span["lines"][-1]
            lines = f"line {first}" if first == end else f"lines {first}–{end}"
            why = safe(": ".join(filter(None, (span["reason"], span["rule"]))))
            yield f"    {mark:<4} {lines}, {span['chars']:,} characters, {why}"


def _told(fate: Fate) -> str:
    """Return what became of a document, in a few words."""
    said = f"{fate.status} ({fate.tier}, for {safe(fate.of or '')})" if fate.of else fate.status
    return f"{said}, source gone" if "source_gone" in fate.flags else said
