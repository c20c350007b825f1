"""Frozen dataclasses as compact JSON lists and back; for work files, which one release writes and reads.

Values are strings, numbers, booleans, None, enums, tuples and dataclasses of these.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def dump(value: object, *, ascii_only: bool = False) -> str:
    """Return JSON text; a dataclass is the list of its fields' values in order.

    `ascii_only` is for values with names of files: half a surrogate pair stands for a byte there.
    """
    return json.dumps(_plain(value), ensure_ascii=ascii_only, separators=(",", ":"))


def load(kind: type[T], text: str) -> T:
    """Return the value of type `kind` that `dump` wrote.

    Raises:
        ValueError: the text is not JSON, or not of this shape.
    """
    reader: Callable[[Any], T] = _reader(kind)  # type: ignore[arg-type] # a class can be hashed
    return reader(json.loads(text))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [_plain(getattr(value, f.name)) for f in dataclasses.fields(value)]
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, bytes):
        return value.hex()
    return value


@functools.cache
def _reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type expression has no better type
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        inner = _reader(next(a for a in arguments if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return _tuple_reader(arguments)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        readers = [_reader(hints[f.name]) for f in dataclasses.fields(kind)]
        make: Any = kind
        return lambda value: make(*(r(v) for r, v in zip(readers, value, strict=True)))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind
    if kind is bytes:
        return bytes.fromhex
    return lambda value: value


def _tuple_reader(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        inner = _reader(arguments[0])
        return lambda value: tuple(inner(v) for v in value)
    readers = [_reader(a) for a in arguments]
    return lambda value: tuple(r(v) for r, v in zip(readers, value, strict=True))
