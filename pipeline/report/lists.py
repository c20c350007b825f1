"""The lists of the report: furniture, passages, edits, documents, inputs that were not processed, settings.

Each list shows at most so many rows and says how many there are; the ledger and the tables have them all.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pipeline.readers.found import SKIPPED
from pipeline.report.gist import MEMBERS_CAP, Changes
from pipeline.report.rows import lines_text, name_of
from pipeline.report.show import Run, language, mark, number, numbers, runs, size, spelt, visible
from stages.model import FLAGS, REASONS, RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.report.gist import Gist

FURNITURE_CAP: Final = 40  # texts of one rule
_ALIKE: Final = 6  # characters of an edit whose numbers are shown too, where both sides look alike
TEXT_CAP: Final = 1_200  # characters of one passage

_REMEDIES: Final = {
    "archive": "Repair or unpack the archive, then run again.",
    "binary": "Not text. Leave it out of the input, or convert it first.",
    "bomb": "Unpack it, or raise the limits in the settings.",
    "csv": "Mend the row: as many cells as there are names.",
    "damaged": "Get the file again: it is cut or damaged.",
    "encrypted": "Unpack it with its password, and give the files.",
    "nested": "Unpack the inner archive, and give the files.",
    "no_text_column": "Name the column that holds the text in the settings.",
    "warc": "Get the crawl again, or give its pages.",
    "decode": "State the encoding in the settings, after a look with `clean-corpus doctor FILE`.",
    "html_depth": "Simplify the page, or give its text as .txt.",
    "html_empty": "No article on this page? Then nothing is lost. Else give its text as .txt.",
    "html_parse": "Save the page again, or give its text as .txt.",
    "json": "Mend the line: one JSON object a line, UTF-8.",
    "json_text": "Name the field that holds the text in the settings.",
    "line_too_long": "Break the line, or raise the limit in the settings.",
    "too_large": "Split the file, or raise the limit in the settings.",
    "failed": "A fault of ours: leave the document out, and report it with the detail.",
    "memory": "Split the document, or raise the limit in the settings.",
    "timeout": "Look at the document; if it is what it should be, raise the limit in the settings.",
    "unreadable": "Check the permissions, then run again.",
    "unknown_type": "If it is text, give the file a suffix that says so, such as .txt.",
    "changed": "The file changed while it was read: run again.",
    "worker_died": "Run again; if it happens again, leave the file out and report it.",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The rows of a list that are shown, and how many there are in all."""

    shown: tuple[T, ...]
    total: int

    @property
    def more(self) -> int:
        """The rows that are not shown."""
        return self.total - len(self.shown)


@dataclass(frozen=True, slots=True)
class FurnitureText:
    """One text of site furniture and how often it was removed."""

    runs: tuple[Run, ...]
    lang: str
    count: str
    where: str


