"""The parts of the page that list what a run met: furniture, passages, edits, documents, inputs, settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.report.fragments import text_of
from pipeline.report.markup import NOTHING, Html, fill, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.report.lists import DocumentLine, EditRule, FurnitureRule, Listed, Passage, Skipped


def listed(rows: Listed[Any], what: str, file: str) -> Html:
    """Return how many of the rows of a list are shown, where not all are."""
    if not rows.more:
        return NOTHING
    return fill(
        '<p class="band">Showing {shown} of {total} {what}; all are in <code>{file}</code></p>\n',
        shown=f"{len(rows.shown):,}",
        total=f"{rows.total:,}",
        what=what,
        file=file,
    )


def search(table: str, what: str) -> Html:
    """Return the field that filters a table."""
    return fill(
        '<p class="search scripted"><label>Filter {what} <input type="search" data-filter="{table}"'
        ' autocomplete="off"'
        ' spellcheck="false"></label> <span role="status" data-count="{table}"></span></p>\n',
        table=table,
        what=what,
    )


def left_out(count: int, form: str) -> Html:
    """Return how many rows are left out, where some are."""
    return fill(form, more=f"{count:,}") if count > 0 else NOTHING


def furniture(rules: Sequence[FurnitureRule]) -> Html:
    """Return the lines of sites, by rule; the first rule stands open."""
    found = joined(_rule(rule, first=not n) for n, rule in enumerate(rules))
    return fill(
        '<section id="furniture">\n<h2>Site furniture</h2>\n'
        '<p class="says">Lines of the site, not of the article, by the rule that knows them.</p>\n{found}'
        "</section>\n",
        found=found if rules else Html('<p class="dim" data-t>None was found.</p>'),
    )


def _rule(rule: FurnitureRule, *, first: bool) -> Html:
    return fill(
        '<details class="plain"{open}><summary><span class="tag {state}">{state}</span> <b>{rule}</b>'
        ' <span class="dim" data-t>{via} · {count} line{s}, {characters} characters</span></summary>\n{listed}\n'
        '<table><thead><tr><th scope="col" class="num">times</th><th scope="col">text</th><th'
        ' scope="col">first in</th></tr>'
        "</thead><tbody>\n{rows}</tbody></table></details>\n",
        open=" open" if first else "",
        state="removed" if rule.removed else "kept",
        rule=rule.rule,
        via=rule.via,
        count=rule.count,
        s="" if rule.count == "1" else "s",
        characters=rule.characters,
        listed=listed(rule.texts, "texts", "ledger/furniture.jsonl"),
        rows=joined(
            fill(
                '<tr><td class="num">{count}</td><td lang="{lang}" class="prose">{text}</td><td'
                ' class="dim" data-t>{where}</td></tr>\n',
                count=one.count,
                lang=one.lang,
                text=text_of(one.runs),
                where=one.where,
            )
            for one in rule.texts.shown
        ),
    )


def passages(found: Listed[Passage]) -> Html:
    """Return the passages that stand in several documents."""
    return fill(
        '<section id="passages">\n<h2>Shared passages</h2>\n'
        '<p class="says">Passages that stand in several documents, with their first home.'
        "</p>\n{listed}\n{rows}</section>\n",
        listed=listed(found, "passages", "ledger/passages.jsonl"),
        rows=joined(map(_passage, found.shown)) if found.shown else Html('<p class="dim" data-t>None.</p>'),
    )


def _passage(one: Passage) -> Html:
    places = (
        fill(
            '<li><span class="tag {state}">{state}</span> <span class="name">{name}</span>'
            ' <span class="dim" data-t>{where}</span></li>\n',
            state="removed" if gone else "kept",
            name=name,
            where=where,
        )
        for name, where, gone in one.places
    )
    return fill(
        '<div class="keptpair">\n<blockquote lang="{lang}">{text}</blockquote>\n'
        '<p class="dim" data-t>{characters} characters · home <span class="name">{home}</span></p>\n'
        '<ul class="members">\n{places}{more}</ul></div>\n',
        lang=one.lang,
        text=text_of(one.runs),
        characters=one.characters,
        home=one.home,
        places=joined(places),
        more=left_out(one.more, '<li class="dim" data-t>{more} more</li>'),
    )


def normalisation(net_change: str, rules: Sequence[EditRule]) -> Html:
    """Return what was changed in the texts, by rule."""
    table = fill(
        '<div class="wide"><table><thead><tr><th scope="col">rule</th><th scope="col" class="num">edits</th>'
        '<th scope="col" class="num">documents</th><th scope="col" class="num">characters</th><th'
        ' scope="col">examples</th>'
        "</tr></thead><tbody>\n{rows}</tbody></table></div>\n",
        rows=joined(map(_edit_rule, rules)),
    )
    return fill(
        '<section id="normalisation">\n<h2>Normalisation</h2>\n'
        '<p class="says"><span data-t>What was changed between the decoded or extracted text and the normalised one:'
        "</span> <span data-t>{net}.</span>"
        " <span data-t>Every edit is in the ledger with its place, and can be undone.</span></p>\n"
        "{table}</section>\n",
        net=net_change,
        table=table if rules else Html('<p class="dim" data-t>Nothing had to be changed.</p>'),
    )


def _edit_rule(rule: EditRule) -> Html:
    examples = (
        fill(
            '<div class="example"><del>{before}</del> → <ins>{after}</ins>'
            ' <span class="dim" data-t>{where}</span></div>\n',
            before=before,
            after=after,
            where=where,
        )
        for before, after, where in rule.examples
    )
    return fill(
        '<tr><th scope="row">{rule}<br><span class="dim">{says}</span></th><td class="num">{count}</td>'
        '<td class="num">{documents}</td><td class="num">{net}</td><td>\n{examples}</td></tr>\n',
        rule=rule.rule,
        says=joined(fill("<span data-t>{says}</span><br>", says=says) for says in rule.says),
        count=rule.count,
        documents=rule.documents,
        net=rule.net,
        examples=joined(examples),
    )


def documents(lines: Listed[DocumentLine]) -> Html:
    """Return the documents, and what became of each."""
    return fill(
        '<section id="files">\n<h2>Files</h2>\n{listed}\n{search}\n'
        '<div class="wide"><table id="t-documents"><thead><tr><th scope="col">path</th><th scope="col">status</th>'
        '<th scope="col">kept copy</th><th scope="col" class="num">kept</th><th scope="col" class="num">removed</th>'
        '<th scope="col">source</th><th scope="col">flags and warnings</th></tr></thead><tbody>\n'
        "{rows}</tbody></table></div>\n</section>\n",
        listed=listed(lines, "documents", "documents.csv"),
        search=search("t-documents", "documents"),
        rows=joined(map(_document, lines.shown)),
    )


def _document(one: DocumentLine) -> Html:
    flags = (
        fill('<span class="tag" title="{says}">{flag}</span> ', says=says, flag=flag)
        for flag, says in one.flags
    )
    return fill(
        '<tr><th scope="row"><span class="name">{name}</span>{title}</th>\n'
        '<td><span class="tag {status}">{status}</span> {tier}{link}</td>\n'
        '<td class="name">{of}</td><td class="num">{kept}</td><td class="num">{removed}</td><td>{source}</td>\n'
        "<td>{flags}{warnings}</td></tr>\n",
        name=one.name,
        title=fill('<br><span class="dim">{title}</span>', title=one.title) if one.title else NOTHING,
        status=one.status,
        tier=one.tier,
        link=fill(' <a href="#{anchor}">compare</a>', anchor=one.anchor) if one.anchor else NOTHING,
        of=one.of,
        kept=one.kept,
        removed=one.removed,
        source=one.source,
        flags=joined(flags),
        warnings=joined(fill("<div>{warning}</div>", warning=warning) for warning in one.warnings),
    )


def skipped(found: Listed[Skipped]) -> Html:
    """Return the inputs that were not processed, and what to do about each."""
    table = fill(
        '{listed}\n{search}\n<div class="wide"><table id="t-skipped"><thead><tr><th scope="col">path</th><th'
        ' scope="col">status</th>'
        '<th scope="col">why</th><th scope="col">what to do</th><th scope="col" class="num">file size</th></tr>'
        "</thead><tbody>\n"
        "{rows}</tbody></table></div>\n",
        listed=listed(found, "inputs", "skipped.csv"),
        search=search("t-skipped", "inputs"),
        rows=joined(map(_skipped, found.shown)),
    )
    return fill(
        '<section id="skipped">\n<h2>Not processed</h2>\n{table}</section>\n',
        table=table if found.shown else Html('<p class="dim" data-t>Every input was processed.</p>'),
    )


def _skipped(one: Skipped) -> Html:
    return fill(
        '<tr><th scope="row" class="name">{name}</th><td><span class="tag">{status}</span></td>'
        "<td><b>{reason}</b>{says}{detail}</td>"
        '<td data-t>{remedy}</td><td class="num" data-t>{size}</td></tr>\n',
        name=one.name,
        status=one.status,
        reason=one.reason,
        says=fill(": <span data-t>{says}</span>", says=one.says) if one.says else NOTHING,
        detail=fill('<br><span class="dim" data-t>{detail}</span>', detail=one.detail)
        if one.detail
        else NOTHING,
        remedy=one.remedy,
        size=one.bytes,
    )


def run(
    settings: Iterable[tuple[str, str]],
    versions: Iterable[tuple[str, str]],
    methods: Iterable[tuple[str, str]],
) -> Html:
    """Return what the bytes of the output depend on beside the input."""
    return fill(
        '<section id="run">\n<h2>Run and methods</h2>\n'
        '<p class="says">The same input, settings, decisions and versions give the same bytes.</p>\n<div'
        ' class="columns">\n'
        '<div><h3>Settings</h3><table class="keys"><tbody>\n{settings}</tbody></table></div>\n'
        '<div><h3>Versions</h3><table class="keys"><tbody>\n{versions}</tbody></table></div>\n</div>\n'
        "<h3>Methods, for a paper</h3>\n{methods}</section>\n",
        methods=joined(
            fill('<p class="prose methods" lang="{language}">{text}</p>\n', language=language, text=text)
            for language, text in methods
        ),
        settings=_named(settings),
        versions=_named(versions),
    )


def _named(values: Iterable[tuple[str, str]]) -> Html:
    form = '<tr><th scope="row">{name}</th><td>{value}</td></tr>\n'
    return joined(fill(form, name=name, value=value) for name, value in values)
