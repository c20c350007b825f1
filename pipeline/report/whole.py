"""A document with all that repeats in it: its text in order, what was removed struck out, and a map of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pipeline.report.markup import NOTHING, Html, escape, fill, joined
from pipeline.report.rows import repeat_text
from pipeline.report.show import language, number, runs, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.report.rows import Row

TEXT_CAP: Final = 30_000  # characters that are shown
REPEATS_CAP: Final = 26  # that have a letter
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROW: Final = 15  # height of a row of the map
_COLOURS: Final = 4


def whole(text: str, repeats: Sequence[Row], anchor: str) -> Html:
    """Return a document as HTML; `repeats` are those removed in it."""
    shown = repeats[:REPEATS_CAP]
    rows = joined(_legend(n, row) for n, row in enumerate(shown))
    more = Html(
        '<p class="band warn"><span data-t>Not all is shown here; the rest:</span>'
        " <code>clean-corpus explain</code></p>\n"
    )
    return fill(
        '<div class="whole" id="{anchor}">\n{map}<ul class="legend">\n{rows}</ul>\n{more}'
        '<div class="text" lang="{lang}">\n{lines}</div>\n</div>\n',
        anchor=anchor,
        map=_map(max(1, len(text)), shown),
        rows=rows,
        more=more if len(repeats) > len(shown) or len(text) > TEXT_CAP else NOTHING,
        lang=language([text]),
        lines=joined(_lines(text[:TEXT_CAP], shown)),
    )


def _legend(n: int, row: Row) -> Html:
    return fill(
        '<li><button type="button" class="letter c{colour}" data-jump="{letter}">{letter}</button> '
        '<span class="tag" data-t>{kind}</span> <span data-t>{why}</span></li>\n',
        colour=n % _COLOURS,
        letter=_LETTERS[n],
        kind=visible(row["class"], 40),
        why=visible(row["why"] or repeat_text(row["repeat"]["lines"], row["kept"]["lines"])),
    )


def _map(length: int, repeats: Sequence[Row]) -> Html:
    """Return a row for each repeat, with its two places; where it was cut, the place is filled."""
    height = _ROW * len(repeats)

    def places(n: int, row: Row) -> Iterator[Html]:
        kept, repeat = row["kept"], row["repeat"]
        spans = [("stays", kept["start"], kept["end"]), ("again", repeat["start"], repeat["end"])]
        for kind, start, end in [*spans, *(("cut", start, end) for start, end in row["cuts"])]:
            yield fill(
                '<rect class="{kind} c{colour}" x="{x}" y="{y}" width="{width}" height="10" rx="2"/>\n',
                kind=kind,
                colour=n % _COLOURS,
                x=round(1000 * start / length, 1),
                y=n * _ROW + 2,
                width=max(2.0, round(1000 * (end - start) / length, 1)),
            )

    says = f"Where the passages stand in {number(length)} characters; they are listed below."
    return fill(
        '<svg class="minimap" viewBox="0 0 1000 {height}" preserveAspectRatio="none" role="img" aria-label="{says}"'
        " data-t>\n<title data-t>{says}</title>\n{tracks}{places}</svg>\n",
        height=max(1, height),
        says=says,
        tracks=joined(
            fill('<rect class="track" x="0" y="{y}" width="1000" height="10" rx="2"/>\n', y=n * _ROW + 2)
            for n in range(len(repeats))
        ),
        places=joined(one for n, row in enumerate(repeats) for one in places(n, row)),
    )


def _lines(text: str, repeats: Sequence[Row]) -> Iterator[Html]:
    """Yield the paragraphs, with the letters of what they are part of; removed text is struck out."""
    cuts = sorted((start, end) for row in repeats for start, end in row["cuts"])
    at = 0
    for line in text.split("\n"):
        start, end = at, at + len(line)
        at = end + 1
        if not line.strip():
            continue
        marks = [
            fill(
                '<button type="button" class="letter {kind} c{colour}" data-jump="{letter}" data-block="{letter}">'
                "{letter}{prime}</button>",
                kind=kind,
                colour=n % _COLOURS,
                letter=_LETTERS[n],
                prime="" if kind == "kept" else "′",
            )
            for n, row in enumerate(repeats)
            for kind in ("kept", "repeat")
            if row[kind]["start"] < end and start < row[kind]["end"]
        ]
        kind = "gone" if any(s <= start and end <= e for s, e in cuts) else "marked" if marks else "once"
        yield fill(
            '<div class="line-of {kind}"><span class="letters">{marks}</span><p>{text}</p></div>\n',
            kind=kind,
            marks=joined(marks),
            text=joined(_pieces(text, start, end, cuts)),
        )


def _pieces(text: str, start: int, end: int, cuts: Sequence[tuple[int, int]]) -> Iterator[Html]:
    """Yield a line in pieces, those that were removed struck out."""
    inside = [(max(s, start), min(e, end)) for s, e in cuts if s < end and start < e]
    at = start
    for first, last in inside:
        yield _text(text[at:first])
        yield fill("<del>{text}</del>", text=_text(text[max(at, first) : last]))
        at = max(at, last)
    yield _text(text[at:end])


def _text(text: str) -> Html:
    return Html(
        "".join(
            f'<span class="sign">{escape(r.text)}</span>' if r.number else escape(r.text) for r in runs(text)
        )
    )
