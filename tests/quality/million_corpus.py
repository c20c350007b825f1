"""Makes a corpus of very many short paragraphs with known repeats, out of pieces of the samples' text.

A paragraph is one sentence of 60 to 100 characters.  What is planted is a copy of a document (exact, edited or cut
short), an article that stands twice in its file (as it is, or edited), or something that only looks like one: a
template with other figures, a correction, a denial, two stories that share a statement, two accounts of which each
says something of its own, a refrain.  Edits spare figures, dates and negation.
"""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

from corpus import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEED: Final = 11
#: kind → how many of a hundred stories; the others are unique
PLANTED: Final = {
    "exact": 7,
    "edited": 7,
    "truncated": 6,
    "twice": 5,
    "twice edited": 4,
    "template": 3,
    "corrected": 5,
    "denied": 3,
    "own": 4,
    "quote": 5,
    "refrain": 3,
}
#: Kinds of stories of which one document is to go for the other, and kinds of documents that hold an article twice.
COPIES: Final = frozenset(("exact", "edited", "truncated"))
TWICE: Final = frozenset(("twice", "twice edited"))
_TEMPLATES: Final = 5  # texts of one template
_SHORTEST: Final = 60  # characters of a sentence
_LINES: Final = (20, 45)  # sentences of an article
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Planted:
    """One document and what is true of it."""

    id: str
    story: str  # documents of one story share it
    kind: str  # of `PLANTED`, or "unique"
    copy: bool  # whether it was made from the story's first document
    lines: tuple[str, ...]


class _Stories:
    """Writes stories; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._writer = Writer(seed)
        self._dice = random.Random(seed + 1)
        self._of: dict[str, Callable[[], list[list[str]]]] = {
            "unique": lambda: [self._article()],
            "exact": lambda: self._with(lambda x: x),
            "edited": lambda: self._with(self._writer.edited),
            "truncated": lambda: self._with(self._writer.truncated),
            "twice": lambda: [x + x for x in (self._article(),)],
            "twice edited": lambda: [x + self._writer.edited(x) for x in (self._article(),)],
            "template": self._templates,
            "corrected": lambda: self._with(self._corrected),
            "denied": lambda: self._with(self._denied),
            "own": lambda: [[*x, *self._own()] for x in (self._article(),) for _ in range(2)],
            "quote": self._quotes,
            "refrain": self._refrain,
        }

    def next(self) -> tuple[str, list[list[str]]]:
        """Return the kind of a story, and its documents."""
        kinds = ("unique", *PLANTED)
        kind = self._dice.choices(kinds, (100 - sum(PLANTED.values()), *PLANTED.values()))[0]
        return kind, self._of[kind]()

    def _sentence(self, figures: float = 0.2) -> str:
        out = ""
        while len(out) < _SHORTEST:
            out += ("，" if out else "") + self._writer.clause(figure=self._dice.random() < figures)
        return out + "。"

    def _article(self, figures: float = 0.2) -> list[str]:
        return [
            self._writer.clause(),
            *(self._sentence(figures) for _ in range(self._dice.randint(*_LINES))),
        ]

    def _with(self, change: Callable[[list[str]], list[str]]) -> list[list[str]]:
        article = self._article()
        return [article, change(article)]

    def _own(self) -> list[str]:
        return [self._sentence() for _ in range(2)]

    def _templates(self) -> list[list[str]]:
        template = [
            self._writer.clause(),
            *(self._sentence(figures=0.8) for _ in range(self._dice.randint(4, 9))),
        ]
        return [self._writer.filled(template) for _ in range(_TEMPLATES)]

    def _corrected(self, lines: list[str]) -> list[str]:
        """Return the lines, of which one has another number."""
        at = next((n for n, line in enumerate(lines) if _NUMBER.search(line)), 0)
        other = _NUMBER.sub(lambda m: str(int(m[0]) + self._dice.randint(1, 9)), lines[at], count=1)
        return [*lines[:at], other, *lines[at + 1 :]]

    def _denied(self, lines: list[str]) -> list[str]:
        at = self._dice.randrange(1, len(lines))
        head, tail = lines[at].rsplit("，", 1)
        return [*lines[:at], f"{head}，没有{tail}", *lines[at + 1 :]]

    def _quotes(self) -> list[list[str]]:
        said = self._sentence()
        out = []
        for _ in range(2):
            article = self._article()
            article.insert(self._dice.randrange(2, len(article)), said)
            out.append(article)
        return out

    def _refrain(self) -> list[list[str]]:
        article, line = self._article(), self._writer.clause()[:18] + "。"
        return [[x for n, part in enumerate(article) for x in ((part, line) if n % 9 == 3 else (part,))]]


def planted(paragraphs: int, seed: int = SEED) -> Iterator[Planted]:
    """Yield documents until they have so many paragraphs; a story is never cut off from its copies."""
    stories = _Stories(seed)
    done = number = story = 0
    while done < paragraphs:
        kind, documents = stories.next()
        for place, lines in enumerate(documents):
            yield Planted(f"m{number:07d}", f"s{story:07d}", kind, place > 0, tuple(lines))
            number += 1
            done += len(lines)
        story += 1
