"""What each line is to its document: body, heading, metadata, or furniture of the site.

In: L2, one paragraph a line.  Out: a role and a rule for each line that is not blank, and the metadata
the lines hold;
for recurrence over the documents of one source, columns of line keys and the rows that recur.
Order: after segment; `recurring` runs in the barrier, on the rows of all documents of a source.
Source: measured on 54 news pages of 25 sites with 517 furniture lines: tables alone find 9 %, the cut at
an end marker 73 %,
recurrence in three documents 33 %, all together 79 %.

Laws.  A pattern judges a whole line of at most `max_chars` and never one of two sentences.  Datelines
and publication
lines are never furniture.  Marking the text without its furniture marks nothing more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from stages import _patterns
from stages._dates import find_dates, first_date
from stages._known import (
    AROUND,
    PUBLICATION,
    WIDE_CHAR,
    cued,
    has_cue,
    is_closing,
    is_publication,
    listed,
    rule_of,
)
from stages._patterns import labels
from stages._recurrence import (
    ABSENT,
    CUE,
    END,
    FIGURES,
    HARD,
    LABEL,
    MAY,
    MENU,
    REPEATED,
    STAYS,
    Lines,
    Recurring,
    keys_of,
)
from stages._recurrence import recurring as _recurring
from stages.model import Metadata, Role

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from numpy.typing import NDArray

VERSION: Final = 3

_Mark = tuple[Role, str]

_LETTER: Final = re.compile(r"[^\W\d_]")
_TWO_LETTERS: Final = re.compile(r"[^\W\d_][\W\d_]*[^\W\d_]")
_WORD: Final = re.compile(r"\w+(?:['’\-]\w+)*")
#: A sentence end: a wide mark, or a narrow one before a space, a quotation mark or the end.
_SENTENCE_END: Final = re.compile(r"[。！？｡]|[.!?…]+(?=[\s\"'”’)）」』]|$)")
#: What may stand after the last mark of a line: white space, closing quotation marks and brackets.
_CLOSING: Final = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028"
    "\u2029\u202f\u205f\u3000\"'”’)）」』》】"
)
_ENDS_STATEMENT: Final = frozenset("。.…｡，,、；;")
_ENDS_SENTENCE: Final = _ENDS_STATEMENT | frozenset("！？!?")
_NO_HEADING_END: Final = _ENDS_SENTENCE | frozenset("：:")  # a headline does not end so
_COLON: Final = re.compile(r"\s*([：:])\s*")
_BETWEEN: Final = re.compile(r"[\s|｜]+")
_STAMP_SPLIT: Final = re.compile(r"[\s：:，,|｜（）()/\-\u2013\u2014·.\[\]【】]+")


#: The names that `off` may hold.
RULES: Final = _patterns.RULES | {"after-end", "after-list", "marks", "pages", "recurrence"}
_SOURCE: Final = re.compile(labels.SOURCE)
_AUTHOR: Final = re.compile(labels.AUTHOR)
_DATELINE: Final = re.compile(labels.DATELINE)
#: Three words or more of a menu: short, without figures and marks, with blanks or bars between them.
_MENU: Final = re.compile(r"[^\W\d_]{1,12}(?:[\s|｜/·•]{1,3}[^\W\d_]{1,12}){2,14}")
#: A label and what it says.
_LABELLED: Final = re.compile(r".{1,20}?[：:]\s*\S.*")
#: What a reference in the text leads to.
_LINK: Final = re.compile(r"\[[^\]]{1,40}\]:\s*\S")
_FIGURE: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class FurnitureSettings:
    """How lines are judged.  The numbers were chosen on the pages named in the module's Source line."""

    patterns: tuple[str, ...] = ()  # more regular expressions, each for a whole line that is furniture
    keep: tuple[str, ...] = ()  # regular expressions for whole lines that are never furniture
    ends: tuple[str, ...] = ()  # more, each for a whole line that is furniture and ends an article
    off: tuple[str, ...] = ()  # names of rules that are not used
    max_chars: int = 60  # wide characters, or twice as many narrow ones: a longer line is never furniture
    near: int = 6  # source, author and time lines count within so many lines of head or tail
    heading_chars: int = 30  # of a heading in Han, kana or Hangul
    heading_words: int = 14  # of a heading in other scripts
    cut_after: float = 0.25  # share of the text before an end marker cuts
    max_share: float = 0.60  # share of the characters that furniture may take
    min_documents: int = 3  # documents a line must stand in to recur
    head_share: float = 0.8  # share of a source's documents that a line above the text must stand in to recur

    def __post_init__(self) -> None:
        for form in (*self.patterns, *self.keep, *self.ends):
            try:
                re.compile(form)
            except re.error as error:
                raise ValueError(f"furniture pattern {form!r} is no regular expression: {error}") from None
        unknown = sorted(set(self.off) - RULES)
        if unknown:
            near = get_close_matches(unknown[0], RULES, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"off: {unknown[0]!r} is no rule of furniture{hint}")
        for name in ("max_chars", "near", "heading_chars", "heading_words"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")
        for name in ("cut_after", "max_share", "head_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be from 0 to 1")
        if self.min_documents < 2:
            raise ValueError(f"min_documents = {self.min_documents}: must be 2 or more")


@dataclass(frozen=True, slots=True)
class Marked:
    """One (role, rule) for each line that is not blank, in order, and what the lines say of the text."""

    roles: tuple[_Mark, ...]
    metadata: Metadata


@dataclass(frozen=True, slots=True, eq=False)
class LineKeys:
    """Columns with one row for each line that is not blank."""

    keys: NDArray[np.uint64]  # of the line without white space, its figures folded to 0
    marks: NDArray[np.uint16]  # what it is to recurrence: bits of `stages._recurrence`


def furniture(
    text: str, settings: FurnitureSettings, *, page: bool = False, markdown: bool = False
) -> Marked:
    """Return the role of each line of L2 that is not blank, the rule that gave it, and the metadata found.

    The header of a list of other articles (相关阅读, Related articles) makes the short lines after it furniture, if
    nothing else follows to the end.  `page` says that the text was extracted from a page: then any end marker
    (责任编辑…) does.  In Markdown a line of marks is a rule, a fence or part of a table and stays, so does a heading,
    and nothing is cut after a list: links stand there.  A paragraph that begins with a dateline stays body, with
    the rule "dateline"; the line is metadata only where nothing else stands in it.
    """
    lines = _lines(text)
    exact = _exact(lines, settings, page=page)
    if markdown:
        exact = ["" if r == "marks" or x.startswith("#") else r for x, r in zip(lines, exact, strict=True)]
    cut = exact if markdown else _cut(lines, exact, settings, page=page)
    if cut != exact and _takes_too_much(lines, cut, settings):
        cut = exact
    roles = _others(lines, cut, settings)
    return Marked(tuple(roles), _metadata(lines, roles))


def line_keys(
    text: str, roles: Sequence[_Mark], settings: FurnitureSettings, *, absent: Container[int] = ()
) -> LineKeys:
    """Return, for each line of L2 that is not blank, its key and what it is to recurrence.

    `absent` are lines that a repeat takes out.

    Raises:
        ValueError: there are more or fewer roles than lines.
    """
    lines = _lines(text)
    if len(lines) != len(roles):
        raise ValueError(f"{len(roles)} roles for {len(lines)} lines")
    keep = tuple(re.compile(form) for form in settings.keep)
    ends = _patterns.ENDS | {"settings-end"}
    cues = cued(lines)
    marks = []
    for n, (line, (role, rule)) in enumerate(zip(lines, roles, strict=True)):
        if n in absent:
            marks.append(ABSENT | REPEATED)
        elif role is Role.FURNITURE:
            marks.append(ABSENT | END if rule in ends else ABSENT)
        else:
            marks.append(_marks(line, role, settings, keep, cues.get(n, ())))
    return LineKeys(keys_of(lines), np.array(marks, np.uint16))


def _marks(
    line: str, role: Role, settings: FurnitureSettings, keep: Iterable[re.Pattern[str]], cues: Sequence[int]
) -> int:
    """Return the bits of a line that is there."""
    if role is Role.METADATA or _LINK.match(line):
        return STAYS
    short = _is_short(line, settings)
    hard = not short or _last_mark(line) in _ENDS_SENTENCE
    core = line.strip(AROUND)
    if not hard and (_is_held(line, keep) or _label(core)):
        return STAYS
    mark = HARD if hard else 0
    mark |= FIGURES if _FIGURE.search(line) else 0
    if has_cue(line, sentence=hard, at=cues) and not (hard and mark & FIGURES):
        mark |= CUE  # a sentence whose figures change from text to text says something else each time
    mark |= LABEL if _LABELLED.fullmatch(core) else 0
    mark |= MENU if _MENU.fullmatch(core) else 0
    may = not hard or (mark & CUE and short and not _is_held(line, keep))
    return mark | (MAY if may and _TWO_LETTERS.search(line) else 0)


def recurring(lines: Lines, settings: FurnitureSettings) -> Recurring:
    """Return which lines are furniture because they recur over the documents of one source."""
    if "recurrence" in settings.off:
        return Recurring(np.zeros(lines.group.size, np.bool_), np.zeros(lines.group.size, np.int32))
    return _recurring(lines, settings.min_documents, settings.head_share)


def _lines(text: str) -> list[str]:
    """Return the lines that are not blank, without the white space around them."""
    return [line for raw in text.split("\n") if (line := raw.strip())]


def _last_mark(line: str) -> str:
    """Return the last character of a line but for what closes it; "" if it has no other."""
    return line.rstrip(_CLOSING)[-1:]


def _fits(line: str, settings: FurnitureSettings) -> bool:
    """Return whether a line is of so many characters at most; a narrow one is half of one."""
    room = 2 * settings.max_chars - len(line)
    return room >= len(line) or (room >= 0 and len(WIDE_CHAR.findall(line)) <= room)


def _sentences(line: str) -> int:
    """Return how many sentences of five wide characters or four words the line has, its rest included."""
    pieces = (piece for piece in _SENTENCE_END.split(line) if len(piece) > 4)
    return sum(len(WIDE_CHAR.findall(p)) >= 5 or sum(1 for _ in _WORD.finditer(p)) >= 4 for p in pieces)


def _exact(lines: Sequence[str], settings: FurnitureSettings, *, page: bool) -> list[str]:
    """Return the rule of each line that a table or the settings know as furniture; else "".

    The header of a list that text follows is a heading of the article, but in a page it is what extraction left.
    """
    own = [("settings-end", re.compile(form)) for form in settings.ends]
    own += [("settings", re.compile(form)) for form in settings.patterns]
    keep = tuple(re.compile(form) for form in settings.keep)
    off = frozenset(settings.off)
    out = [""] * len(lines)
    short = [n for n, line in enumerate(lines) if _fits(line, settings)]
    may_know = listed([lines[n] for n in short])
    for at, n in enumerate(short):
        line = lines[n]
        if any(form.fullmatch(line) for form in keep):
            continue
        rule = next((name for name, form in own if form.fullmatch(line)), "")
        rule = rule or rule_of(line, off, may_know.get(at, ()))
        out[n] = "" if rule and _sentences(line) > 1 else rule
    for i in range(len(lines) - 1 if not page else 0):
        if out[i] in _patterns.LISTS and not out[i + 1] and _is_text(lines[i + 1], settings):
            out[i] = ""
    return out


def _cut(lines: Sequence[str], exact: Sequence[str], settings: FurnitureSettings, *, page: bool) -> list[str]:
    """Return the rules with everything after the first end marker that may cut.

    On a page every end rule cuts; elsewhere only the header of a list of other articles does.
    """
    name = "after-end" if page else "after-list"
    ends = (_patterns.ENDS if page else _patterns.LISTS) | {"settings-end"}
    if name in settings.off or ends.isdisjoint(exact):
        return list(exact)
    keep = tuple(re.compile(form) for form in settings.keep)
    total = sum(len(line) for line, rule in zip(lines, exact, strict=True) if not rule)
    clean = len(lines)  # from here on nothing is text
    while clean and (exact[clean - 1] or not _is_text(lines[clean - 1], settings)):
        clean -= 1
    before = 0
    for i, (line, rule) in enumerate(zip(lines, exact, strict=True)):
        if rule in ends and i + 1 >= clean and before > settings.cut_after * total:
            goes = partial(_goes_after_end, settings=settings, keep=keep)
            rest = (r or (name if goes(after) else "") for after, r in zip(lines[i:], exact[i:], strict=True))
            return [*exact[:i], *rest]
        before += 0 if rule else len(line)
    return list(exact)


def _is_short(line: str, settings: FurnitureSettings) -> bool:
    return _fits(line, settings) and _sentences(line) < 2


def _is_text(line: str, settings: FurnitureSettings) -> bool:
    """Return whether a line is long or ends as a sentence does, and has no words of a site; a headline may ask."""
    short = _is_short(line, settings) and _last_mark(line) not in _ENDS_STATEMENT
    return not short and not has_cue(line, sentence=True)


def _goes_after_end(line: str, settings: FurnitureSettings, keep: Iterable[re.Pattern[str]]) -> bool:
    return _is_short(line, settings) and not _is_held(line, keep)


def _is_held(line: str, keep: Iterable[re.Pattern[str]]) -> bool:
    """Return whether a line stays after an end marker: publication, dateline or source line, or to keep."""
    core = line.strip(AROUND)
    return (
        is_publication(core)
        or _DATELINE.match(line) is not None
        or _SOURCE.fullmatch(core) is not None
        or is_closing(core)
        or any(form.fullmatch(line) for form in keep)
    )


def _takes_too_much(lines: Sequence[str], rules: Sequence[str], settings: FurnitureSettings) -> bool:
    """Return whether furniture would take more than it may of a text of three body lines or more."""
    taken = sum(len(line) for line, rule in zip(lines, rules, strict=True) if rule)
    body = sum(1 for rule in rules if not rule)
    return body >= 3 and taken > settings.max_share * sum(map(len, lines))


def _others(lines: Sequence[str], rules: Sequence[str], settings: FurnitureSettings) -> list[_Mark]:
    """Return the roles of all lines; places are counted without the furniture."""
    left = [i for i, rule in enumerate(rules) if not rule]
    near = {*left[: settings.near], *left[-settings.near :]}
    roles: list[_Mark] = [(Role.FURNITURE, rule) for rule in rules]
    for i in left:
        roles[i] = _role(lines[i], settings, near=i in near)
    return roles


def _role(line: str, settings: FurnitureSettings, *, near: bool) -> _Mark:
    """Return the role of a line that is no furniture."""
    core = line.strip(AROUND)
    dateline = _DATELINE.match(line)
    if is_publication(core):
        return Role.METADATA, "publication"
    if dateline and (dateline.end() == len(line) or _AUTHOR.fullmatch(line[dateline.end() :].strip(AROUND))):
        return Role.METADATA, "dateline"
    if dateline:
        return Role.BODY, "dateline"
    if near and len(line) <= settings.max_chars and _sentences(line) < 2:
        label = _label(core)
        if label:
            return Role.METADATA, label
    return (Role.HEADING, "short") if _is_heading(line, settings) else (Role.BODY, "")


def _label(core: str) -> str:
    """Return what the line is and nothing else: "source", "author", "time", "byline" for several; or ""."""
    for label, form in (("source", _SOURCE), ("author", _AUTHOR)):
        if form.fullmatch(core):
            return label
    dates = find_dates(core)
    rest = core
    for found in reversed(dates):
        rest = f"{rest[: found.start]} {rest[found.end :]}"
    words = [word for word in _STAMP_SPLIT.split(rest.casefold()) if word]
    if dates and all(word in labels.STAMP_WORDS for word in words):
        return "time"
    pieces = [piece for piece in _BETWEEN.split(_COLON.sub(r"\1", rest)) if piece.strip(AROUND)]
    named = any(_SOURCE.fullmatch(p) or _AUTHOR.fullmatch(p) for p in pieces)
    return "byline" if named and all(_is_byline_piece(piece) for piece in pieces) else ""


def _is_byline_piece(piece: str) -> bool:
    core = piece.strip(AROUND)
    return bool(
        _SOURCE.fullmatch(core)
        or (("：" in core or ":" in core) and _AUTHOR.fullmatch(core))
        or rule_of(core, frozenset())
        or core.rstrip("：:").casefold() in labels.STAMP_WORDS
    )


def _is_heading(line: str, settings: FurnitureSettings) -> bool:
    if _last_mark(line) in _NO_HEADING_END or not _LETTER.search(line):
        return False
    wide = len(WIDE_CHAR.findall(line))
    if wide * 2 >= len(_LETTER.findall(line)):
        return len(line) <= settings.heading_chars
    return sum(1 for _ in _WORD.finditer(line)) <= settings.heading_words


def _metadata(lines: Sequence[str], roles: Sequence[_Mark]) -> Metadata:
    """Return what the lines say; for each field the surest rule wins, and within a rule the first line."""
    found: dict[str, tuple[int, str, str]] = {}

    def offer(field: str, value: str | None, rank: int, rule: str) -> None:
        if value and (field not in found or rank < found[field][0]):
            found[field] = (rank, value.strip(), rule)

    top = next((i for i, (role, _) in enumerate(roles) if role not in {Role.FURNITURE, Role.METADATA}), None)
    for i, (line, (role, rule)) in enumerate(zip(lines, roles, strict=True)):
        core = line.strip(AROUND)
        if role is Role.HEADING and i == top:
            offer("title", line, 0, "first-heading")
        published = PUBLICATION.match(core) if role is not Role.FURNITURE else None
        if published:
            offer("source", published["paper"], 0, "publication-line")
            end = published.end() + (0 if role is Role.METADATA else -len(published["paper"]))
            offer(
                "published", first_date(core if role is Role.METADATA else core[:end]), 0, "publication-line"
            )
        dateline = _DATELINE.match(line) if rule == "dateline" else None
        if dateline:
            agency = dateline["agency"] or dateline["agency2"]
            offer("source", None if agency in {"本报", "本台"} else agency, 3, "dateline")
            offer("published", first_date(dateline.group()), 2, "dateline")
        if role is Role.METADATA and rule in {"source", "author", "time", "byline"}:
            offer("published", first_date(core), 1, "time-line")
            source, author = _named(core)
            offer("source", source, 1, "source-line")
            offer("author", author, 1, "author-line")
    values = {field: value for field, (_, value, _) in found.items()}
    rules = tuple(
        (field, found[field][2]) for field in ("title", "published", "source", "author") if field in found
    )
    return Metadata(rules=rules, **values)


def _named(core: str) -> tuple[str | None, str | None]:
    """Return the source and the author that a source, author or byline line names."""
    source = author = None
    for piece in (core, *_BETWEEN.split(_COLON.sub(r"\1", core))):
        label = piece.strip(AROUND)
        match = _SOURCE.fullmatch(label)
        if match and source is None:
            source = match["source"] or match["source2"]
        match = _AUTHOR.fullmatch(label)
        if match and author is None and not rule_of(label, frozenset()):
            author = match["author"] or match["author2"] or match["author3"]
    return source, author
