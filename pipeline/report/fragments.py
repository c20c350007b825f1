"""The HTML of one removal: fragments are made apart, so that processes share the work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Final

from pipeline.report.markup import NOTHING, Html, escape, fill, joined
from pipeline.report.removals import removal
from pipeline.report.show import visible
from pipeline.report.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.report.compare import AlignedRow, Cell
    from pipeline.report.removals import Bar, Case, Difference, Picture, Removal, Side, Texts
    from pipeline.report.show import Run

_SIGN: Final = '<span class="sign" title="a character that would not be seen">{}</span>'
#: Kind of a run → what is put around it; in a comparison, by the side it stands on.
_FIGURES: Final = {"figure": "<mark>{}</mark>"}
_SIDES: Final = {"kept": {"only": "<ins>{}</ins>"}, "removed": {"only": "<del>{}</del>"}}


@dataclass(frozen=True, slots=True)
class Fragment:
    """A removal as the page shows it."""

    anchor: str
    title: str
    summary: str
    alarm: str
    weight: int  # about how many characters of HTML the comparison takes
    html: str  # escaped


def fragment(case: Case, texts: Texts) -> Fragment:
    """Return a removal with both texts, or a document with its repeats; the first of its sort stands open."""
    if case.is_whole:
        text = texts(case.row["doc"], "L2")
        html = whole(text, case.row["repeats"], case.anchor)
        return Fragment(case.anchor, visible(case.name), "", "", len(html), html)
    built = removal(case, texts)
    html = _removal(built, first=case.anchor.endswith("-1"))
    return Fragment(built.anchor, built.title, built.summary, built.alarm, _weight(built), html)


def renamed(one: Fragment, case: Case) -> Fragment:
    """Return a fragment under the anchor of a case that differs from its own in that alone."""
    longer = len(case.anchor) - len(one.anchor) if case.is_whole else 0
    html = Html(one.html.replace(f'id="{one.anchor}"', f'id="{case.anchor}"', 1))
    return replace(one, anchor=case.anchor, weight=one.weight + longer, html=html)


def _weight(removal: Removal) -> int:
    total = 2_000
    for row in removal.comparison.rows if removal.comparison else ():
        cells = [*(cell for pair in row.equal for cell in pair), row.kept, row.removed]
        total += 200 + sum(120 + sum(30 + len(run.text) for run in cell.runs) for cell in cells if cell)
    return total


def asset(name: str) -> str:
    """Return a file of this package."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def text_of(runs: Iterable[Run]) -> Html:
    """Return runs with their figures marked."""
    return _runs(runs, _FIGURES)


def _runs(runs: Iterable[Run], around: dict[str, str]) -> Html:
    out = []
    for run in runs:
        shown = _SIGN.format(escape(run.text)) if run.number else escape(run.text)
        out.append(around[run.kind].format(shown) if run.kind in around else shown)
    return Html("".join(out))


def _removal(one: Removal, *, first: bool) -> Html:
    return fill(
        '<details class="removal" id="{anchor}"{open}>\n'
        '<summary><span class="tag {kind}">{tier}</span> <span class="name">{title}</span>'
        ' <span class="dim"{ours}>{summary}</span></summary>\n'
        '{alarm}{picture}<div class="why">\n<dl>\n{facts}</dl>\n{bars}\n{differences}\n</div>\n'
        "{comparison}</details>\n",
        anchor=one.anchor,
        open=" open" if first else "",
        tier=one.tier,
        kind=one.heads[1].lower(),
        title=one.title,
        ours=Html("" if one.summary == one.kept.name else " data-t"),  # a bare name is not of our words
        summary=one.summary,
        alarm=fill(
            '<p class="alarm"><b data-t>Figures differ.</b> <span data-t>{alarm}</span></p>', alarm=one.alarm
        )
        if one.alarm
        else NOTHING,
        picture=_picture(one.picture) if one.picture else NOTHING,
        facts=joined(fill("<dt>{a}</dt><dd>{b}</dd>\n", a=label, b=value) for label, value in one.facts),
        bars=_bars(one.bars),
        differences=difference_list(
            one.differences,
            one.more_differences,
            (one.kept.lang, one.removed.lang),
            (one.heads[0].lower(), one.heads[1].lower()),
        ),
        comparison=_comparison(one),
    )


def _picture(one: Picture) -> Html:
    cuts = joined(
        fill(
            '<rect class="cut" x="{x}" y="44" width="{width}" height="26" rx="4"/>\n'
            '<line class="strike" x1="{x}" y1="57" x2="{end}" y2="57"/>\n',
            x=x,
            width=width,
            end=x + width,
        )
        for x, width in one.cuts
    )
    return fill(
        '<svg class="map" viewBox="0 0 1000 78" role="img" aria-label="{says}" data-t>\n<title data-t>{says}</title>\n'
        '<path class="arc" d="M{a} 44 C{a} -8 {b} -8 {b} 44"/>\n'
        '<rect class="track" x="0" y="44" width="1000" height="26" rx="4"/>\n'
        '<rect class="kept" x="{kept}" y="44" width="{kept_width}" height="26" rx="4"/>\n'
        '<rect class="again" x="{again}" y="44" width="{again_width}" height="26" rx="4"/>\n{cuts}</svg>\n',
        says=one.says,
        a=one.kept[0] + one.kept[1] / 2,
        b=one.repeat[0] + one.repeat[1] / 2,
        kept=one.kept[0],
        kept_width=one.kept[1],
        again=one.repeat[0],
        again_width=one.repeat[1],
        cuts=cuts,
    )


