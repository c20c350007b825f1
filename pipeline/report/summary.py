"""The summary in the terminal: what came in, what became of it, what to do next; at most 30 lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wcwidth import wcswidth, wcwidth

from pipeline.errors import safe
from pipeline.report.overview import balanced, fates_text, in_order
from pipeline.report.rows import repeat_text
from pipeline.report.show import counted, number, percent, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.report.gist import Gist

LONGEST: Final = 30  # lines
_NARROWEST: Final = 40  # columns; a terminal that says less is not believed
_LABEL: Final = 14  # columns of the labels on the left
_FIRST: Final = 22  # columns of the labels of a table
_SOURCES, _WARNINGS, _PARTS = 4, 2, 3  # lines of each
_WROTE: Final = "ledger/  data/  report/index.html  report/*.csv"
_BOLD, _RED, _DIM, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


def cells(text: str) -> int:
    """Return how many columns of a terminal `text` takes; Chinese characters take two."""
    wide = wcswidth(text)
    return wide if wide >= 0 else sum(max(0, wcwidth(c)) for c in text)


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, its middle replaced by "…" where it is longer."""
    if cells(text) <= width:
        return text
    head = (width - 1) // 3
    tail = width - 1 - head
    return _start(text, head) + "…" + _start(text[::-1], tail)[::-1]


def cut_end(text: str, width: int) -> str:
    """Return `text` in at most `width` columns, its end replaced by "…" where it is longer."""
    return text if cells(text) <= width else _start(text, width - 1) + "…"


