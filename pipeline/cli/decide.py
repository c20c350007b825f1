"""clean-corpus decide: what a person decides of documents and paragraphs, as events in a file."""

from __future__ import annotations

import calendar
import functools
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from pipeline.cli.show import command_line, opened, put, quoted
from pipeline.decisions import (
    SUBJECTS,
    Event,
    Paragraph,
    Run,
    Seen,
    Subject,
    Verdict,
    add,
    contradict,
    from_row,
    holdings,
    lines_of,
    made,
    opposed,
    read,
    standing,
    subject_key,
)
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.ledger import Output, Row

_FILE: Final = click.Option(
    ["--decisions"],
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("decisions.jsonl"),
    show_default=True,
    help="Where decisions stand; it is only added to.",
)
_NAME: Final = click.Option(["--as", "by"], metavar="NAME", required=True, help="Who decides.")
_WHY: Final = click.Option(["--why"], metavar="TEXT", default="", help="The reason, for people.")
_QUOTE: Final = click.Option(
    ["--quote"], metavar="TEXT", help="Words of the paragraph, instead of :LINE behind the path."
)
_SAYS: Final[dict[Verdict, str]] = {
    Verdict.SAME: "A and B are one article: one may go for the other, if the run compared them.",
    Verdict.DIFFERENT: "A and B are never joined, by no third document either.",
    Verdict.KEEP_BOTH: "A and B are alike, and both stay.",
    Verdict.CANONICAL: "A is the one to keep among its copies.",
    Verdict.KEEP: "A is not removed; with :LINE or --quote, nor is that paragraph.",
    Verdict.PROTECT: "Nothing of A is removed.",
    Verdict.DROP: "A goes.",
    Verdict.REMOVE: "The paragraph of A at :LINE, or with --quote, goes.",
    Verdict.FURNITURE: "This line of A is furniture in all documents of its source.",
    Verdict.UNSURE: "A, or A and B, were looked at, and nothing was decided.",
    Verdict.ACCEPT_BASELINE: "Whatever waits for a person in OUT stays as it is.",
}
_ZIP: Final = b"PK\x03\x04"  # with which a workbook begins
_NAMED: Final = 20  # contradictions that are listed
#: Fates that a person should look at.
_AGAIN: Final = ("conflicting", "orphaned", "stale")


@click.group(name="decide")
def command() -> None:
    """Record what a person decides of the documents in OUT, for `run` and `apply` to follow.

    A and B are named as in `explain`.  Decisions name documents by what they hold, so they outlive new names.
    """


def _verdict(verdict: Verdict) -> click.Command:
    """Return the command that records a verdict."""
    kinds = SUBJECTS[verdict]
    parameters: list[click.Parameter] = [
        click.Argument(["out"], metavar="OUT", type=click.Path(path_type=Path))
    ]
    if verdict is not Verdict.ACCEPT_BASELINE:
        parameters.append(click.Argument(["a"], metavar="A"))
    if "pair" in kinds:
        parameters.append(click.Argument(["b"], metavar="B", required=kinds == ("pair",)))
    options = [_FILE, _NAME, _WHY, *([_QUOTE] if "span" in kinds else [])]
    call = functools.partial(_decide, verdict)
    return click.Command(verdict.value, params=[*parameters, *options], callback=call, help=_SAYS[verdict])


def _decide(
    verdict: Verdict,
    *,
    out: Path,
    decisions: Path,
    by: str,
    why: str,
    a: str = "",
    b: str | None = None,
    quote: str | None = None,
) -> None:
    subject, seen = _pointed(verdict, opened(out), a, b, quote)
    known = read([decisions] if decisions.exists() else [])
    mine = _mine(known, by).get(subject_key(subject), [])
    if any(e.verdict is verdict for e in mine) and verdict is not Verdict.ACCEPT_BASELINE:
        put([f"{next(e.id for e in mine if e.verdict is verdict)} says so already; nothing was added"])
        return
    others = [e.id for e in mine if contradict(e.verdict, verdict)]
    older = others[-1] if others else None
    event = _new(_times(known), by, verdict, subject=subject, seen=seen, why=why, supersedes=older)
    add(decisions, [event])
    instead = f"   instead of {safe(older)}" if older else ""
    put([_line(event) + instead])
    put([f"still opposed by {safe(one)}: decide undo {safe(one)}" for one in others[:-1]])
    put([command_line("apply", out, "--decisions", decisions)])