def _bars(bars: Sequence[Bar]) -> Html:
    if not bars:
        return NOTHING
    rows = (
        fill(
            '<tr><th scope="row">{label}</th><td class="num">{value}</td>\n'
            '<td class="bar"><svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="track" width="100" height="6"/><rect class="fill" width="{width}" height="6"/>'
            "</svg></td></tr>\n",
            label=bar.label,
            value=bar.value,
            width=bar.width,
        )
        for bar in bars
    )
    return fill(
        '<table class="scores"><caption>Scores</caption><tbody>\n{rows}</tbody></table>\n', rows=joined(rows)
    )


def difference_list(
    items: Sequence[Difference], more: int, langs: tuple[str, str], names: tuple[str, str]
) -> Html:
    """Return the values in which two texts differ, as a table; `langs` and `names` are of its two sides."""
    if not items:
        return NOTHING
    kinds = {"only_a": f"only {names[0]}", "only_b": f"only {names[1]}"}
    rows = (
        fill(
            '<tr{figure}><th scope="row">{kind}</th>\n<td lang="{a_lang}">{a}</td>\n<td lang="{b_lang}">{b}'
            "</td></tr>\n",
            figure=Html(' class="figure"' * one.figure),
            kind=kinds.get(one.kind, one.kind),
            a_lang=langs[0],
            b_lang=langs[1],
            a=text_of(one.a) if one.a else Html('<span class="dim" data-t>nothing</span>'),
            b=text_of(one.b) if one.b else Html('<span class="dim" data-t>nothing</span>'),
        )
        for one in items
    )
    return fill(
        '<table class="values"><caption>What differs</caption>\n'
        '<thead><tr><th scope="col">kind</th><th scope="col">{a}</th><th scope="col">{b}</th></tr></thead><tbody>\n'
        "{rows}</tbody></table>\n{more}",
        a=names[0],
        b=names[1],
        rows=joined(rows),
        more=fill('<p class="dim" data-t>{more} more in the ledger.</p>', more=f"{more:,}")
        if more
        else NOTHING,
    )


def _comparison(one: Removal) -> Html:
    found = one.comparison
    if found is None:
        return Html(
            '<p class="band">The kept text is not part of this run: there is nothing to set beside it.</p>'
        )
    left_out = fill(
        '<p class="band warn">Cut: {kept} characters of the kept and {removed} of the removed text are not shown'
        " here. <code>clean-corpus explain</code> shows them.</p>\n",
        kept=f"{found.kept_left_out:,}",
        removed=f"{found.removed_left_out:,}",
    )
    same = Html('<p class="band" data-t>The two texts are equal, character by character.</p>')
    return fill(
        '<div class="pair">\n<div class="heads">{kept}\n{removed}</div>\n{same}{rows}{left_out}</div>\n',
        kept=_head("kept", one.heads[0], one.kept),
        removed=_head("removed", one.heads[1], one.removed),
        same=same if found.same else NOTHING,
        rows=joined(_row(row, one.kept.lang, one.removed.lang) for row in found.rows),
        left_out=left_out if found.kept_left_out or found.removed_left_out else NOTHING,
    )


def _head(kind: str, title: str, side: Side) -> Html:
    return fill(
        '<div class="head {kind}"><b data-t>{title}</b> <span class="name">{name}</span>'
        ' <span class="dim" data-t>{where}</span></div>',
        kind=kind,
        title=title,
        name=side.name,
        where=side.where,
    )


def _row(row: AlignedRow, kept: str, removed: str) -> Html:
    """Return one row; `kept` and `removed` are the languages of the sides."""
    if row.kind != "equal":
        return fill(
            '<div class="row {kind}">{kept}{removed}</div>\n',
            kind=row.kind,
            kept=_cell(row.kept, "kept", kept),
            removed=_cell(row.removed, "removed", removed),
        )
    lines = [cell.line if cell else "" for cell in (row.kept, row.removed)]
    hidden = fill(
        '<p class="dim">{hidden} <span data-t>more equal paragraphs, not shown here.</span></p>',
        hidden=f"{row.hidden:,}",
    )
    return fill(
        '<details class="fold"><summary>{count} <span data-t>equal paragraphs</span>\n<span class="dim">'
        "{characters} <span data-t>characters</span>{lines}</span></summary>\n{both}{hidden}</details>\n",
        count=f"{row.count:,}",
        characters=f"{row.characters:,}",
        lines=f" · {lines[0]} = {lines[1]}" if all(lines) else "",
        both=joined(_both(*pair, kept) for pair in row.equal),
        hidden=hidden if row.hidden else NOTHING,
    )


def _both(left: Cell, right: Cell, lang: str) -> Html:
    return fill(
        '<div class="both"><span class="line">{left}</span><p lang="{lang}">{text}</p><span'
        ' class="line">{right}</span></div>\n',
        left=left.line,
        lang=lang,
        text=_runs(left.runs, _SIDES["kept"]),
        right=right.line,
    )


def _cell(one: Cell | None, which: str, lang: str) -> Html:
    if one is None:
        return Html('<div class="cell none"></div>\n')
    return fill(
        '<div class="cell {which}"><span class="line">{line}</span><p lang="{lang}">{text}</p></div>\n',
        which=which,
        line=one.line,
        lang=lang,
        text=_runs(one.runs, _SIDES[which]),
    )
