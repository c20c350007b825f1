"""What a line says of its text: source, author, time.  And what all lines together say.

In: lines, and what each is.  Out: the name of a label, metadata.  Used by `stages.furniture` alone.
Source: the tables of `stages._patterns.labels`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from stages._dates import find_dates, first_date
from stages._known import AROUND, PUBLICATION, rule_of
from stages._patterns import labels
from stages._shape import PAPER
from stages.model import Metadata, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stages._shape import Line

_COLON: Final = re.compile(r"\s*([：:])\s*")
_BETWEEN: Final = re.compile(r"[\s|｜]+")
_STAMP_SPLIT: Final = re.compile(r"[\s：:，,|｜（）()/\-\u2013\u2014·.\[\]【】]+")
#: What no label is without: a mark or space after its name, a reporter, a year.
_MAY_LABEL: Final = re.compile(r"[：:/／丨|｜\s年년]|记者|\d{4}")
SOURCE: Final = re.compile(labels.SOURCE)
AUTHOR: Final = re.compile(labels.AUTHOR)
DATELINE: Final = re.compile(labels.DATELINE)


@functools.lru_cache(maxsize=1 << 12)  # asked twice of a line; and lines of a site come again
def label_of(core: str) -> str:
    """Return what the line is and nothing else: "source", "author", "time", "byline" for several; or ""."""
    return _label(core) if _MAY_LABEL.search(core) else ""


def _label(core: str) -> str:
    for label, form in (("source", SOURCE), ("author", AUTHOR)):
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
    named = any(SOURCE.fullmatch(p) or AUTHOR.fullmatch(p) for p in pieces)
    return "byline" if named and all(_is_byline_piece(piece) for piece in pieces) else ""


def _is_byline_piece(piece: str) -> bool:
    core = piece.strip(AROUND)
    return bool(
        SOURCE.fullmatch(core)
        or (("：" in core or ":" in core) and AUTHOR.fullmatch(core))
        or rule_of(core, frozenset())
        or core.rstrip("：:").casefold() in labels.STAMP_WORDS
    )


def metadata_of(lines: Sequence[Line], roles: Sequence[tuple[Role, str]]) -> Metadata:
    """Return what the lines say; for each field the surest rule wins, and within a rule the first line."""
    found: dict[str, tuple[int, str, str]] = {}

    def offer(field: str, value: str | None, rank: int, rule: str) -> None:
        if value and (field not in found or rank < found[field][0]):
            found[field] = (rank, value.strip(), rule)

    top = next((i for i, (role, _) in enumerate(roles) if role not in {Role.FURNITURE, Role.METADATA}), None)
    for i, ((line, _, _, held), (role, rule)) in enumerate(zip(lines, roles, strict=True)):
        if role is Role.BODY and not rule and not held & PAPER:
            continue  # as most lines
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
        dateline = DATELINE.match(line) if rule == "dateline" else None
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
        match = SOURCE.fullmatch(label)
        if match and source is None:
            source = match["source"] or match["source2"]
        match = AUTHOR.fullmatch(label)
        if match and author is None and not rule_of(label, frozenset()):
            author = match["author"] or match["author2"] or match["author3"]
    return source, author
