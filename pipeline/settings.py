"""The settings of a run: one section for each stage, one for reading, one for the run.

The classes themselves are the only list of keys, types, defaults and meanings: `load` reads TOML by them,
`describe` documents them.  A stage is imported when its section is asked for, not before.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import hashlib
import importlib
import inspect
import io
import json
import math
import re
import tokenize
import tomllib
import types
import typing
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pipeline.errors import UsageError, safe
from pipeline.reading import ReadSettings, at_least
from stages.model import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from stages.candidates import CandidatesSettings
    from stages.cluster import ClusterSettings
    from stages.collapse import CollapseSettings
    from stages.decide import DecideSettings
    from stages.decode import DecodeSettings
    from stages.extract import ExtractSettings
    from stages.fingerprint import FingerprintSettings
    from stages.furniture import FurnitureSettings
    from stages.guard import GuardSettings
    from stages.normalise import NormaliseSettings
    from stages.render import RenderSettings
    from stages.segment import SegmentSettings
    from stages.verify import VerifySettings

T = TypeVar("T")


class Layout(StrEnum):
    """How clean copies, notes and stored bytes are put into an output."""

    FILES = "files"  # one file each
    PACKED = "packed"  # in shards, see `pipeline.shards`


#: Bytes that a run takes whatever its input.
LEAST_MEMORY: Final = 256 << 20


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What a run does, and how it is spread: nothing but `policy`, `layout`, `label`, `decisions` changes a byte."""

    policy: Policy = Policy.STANDARD  # which facts lead to a removal
    layout: Layout = (
        Layout.FILES
    )  # of clean copies and notes: `files`, one each, or `packed`, in zip archives
    jobs: int = 0  # processes; 0 is one for each processor
    memory: int = 0  # bytes that all processes are to keep to; 0 is 3 GiB, or more with more than 12
    unit_bytes: int = 8 << 20  # about how much of a JSON Lines file is read at a time
    partitions: int = 64  # parts of an exchange, at most, as long as one of them fits `memory`
    label: bool = False  # a label folder also where there is one input
    decisions: tuple[str, ...] = ()  # files of decisions of people
    cache_spare: float = 1.0  # share of the used cache that may stay of the rest, the newest of it
    max_gone: float = 0.1  # share of inputs gone at once above which a run is refused without `--prune`
    reread: bool = False  # read every input again, also one of which the system says that nothing has changed

    def __post_init__(self) -> None:
        at_least("jobs", self.jobs, 0)
        at_least("memory", self.memory or LEAST_MEMORY, LEAST_MEMORY)
        at_least("unit_bytes", self.unit_bytes, 1)
        at_least("partitions", self.partitions, 1)
        if not 0 <= self.cache_spare < math.inf:
            raise ValueError(f"cache_spare = {self.cache_spare}: must be 0 or more")
        if not 0 <= self.max_gone <= 1:
            raise ValueError(f"max_gone = {self.max_gone}: must be from 0 to 1")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run can be told, validated."""

    run: RunSettings
    read: ReadSettings
    decode: DecodeSettings
    extract: ExtractSettings
    normalise: NormaliseSettings
    segment: SegmentSettings
    furniture: FurnitureSettings
    fingerprint: FingerprintSettings
    collapse: CollapseSettings
    candidates: CandidatesSettings
    verify: VerifySettings
    guard: GuardSettings
    cluster: ClusterSettings
    decide: DecideSettings
    render: RenderSettings


#: Section → module and class, in the order of the documentation.
SECTIONS: Final[dict[str, tuple[str, str]]] = {
    "run": ("pipeline.settings", "RunSettings"),
    "read": ("pipeline.reading", "ReadSettings"),
    **{
        name: (f"stages.{name}", f"{name.capitalize()}Settings")
        for name in (
            *("decode", "extract", "normalise", "segment", "furniture", "fingerprint", "collapse"),
            *("candidates", "verify", "guard", "cluster", "decide", "render"),
        )
    },
}


@dataclass(frozen=True, slots=True)
class Described:
    """One key, for people."""

    section: str
    key: str
    type: str  # as the class writes it
    default: str  # as TOML writes it, nearly
    comment: str


def load(path: Path | None = None, overrides: Mapping[str, object] | None = None) -> Settings:
    """Return the settings of a TOML file, or the defaults, under `overrides` ("section.key" → value).

    Raises:
        UsageError: the file cannot be read, or a section, key or value is not one that is known; it says where.
    """
    sections: dict[str, dict[str, object]] = {name: {} for name in SECTIONS}
    origin = _Origin("", "")
    if path is not None:
        origin = _read(path)
        for name, table in tomllib.loads(origin.text).items():
            _known(name, SECTIONS, origin, name, what="section")
            if not isinstance(table, dict):
                raise UsageError(f"{origin.at(name)}: {safe(name)} must be a section, [{safe(name)}]")
            sections[name] = table
    for dotted, value in (overrides or {}).items():
        name, _, key = dotted.partition(".")
        option = _Origin(f"option {safe(dotted)}", "")
        _known(name, SECTIONS, option, name, what="section")
        _known(key, _fields(_kind(name)), option, name, key)
        sections[name] = {**sections[name], key: value}
    return Settings(**{name: build(_kind(name), name, table, origin) for name, table in sections.items()})


def parse_override(text: str) -> tuple[str, object]:
    """Return key and value of `section.key=value`; the value as TOML, or as it stands if that reads as none.

    Raises:
        UsageError: there is no `=`, or no dot before it.
    """
    key, equals, value = text.partition("=")
    if not equals or "." not in key:
        raise UsageError(f"{safe(text)}: must be SECTION.KEY=VALUE, e.g. run.jobs=2")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), value.strip()


def as_dict(settings: Settings) -> dict[str, dict[str, object]]:
    """Return all values as JSON has them: section → key → value."""
    return {
        section: {f.name: _plain(getattr(part, f.name)) for f in dataclasses.fields(part)}
        for section in SECTIONS
        for part in (getattr(settings, section),)
    }


def digest(settings: Settings, sections: Iterable[str]) -> str:
    """Return the SHA-256 of the named sections, or keys as "section.key", whatever their order.

    Raises:
        KeyError: there is no such section or key.
    """
    values = as_dict(settings)
    chosen: dict[str, object] = {}
    for name in sections:
        section, _, key = name.partition(".")
        chosen[name] = values[section][key] if key else values[section]
    text = json.dumps(chosen, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def describe() -> list[Described]:
    """Return every key there is, with its default and the comment that stands behind it in its class."""
    return [row for section in SECTIONS for row in described(section, _kind(section))]


def described(section: str, kind: type[object]) -> list[Described]:
    """Return the keys of one settings class."""
    comments = _comments(kind)
    return [
        Described(section, f.name, str(f.type), _shown(f.default), comments.get(f.name, ""))
        for f in _fields(kind).values()
    ]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where values come from, to say it in a message."""

    name: str
    text: str

    def at(self, section: str, key: str | None = None) -> str:
        """Return the place of a section or key, with its line if that can be found."""
        inside = False
        for number, line in enumerate(self.text.splitlines(), 1):
            header = re.match(r"\s*\[+\s*([^\]\s]+)\s*\]", line)
            if header:
                inside = header[1].strip("\"'") == section
            found = header and inside if key is None else inside and _starts(line, key)
            if found or (key is None and _starts(line, section)):
                return f"{self.name}:{number}"
        return self.name


