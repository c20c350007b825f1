"""Decisions of people: events in JSON Lines files that are only ever added to.

An event says what somebody decided of a subject, and what was seen then.  Documents are named by hashes of what they
hold, so a decision outlives any change of names; a path is a hint, and never enough.  Files may be merged: an event
stands once, whoever has it; the order is that of `at`, then of `id`.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import math
import re
import types
import typing
from collections import defaultdict
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pipeline import fsops
from pipeline.errors import UsageError, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VERSION: Final = 1  # of an event
_HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
_KEY: Final = re.compile(r"[0-9a-f]{16}")
_MOST: Final = 1 << 63  # beyond what any text has, and what a column of a table holds
_AT: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")


class Verdict(StrEnum):
    """What was decided."""

    SAME = "same"  # of two documents, one may go for the other
    DIFFERENT = "different"  # two documents are never joined
    KEEP_BOTH = "keep-both"  # alike, and yet both stay
    CANONICAL = "canonical"  # the one to keep among its copies
    KEEP = "keep"  # a document, or a paragraph with its document, is not removed
    PROTECT = "protect"  # nothing of a document is removed
    DROP = "drop"  # a document goes
    REMOVE = "remove"  # a paragraph goes
    FURNITURE = "furniture"  # a line is furniture in all documents of its source
    UNSURE = "unsure"  # looked at, not decided
    ACCEPT_BASELINE = "accept-baseline"  # what waits for a person in a run stays as it is
    UNDO = "undo"  # the event that it supersedes was never made


@dataclass(frozen=True, slots=True)
class Holding:
    """A document by what it holds."""

    text: str  # hash of L1; of a document of an archive, of its clean copy there
    bytes: str  # hash of L0; empty for a document of an archive
    path: str  # a hint: output name of its file, with `:N` for the N-th record of several

    def __post_init__(self) -> None:
        _fit(_HASH, self.text, "text")
        if self.bytes:
            _fit(_HASH, self.bytes, "bytes")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents."""

    a: Holding
    b: Holding


@dataclass(frozen=True, slots=True)
class Document:
    """One document."""

    document: Holding


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage with what stands around it, for people."""

    prefix: str
    exact: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a document: a line of L2."""

    document: Holding
    sha256: str  # of its text
    key: str  # hash of what is compared of it, 16 hex digits
    start: int  # code points, L2
    end: int
    quote: Quote

    def __post_init__(self) -> None:
        _fit(_HASH, self.sha256, "sha256")
        _fit(_KEY, self.key, "key")
        if not 0 <= self.start <= self.end < _MOST:
            raise ValueError(f"start = {self.start}, end = {self.end}: must be a span")


@dataclass(frozen=True, slots=True)
class Run:
    """What waited for a person in a run."""

    pairs: tuple[str, ...]  # see `pair_key`; sorted

    def __post_init__(self) -> None:
        for key in self.pairs:
            _fit(_KEY, key, "pairs")


Subject: TypeAlias = Pair | Document | Paragraph | Run
KINDS: Final[dict[str, type[Subject]]] = {
    "pair": Pair,
    "document": Document,
    "span": Paragraph,
    "run": Run,
}
_KIND_OF: Final = {subject: kind for kind, subject in KINDS.items()}
#: What a verdict may be given of.
SUBJECTS: Final[dict[Verdict, tuple[str, ...]]] = {
    Verdict.SAME: ("pair",),
    Verdict.DIFFERENT: ("pair",),
    Verdict.KEEP_BOTH: ("pair",),
    Verdict.CANONICAL: ("document",),
    Verdict.KEEP: ("document", "span"),
    Verdict.PROTECT: ("document",),
    Verdict.DROP: ("document",),
    Verdict.REMOVE: ("span",),
    Verdict.FURNITURE: ("span",),
    Verdict.UNSURE: ("pair", "document", "span"),
    Verdict.ACCEPT_BASELINE: ("run",),
    Verdict.UNDO: (),
}


