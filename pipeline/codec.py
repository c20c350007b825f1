"""Frozen dataclasses as compact JSON lists and back; for work files, which one release writes and reads.

Values are strings, numbers, booleans, None, enums, tuples and dataclasses of these.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import operator
import types
import typing
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def dump(value: object, *, ascii_only: bool = False) -> str:
    """Return JSON text; a dataclass is the list of its fields' values in order.

    `ascii_only` is for values with names of files: half a surrogate pair stands for a byte there.
    """
    return _ENCODERS[ascii_only].encode(value)


def load(kind: type[T], text: str) -> T:
    """Return the value of type `kind` that `dump` wrote.

    Raises:
        ValueError: the text is not JSON, or not of this shape.
    """
    reader: Callable[[Any], T] = _reader(kind)  # type: ignore[arg-type] # a class can be hashed
    return reader(json.loads(text))


def load_first(kind: type[T], text: str) -> T:
    """Return the first field, of type `kind`, of a dataclass that `dump` wrote; what follows it is not read."""
    reader: Callable[[Any], T] = _reader(kind)  # type: ignore[arg-type] # a class can be hashed
    value, _ = _DECODER.raw_decode(text, 1)
    return reader(value)


def _plain(value: object) -> object:
    """Return what stands for a value that JSON does not know."""
    return _writer(type(value))(value)  # type: ignore[arg-type] # a class can be hashed


@functools.cache
def _writer(kind: type[Any]) -> Callable[[Any], object]:
    """Return what takes a value of a kind to pieces; looked up once, for most values are of few kinds."""
    if kind is bytes:
        return bytes.hex
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind.__name__}: has no form in work files")
    names = _names(kind)
    values = operator.attrgetter(*names)
    return values if len(names) > 1 else lambda value: (values(value),)


_ENCODERS: Final = {
    ascii_only: json.JSONEncoder(ensure_ascii=ascii_only, separators=(",", ":"), default=_plain)
    for ascii_only in (False, True)
}


_DECODER: Final = json.JSONDecoder()


@functools.cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _same(value: Any) -> Any:  # noqa: ANN401 - any plain value
    return value


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type expression has no better type
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        inner = _reader(next(a for a in arguments if a is not type(None)))
        return _same if inner is _same else lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _tuple_reader(arguments)
    if dataclasses.is_dataclass(kind):
        make: Any = kind
        hints = typing.get_type_hints(kind)
        return _all_reader([_reader(hints[name]) for name in _names(make)], make)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _enum_reader(kind)
    if kind is bytes:
        return bytes.fromhex
    return _same


def _tuple_reader(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = _reader(arguments[0])
        return tuple if inner is _same else lambda value: tuple(map(inner, value))
    return _all_reader([_reader(a) for a in arguments], lambda *values: values)


def _enum_reader(kind: type[StrEnum]) -> Callable[[Any], Any]:
    members = {member.value: member for member in kind}  # faster than a call of the class
    return lambda value: members[value] if value in members else kind(value)


def _all_reader(readers: list[Callable[[Any], Any]], make: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a reader of a list of so many values; those that are plain are taken as they stand."""
    special = [(n, reader) for n, reader in enumerate(readers) if reader is not _same]

    def read(value: list[Any]) -> Any:  # noqa: ANN401 - what `make` makes
        if len(value) != len(readers):
            raise ValueError(f"{len(value)} values where {len(readers)} are due")
        for n, reader in special:
            value[n] = reader(value[n])
        return make(*value)

    return read
