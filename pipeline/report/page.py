"""The page: one offline HTML file that shows what a run did, and proves it by the texts themselves.

The essentials are plain HTML; a script adds tables of all rows, comparisons, the threshold lab and the review.
Nothing is fetched: a policy in the page allows only the style and the script whose hashes it names, and every text of
strangers passes the escaping of `fill`, or goes into the page as text.
The file is bounded: lists and texts have caps, stated where they act, and comparisons stop at a budget of bytes.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING, Any, Final

from pipeline.report import alike, listing, lists, sections
from pipeline.report.fragments import asset
from pipeline.report.gist import DETAILS
from pipeline.report.markup import Html, fill, joined
from pipeline.report.methods import methods_of
from pipeline.report.overview import overview
from pipeline.report.parcel import BUDGETS, FEW, application, elements, holdings, parcels
from pipeline.report.removals import document_case, pair_case, repeat_case, whole_case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.report.fragments import Fragment
    from pipeline.report.gist import Gist
    from pipeline.report.removals import Case
    from pipeline.report.rows import Row
    from pipeline.waiting import Chosen

WHOLE_CAP: Final = 40  # documents that are shown with all that repeats in them
PLAIN_CAP: Final = 6  # removals that are shown without script
PLAIN_SIZE: Final = 150_000  # characters of their HTML
_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; script-src \
'{script_hash}'; connect-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; \
require-trusted-types-for 'script'; trusted-types report">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>clean-corpus report</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main" data-t>Skip to the report</a>
<header class="top">
<h1>clean-corpus <span data-t>report</span></h1>
<p class="dim"><span data-t>version</span> {version} · <span data-t>policy</span> {policy}{inputs}</p>
</header>
<nav aria-label="Pages">
<ol>
{links}</ol>
<div class="tools scripted">
<button type="button" data-do="language" lang="zh">中文</button>
<button type="button" data-do="theme" data-t>Theme: system</button>
<button type="button" data-do="keys" aria-pressed="true" data-t>Keys: on</button>
<button type="button" data-do="help" data-t>Help: ?</button>
</div>
</nav>
<main id="main" tabindex="-1">

{sections}</main>
<div class="live" role="status" aria-live="polite"></div>
{parcels}<script>{script}</script>
</body>
</html>
"""
#: Pages in order: name, title, whether it takes the script.
PAGES: Final = (
    ("overview", "Overview", False),
    ("clusters", "Clusters", False),
    ("pairs", "Pairs", True),
    ("repeats", "Repeats in files", True),
    ("compare", "Compare", False),
    ("inside", "In the document", True),
    ("sources", "Sources and time", True),
    ("lab", "Threshold lab", True),
    ("review", "Review", True),
    ("files", "Files", False),
    ("kept", "Why not removed", False),
    ("furniture", "Site furniture", False),
    ("passages", "Shared passages", False),
    ("normalisation", "Normalisation", False),
    ("skipped", "Not processed", False),
    ("run", "Run and methods", False),
)
_LINK: Final = (
    '<li{scripted}><a href="#{name}"><span data-t>{title}</span>'
    ' <span class="count">{count}</span></a></li>\n'
)
_EMPTY: Final = '<section id="{name}" class="scripted">\n<h2>{title}</h2>\n</section>\n'
#: In this order they make one script: each uses what stands before it.
SCRIPTS: Final = (
    "core.js",
    "chinese.js",
    "data.js",
    "decisions.js",
    "table.js",
    "picks.js",
    "charts.js",
    "lists.js",
    "compare.js",
    "review.js",
    "app.js",
)
STYLES: Final = ("page.css", "app.css")

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
    """The removals of one sort: those that stand in the page as HTML, and how many there are."""

    removals: tuple[Fragment, ...]
    total: int


def report_page(
    run: Mapping[str, Any],
    gist: Gist,
    show: Callable[[Sequence[Case]], Sequence[Fragment]],
    *,
    rule: str = "",
    details: int = DETAILS,
) -> bytes:
    """Return the report as one UTF-8 HTML file.

    Args:
        run: the run's own record.
        gist: of the ledger; its order is the order of the page.
        show: gives the HTML of cases, see `fragment`.
        rule: versions of what found the pairs, for decisions.
        details: the most comparisons.

    Raises:
        ValueError: `details` is negative, or more than a gist holds.
    """
    if not 0 <= details <= DETAILS:
        raise ValueError(f"details = {details}: must be 0 to {DETAILS}")
    cases = _cases(gist, details)
    shown = dict(zip((case.anchor for case in cases.all), show(cases.all), strict=True))
    budget = BUDGETS[gist.columns.clusters_total > FEW]
    comparisons, index = parcels(list(shown.values()), budget)
    about = {case.anchor: gist.columns.number(case.documents[-1]) for case in cases.all}
    main = application(run, gist, [[*row, about[row[0]]] for row in index], cases.queue, rule)
    return _page(run, gist, cases, _plain(cases, shown), elements(main, holdings(gist), comparisons))


