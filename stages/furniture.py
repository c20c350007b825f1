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
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from stages import _patterns
from stages._dates import find_dates, first_date
from stages.model import Metadata, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

VERSION: Final = 1

_Mark = tuple[Role, str]

_WIDE: Final = (
    r"\u1100-\u11ff\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U000323af"
)
_WIDE_CHAR: Final = re.compile(f"[{_WIDE}]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"\w+(?:['’\-]\w+)*")
#: A sentence end: a wide mark, or a narrow one before a space, a quotation mark or the end.
_SENTENCE_END: Final = re.compile(r"[。！？｡]|[.!?…]+(?=[\s\"'”’)）」』]|$)")
#: A headline does not end so.
_NO_HEADING_END: Final = re.compile(r"[。！？!?.…｡，,、；;：:][\s\"'”’)）」』》】]*$")
_ENDS_SENTENCE: Final = re.compile(r"[。！？!?.…｡，,、；;][\s\"'”’)）」』》】]*$")
_AROUND: Final = (
    " \t\u3000\u00a0\u200b\u2010\u2011\u2012\u2013\u2014\u2015-•·●○■□◆▲▼►▶◀※☆★*#~～=_<>»›«‹→←↑↓|｜/\\"
    "[]【】()（）「」『』〖〗〔〕…"
)
_SPACE: Final = re.compile(r"\s+")
_COLON: Final = re.compile(r"\s*([：:])\s*")
_BETWEEN: Final = re.compile(r"[\s|｜]+")
_STAMP_SPLIT: Final = re.compile(r"[\s：:，,|｜（）()/\-\u2013\u2014·.\[\]【】]+")
_PAGES: Final = re.compile(r"(?:[【\[(（]\s?\d{1,3}\s?[】\])）]\s?){2,}")

_RULES: Final = tuple((rule, re.compile(form, re.IGNORECASE)) for rule, form in _patterns.FURNITURE)
_ANY_RULE: Final = re.compile("|".join(f"(?:{form})" for _, form in _patterns.FURNITURE), re.IGNORECASE)
_PUBLICATION: Final = re.compile(_patterns.PUBLICATION)
_SOURCE: Final = re.compile(_patterns.SOURCE)
_AUTHOR: Final = re.compile(_patterns.AUTHOR)
_DATELINE: Final = re.compile(_patterns.DATELINE)
#: After the paper's name only these may stand in a publication line.
_PUBLICATION_REST: Final = re.compile(r"[\s\d年月日第版期号（）()，,、.：:A-Z上下半旬刊头条]*")


@dataclass(frozen=True, slots=True)
class FurnitureSettings:
    """How lines are judged.  The numbers were chosen on the pages named in the module's Source line."""

    patterns: tuple[str, ...] = ()  # more regular expressions, each for a whole line that is furniture
    keep: tuple[str, ...] = ()  # regular expressions for whole lines that are never furniture
    max_chars: int = 60  # wide characters, or twice as many narrow ones: a longer line is never furniture
    near: int = 6  # source, author and time lines count within so many lines of head or tail
    heading_chars: int = 30  # of a heading in Han, kana or Hangul
    heading_words: int = 14  # of a heading in other scripts
    cut_after: float = 0.25  # share of the text before an end marker cuts
    max_share: float = 0.40  # share of the characters that furniture may take
    min_documents: int = 3  # documents a line must stand in to recur

    def __post_init__(self) -> None:
        for form in (*self.patterns, *self.keep):
            try:
                re.compile(form)
            except re.error as error:
                raise ValueError(f"furniture pattern {form!r} is no regular expression: {error}") from None
        for name in ("max_chars", "near", "heading_chars", "heading_words"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")
        for name in ("cut_after", "max_share"):
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

    keys: NDArray[np.uint64]  # of the line with digits folded to 0 and white space out
    may: NDArray[np.bool_]  # whether recurrence may make it furniture


def furniture(
    text: str, settings: FurnitureSettings, *, page: bool = False, markdown: bool = False
) -> Marked:
    """Return the role of each line of L2 that is not blank, the rule that gave it, and the metadata found.

    `page` says that the text was extracted from a page: then an end marker (责任编辑…, Related articles) makes
    the short lines after it furniture as well.  In Markdown a line of marks is a rule, a fence or part of a table,
    and stays.  A paragraph that begins with a dateline stays body, with the rule "dateline"; the line is metadata
    only where nothing else stands in it.
    """
    lines = _lines(text)
    exact = [rule if rule != "marks" or not markdown else "" for rule in _exact(lines, settings)]
    cut = _cut(lines, exact, settings) if page else exact
    if cut != exact and _takes_too_much(lines, cut, settings):
        cut = exact
    roles = _others(lines, cut, settings)
    return Marked(tuple(roles), _metadata(lines, roles))


def line_keys(text: str, roles: Sequence[_Mark], settings: FurnitureSettings) -> LineKeys:
    """Return, for each line of L2 that is not blank, its key and whether recurrence may make it furniture.

    It may only where it is sure: the line is short (`max_chars`), does not end as a sentence does, has at least
    two letters, and nothing but such lines follows it to the end of the text.  So headings inside an article,
    and the lines of bulletins that say the same every day, stay.  Furniture does not count as what follows.

    Raises:
        ValueError: there are more or fewer roles than lines.
    """
    lines = _lines(text)
    if len(lines) != len(roles):
        raise ValueError(f"{len(roles)} roles for {len(lines)} lines")
    may = np.zeros(len(lines), np.bool_)
    kept = [i for i, (role, _) in enumerate(roles) if role is not Role.FURNITURE]
    for i in reversed(kept[1:]):  # never the first line: what is left must not be nothing
        line, role = lines[i], roles[i][0]
        if role is Role.METADATA:
            continue
        if _cells(line) > 2 * settings.max_chars or _sentences(line) > 1 or _ENDS_SENTENCE.search(line):
            break
        may[i] = len(_LETTER.findall(line)) >= 2
    return LineKeys(np.array([_key(line) for line in lines], np.uint64), may)


def recurring(
    groups: NDArray[np.uint64],
    documents: NDArray[np.int64],
    may: NDArray[np.bool_],
    settings: FurnitureSettings,
) -> NDArray[np.bool_]:
    """Return which rows are furniture because their line recurs over the documents of one source.

    Rows of one exchange partition, in any order: `groups` is a hash of (source, line key), `documents` names
    the document, `may` is `LineKeys.may`.  A row is furniture when its group has rows of at least
    `min_documents` distinct
    documents and every row of the group may be furniture.  The caller passes the rows of one document
    for each
    distinct comparison view, so that reprints of one story do not count as recurrence.
    """
    if groups.size == 0:
        return np.zeros(0, np.bool_)
    order = np.lexsort((documents, groups))
    group, document = groups[order], documents[order]
    new_group = np.ones(group.size, np.bool_)
    new_group[1:] = group[1:] != group[:-1]
    new_document = new_group.copy()
    new_document[1:] |= document[1:] != document[:-1]
    starts = np.flatnonzero(new_group)
    distinct = np.add.reduceat(new_document.astype(np.int64), starts)
    sure = (distinct >= settings.min_documents) & np.logical_and.reduceat(may[order], starts)
    out = np.empty(groups.size, np.bool_)
    out[order] = sure[np.cumsum(new_group) - 1]
    return out


def _lines(text: str) -> list[str]:
    """Return the lines that are not blank, without the white space around them."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def _key(line: str) -> int:
    """Return a stable 64-bit key of the line without white space; figures count, as everywhere."""
    folded = _SPACE.sub("", line)
    return int.from_bytes(blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _cells(line: str) -> int:
    """Return the length in narrow characters; a wide one counts two."""
    return len(line) + len(_WIDE_CHAR.findall(line))


def _sentences(line: str) -> int:
    """Return how many sentences of five wide characters or four words the line has, its rest included."""
    pieces = (piece for piece in _SENTENCE_END.split(line) if len(piece) > 4)
    return sum(len(_WIDE_CHAR.findall(p)) >= 5 or sum(1 for _ in _WORD.finditer(p)) >= 4 for p in pieces)


def _exact(lines: Sequence[str], settings: FurnitureSettings) -> list[str]:
    """Return the rule of each line that a table or the settings know as furniture; else ""."""
    more = tuple(re.compile(form) for form in settings.patterns)
    keep = tuple(re.compile(form) for form in settings.keep)
    out: list[str] = []
    for line in lines:
        rule = ""
        if _cells(line) <= 2 * settings.max_chars and not any(form.fullmatch(line) for form in keep):
            rule = "settings" if any(form.fullmatch(line) for form in more) else _rule(line)
            rule = "" if rule and _sentences(line) > 1 else rule
        out.append(rule)
    return out


def _rule(line: str) -> str:
    """Return the name of the furniture table that knows the whole line, or ""."""
    if _PAGES.fullmatch(line):
        return "pages"
    core = line.strip(_AROUND)
    if not any(c.isalnum() for c in core):
        return "marks" if core != "©" else "copyright-sign"
    if _ANY_RULE.fullmatch(core) and not _is_publication(core):
        return next(rule for rule, form in _RULES if form.fullmatch(core))
    return ""


def _cut(lines: Sequence[str], exact: Sequence[str], settings: FurnitureSettings) -> list[str]:
    """Return the rules with everything after the first end marker that may cut."""
    keep = tuple(re.compile(form) for form in settings.keep)
    total = sum(len(line) for line, rule in zip(lines, exact, strict=True) if not rule)
    clean = len(lines)  # from here on every line is short and of one sentence
    while clean and len(lines[clean - 1]) <= settings.max_chars and _sentences(lines[clean - 1]) < 2:
        clean -= 1
    before = 0
    for i, (line, rule) in enumerate(zip(lines, exact, strict=True)):
        if rule in _patterns.END_RULES and i + 1 >= clean and before > settings.cut_after * total:
            held = partial(_is_held, keep=keep)
            rest = (
                r or ("" if held(after) else "after-end")
                for after, r in zip(lines[i:], exact[i:], strict=True)
            )
            return [*exact[:i], *rest]
        before += 0 if rule else len(line)
    return list(exact)


def _is_held(line: str, keep: Iterable[re.Pattern[str]]) -> bool:
    """Return whether a line stays after an end marker: publication, dateline or source line, or to keep."""
    core = line.strip(_AROUND)
    return (
        _is_publication(core)
        or _DATELINE.match(line) is not None
        or _SOURCE.fullmatch(core) is not None
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
    core = line.strip(_AROUND)
    dateline = _DATELINE.match(line)
    if _is_publication(core):
        return Role.METADATA, "publication"
    if dateline and (dateline.end() == len(line) or _AUTHOR.fullmatch(line[dateline.end() :].strip(_AROUND))):
        return Role.METADATA, "dateline"
    if dateline:
        return Role.BODY, "dateline"
    if near and len(line) <= settings.max_chars and _sentences(line) < 2:
        label = _label(core)
        if label:
            return Role.METADATA, label
    return (Role.HEADING, "short") if _is_heading(line, settings) else (Role.BODY, "")


def _is_publication(core: str) -> bool:
    match = _PUBLICATION.match(core)
    if match is None:
        return False
    rest = core[match.end() :]
    found = find_dates(rest)
    return _PUBLICATION_REST.fullmatch(rest[found[0].end :] if found else rest) is not None


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
    if dates and all(word in _patterns.STAMP_WORDS for word in words):
        return "time"
    pieces = [piece for piece in _BETWEEN.split(_COLON.sub(r"\1", rest)) if piece.strip(_AROUND)]
    known = bool(pieces) and all(_is_byline_piece(piece) for piece in pieces)
    return "byline" if known and any(_SOURCE.fullmatch(p) or _AUTHOR.fullmatch(p) for p in pieces) else ""


def _is_byline_piece(piece: str) -> bool:
    core = piece.strip(_AROUND)
    return bool(
        _SOURCE.fullmatch(core)
        or (("：" in core or ":" in core) and _AUTHOR.fullmatch(core))
        or _ANY_RULE.fullmatch(core)
        or core.rstrip("：:").casefold() in _patterns.STAMP_WORDS
    )


def _is_heading(line: str, settings: FurnitureSettings) -> bool:
    if _NO_HEADING_END.search(line) or not _LETTER.search(line):
        return False
    wide = len(_WIDE_CHAR.findall(line))
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
        core = line.strip(_AROUND)
        if role is Role.HEADING and i == top:
            offer("title", line, 0, "first-heading")
        published = _PUBLICATION.match(core) if role is not Role.FURNITURE else None
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
        label = piece.strip(_AROUND)
        match = _SOURCE.fullmatch(label)
        if match and source is None:
            source = match["source"] or match["source2"]
        match = _AUTHOR.fullmatch(label)
        if match and author is None and not _ANY_RULE.fullmatch(label):
            author = match["author"] or match["author2"] or match["author3"]
    return source, author