#: Verdict → for each thing it speaks of, whether it is to stay: a pair apart, a document in the clean copies,
#: a paragraph, the whole of a document.  Two that differ in one thing contradict each other.
CLAIMS: Final[dict[Verdict, tuple[tuple[str, bool], ...]]] = {
    Verdict.SAME: (("pair", False),),
    Verdict.DIFFERENT: (("pair", True),),
    Verdict.KEEP_BOTH: (("pair", True),),
    Verdict.CANONICAL: (("document", True),),
    Verdict.KEEP: (("document", True), ("paragraph", True)),
    Verdict.PROTECT: (("document", True), ("whole", True)),
    Verdict.DROP: (("document", False),),
    Verdict.REMOVE: (("paragraph", False), ("whole", False)),
    Verdict.FURNITURE: (("paragraph", False),),
    Verdict.UNSURE: (),
    Verdict.ACCEPT_BASELINE: (),
    Verdict.UNDO: (),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the machine said when somebody decided."""

    what: str  # tier of a pair, status of a document or a paragraph
    score: float | None  # of a pair: exact Jaccard
    rule: str  # versions of what found it


@dataclass(frozen=True, slots=True)
class Event:
    """One decision, or the undoing of one."""

    id: str
    at: str  # UTC, as 2026-11-22T21:58:03Z
    by: str
    via: str  # what it was made with: cli, html, xlsx, ...
    verdict: Verdict
    subject: Subject | None  # None for an undoing
    seen: Seen | None
    why: str
    supersedes: str | None  # id of the event whose place it takes

    def __post_init__(self) -> None:
        _fit(_AT, self.at, "at")
        try:
            datetime.fromisoformat(self.at)
        except ValueError as error:  # no such day
            raise ValueError(f"at = {self.at!r}: {error}") from error
        for name in ("id", "by", "via"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty")
        kinds = SUBJECTS[self.verdict]
        kind = _KIND_OF[type(self.subject)] if self.subject is not None else None
        if kind not in (kinds or (None,)):
            raise ValueError(
                f"{self.verdict} is said of a {' or a '.join(kinds) or 'event'}, not of a {kind}"
            )
        if self.verdict is Verdict.UNDO and self.supersedes is None:
            raise ValueError("an undo names the event in supersedes")


def _fit(pattern: re.Pattern[str], text: str, name: str) -> None:
    if not pattern.fullmatch(text):
        raise ValueError(f"{name} = {text!r}: not of the form {pattern.pattern}")


def hash_of(text: str | bytes) -> str:
    """Return a hash as decisions have it."""
    return "sha256:" + hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def hint_of(path: str, ordinal: int) -> str:
    """Return how a decision calls a document: the name of its file, and its number if it is not the first there."""
    return f"{path}:{ordinal + 1}" if ordinal else path


def holdings(event: Event) -> tuple[Holding, ...]:
    """Return the documents that an event names."""
    match event.subject:
        case Pair(a, b):
            return a, b
        case Document(document) | Paragraph(document=document):
            return (document,)
    return ()


def subject_key(subject: Subject | None) -> object:
    """Return what is equal for subjects that are one for a person: what was seen of them may differ."""
    match subject:
        case Pair(a, b):
            return Pair, frozenset((a, b))
        case Paragraph():
            return Paragraph, subject.document, subject.start, subject.sha256
        case Run():
            return Run
    return subject


def contradict(one: Verdict, two: Verdict) -> bool:
    """Whether two verdicts on one subject cannot both be meant."""
    if one is not two and Verdict.UNSURE in {one, two}:
        return True
    return any((what, not stays) in CLAIMS[two] for what, stays in CLAIMS[one])


def opposed(events: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    """Yield the decisions of different people on one subject that contradict each other and both stand."""
    stand = standing(events)
    older = {event.supersedes for event in stand}
    of: defaultdict[object, list[Event]] = defaultdict(list)
    for event in stand:
        if event.id not in older:
            of[subject_key(event.subject)].append(event)
    for said in of.values():
        for one, two in itertools.combinations(said, 2):
            if one.by != two.by and contradict(one.verdict, two.verdict):
                yield one, two


def made(event: Event) -> Event:
    """Return the event with the id that its content gives it."""
    row = {**as_row(event), "id": ""}
    digest = hashlib.blake2b(_line(row).encode(), digest_size=8).hexdigest()
    return replace(event, id=f"e-{digest}")


def pair_key(one: str, two: str) -> str:
    """Return what names a pair of documents by the hashes of their texts, whatever their order."""
    return hashlib.blake2b("\0".join(sorted((one, two))).encode(), digest_size=8).hexdigest()


def as_row(event: Event) -> dict[str, Any]:
    """Return an event as JSON has it."""
    row: dict[str, Any] = {"v": VERSION, **_plain(event)}
    if event.subject is not None:
        row["subject"] = {"kind": _KIND_OF[type(event.subject)], **row["subject"]}
    return row


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of an event
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return list(value) if isinstance(value, tuple) else value


def from_row(row: object) -> Event:
    """Return the event of a parsed row.

    Raises:
        ValueError: it is none; the text says why.
    """
    if not isinstance(row, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the caller reads one kind
    if row.get("v") != VERSION:
        raise ValueError(f"v = {row.get('v')!r}: must be {VERSION}")
    values = {key: value for key, value in row.items() if key != "v"}
    subject = values.get("subject")
    if isinstance(subject, dict):
        kind = KINDS.get(str(subject.get("kind")))
        if kind is None:
            raise ValueError(f"subject: kind must be one of {', '.join(KINDS)}")
        rest = {key: value for key, value in subject.items() if key != "kind"}
        values["subject"] = _built(kind, rest, "subject")
    return typing.cast("Event", _built(Event, values, "event"))


_hints: Final = functools.cache(typing.get_type_hints)  # which takes most of the time of reading an event


def _built(kind: Any, values: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401 - a class, and its value
    hints = _hints(kind)
    wrong = sorted(hints.keys() ^ values.keys())
    if wrong:
        raise ValueError(f"{where}: {wrong[0]!r} is {'missing' if wrong[0] in hints else 'unknown'}")
    return kind(**{name: _value(hints[name], values[name], name) for name in hints})


def _value(kind: Any, value: Any, name: str) -> Any:  # noqa: ANN401 - any value of an event
    """Return a parsed value as one of the field's type."""
    origin, choices = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        if (value is None and types.NoneType in choices) or is_dataclass(value):  # a subject is built before
            return value
        kind = next(choice for choice in choices if choice is not types.NoneType)
    if is_dataclass(kind) and isinstance(value, dict):
        return _built(kind, value, name)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(choices[0], one, name) for one in value)
    if kind is Verdict and value in list(Verdict):
        return Verdict(value)
    if kind is float and type(value) is int and abs(value) < _MOST:
        value = float(value)
    if not isinstance(kind, type) or type(value) is not kind:
        raise ValueError(f"{name} = {value!r}: not what it must be")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} = {value!r}: not what it must be")
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text
    return value


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def lines_of(events: Iterable[Event]) -> bytes:
    """Return events as lines of a file."""
    return "".join(_line(as_row(event)) + "\n" for event in events).encode()