def _starts(line: str, key: str) -> bool:
    return re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", line) is not None


def _read(path: Path) -> _Origin:
    name = safe(str(path))
    try:
        origin = _Origin(name, path.read_text(encoding="utf-8-sig"))
        tomllib.loads(origin.text)
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise UsageError(f"{name}: nested too deep") from error
    except ValueError as error:  # not UTF-8, or not TOML
        raise UsageError(f"{name}: {safe(str(error))}") from error
    return origin


def build(kind: type[T], section: str, values: Mapping[str, object], origin: _Origin) -> T:
    """Return a settings value of class `kind`.

    Raises:
        UsageError: a key is unknown, or a value has the wrong type or range.
    """
    fields = _fields(kind)
    hints = typing.get_type_hints(kind)
    where = f"{origin.name}: " if origin.name else ""
    arguments: dict[str, object] = {}
    for key, value in values.items():
        _known(key, fields, origin, section, key)
        try:
            arguments[key] = _convert(hints[key], value)
        except _WrongTypeError as error:
            shown = safe(_shown(value))
            raise UsageError(f"{where}[{section}] {safe(key)} = {shown}: must be {error}") from None
    try:
        return kind(**arguments)
    except ValueError as error:
        raise UsageError(f"{where}[{section}] {safe(str(error))}") from error