@dataclass(frozen=True, slots=True)
class FurnitureRule:
    """Furniture by rule."""

    rule: str
    via: str
    removed: bool
    count: str
    characters: str
    texts: Listed[FurnitureText]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that stands in several documents."""

    runs: tuple[Run, ...]
    lang: str
    characters: str
    home: str
    places: tuple[tuple[str, str, bool], ...]  # name, lines, removed
    more: int


@dataclass(frozen=True, slots=True)
class EditRule:
    """What one rule of normalisation changed, or several that met in one place."""

    rule: str
    says: tuple[str, ...]  # what the rule does, or each of those that met
    count: str
    documents: str
    net: str  # characters that came in addition, or went
    examples: tuple[tuple[str, str, str], ...]  # before, after, where


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document in the table of all."""

    name: str
    title: str
    status: str
    tier: str
    of: str
    anchor: str
    kept: str
    removed: str
    source: str
    flags: tuple[tuple[str, str], ...]  # flag, meaning
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An input that was not processed."""

    name: str
    status: str
    reason: str
    says: str
    detail: str
    remedy: str
    bytes: str


def furniture(gist: Gist) -> tuple[FurnitureRule, ...]:
    """Return the furniture by rule, removed rules first, each text once with how often it stood."""
    groups: dict[tuple[bool, str, str], dict[str, tuple[int, str]]] = {}
    for (stayed, rule, via, text), found in gist.furniture.items():
        groups.setdefault((stayed, rule, via), {})[text] = found
    out = []
    for (stayed, rule, via), texts in sorted(groups.items()):
        ranked = sorted(texts.items(), key=lambda item: (-item[1][0], item[0]))
        shown = tuple(
            FurnitureText(tuple(runs(_clip(text, 300))), language([text]), number(times), visible(where))
            for text, (times, where) in ranked[:FURNITURE_CAP]
        )
        count = sum(times for times, _ in texts.values())
        characters = sum(len(text) * times for text, (times, _) in texts.items())
        out.append(
            FurnitureRule(
                visible(rule, 80),
                visible(via, 40),
                not stayed,
                number(count),
                number(characters),
                Listed(shown, len(texts)),
            )
        )
    return tuple(out)


def passages(gist: Gist) -> Listed[Passage]:
    """Return the passages that several documents share."""
    names = gist.names
    shown = []
    for row in gist.passages.rows:
        places = row["places"]
        shown.append(
            Passage(
                tuple(runs(_clip(row["text"] or "", TEXT_CAP))),
                language([row["text"] or ""]),
                number(row["chars"]),
                visible(names.get(row["home"], row["home"])),
                tuple(
                    (visible(names.get(p["doc"], p["doc"])), lines_text(p["lines"]), p["removed"])
                    for p in places[:MEMBERS_CAP]
                ),
                max(0, len(places) - MEMBERS_CAP),
            )
        )
    return Listed(tuple(shown), gist.passages.total)


def edit_rules(run: Mapping[str, Any], gist: Gist) -> tuple[EditRule, ...]:
    """Return the rules of normalisation by how often they acted, with a few different examples."""
    counts = run["counts"]["edits"]
    order = sorted({*counts, *gist.changes}, key=lambda rule: (-counts.get(rule, 0), rule))
    found = [(rule, gist.changes.get(rule, Changes())) for rule in order]
    return tuple(
        EditRule(
            visible(rule, 80),
            tuple(RULES[part] for part in _parts(rule)),
            number(counts.get(rule)),
            number(changes.documents),
            number(changes.net),
            tuple((*_changed(old, new), visible(where)) for (old, new), where in changes.examples.items()),
        )
        for rule, changes in found
    )


def net_change(run: Mapping[str, Any]) -> str:
    """Return how many characters normalisation left of how many, and the difference."""
    chars = run["counts"]["characters"]
    return f"{number(chars['l1'])} characters became {number(chars['l2'])} ({number(chars['l1_to_l2'])})"


def document_lines(gist: Gist, anchors: Mapping[str, str]) -> Listed[DocumentLine]:
    """Return the table of documents; `anchors` leads from a document to its comparison."""
    shown = tuple(
        DocumentLine(
            visible(name_of(row)),
            visible(row["meta"]["title"] or "", 120),
            visible(row["status"], 40),
            visible(row["tier"] or "", 40),
            visible(gist.names.get(row["of"], row["of"] or "")),
            anchors.get(row["id"], ""),
            number(row["kept_chars"]),
            number(row["removed_chars"]),
            visible(row["source"] or "", 120),
            tuple((visible(flag, 60), FLAGS.get(flag, "")) for flag in row["flags"]),
            tuple(visible(text) for text in row["warnings"][:10]),
        )
        for row in gist.documents.rows
    )
    return Listed(shown, gist.documents.total)


def skipped(gist: Gist) -> Listed[Skipped]:
    """Return what was not processed, why, and what to do."""
    shown = tuple(
        Skipped(
            visible(row["path"]),
            visible(row["status"], 40),
            visible(row["reason"], 60),
            REASONS.get(row["reason"]) or SKIPPED.get(row["reason"], ""),
            visible(row["detail"] or ""),
            _REMEDIES.get(row["reason"], ""),
            size(row["bytes"]) if row["bytes"] else "",  # of a member of an archive it is not known
        )
        for row in gist.skipped.rows
    )
    return Listed(shown, gist.skipped.total)


def named_values(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return settings or versions as sorted names and values, tables of tables by dotted names."""
    out: list[tuple[str, str]] = []
    for key in sorted(values):
        value = values[key]
        if isinstance(value, dict) and value:
            out += named_values(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
            out.append((visible(f"{prefix}{key}", 120), visible(text)))
    return out


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def _parts(rule: str) -> list[str]:
    """Return the names, as in the table of rules, of the rules that met in one place."""
    parts = dict.fromkeys(part.partition(":")[0] for part in rule.split("+"))
    return [part for part in parts if part in RULES]


def _changed(old: str, new: str) -> tuple[str, str]:
    """Return an edit to be read: what is not seen by its number, and so too what looks alike and is not."""
    alike = unicodedata.normalize("NFKC", old) == unicodedata.normalize("NFKC", new)
    if alike and 0 < len(old) <= _ALIKE and old.strip():
        return f"{spelt(old)} ({numbers(old)})", f"{spelt(new)} ({numbers(new)})"
    return _spelt(old), _spelt(new)


def _spelt(text: str) -> str:
    """Return an edited text with its white space named, where there is nothing else to see."""
    if not text:
        return "∅"
    if not text.strip():
        return " ".join(mark(c) for c in text[:8]) + ("…" if len(text) > 8 else "")
    return spelt(text)