def digest_of(events: Sequence[Event]) -> str:
    """Return the SHA-256 of events; empty where there are none."""
    return hashlib.sha256(lines_of(events)).hexdigest() if events else ""


def read(paths: Iterable[Path]) -> tuple[Event, ...]:
    """Return the events of files, each once, in order.

    Raises:
        UsageError: a file cannot be read, or a line of it is no event; it says which.
    """
    return merged((where, event) for path in paths for where, event in _events(path))


def _events(path: Path) -> Iterator[tuple[str, Event]]:
    name = safe(str(path))
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{name}:{number}"
            try:
                yield where, from_row(json.loads(line.decode()))
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{where}: no decision: {safe(str(error))}") from error


def merged(events: Iterable[tuple[str, Event]]) -> tuple[Event, ...]:
    """Return events, each with where it stands, in order; one that stands in several places is one.

    Raises:
        UsageError: two that differ have one id.
    """
    found: dict[str, Event] = {}
    for where, event in events:
        if found.setdefault(event.id, event) != event:
            raise UsageError(
                f"{where}: another decision has the id {safe(event.id)}; events are never changed"
            )
    return tuple(sorted(found.values(), key=lambda event: (event.at, event.id)))


def standing(events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the decisions that were not undone; what was undone leaves no trace in an output."""
    undone: set[str | None] = set()
    for event in reversed(events):
        if event.verdict is Verdict.UNDO and event.id not in undone:
            undone.add(event.supersedes)
    return tuple(e for e in events if e.verdict is not Verdict.UNDO and e.id not in undone)


def standing_in(files: Iterable[str]) -> tuple[Event, ...]:
    """Return the decisions of files that were not undone.

    Raises:
        UsageError: a file cannot be read, or a line of it is no event.
    """
    return standing(read(map(Path, files)))


def add(path: Path, events: Sequence[Event]) -> None:
    """Add events to a file, or make it.

    Raises:
        OutputError: it cannot be written; it stands as it was.
    """
    fsops.append(path, lines_of(events))
