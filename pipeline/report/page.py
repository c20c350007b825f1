"""The page: one offline HTML file that shows what a run did, and proves it by the texts themselves.

Everything in it is plain HTML; a small script adds filters and keys.  Nothing is fetched: a policy in the page allows
only the style and the script whose hashes it names, and every text of strangers passes the escaping of the template.
The file is bounded: lists and texts have caps, stated where they act, and comparisons stop at a budget of characters.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from pipeline.report import alike, lists
from pipeline.report.fragments import asset, template
from pipeline.report.gist import DETAILS
from pipeline.report.overview import overview
from pipeline.report.removals import document_case, repeat_case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.report.fragments import Fragment
    from pipeline.report.gist import Gist
    from pipeline.report.removals import Case

BUDGET: Final = 12_000_000  # characters of text in all comparisons together
_TEMPLATE: Final = "page.html.jinja"
_BATCH: Final = "batch.html.jinja"


@dataclass(frozen=True, slots=True)
class Shown:
    """The removals of one sort: those with a comparison, and how many there are."""

    removals: tuple[Fragment, ...]
    total: int


def report_page(
    run: Mapping[str, Any],
    gist: Gist,
    show: Callable[[Sequence[Case]], Sequence[Fragment]],
    *,
    details: int = DETAILS,
) -> bytes:
    """Return the report as one UTF-8 HTML file.

    Args:
        run: the run's own record.
        gist: of the ledger; its order is the order of the page.
        show: gives the HTML of removals, see `fragment`.
        details: the most removals that are shown with both texts.

    Raises:
        ValueError: `details` is negative, or more than a gist holds.
    """
    if not 0 <= details <= DETAILS:
        raise ValueError(f"details = {details}: must be 0 to {DETAILS}")
    repeats, documents = gist.repeats, gist.removed
    for_repeats, for_documents = _divided(details, repeats.total, documents.total)
    cases = [repeat_case(gist, row, f"repeat-{n}") for n, row in enumerate(repeats.rows[:for_repeats], 1)]
    cases += [
        document_case(gist, row, f"reprint-{n}") for n, row in enumerate(documents.rows[:for_documents], 1)
    ]
    shown = show(cases)
    inside, across = _within(shown[:for_repeats]), _within(shown[for_repeats:])
    to_reprint = {row["id"]: one.anchor for row, one in zip(documents.rows, across, strict=False)}
    to_repeat: dict[str, str] = {}
    for row, one in zip(repeats.rows, inside, strict=False):
        to_repeat.setdefault(row["doc"], one.anchor)
    style, script = _asset("page.css"), _asset("page.js")
    page = template(_TEMPLATE)
    text = page.render(
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        over=overview(run, gist.skipped.total),
        inside=Shown(inside, repeats.total),
        across=Shown(across, documents.total),
        recurring=alike.recurring(gist),
        clusters=alike.clusters(gist, to_reprint),
        kept_tiers=alike.kept_pairs(gist),
        near_misses=alike.near_misses(gist),
        furniture=lists.furniture(gist),
        passages=lists.passages(gist),
        edit_rules=lists.edit_rules(run, gist),
        net_change=lists.net_change(run),
        documents=lists.document_lines(gist, to_repeat | to_reprint),
        skipped=lists.skipped(gist),
        settings=lists.named_values(run["settings"]),
        versions=lists.named_values(run["versions"]),
    )
    return text.encode("utf-8")


def batch_page(rows: Sequence[object], total: object) -> bytes:
    """Return what several runs came to as one UTF-8 HTML file."""
    style = _asset("page.css")
    page = template(_BATCH).render(style=style, style_hash=_hash(style), rows=list(rows), total=total)
    return page.encode("utf-8")


def _divided(details: int, repeats: int, documents: int) -> tuple[int, int]:
    """Share the comparisons out: half to each sort, and what one does not need to the other."""
    half = details // 2
    for_documents = min(documents, max(half, details - repeats))
    return min(repeats, details - for_documents), for_documents


def _within(shown: Sequence[Fragment]) -> tuple[Fragment, ...]:
    """Return the removals until their text is as much as the budget allows."""
    before = accumulate((one.weight for one in shown), initial=0)
    return tuple(one for one, weight in zip(shown, before, strict=False) if weight < BUDGET // 2)


def _asset(name: str) -> Markup:
    """Return a file of this package as it is: with fragments, the only text that the template does not escape."""
    return Markup(asset(name))  # noqa: S704 - our own file, never text of a document


def _hash(content: str) -> str:
    """Return the source expression that allows exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
