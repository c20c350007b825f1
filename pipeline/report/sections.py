"""The parts of the page that show what was removed and what was kept, and the overview: HTML of values made fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.report.fragments import difference_list
from pipeline.report.listing import left_out, listed
from pipeline.report.markup import NOTHING, Html, fill, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.report.alike import Cluster, KeptPair, KeptTier, Member, Recurring
    from pipeline.report.fragments import Fragment
    from pipeline.report.lists import Listed
    from pipeline.report.overview import Overview, Part, Source
    from pipeline.report.page import Shown


def overview(over: Overview, inside: Shown) -> Html:
    """Return what the run came to."""
    return fill(
        '<section id="overview">\n<h2>Overview</h2>\n'
        '<p class="lead"><b>{came}</b> <span data-t>documents in,</span> <b>{kept}</b> <span data-t>kept,</span>'
        " <b>{removed}</b> <span data-t>removed.</span>\n"
        "<b>{inside}</b> <span data-t>repeated passages removed inside files.</span>"
        " <b>{removed_characters}</b> <span data-t>characters removed in all, each recorded with its reason, and with"
        " where it survives or its own text.</span></p>\n"
        "<p>{files} <span data-t>files,</span> {read} <span data-t>read.</span>"
        " {quarantined} <span data-t>not processed.</span> {review} <span data-t>for a person to judge.</span></p>\n"
        '{documents}\n{characters}\n<div class="columns">\n<div>\n<h3>Balance</h3>\n'
        '<p class="verdict {good}" data-t>{verdict}</p>\n'
        '<table class="balance"><thead><tr><th></th><th scope="col" class="num">documents</th>'
        '<th scope="col" class="num">characters</th></tr></thead><tbody>\n{balance}</tbody></table>\n{notes}'
        "<h3>Warnings</h3>\n{warnings}</div>\n<div>\n<h3>By source</h3>\n{sources}</div>\n</div>\n"
        '<div class="scripted" id="charts"></div>\n</section>\n',
        inside=f"{inside.total:,}",
        **{name: getattr(over, name) for name in _OVERVIEW},
        documents=_stack(over.documents, "Documents"),
        characters=_stack(over.characters, "Characters"),
        good="good" if over.balanced else "bad",
        verdict="✓ Everything read is accounted for."
        if over.balanced
        else "✗ The sums do not agree. Run clean-corpus verify.",
        balance=_rows(
            '<tr class="{kind}"><th scope="row" data-t>{label}</th><td class="num">{documents}</td>'
            '<td class="num">{characters}</td></tr>\n',
            over.balance,
        ),
        notes=joined(fill('<p class="dim" data-t>{note}</p>', note=note) for note in over.notes),
        sources=_sources(over.sources, over.more_sources),
        warnings=_warnings(over, inside.removals),
    )


_OVERVIEW = ("came", "kept", "removed", "removed_characters", "files", "read", "quarantined", "review")


def _rows(form: str, rows: Iterable[Any]) -> Html:
    """Return each row in a form whose places are named as its fields."""
    return joined(fill(form, **{name: getattr(row, name) for name in row.__slots__}) for row in rows)


def _stack(parts: Sequence[Part], what: str) -> Html:
    return fill(
        '<figure>\n<svg class="stack" viewBox="0 0 1000 22" preserveAspectRatio="none" aria-hidden="true">\n'
        "{bars}</svg>\n<figcaption><b data-t>{what}</b> {keys}</figcaption>\n</figure>\n",
        what=what,
        bars=_rows('<rect class="{kind}" x="{x}" y="0" width="{width}" height="22"/>\n', parts),
        keys=_rows(
            '<span class="key {kind}"><span data-t>{label}</span> {count} <span class="dim">{percent}</span></span> ',
            parts,
        ),
    )


def _sources(sources: Sequence[Source], more: int) -> Html:
    if not sources:
        return Html('<p class="dim" data-t>No sources.</p>')
    return fill(
        '<table class="sources"><thead><tr><th scope="col">source</th><th scope="col" class="num">in</th>'
        '<th scope="col" class="num">kept</th><th scope="col" class="num">removed</th><th></th></tr></thead><tbody>\n'
        "{rows}</tbody></table>\n{more}",
        rows=_rows(
            '<tr><th scope="row">{name}</th><td class="num">{came}</td><td class="num">{kept}</td>'
            '<td class="num">{removed} <span class="dim">{percent}</span></td>\n'
            '<td class="bar"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="track" width="100" height="6"/><rect class="fill gone" width="{width}" height="6"/>'
            "</svg></td></tr>\n",
            sources,
        ),
        more=left_out(more, '<p class="dim" data-t>{more} more sources in <code>run.json</code></p>'),
    )


def _warnings(over: Overview, removals: Sequence[Fragment]) -> Html:
    loud = [one for one in removals if one.alarm]
    if not over.warnings and not loud:
        return Html('<p class="dim" data-t>None.</p>')
    return fill(
        '<ul class="warnings">\n{loud}{warnings}</ul>\n{more}',
        loud=joined(
            fill(
                '<li><a href="#{anchor}">{title}</a>: <span data-t>copies inside the file differ in figures,</span>'
                " <span data-t>{summary}</span></li>\n",
                anchor=one.anchor,
                title=one.title,
                summary=one.summary,
            )
            for one in loud
        ),
        warnings=joined(fill("<li data-t>{warning}</li>\n", warning=warning) for warning in over.warnings),
        more=left_out(over.more_warnings, '<p class="dim" data-t>{more} more in <code>run.json</code></p>'),
    )


def _removals(shown: Shown, what: str) -> Html:
    count = len(shown.removals)
    band = fill(
        '<p class="band">Showing {count} of {total} {what}; more with the script of this page, all by'
        " <code>clean-corpus explain</code></p>\n",
        count=f"{count:,}",
        total=f"{shown.total:,}",
        what=what,
    )
    none = Html('<p class="dim" data-t>None were removed.</p>')
    html = joined(Html(one.html) for one in shown.removals) if count else none
    return joined([band if shown.total > count else NOTHING, Html("\n"), html])


def removals(inside: Shown, across: Shown, recurring: Listed[Recurring]) -> Html:
    """Return what was removed inside documents and across them with both texts, and the repeats that stayed."""
    kept = fill(
        "<h3>Repeated, kept and listed</h3>\n{listed}\n"
        '<div class="wide"><table><thead><tr><th scope="col">file</th><th scope="col">class</th><th'
        ' scope="col">where</th>'
        '<th scope="col">why it stays</th></tr></thead><tbody>\n{rows}</tbody></table></div>\n',
        listed=listed(recurring, "kept repeats", "repeats.csv"),
        rows=joined(
            fill(
                '<tr><th scope="row" class="name">{name}</th><td data-t>{kind}</td><td data-t>{where}</td>'
                "<td data-t>{why}{hot}</td></tr>\n",
                name=one.name,
                kind=one.kind,
                where=one.where,
                why=one.why,
                hot=Html(' <b class="hot">figures differ</b>' * one.figures_differ),
            )
            for one in recurring.shown
        ),
    )
    return fill(
        '<section id="compare">\n<h2>Compare</h2>\n'
        '<p class="says">What was removed beside what stays. Line numbers are those of the source file.</p>\n'
        "<h3>Repeats inside files</h3>\n{inside}\n<h3>Reprints</h3>\n{across}\n{kept}</section>\n",
        inside=_removals(inside, "removed repeats with their texts"),
        across=_removals(across, "removed documents with their texts"),
        kept=kept if recurring.total else NOTHING,
    )


def clusters(found: Listed[Cluster]) -> Html:
    """Return the clusters around the documents that stayed."""
    table = fill(
        '<div class="wide"><table id="t-clusters"><thead><tr><th scope="col">kept, and why</th>'
        '<th scope="col" class="num">copies</th><th scope="col">the others</th></tr></thead><tbody>\n'
        "{rows}</tbody></table></div>\n",
        rows=joined(map(_cluster, found.shown)),
    )
    return fill(
        '<section id="clusters">\n<h2>Clusters</h2>\n'
        '<p class="says">A document is removed only if it matches the kept one directly.</p>\n'
        "{listed}\n{table}</section>\n",
        listed=listed(found, "clusters", "clusters.csv"),
        table=table if found.shown else Html('<p class="dim" data-t>None were found.</p>'),
    )


def _cluster(one: Cluster) -> Html:
    chain = '<br><span class="tag">chain: not every member matches the kept one</span>'
    return fill(
        '<tr id="{anchor}"><th scope="row"><span class="name">{kept}</span><br><span class="dim" data-t>{why_kept}'
        "</span>{chain}"
        '</th><td class="num">{size}</td><td>\n<ul class="members">\n{members}{more}</ul></td></tr>\n',
        anchor=one.anchor,
        kept=one.kept,
        why_kept=one.why_kept,
        chain=Html(chain) if one.chain else NOTHING,
        size=one.size,
        members=joined(map(_member, one.members)),
        more=left_out(one.more, '<li class="dim" data-t>{more} more</li>'),
    )


def _member(one: Member) -> Html:
    link = '<a href="#{anchor}" class="name">{name}</a>' if one.anchor else '<span class="name">{name}</span>'
    return fill(
        '<li><span class="tag {state}">{state}</span> {name}'
        ' <span class="dim" data-t>{tier}{direct}{why}</span></li>\n',
        state=one.state,
        name=fill(link, anchor=one.anchor, name=one.name),
        tier=one.tier,
        direct="" if one.direct else ", not direct",
        why=f" · {one.why}" if one.why else "",
    )


def kept(tiers: Sequence[KeptTier], near_misses: Listed[KeptPair]) -> Html:
    """Return what is alike and both stayed, and what was proposed and is not alike."""
    missed = fill(
        '<details class="plain"><summary data-t>Proposals that the text did not bear out <span class="dim">{total}'
        "</span></summary>\n"
        '{listed}\n<div class="wide"><table><thead><tr><th scope="col">first</th><th scope="col">second</th>'
        '<th scope="col" class="num">Jaccard</th><th scope="col">why not</th></tr></thead><tbody>\n'
        "{rows}</tbody></table></div></details>\n",
        total=f"{near_misses.total:,}",
        listed=listed(near_misses, "rejected pairs, the most alike first", "ledger/pairs.jsonl"),
        rows=joined(
            fill(
                '<tr><th scope="row" class="name">{a}</th><td class="name">{b}</td><td class="num">{alike}</td>'
                "<td data-t>{why}</td></tr>\n",
                a=pair.a,
                b=pair.b,
                alike=pair.alike,
                why=pair.why,
            )
            for pair in near_misses.shown
        ),
    )
    return fill(
        '<section id="kept">\n<h2>Why these were not removed</h2>\n'
        '<p class="says">Documents that are alike and both stay, with the values in which they differ.</p>\n'
        "{tiers}{missed}</section>\n",
        tiers=joined(map(_tier, tiers)) if tiers else Html('<p class="dim" data-t>None.</p>'),
        missed=missed if near_misses.total else NOTHING,
    )


def _tier(tier: KeptTier) -> Html:
    return fill(
        '<h3><span class="tag">{tier}</span> {says}</h3>\n{listed}\n{pairs}',
        tier=tier.tier,
        says=tier.says,
        listed=listed(tier.pairs, "pairs", "ledger/pairs.jsonl"),
        pairs=joined(map(_pair, tier.pairs.shown)),
    )


def _pair(pair: KeptPair) -> Html:
    return fill(
        '<div class="keptpair">\n<p><span class="name">{a}</span> <span class="versus" data-t>and</span> <span'
        ' class="name">{b}</span></p>\n'
        '<p class="dim" data-t>{why} · Jaccard {alike}</p>\n{differences}\n</div>\n',
        a=pair.a,
        b=pair.b,
        why=pair.why,
        alike=pair.alike,
        differences=difference_list(
            pair.differences, pair.more_differences, (pair.a_lang, pair.b_lang), ("first", "second")
        ),
    )