def _start(text: str, width: int) -> str:
    used = 0
    for i, char in enumerate(text):
        used += max(0, wcwidth(char))
        if used > width:
            return text[:i]
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` filled up with spaces to `width` columns."""
    space = " " * max(0, width - cells(text))
    return space + text if right else text + space


class Summary:
    """Writes the lines; every name passes `safe`, every line fits the width."""

    __slots__ = ("_colour", "_lines", "_width")

    def __init__(self, width: int, *, colour: bool) -> None:
        self._width = max(_NARROWEST, width)
        self._colour = colour
        self._lines: list[str] = []

    @property
    def lines(self) -> list[str]:
        """The lines so far."""
        return self._lines

    def add(self, text: str, style: str = "") -> None:
        """Add a line, its end cut where it is too long."""
        fits = cut_end(text, self._width)
        self._lines.append(f"{style}{fits}{_PLAIN}" if style and self._colour else fits)

    def whole(self, text: str) -> None:
        """Add a line that is to be copied: it is never cut."""
        self._lines.append(text)

    def labelled(self, label: str, text: str, style: str = "") -> None:
        """Add a line with a label on the left."""
        self.add(pad(label, _LABEL) + text, style)

    def table(self, label: str, columns: Sequence[str], style: str = "") -> None:
        """Add a line of a table: a label and figures, set to the right."""
        first = min(_FIRST, self._width // 3)
        column = min(16, (self._width - first - 2) // 3)
        text = "  " + pad(cut(label, first - 1), first)
        self.add((text + "".join(pad(value, column, right=True) for value in columns)).rstrip(), style)

    def room(self, width: int) -> int:
        """Return the columns that a name may take on a labelled line beside `width` columns of other text."""
        return max(12, self._width - _LABEL - width)


def summary_lines(
    run: Mapping[str, Any], gist: Gist, *, width: int, colour: bool, next_commands: Sequence[str]
) -> list[str]:
    """Return the summary, at most 30 lines of at most `width` columns (commands to copy are never cut)."""
    out = Summary(width, colour=colour)
    out.add(f"{safe(run['tool'])} {safe(run['version'])}   policy {safe(run['policy'])}", _BOLD)
    _came(out, run, gist)
    _repeats(out, run, gist)
    _reprints(out, run, gist.clusters.total)
    _archives(out, run)
    if run["counts"]["decisions"]:
        out.labelled("Decisions", fates_text(run))
    _balance(out, run)
    _sources(out, run)
    _warnings(out, run)
    folders = "packed/" if run["settings"].get("run", {}).get("layout") == "packed" else "clean/  notes/"
    out.labelled("Wrote", f"{folders}  {_WROTE}")
    for i, command in enumerate(next_commands[: max(0, LONGEST - len(out.lines))]):
        out.whole(pad("" if i else "Next", _LABEL) + safe(command))
    return out.lines


def _came(out: Summary, run: Mapping[str, Any], gist: Gist) -> None:
    counts = run["counts"]
    read, documents = size(counts["bytes"]["read"]), counted(counts["documents"]["in"], "document")
    out.labelled("Read", f"{counted(counts['files'], 'file')}, {read} · {documents}")
    if gist.left:
        text = ", ".join(f"{number(n)} {safe(status)}" for status, n in sorted(gist.left.items()))
        out.labelled("Not processed", f"{text} (report/skipped.csv)")
    edits = sorted(counts["edits"].items(), key=lambda item: (-item[1], item[0]))
    out.labelled("Normalised", _few(((safe(rule), n) for rule, n in edits), 5) or "nothing to repair")


def _few(counts: Iterable[tuple[str, int]], most: int) -> str:
    rows = [(name, n) for name, n in counts if n]
    more = f" · {len(rows) - most} more" if len(rows) > most else ""
    return " · ".join(f"{name} {number(n)}" for name, n in rows[:most]) + more


def _repeats(out: Summary, run: Mapping[str, Any], gist: Gist) -> None:
    out.labelled("Inside files", _few(in_order(run["counts"]["repeats"]), 4) or "no repeats")
    for row in gist.longest:
        says = ": " + repeat_text(row["repeat"]["lines"], row["kept"]["lines"])
        says += f" ({row['lines_equal']} of {row['lines_total']} lines equal)"
        says += ", figures differ!" if row["figures_differ"] else ""
        out.labelled("", cut(safe(gist.names[row["doc"]]), out.room(cells(says))) + says)


def _reprints(out: Summary, run: Mapping[str, Any], clusters: int) -> None:
    counts = run["counts"]
    tiers = _few(in_order(counts["documents"]["removed_by_tier"]), 4)
    text = (
        f"{counted(clusters, 'cluster')} · {tiers}"
        if tiers
        else f"{counted(clusters, 'cluster')}, nothing removed"
    )
    out.labelled("Reprints", text)
    alike = _few(((t, counts["pairs"].get(t, 0)) for t in ("variant", "update", "review")), 3)
    review = f"{number(counts['review'])} to judge"
    out.labelled("Needs review", f"{review} · kept although alike: {alike}" if alike else review)


def _archives(out: Summary, run: Mapping[str, Any]) -> None:
    archives = run["archives"]
    if archives:
        kept = sum(archive["documents"] for archive in archives)
        names = ", ".join(safe(archive["label"]) for archive in archives)
        says = f" ({number(kept)} documents) · {number(run['counts']['documents']['removed_for_archives'])} removed"
        out.labelled("Against", cut(names, out.room(cells(says))) + says + " for them")


def _balance(out: Summary, run: Mapping[str, Any]) -> None:
    documents, characters, left = run["counts"]["documents"], run["counts"]["characters"], run["balance"]
    out.table("", ("documents", "characters", "of documents"), _DIM)
    out.table("in", (number(documents["in"]), number(characters["l2"])))
    share = percent(documents["kept"], documents["in"])
    out.table("kept", (number(documents["kept"]), number(characters["kept"]), share))
    out.table("removed", (number(documents["removed"]), number(characters["removed"])))
    reasons = in_order(characters["removed_by_reason"])
    for reason, n in reasons[:_PARTS]:
        out.table(f"  for {safe(reason)}", ("", number(n)), _DIM)
    good = balanced(run)
    columns = (number(left["documents"]), number(left["characters"]), "OK" if good else "NOT BALANCED")
    out.table("balance", columns, _BOLD if good else _RED)


def _sources(out: Summary, run: Mapping[str, Any]) -> None:
    sources = sorted(run["sources"], key=lambda s: (-s["removed"], -s["in"], s["source"]))
    if not sources:
        return
    out.table("by source", ("in", "kept", "removed"), _DIM)
    for row in sources[:_SOURCES]:
        share = percent(row["removed"], row["in"])
        out.table("  " + safe(row["source"] or "(none)"), (number(row["in"]), number(row["kept"]), share))
    if len(sources) > _SOURCES:
        out.table(f"  {number(len(sources) - _SOURCES)} more", (), _DIM)


def _warnings(out: Summary, run: Mapping[str, Any]) -> None:
    warnings = run["warnings"]
    for i, text in enumerate(warnings[:_WARNINGS]):
        more = f" (and {len(warnings) - _WARNINGS} more)" if i == _WARNINGS - 1 < len(warnings) - 1 else ""
        out.labelled("Warning", cut_end(safe(text), out.room(cells(more))) + more, _RED)
