"""The page: one offline HTML file that shows what a run did, and proves it by the texts themselves.

Everything in it is plain HTML; a small script adds filters and keys.  Nothing is fetched: a policy in the page allows
only the style and the script whose hashes it names, and every text of strangers passes the escaping of `fill`.
The file is bounded: lists and texts have caps, stated where they act, and comparisons stop at a budget of characters.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from pipeline.report import alike, listing, lists, sections
from pipeline.report.fragments import asset
from pipeline.report.gist import DETAILS
from pipeline.report.markup import Html, fill, joined
from pipeline.report.overview import overview
from pipeline.report.removals import document_case, repeat_case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.report.fragments import Fragment
    from pipeline.report.gist import Gist
    from pipeline.report.removals import Case

BUDGET: Final = 12_000_000  # characters of text in all comparisons together
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; script-src \
'{script_hash}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>clean-corpus report</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header class="top">
<h1>clean-corpus <span>report</span></h1>
<p class="dim">version {version} · policy {policy}{inputs}</p>
</header>
<nav aria-label="Sections">
<ol>
<li><a href="#overview">Overview</a></li>
<li><a href="#repeats">Repeats inside files <span>{repeats}</span></a></li>
<li><a href="#reprints">Reprints <span>{reprints}</span></a></li>
<li><a href="#kept">Why not removed</a></li>
<li><a href="#furniture">Site furniture</a></li>
<li><a href="#passages">Shared passages <span>{passages}</span></a></li>
<li><a href="#normalisation">Normalisation</a></li>
<li><a href="#documents">Documents <span>{documents}</span></a></li>
<li><a href="#skipped">Not processed <span>{skipped}</span></a></li>
<li><a href="#run">Run</a></li>
</ol>
<div class="tools scripted">
<button type="button" data-do="open">Expand all</button>
<button type="button" data-do="close">Collapse all</button>
<button type="button" data-do="keys" aria-pressed="true">Keys: on</button>
<p class="dim"><kbd>j</kbd> next removal<br><kbd>k</kbd> the one before</p>
</div>
</nav>
<main id="main">

{sections}</main>
<script>{script}</script>
</body>
</html>
"""

_BATCH: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; base-uri 'none'; \
form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>clean-corpus batch</title>
<style>{style}</style>
</head>
<body>
<header class="top">
<h1>clean-corpus <span>batch</span></h1>
<p class="dim">{count} folders</p>
</header>
<main id="main">
<table>
<thead><tr><th>folder</th><th>ended</th><th>files</th><th>documents</th><th>kept</th><th>removed</th><th>characters</th>\
<th>removed</th><th>quarantined</th><th>to review</th></tr></thead>
<tbody>
{lines}</tbody>
</table>
</main>
</body>
</html>
"""
_COUNTED: Final = (
    *("files", "documents", "kept", "removed", "characters", "characters_removed", "quarantined", "review"),
)
_FOLDER: Final = (
    "<tr><td>{name}</td><td>{code}: {meaning}</td>"
    + "".join(f"<td>{{{name}}}</td>" for name in _COUNTED)
    + "</tr>\n"
)


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
    both = (Shown(inside, repeats.total), Shown(across, documents.total))
    return _page(run, gist, both, (to_repeat, to_reprint))


def _page(
    run: Mapping[str, Any],
    gist: Gist,
    both: tuple[Shown, Shown],
    anchors: tuple[dict[str, str], dict[str, str]],
) -> bytes:
    """Return the page: removals inside and across documents, and what leads from a document to each of them."""
    over = overview(run, gist.skipped.total)
    (inside, across), (to_repeat, to_reprint) = both, anchors
    passages, skipped = lists.passages(gist), lists.skipped(gist)
    documents = lists.document_lines(gist, to_repeat | to_reprint)
    shown = (
        sections.overview(over, inside),
        sections.repeats(inside, alike.recurring(gist)),
        sections.reprints(across, alike.clusters(gist, to_reprint)),
        sections.kept(alike.kept_pairs(gist), alike.near_misses(gist)),
        listing.furniture(lists.furniture(gist)),
        listing.passages(passages),
        listing.normalisation(lists.net_change(run), lists.edit_rules(run, gist)),
        listing.documents(documents),
        listing.skipped(skipped),
        listing.run(lists.named_values(run["settings"]), lists.named_values(run["versions"])),
    )
    style, script = _asset("page.css"), _asset("page.js")
    text = fill(
        _PAGE,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        version=over.version,
        policy=over.policy,
        inputs=joined(fill(" · {name}", name=name) for name in over.inputs),
        repeats=f"{inside.total:,}",
        reprints=f"{across.total:,}",
        passages=f"{passages.total:,}",
        documents=f"{documents.total:,}",
        skipped=f"{skipped.total:,}",
        sections=Html("\n".join(shown)),
    )
    return text.encode("utf-8")


def batch_page(rows: Sequence[object], total: object) -> bytes:
    """Return what several runs came to as one UTF-8 HTML file."""
    style = _asset("page.css")
    lines = joined([*(_folder(row, linked=True) for row in rows), _folder(total, linked=False)])
    page = fill(_BATCH, style=style, style_hash=_hash(style), count=f"{len(rows):,}", lines=lines)
    return page.encode("utf-8")


def _folder(row: Any, *, linked: bool) -> Html:  # noqa: ANN401 - a line of `pipeline.batch`
    """Return the line of a folder, or that of their sums."""
    name = (
        fill('<a href="{report}">{name}</a>', report=row.report, name=row.name)
        if linked and row.report
        else row.name
    )
    numbers = {one: f"{getattr(row, one):,}" for one in _COUNTED}
    return fill(_FOLDER, name=name, code=row.code, meaning=row.meaning, **numbers)


def _divided(details: int, repeats: int, documents: int) -> tuple[int, int]:
    """Share the comparisons out: half to each sort, and what one does not need to the other."""
    half = details // 2
    for_documents = min(documents, max(half, details - repeats))
    return min(repeats, details - for_documents), for_documents


def _within(shown: Sequence[Fragment]) -> tuple[Fragment, ...]:
    """Return the removals until their text is as much as the budget allows."""
    before = accumulate((one.weight for one in shown), initial=0)
    return tuple(one for one, weight in zip(shown, before, strict=False) if weight < BUDGET // 2)


def _asset(name: str) -> Html:
    """Return a file of this package as it is: with fragments, the only text that is not escaped as it is filled in."""
    return Html(asset(name))


def _hash(content: str) -> str:
    """Return the source expression that allows exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
