"""Which furniture table knows a line.

In: a line without the white space around it.  Out: the name of the rule, or "".
Order: not a stage; `stages.furniture` judges lines with it.
Source: the tables of `stages._patterns`.  A line of another script than a table's is not tried on it.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from stages import _patterns
from stages._dates import find_dates
from stages._patterns import labels, needed
from stages._pieces import Pieces, pieces_of, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Ranges of wide characters: Hangul, Han and its radicals, kana.
WIDE: Final = (
    (0x1100, 0x11FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3005),
    (0x3007, 0x3007),
    (0x3040, 0x30FF),
    (0x3130, 0x318F),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x323AF),
)
WIDE_CHAR: Final = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in WIDE)}]")
AROUND: Final = (
    " \t\u3000\u00a0\u200b\u2010\u2011\u2012\u2013\u2014\u2015-•·●○■□◆▲▼►▶◀※☆★*#~～=_<>»›«‹→←↑↓|｜/\\"
    "[]【】()（）「」『』〖〗〔〕…"
)
_PAGES: Final = re.compile(r"(?:[【\[(（]\s?\d{1,3}\s?[】\])）]\s?){2,}")
PUBLICATION: Final = re.compile(labels.PUBLICATION)
#: After the paper's name only these may stand in a publication line.
_REST: Final = re.compile(r"[\s\d年月日第版期号（）()，,、.：:A-Z上下半旬刊头条]*")
_SENTENCE_END: Final = frozenset("。！？；，、：”’」』）》】")
#: To simplified characters, and to one form what `str.lower` leaves in two.
_FOLD: Final = _patterns.SIMPLE | {
    ord(a): ord(b) for a, b in zip(needed.ODD[::2], needed.ODD[1::2], strict=True)
}
_SIZES: Final = range(1, needed.LENGTH + 1)
_CUES: Final = needed.CUES.split(needed.BETWEEN)
_AFTER_ANY: Final = "".join(cue[1] for cue in _CUES if cue[0] == needed.ANY)


@functools.cache
def _compiled(form: str) -> re.Pattern[str]:
    """Return an expression, compiled: most of the tables' are never asked for, and all of them take two seconds."""
    return re.compile(form, re.IGNORECASE)


@functools.cache
def _rows_by_piece() -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return for each piece the rows of `WIDE` and of `NARROW` that need it, or another one."""
    rows: dict[str, tuple[list[int], list[int]]] = {}
    for which, table in enumerate((needed.WIDE, needed.NARROW)):
        for number, pieces in enumerate(table):
            for piece in pieces.split(needed.BETWEEN):
                rows.setdefault(piece, ([], []))[which].append(number)
    return {piece: (tuple(wide), tuple(narrow)) for piece, (wide, narrow) in rows.items()}


def rule_of(line: str, off: frozenset[str], at: Sequence[int] | None = None) -> str:
    """Return the name of the furniture table that knows the whole line, or ""; without those that are off.

    `at` is what `listed` says of the line, if that is known.
    """
    if _PAGES.fullmatch(line):
        return "pages" if "pages" not in off else ""
    if _SENTENCE_END.issuperset(line):
        return ""  # what a hard wrap left over of the line above
    core = line.strip(AROUND)
    if not any(c.isalnum() for c in core):
        rule = "marks" if core != "©" else "copyright-sign"
        return rule if rule not in off else ""
    at = listed([line]).get(0, ()) if at is None else at
    if not at or is_publication(core) or is_closing(core):
        return ""
    rule = _known(core, off, at)
    if not rule and line[-1:] in ")）]】" and line[-1:] != core[-1:]:
        rule = _known(core + line[-1], off, at)  # Comments (12)
    if not rule and core[-1] in ":：":
        rule = _known(core[:-1].rstrip(), off, at)
        rule = rule if rule in _patterns.LISTS else ""  # Related:
    return rule


def _known(core: str, off: frozenset[str], at: Sequence[int]) -> str:
    """Return the name of the first table of the line's script that knows it, or ""."""
    wide = WIDE_CHAR.search(core) is not None
    rows = _may_fit(core, at, wide=wide)
    if not wide:
        return _first(core, [_patterns.NARROW[n] for n in rows], off)
    found = _first(core, [_patterns.WIDE[n] for n in rows], off)
    chinese = [_patterns.CHINESE[n] for n in rows if n < len(_patterns.CHINESE)]
    return found or (_first(core.translate(_patterns.SIMPLE), chinese, off) if chinese else "")


