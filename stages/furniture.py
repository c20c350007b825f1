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
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from stages import _patterns
from stages._bylines import AUTHOR, DATELINE, SOURCE, label_of, metadata_of
from stages._known import (
    AROUND,
    has_cue,
    is_closing,
    is_publication,
    listed,
    rule_of,
)
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
from stages._shape import (
    BETWEEN,
    COLON,
    DIGIT,
    MARK,
    PAPER,
    RARE,
    WORD,
    Line,
    fits,
    is_short,
    last_mark,
    lines_all,
    of_one_sentence,
)
from stages.model import Metadata, Role

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

VERSION: Final = 3

_Mark = tuple[Role, str]

_LETTER: Final = re.compile(r"[^\W\d_]")
_TWO_LETTERS: Final = re.compile(r"[^\W\d_][\W\d_]*[^\W\d_]")
_ENDS_STATEMENT: Final = frozenset("。.…｡，,、；;")
_ENDS_SENTENCE: Final = _ENDS_STATEMENT | frozenset("！？!?")
_NO_HEADING_END: Final = _ENDS_SENTENCE | frozenset("：:")  # a headline does not end so


#: The names that `off` may hold.
RULES: Final = _patterns.RULES | {"after-end", "after-list", "marks", "pages", "recurrence"}
#: Three words or more of a menu: short, without figures and marks, with blanks or bars between them.
_MENU: Final = re.compile(r"[^\W\d_]{1,12}(?:[\s|｜/·•]{1,3}[^\W\d_]{1,12}){2,14}")
#: A label and what it says.
_LABELLED: Final = re.compile(r".{1,20}?[：:]\s*\S.*")
#: What a reference in the text leads to.
_LINK: Final = re.compile(r"\[[^\]]{1,40}\]:\s*\S")
_FIGURE: Final = re.compile(r"\d")
_ENDS: Final = _patterns.ENDS | {"settings-end"}


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
    lines: tuple[Line, ...]


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
    return furniture_all([text], settings, page=[page], markdown=[markdown])[0]


def furniture_all(
    texts: Sequence[str], settings: FurnitureSettings, *, page: Sequence[bool], markdown: Sequence[bool]
) -> list[Marked]:
    """Return what `furniture` gives for each text; the words of sites are looked for in all of them at once."""
    of_text = lines_all(texts)
    known = _known(of_text, settings)
    return [
        _marked(lines, rules, settings, page=is_page, markdown=is_markdown)
        for lines, rules, is_page, is_markdown in zip(of_text, known, page, markdown, strict=True)
    ]


def _marked(
    lines: tuple[Line, ...], known: Sequence[str], settings: FurnitureSettings, *, page: bool, markdown: bool
) -> Marked:
    """Return what the lines of a text are, of which the tables know some."""
    exact = _exact(lines, known, settings, page=page)
    if markdown:
        pairs = zip(lines, exact, strict=True)
        exact = ["" if r == "marks" or line.text.startswith("#") else r for line, r in pairs]
    cut = exact if markdown else _cut(lines, exact, settings, page=page)
    if cut != exact and _takes_too_much(lines, cut, settings):
        cut = exact
    roles = _others(lines, cut, settings)
    return Marked(tuple(roles), metadata_of(lines, roles), lines)


def line_keys(
    text: str, roles: Sequence[_Mark], settings: FurnitureSettings, *, absent: Container[int] = ()
) -> LineKeys:
    """Return, for each line of L2 that is not blank, its key and what it is to recurrence.

    `absent` are lines that a repeat takes out.

    Raises:
        ValueError: there are more or fewer roles than lines.
    """
    marked = Marked(tuple(roles), Metadata(), lines_all([text])[0])
    return line_keys_all([marked], settings, absent=[absent])[0]


def line_keys_all(
    marked: Sequence[Marked], settings: FurnitureSettings, *, absent: Sequence[Container[int]]
) -> list[LineKeys]:
    """Return what `line_keys` gives for the lines of each text."""
    keep = tuple(re.compile(form) for form in settings.keep)
    marks = [
        np.array([_marks_of(*of, settings, keep, there) for of in _numbered(one)], np.uint16)
        for one, there in zip(marked, absent, strict=True)
    ]
    keys = keys_of([line.text for one in marked for line in one.lines])
    ends = accumulate(len(one.lines) for one in marked)
    return [LineKeys(keys[end - of.size : end], of) for end, of in zip(ends, marks, strict=True)]