@dataclass(frozen=True, slots=True)
class _Cases:
    """What is shown with its texts, in order of weight."""

    queue: tuple[tuple[str, Chosen], ...]  # by anchor
    all: tuple[Case, ...]
    repeats: tuple[Case, ...]
    documents: tuple[Case, ...]
    anchors: dict[str, str]  # document → its comparison


def _cases(gist: Gist, details: int) -> _Cases:
    """Choose what is shown: what a person should look at, documents with what repeats in them, then removals."""
    items = gist.judged()[: details // 2]
    by_document: dict[str, list[Row]] = {}
    for row in gist.repeats.rows:
        by_document.setdefault(row["doc"], []).append(row)
    whole = list(by_document.items())[: min(WHOLE_CAP, details // 8)]
    for_repeats, for_documents = _divided(
        details - len(items) - len(whole), len(gist.repeats.rows), len(gist.removed.rows)
    )
    repeats = tuple(
        repeat_case(gist, row, f"repeat-{n}") for n, row in enumerate(gist.repeats.rows[:for_repeats], 1)
    )
    documents = tuple(
        document_case(gist, row, f"reprint-{n}") for n, row in enumerate(gist.removed.rows[:for_documents], 1)
    )
    known = {(case.row["of"], case.row["id"]): case for case in documents}
    judged = [known.get(item.ids) or pair_case(gist, item, f"pair-{n}") for n, item in enumerate(items, 1)]
    cases = [
        *judged,
        *(whole_case(gist, ident, rows, f"whole-{n}") for n, (ident, rows) in enumerate(whole, 1)),
    ]
    anchors = {case.row["doc"]: case.anchor for case in reversed(repeats)}
    anchors |= {case.row["id"]: case.anchor for case in documents}
    return _Cases(
        queue=tuple((case.anchor, item) for case, item in zip(judged, items, strict=True)),
        all=tuple({case.anchor: case for case in (*cases, *repeats, *documents)}.values()),
        repeats=repeats,
        documents=documents,
        anchors=anchors,
    )


def _plain(cases: _Cases, shown: Mapping[str, Fragment]) -> dict[str, Fragment]:
    """Return what stands in the page as HTML too: the first of each sort, as far as they are short."""
    first = [case.anchor for some in zip_longest(cases.repeats, cases.documents) for case in some if case]
    sizes = accumulate(len(shown[anchor].html) for anchor in first)
    return {
        anchor: shown[anchor]
        for anchor, size in zip(first[:PLAIN_CAP], sizes, strict=False)
        if size < PLAIN_SIZE
    }


def _page(
    run: Mapping[str, Any], gist: Gist, cases: _Cases, plain: Mapping[str, Fragment], inert: Html
) -> bytes:
    """Return the page; `plain` are the removals that need no script, `inert` what the script reads."""
    over = overview(run, gist.skipped.total)
    inside, across = (
        Shown(tuple(plain[case.anchor] for case in some if case.anchor in plain), total)
        for some, total in ((cases.repeats, gist.repeats.total), (cases.documents, gist.removed.total))
    )
    anchors = {ident: anchor for ident, anchor in cases.anchors.items() if anchor in plain}
    shown = {
        "overview": sections.overview(over, inside),
        "clusters": sections.clusters(alike.clusters(gist, anchors)),
        "compare": sections.removals(inside, across, alike.recurring(gist)),
        "files": listing.documents(lists.document_lines(gist, anchors)),
        "kept": sections.kept(alike.kept_pairs(gist), alike.near_misses(gist)),
        "furniture": listing.furniture(lists.furniture(gist)),
        "passages": listing.passages(lists.passages(gist)),
        "normalisation": listing.normalisation(lists.net_change(run), lists.edit_rules(run, gist)),
        "skipped": listing.skipped(lists.skipped(gist)),
        "run": listing.run(
            lists.named_values(run["settings"]), lists.named_values(run["versions"]), methods_of(run)
        ),
    }
    counts = {
        "clusters": gist.clusters.total,
        "repeats": gist.repeats.total,
        "files": gist.documents.total,
        "skipped": gist.skipped.total,
        "review": len(cases.queue),
    }
    style, script = Html("".join(map(asset, STYLES))), Html(_script())
    text = fill(
        _PAGE,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        version=over.version,
        policy=over.policy,
        inputs=joined(fill(" · {name}", name=name) for name in over.inputs),
        links=joined(
            fill(
                _LINK,
                name=name,
                title=title,
                scripted=Html(' class="scripted"' * scripted),
                count=f"{counts[name]:,}" if counts.get(name) else "",
            )
            for name, title, scripted in PAGES
        ),
        sections=joined(shown.get(name) or fill(_EMPTY, name=name, title=title) for name, title, _ in PAGES),
        parcels=inert,
    )
    return text.encode("utf-8")


def _script() -> str:
    """Return the script: its files in order, in one scope."""
    return '"use strict";\n(() => {\n' + "".join(map(asset, SCRIPTS)) + "})();\n"


def batch_page(rows: Sequence[object], total: object) -> bytes:
    """Return what several runs came to as one UTF-8 HTML file."""
    style = Html(asset("page.css"))
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


def _hash(content: str) -> str:
    """Return the source expression that allows exactly this inline text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
