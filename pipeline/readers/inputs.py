"""Inputs as they were named, each once, and their labels: the folders that tell what is of which."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import remote
from pipeline.errors import UsageError, safe
from pipeline.names import output_name
from pipeline.readers.found import Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.remote import Place


@dataclass(frozen=True, slots=True)
class _Input:
    """An input as it was named, and what its label is made of."""

    place: Place
    identity: object  # of two inputs one if they are the same
    order: bytes
    name: bytes
    parent: bytes  # name of the folder that it is in
    single: bool  # a file

    def __str__(self) -> str:
        return remote.shown(self.place)

    def label(self) -> str:
        """Return the label that it has if no other has that."""
        return output_name(self.name or b"root")


def _input(place: Place) -> _Input:
    """Return an input.

    Raises:
        UsageError: there is none.
    """
    try:
        if isinstance(place, Path):
            known, real = place.stat(), place.resolve()
            names = os.fsencode(real), os.fsencode(real.name), os.fsencode(real.parent.name)
            return _Input(place, (known.st_dev, known.st_ino), *names, stat.S_ISREG(known.st_mode))
        kind = remote.kind(place)
        if not kind:
            raise UsageError(f"{remote.shown(place)}: cannot be read: nothing is there")
        shown = str(place).encode()
        return _Input(place, shown, shown, place.name.encode(), place.parent.encode(), kind == "file")
    except OSError as error:
        raise UsageError(f"{remote.shown(place)}: cannot be read: {error.strerror}") from error


def labelled(places: Iterable[Place], skipped: list[Skipped], *, always: bool) -> Iterator[tuple[Place, str]]:
    """Yield each input once, with its label: its name, with its parent's where two inputs have one name."""
    seen: dict[object, _Input] = {}
    for one in map(_input, places):
        first = seen.setdefault(one.identity, one)
        if first is not one:
            skipped.append(Skipped(safe(one.name), b"", "repeated", f"{one} is {first}"))
    if len(seen) == 1 and not always:
        yield from ((one.place, "") for one in seen.values())
        return
    taken: set[str] = set()
    inputs = sorted(seen.values(), key=lambda one: one.order)
    plain = [one.label() for one in inputs]
    for one, name in zip(inputs, plain, strict=True):
        shared = sum(other.casefold() == name.casefold() for other in plain) > 1
        if one.single and not shared and not always:
            yield one.place, ""  # a file by itself needs no folder
            continue
        stem = f"{output_name(one.parent or b'root')}-{name}" if shared else name
        label, count = stem, 1
        while label.casefold() in taken:
            count += 1
            label = f"{stem}-{count}"
        taken.add(label.casefold())
        yield one.place, label