def _numbered(marked: Marked) -> Iterator[tuple[int, Line, _Mark]]:
    """Yield number, line and role.

    Raises:
        ValueError: there are more or fewer roles than lines.
    """
    if len(marked.lines) != len(marked.roles):
        raise ValueError(f"{len(marked.roles)} roles for {len(marked.lines)} lines")
    return zip(range(len(marked.lines)), marked.lines, marked.roles, strict=True)


def _marks_of(
    number: int,
    line: Line,
    mark: _Mark,
    settings: FurnitureSettings,
    keep: Iterable[re.Pattern[str]],
    absent: Container[int],
) -> int:
    """Return the bits of a line."""
    role, rule = mark
    if number in absent:
        return ABSENT | REPEATED
    if role is Role.FURNITURE:
        return ABSENT | END if rule in _ENDS else ABSENT
    return _marks(line, role, settings, keep)


def _marks(line: Line, role: Role, settings: FurnitureSettings, keep: Iterable[re.Pattern[str]]) -> int:
    """Return the bits of a line that is there."""
    text, held = line.text, line.held
    if role is Role.METADATA or (text[0] == "[" and _LINK.match(text)):
        return STAYS
    short = is_short(line, settings.max_chars)
    hard = not short or last_mark(text) in _ENDS_SENTENCE
    core = text.strip(AROUND)
    if not hard and (_is_held(text, keep) or label_of(core)):
        return STAYS
    mark = HARD if hard else 0
    mark |= FIGURES if held & DIGIT or (held & RARE and _FIGURE.search(text)) else 0
    if line.cues and has_cue(text, sentence=hard, at=line.cues) and not (hard and mark & FIGURES):
        mark |= CUE  # a sentence whose figures change from text to text says something else each time
    mark |= LABEL if held & COLON and _LABELLED.fullmatch(core) else 0
    mark |= MENU if held & BETWEEN and not held & (DIGIT | MARK) and _MENU.fullmatch(core) else 0
    may = not hard or (mark & CUE and short and not _is_held(text, keep))
    return mark | (MAY if may and _TWO_LETTERS.search(text) else 0)


def recurring(lines: Lines, settings: FurnitureSettings) -> Recurring:
    """Return which lines are furniture because they recur over the documents of one source."""
    if "recurrence" in settings.off:
        return Recurring(np.zeros(lines.group.size, np.bool_), np.zeros(lines.group.size, np.int32))
    return _recurring(lines, settings.min_documents, settings.head_share)


def _known(of_text: Sequence[Sequence[Line]], settings: FurnitureSettings) -> list[list[str]]:
    """Return the rule of each line of each text that a table or the settings know as furniture; else ""."""
    own = [("settings-end", re.compile(form)) for form in settings.ends]
    own += [("settings", re.compile(form)) for form in settings.patterns]
    keep = tuple(re.compile(form) for form in settings.keep)
    off = frozenset(settings.off)
    out = [[""] * len(lines) for lines in of_text]
    short = [
        (rules, n, line.text)
        for rules, lines in zip(out, of_text, strict=True)
        for n, line in enumerate(lines)
        if fits(line, settings.max_chars)
    ]
    may_know = listed([text for _, _, text in short])
    for at, (rules, n, text) in enumerate(short):
        if any(form.fullmatch(text) for form in keep):
            continue
        rule = next((name for name, form in own if form.fullmatch(text)), "")
        rule = rule or rule_of(text, off, may_know.get(at, ()))
        rules[n] = rule if rule and of_one_sentence(text) else ""
    return out


def _exact(
    lines: Sequence[Line], known: Sequence[str], settings: FurnitureSettings, *, page: bool
) -> list[str]:
    """Return the rules of the lines that are known, but of headers of lists that text follows.

    Such a header is a heading of the article, but in a page it is what extraction left.
    """
    out = list(known)
    for i in range(len(lines) - 1 if not page else 0):
        if out[i] in _patterns.LISTS and not out[i + 1] and _is_text(lines[i + 1], settings):
            out[i] = ""
    return out