def _known(
    name: str,
    known: Iterable[str],
    origin: _Origin,
    section: str,
    key: str | None = None,
    *,
    what: str = "key",
) -> None:
    names = list(known)
    if name in names:
        return
    close = difflib.get_close_matches(name, names, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else "."
    place = origin.at(section, key)
    shown = safe(name) if key is None else f"[{safe(section)}] {safe(name)}"
    raise UsageError(f"{place}: {shown}: unknown {what}{guess} Known: {', '.join(names)}")


def _kind(section: str) -> type[Any]:
    module, name = SECTIONS[section]
    found = getattr(importlib.import_module(module), name)
    return typing.cast("type[Any]", found)


def _fields(kind: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    return {f.name: f for f in dataclasses.fields(kind)}


class _WrongTypeError(Exception):
    """The value is not of the type; the text says what it must be."""


#: Plain types and what a message calls them.
_PLAIN: Final[dict[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
}


def _convert(kind: Any, value: object) -> object:  # noqa: ANN401 - a type expression has no better type
    """Return a TOML value as a value of the field's type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return _convert(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple:
        return _tuple(arguments, value)
    if origin is typing.Literal:
        if value not in arguments:
            raise _WrongTypeError(f"one of {', '.join(map(repr, arguments))}")
        return value
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        if not isinstance(value, str) or value not in list(kind):
            raise _WrongTypeError(f"one of {', '.join(repr(str(choice)) for choice in kind)}")
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:  # an exact comparison: true is no number
        raise _WrongTypeError(_PLAIN.get(kind, str(kind)))
    return value


def _tuple(arguments: tuple[Any, ...], value: object) -> tuple[object, ...]:
    """Return a list, or for pairs a table, as a tuple."""
    if isinstance(value, dict) and len(arguments) == 2 and typing.get_origin(arguments[0]) is tuple:
        value = list(value.items())
    if not isinstance(value, (list, tuple)):
        raise _WrongTypeError("a list")
    if arguments[1:] == (Ellipsis,):
        return tuple(_convert(arguments[0], v) for v in value)
    if len(value) != len(arguments):
        raise _WrongTypeError(f"a list of {len(arguments)}")
    return tuple(_convert(a, v) for a, v in zip(arguments, value, strict=True))


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _shown(value: object) -> str:
    if value is dataclasses.MISSING:
        return ""
    return json.dumps(_plain(value), ensure_ascii=False, default=str)


def _comments(kind: type[object]) -> dict[str, str]:
    """Return the comment behind each field of a class."""
    source = inspect.cleandoc("\n" + inspect.getsource(kind))
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    at_line = {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
    body = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)).body
    out: dict[str, str] = {}
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comment = at_line.get(node.lineno) or at_line.get(node.end_lineno or node.lineno, "")
            out[node.target.id] = comment.partition("noqa:")[0].rstrip(" #")
    return out