def _mine(known: Sequence[Event], by: str) -> dict[object, list[Event]]:
    """Return by subject what somebody has decided and not taken back or replaced."""
    stand = standing(known)
    superseded = {event.supersedes for event in stand}
    found: dict[object, list[Event]] = {}
    for event in stand:
        if event.by == by and event.id not in superseded:
            found.setdefault(subject_key(event.subject), []).append(event)
    return found


def _pointed(
    verdict: Verdict, output: Output, a: str, b: str | None, quote: str | None
) -> tuple[Subject, Seen | None]:
    """Return what a person points at."""
    from pipeline.cli.pointing import document_of, pair_of, paragraph_of, waiting

    kinds = SUBJECTS[verdict]
    if kinds == ("run",):
        return waiting(output)
    if b is not None:
        return pair_of(output, a, b)
    found = paragraph_of(output, a, quote) if "span" in kinds else None
    if found is not None:
        return found
    if "document" not in kinds:
        raise UsageError(
            f"{verdict} is said of a paragraph: name its line as PATH:LINE, or --quote its words"
        )
    return document_of(output, a)


_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"


def _now() -> int:
    """Return the time, or that of SOURCE_DATE_EPOCH, in seconds."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given and not re.fullmatch("[0-9]{1,12}", given):
        raise UsageError(f"SOURCE_DATE_EPOCH = {safe(given)}: must be seconds since 1970")
    return int(given) if given else int(time.time())


def _times(known: Sequence[Event]) -> dict[str | None, int]:
    """Return when each event was made, in seconds."""
    return {event.id: calendar.timegm(time.strptime(event.at, _STAMP)) for event in known}


def _new(
    at: Mapping[str | None, int],
    by: str,
    verdict: Verdict,
    via: str = "cli",
    **values: Any,  # noqa: ANN401 - an event's
) -> Event:
    """Return an event of now, later than the one it supersedes, with an id that no other has.

    One that says what another says that was undone is another event: it is a second later.
    """
    seconds = max(_now(), at.get(values["supersedes"], -1) + 1)
    while True:
        stamp = time.strftime(_STAMP, time.gmtime(seconds))
        try:
            found = made(Event("-", stamp, by, via, verdict, **values))
        except ValueError as error:  # nobody decides, a reason that is no text, a year of five digits
            raise UsageError(f"no decision can be made of this: {safe(str(error))}") from error
        if found.id not in at:
            return found
        seconds += 1


def _line(event: Event) -> str:
    """Return an event for people."""
    names = [safe(one.path) for one in holdings(event)]
    subject = event.subject
    if isinstance(subject, Paragraph):
        names.append(quoted(subject.quote.exact))
    if isinstance(subject, Run):
        names.append(f"{len(subject.pairs)} pairs")
    what = ", ".join(names) or safe(event.supersedes or "")
    why = f" ({safe(event.why)})" if event.why else ""
    return f"{safe(event.id)}  {event.at}  {safe(event.by)}  {event.verdict}  {what}{why}"


@command.command(name="import", params=[_FILE])
@click.option("--as", "by", metavar="NAME", help="Who decided, of what a workbook has.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
def import_(files: tuple[Path, ...], decisions: Path, by: str | None) -> None:
    """Add the decisions of other files: of other people, of the report, or of a workbook that `export` made.

    Those that are known stay once.  Of a workbook, the verdicts in its sheet `review` are read.
    """
    here = [decisions] if decisions.exists() else []
    known = read(here)
    books = [file for file in files if _is_book(file)]
    every = read([*here, *(file for file in files if file not in books)])
    for book in books:
        every = (*every, *_reviewed(book, every, by))
    ids = {event.id for event in known}
    new = [event for event in every if event.id not in ids]
    add(decisions, new)
    put([f"{len(new):,} decisions added to {safe(str(decisions))}, which has {len(every):,}"])
    against = list(opposed(every))
    put(
        f"CONFLICT {safe(one.by)} says {one.verdict} ({safe(one.id)}), {safe(two.by)} says {two.verdict}"
        f" ({safe(two.id)}): {', '.join(safe(d.path) for d in holdings(one))}"
        for one, two in against[:_NAMED]
    )
    if against:
        put([f"{len(against):,} decisions contradict each other; both stand, and nothing goes for either"])


def _is_book(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ZIP)) == _ZIP
    except OSError as error:
        raise UsageError(f"{safe(str(path))}: cannot be read: {error.strerror}") from error


def _reviewed(book: Path, known: Sequence[Event], by: str | None) -> list[Event]:
    """Return the events that a workbook adds to those that are known."""
    from pipeline.exports import reviewed

    if by is None:
        raise UsageError(f"{safe(str(book))}: a workbook does not say who decided: name them with --as NAME")
    mine, at, new = _mine(known, by), _times(known), []
    for row in reviewed.read(book):
        before = mine.get(subject_key(row.subject), [])
        if any(event.verdict is row.verdict for event in before):
            continue
        others = [event.id for event in before if contradict(event.verdict, row.verdict)]
        values: dict[str, Any] = {
            "seen": row.seen,
            "why": row.why,
            "supersedes": others[-1] if others else None,
        }
        new.append(_new(at, by, row.verdict, "xlsx", subject=row.subject, **values))
    return new


@command.command(name="log", params=[_FILE])
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON Lines.")
def log(decisions: Path, as_json: bool) -> None:
    """List the decisions in their order, those that were undone too."""
    every = read([decisions])
    if as_json:
        click.echo(lines_of(every).decode(), nl=False)
        return
    stands = {event.id for event in standing(every)}
    put([_line(e) + ("" if e.id in stands or e.verdict is Verdict.UNDO else "   undone") for e in every])


@command.command(name="undo", params=[_FILE, _NAME, _WHY])
@click.argument("event", metavar="[ID]", required=False)
@click.option("--last", metavar="N", type=click.IntRange(min=1), help="The N latest decisions that stand.")
def undo(event: str | None, last: int | None, decisions: Path, by: str, why: str) -> None:
    """Take back the decision ID, or the last N; the file keeps both, and outputs are as if it was never made."""
    if (event is None) == (last is None):
        raise UsageError("name the ID of one decision, or --last N")
    known = read([decisions])
    stands = standing(known)
    named = [e for e in stands if e.id == event] or [e for e in stands if e.id.startswith(event or "")]
    chosen = stands[-last:] if last else named
    if not chosen or (event is not None and len(chosen) != 1):
        raise UsageError(
            f"{safe(event or 'nothing')}: {len(chosen)} decisions that stand have this id; see decide log"
        )
    rest: dict[str, Any] = {"subject": None, "seen": None, "why": why}
    add(decisions, [_new(_times(known), by, Verdict.UNDO, **rest, supersedes=one.id) for one in chosen])
    put([f"undone: {_line(one)}" for one in chosen])


@command.command(name="check", params=[_FILE])
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the decisions of OUT with their fates, as JSON.")
def check(out: Path, decisions: Path, as_json: bool) -> int:
    """Tell what became of the decisions in OUT; exit 1 if some wait for a person, or OUT has not followed them yet."""
    rows = opened(out).rows().decisions
    named = click.get_current_context().get_parameter_source("decisions") is not ParameterSource.DEFAULT
    there_is = named or decisions.exists()
    stands = {e.id: e for e in standing(read([decisions]))} if there_is else {}
    there = {row["id"] for row in rows}
    pending = [event for key, event in stands.items() if key not in there]
    undone = [row for row in rows if there_is and row["id"] not in stands]
    again = any(row["fate"] in _AGAIN for row in rows)
    if as_json:
        shown = {
            "decisions": rows,
            "pending": sorted(e.id for e in pending),
            "undone": [r["id"] for r in undone],
        }
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        put([_fate(row) for row in sorted(rows, key=lambda row: row["fate"] not in _AGAIN)])
        put([f"PENDING  {_line(event)}" for event in pending])
        put([f"UNDONE   {safe(row['id'])}  {row['verdict']}" for row in undone])
        if pending or undone:
            put([command_line("apply", out, "--decisions", decisions)])
        put(
            [f"{len(rows):,} decisions in {safe(str(out))}, {len(pending) + len(undone):,} changes to follow"]
        )
    return int(bool(again or pending or undone))


def _fate(row: Row) -> str:
    from pipeline.fates import TOLD

    event = from_row({key: row[key] for key in row if key not in TOLD})
    return f"{row['fate'].upper():<12} {_line(event)}: {safe(row['reason'])}"


for _one in _SAYS:
    command.add_command(_verdict(_one))
