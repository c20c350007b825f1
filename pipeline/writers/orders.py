"""What pass 2 is to do with each document."""

from __future__ import annotations

from dataclasses import dataclass

from stages.decide import UNRULED, Ruled


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph that goes because it stands in another kept document."""

    paragraph: int
    key: str  # hex
    home: int  # index in `Order.others`
    home_paragraph: int


@dataclass(frozen=True, slots=True)
class Other:
    """Another document that this one's recipes copy from."""

    id: str
    name: str
    pack: str
    row: int
    recurring: tuple[int, ...]
    passages: tuple[tuple[int, str], ...]
    ruled: Ruled = UNRULED
    archive: str = ""  # label of its archive: then nothing is copied from it
    characters: int = 0  # of its clean copy there
    shown: str = ""  # how the report names it


@dataclass(frozen=True, slots=True)
class Order:
    """One document's fate; `kept_for` is an index in `others`, or None for a kept document."""

    id: str
    label: str
    name: str  # of its file in the output tree, with label folder
    ordinal: int
    last: bool  # of its name
    pack: str
    row: int
    source: str
    recurring: tuple[int, ...]
    passages: tuple[Passage, ...]
    kept_for: int | None
    tier: str
    cluster: str
    cluster_size: int
    why: str
    others: tuple[Other, ...]
    ruled: Ruled = UNRULED
    gone: bool = False  # its input is there no more
    unread: bool = False  # its input is there, and could not be read
