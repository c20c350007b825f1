"""The page: one offline HTML file that shows what a run did, and proves it by the texts themselves.

Everything in it is plain HTML; a small script adds filters and keys.  Nothing is fetched: a policy in the page allows
only the style and the script whose hashes it names, and every text of strangers passes the escaping of the template.
The file is bounded: lists and texts have caps, stated where they act, and comparisons stop at a budget of characters.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report import alike, lists
from pipeline.report.overview import overview
from pipeline.report.removals import Removal, Removals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.report.rows import Row, Rows

BUDGET: Final = 12_000_000  # characters of text in all comparisons together
_TEMPLATE: Final = "page.html.jinja"


@dataclass(frozen=True, slots=True)
class Shown:
    """The removals of one sort: those with a comparison, and how many there are."""

    removals: tuple[Removal, ...]
    total: int


def report_page(
    run: Mapping[str, Any], rows: Rows, texts: Callable[[str, str], str], *, details: int = 400
) -> bytes:
    """Return the report as one UTF-8 HTML file.

    Args:
        run: the run's own record.
        rows: the ledger; its order is the order of the page.
        texts: gives the text of a document (id) in layer "L2" or "L3".
        details: the most removals that are shown with both texts.

    Raises:
        ValueError: `details` is negative.
    """
    if details < 0:
        raise ValueError(f"details = {details}: must be 0 or more")
    repeats = [row for row in rows.repeats if row["removed"]]
    documents = [row for row in rows.documents if row["status"] == "removed"]
    for_repeats, for_documents = _divided(details, len(repeats), len(documents))
    build = Removals(rows, texts)
    inside = _within(build.repeat, repeats[:for_repeats], "repeat", BUDGET // 2)
    across = _within(build.document, documents[:for_documents], "reprint", BUDGET // 2)
    to_reprint = {row["id"]: one.anchor for row, one in zip(documents, across, strict=False)}
    to_repeat: dict[str, str] = {}
    for row, one in zip(repeats, inside, strict=False):
        to_repeat.setdefault(row["doc"], one.anchor)
    style, script = _asset("page.css"), _asset("page.js")
    page = _environment().get_template(_TEMPLATE)
    text = page.render(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        over=overview(run, len(rows.skipped)),
        inside=Shown(inside, len(repeats)),
        across=Shown(across, len(documents)),
        recurring=alike.recurring(rows),
        clusters=alike.clusters(rows, to_reprint),
        kept_tiers=alike.kept_pairs(rows),
        near_misses=alike.near_misses(rows),
        furniture=lists.furniture(rows),
        passages=lists.passages(rows),
        edit_rules=lists.edit_rules(run, rows),
        net_change=lists.net_change(run),
        documents=lists.document_lines(rows, to_repeat | to_reprint),
        skipped=lists.skipped(rows),
        settings=lists.named_values(run["settings"]),
        versions=lists.named_values(run["versions"]),
    )
    return text.encode("utf-8")


def _divided(details: int, repeats: int, documents: int) -> tuple[int, int]:
    """Share the comparisons out: half to each sort, and what one does not need to the other."""
    half = details // 2
    for_documents = min(documents, max(half, details - repeats))
    return min(repeats, details - for_documents), for_documents


def _within(
    build: Callable[[Row, str], Removal], chosen: Sequence[Row], sort: str, budget: int
) -> tuple[Removal, ...]:
    """Build removals until their text is as much as the budget allows."""
    out: list[Removal] = []
    for row in chosen:
        if budget <= 0:
            break
        removal = build(row, f"{sort}-{len(out) + 1}")
        budget -= _weight(removal)
        out.append(removal)
    return tuple(out)


def _weight(removal: Removal) -> int:
    """Return about how many characters of HTML the comparison takes."""
    total = 2_000
    for row in removal.comparison.rows if removal.comparison else ():
        cells = [*(cell for pair in row.equal for cell in pair), row.kept, row.removed]
        total += 200 + sum(120 + sum(30 + len(run.text) for run in cell.runs) for cell in cells if cell)
    return total


def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_text),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = lambda value: f"{value:,}"
    return environment


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _asset(name: str) -> Markup:
    """Return a file of this package as it is: the only text that the template does not escape."""
    return Markup(_text(name))  # noqa: S704 - our own file, never text of a document


def _hash(content: str) -> str:
    """Return the source expression that allows exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