def _may_fit(core: str, at: Sequence[int], *, wide: bool) -> list[int]:
    """Return the numbers of the rows that may know the line, in order: it holds a piece that they need, at a place."""
    known = _rows_by_piece()
    held = f"{needed.BEGIN}{core.translate(_FOLD).lower()}{needed.END}"
    pieces = {held[place : place + size] for place in at for size in _SIZES}
    return sorted({n for piece in pieces & known.keys() for n in known[piece][not wide]})


def _first(core: str, rows: Iterable[tuple[str, str]], off: frozenset[str]) -> str:
    """Return the first rule of some rows that knows the line, or ""."""
    return next((rule for rule, form in rows if rule not in off and _compiled(form).fullmatch(core)), "")


def has_cue(line: str, *, sentence: bool, at: Sequence[int] | None = None) -> bool:
    """Return whether the line has words of a site; in a sentence those that sentences of articles have do not count.

    `at` is what `cued` says of the line, if that is known.
    """
    end = 0
    for place in places(line, _cue_pieces()) if at is None else at:
        start = place - (line[place] in _AFTER_ANY)
        before = min(start, 1)  # of a cue and of what stands beside it, as much as decides whether it is one
        around = line[start - before : start + needed.LONGEST + 1].translate(_patterns.SIMPLE)
        cue = _compiled(_patterns.CUES).match(around, before) if start >= end else None
        if cue is not None:
            if not (sentence and _compiled(_patterns.WEAK).fullmatch(cue.group())):
                return True
            end = start - before + cue.end()
    return False


def cued(lines: Sequence[str]) -> dict[int, list[int]]:
    """Return where in which lines, by number, a cue may begin."""
    return _with_piece(lines, _cue_pieces())


def listed(lines: Sequence[str]) -> dict[int, list[int]]:
    """Return where in which lines, by number, a piece that a table needs may begin: after what is around the line."""
    cores = (line.strip(AROUND) + line[-1:] for line in lines)  # as `rule_of` looks at them
    return _with_piece([f"{needed.BEGIN}{core}" for core in cores], _row_pieces())


def _with_piece(lines: Sequence[str], pieces: Pieces) -> dict[int, list[int]]:
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    out: dict[int, list[int]] = {}
    for place in places("\n".join(lines), pieces):
        number = bisect_right(starts, place) - 1
        out.setdefault(number, []).append(place - starts[number])
    return out


@functools.cache
def _cue_pieces() -> Pieces:
    """Return how cues begin; what any character may stand before begins a place later."""
    return pieces_of([cue.removeprefix(needed.ANY) for cue in _CUES], _FOLD)


@functools.cache
def _row_pieces() -> Pieces:
    """Return the pieces that rows need; where the line ends differs from look to look."""
    return pieces_of([piece.removesuffix(needed.END) for piece in _rows_by_piece()], _FOLD)


def is_closing(core: str) -> bool:
    """Return whether a line ends an article and belongs to it."""
    return _compiled(_patterns.CLOSINGS).fullmatch(core) is not None


def is_publication(core: str) -> bool:
    match = PUBLICATION.match(core)
    if match is None:
        return False
    rest = core[match.end() :]
    found = find_dates(rest)
    return _REST.fullmatch(rest[found[0].end :] if found else rest) is not None