def _cut(
    lines: Sequence[Line], exact: Sequence[str], settings: FurnitureSettings, *, page: bool
) -> list[str]:
    """Return the rules with everything after the first end marker that may cut.

    On a page every end rule cuts; elsewhere only the header of a list of other articles does.
    """
    name = "after-end" if page else "after-list"
    ends = (_patterns.ENDS if page else _patterns.LISTS) | {"settings-end"}
    if name in settings.off or ends.isdisjoint(exact):
        return list(exact)
    keep = tuple(re.compile(form) for form in settings.keep)
    total = sum(len(line.text) for line, rule in zip(lines, exact, strict=True) if not rule)
    clean = len(lines)  # from here on nothing is text
    while clean and (exact[clean - 1] or not _is_text(lines[clean - 1], settings)):
        clean -= 1
    before = 0
    for i, (line, rule) in enumerate(zip(lines, exact, strict=True)):
        if rule in ends and i + 1 >= clean and before > settings.cut_after * total:
            goes = partial(_goes_after_end, settings=settings, keep=keep)
            rest = (r or (name if goes(after) else "") for after, r in zip(lines[i:], exact[i:], strict=True))
            return [*exact[:i], *rest]
        before += 0 if rule else len(line.text)
    return list(exact)


def _is_text(line: Line, settings: FurnitureSettings) -> bool:
    """Return whether a line is long or ends as a sentence does, and has no words of a site; a headline may ask."""
    short = is_short(line, settings.max_chars) and last_mark(line.text) not in _ENDS_STATEMENT
    return not short and not has_cue(line.text, sentence=True, at=line.cues)


def _goes_after_end(line: Line, settings: FurnitureSettings, keep: Iterable[re.Pattern[str]]) -> bool:
    return is_short(line, settings.max_chars) and not _is_held(line.text, keep)


def _is_held(line: str, keep: Iterable[re.Pattern[str]]) -> bool:
    """Return whether a line stays after an end marker: publication, dateline or source line, or to keep."""
    core = line.strip(AROUND)
    return (
        is_publication(core)
        or DATELINE.match(line) is not None
        or SOURCE.fullmatch(core) is not None
        or is_closing(core)
        or any(form.fullmatch(line) for form in keep)
    )


def _takes_too_much(lines: Sequence[Line], rules: Sequence[str], settings: FurnitureSettings) -> bool:
    """Return whether furniture would take more than it may of a text of three body lines or more."""
    taken = sum(len(line.text) for line, rule in zip(lines, rules, strict=True) if rule)
    body = sum(1 for rule in rules if not rule)
    return body >= 3 and taken > settings.max_share * sum(len(line.text) for line in lines)


def _others(lines: Sequence[Line], rules: Sequence[str], settings: FurnitureSettings) -> list[_Mark]:
    """Return the roles of all lines; places are counted without the furniture."""
    left = [i for i, rule in enumerate(rules) if not rule]
    near = {*left[: settings.near], *left[-settings.near :]}
    roles: list[_Mark] = [(Role.FURNITURE, rule) for rule in rules]
    for i in left:
        roles[i] = _role(lines[i], settings, near=i in near)
    return roles


def _role(line: Line, settings: FurnitureSettings, *, near: bool) -> _Mark:
    """Return the role of a line that is no furniture."""
    text = line.text
    core = text.strip(AROUND)
    dateline = DATELINE.match(text)
    if line.held & PAPER and is_publication(core):
        return Role.METADATA, "publication"
    if dateline and (dateline.end() == len(text) or AUTHOR.fullmatch(text[dateline.end() :].strip(AROUND))):
        return Role.METADATA, "dateline"
    if dateline:
        return Role.BODY, "dateline"
    if near and len(text) <= settings.max_chars and of_one_sentence(text):
        label = label_of(core)
        if label:
            return Role.METADATA, label
    return (Role.HEADING, "short") if _is_heading(line, settings) else (Role.BODY, "")


def _is_heading(line: Line, settings: FurnitureSettings) -> bool:
    text = line.text
    if 2 * line.wide >= len(text) > settings.heading_chars:
        return False  # as most lines: no more of it are letters
    if last_mark(text) in _NO_HEADING_END or not _LETTER.search(text):
        return False
    if 2 * line.wide >= len(text) or 2 * line.wide >= len(_LETTER.findall(text)):
        return len(text) <= settings.heading_chars
    return sum(1 for _ in WORD.finditer(text)) <= settings.heading_words
