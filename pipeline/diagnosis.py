"""How one file is read, as values that JSON holds: what `doctor` tells of it.

Nothing is written.  Texts and names are as they are; whoever prints them makes them safe.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import UsageError
from pipeline.passes import line_starts, prepare
from pipeline.readers import Refused, read
from pipeline.readers.found import SKIPPED
from pipeline.readers.members import member_name
from pipeline.readers.opening import opened
from pipeline.readers.walk import walk
from pipeline.remote import shown
from pipeline.watch import hush
from stages.edits import undo_edits
from stages.model import FLAGS, REASONS, RULES, WRAP_MODES, Rejected
from stages.normalise import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.packs import Found, Prepared, Source
    from pipeline.readers import Item, Unit
    from pipeline.remote import Place
    from pipeline.settings import Settings
    from stages.model import Edit, Repeat, WrapBlock

#: A JSON object.
Facts = dict[str, Any]

_EXAMPLES: Final = 3  # different ones, of each rule


def diagnosed(path: Place, settings: Settings, *, first: int, count: int) -> Facts:
    """Return how the file at `path` is read, and what pass 1 finds in `count` records from `first`, from 1.

    Raises:
        UsageError: it is not a file that is read, or holds fewer records.
    """
    plan = walk([path], settings.run, settings.read)
    if not plan.units:
        raise UsageError(f"{shown(path)}: not a file that is read")
    unit = replace(plan.units[0], start=0, end=plan.units[0].size)  # a long file is several units in a run
    facts: Facts = {
        "name": os.fsdecode(unit.path),
        "media": unit.media,
        "bytes": unit.size,
        "packing": unit.packing,
        "why": unit.why,
    }
    hush()
    with opened(unit) as data:
        if isinstance(data, Rejected):
            return {**facts, "documents": [_refused(data)]}
        items = list(islice(read(unit, data, settings.read), first - 1, first + count))
    if first > 1 and not items:
        raise UsageError(f"{shown(path)}: it has no record {first:,}")
    if len(items) > count:
        facts["more"] = f"only {count} records from record {first} on are shown; --record N shows others"
    return {**facts, "documents": [_diagnosis(item, unit, settings) for item in items[:count]]}


def _diagnosis(item: Item, unit: Unit, settings: Settings) -> Facts:
    name = member_name(unit.name, item.member) if item.member else unit.name
    facts: Facts = {
        "record": item.ordinal + 1,
        "member": name.removeprefix(f"{unit.name}/") if item.member else "",
    }
    if isinstance(item, Refused):
        return {**facts, **_refused(item.rejected)}
    result = prepare(item, settings, encoding=settings.read.encoding(name))
    if isinstance(result, Rejected):
        return {**facts, **_refused(result)}
    return {**facts, "media": item.media, "why": item.why, **_document(result)}


def _refused(rejected: Rejected) -> Facts:
    return {
        "refused": f"{rejected.reason}: {rejected.detail}",
        "meaning": REASONS.get(rejected.reason) or SKIPPED[rejected.reason],
    }


def _document(prepared: Prepared) -> Facts:
    """Return what pass 1 found in a document, in the order in which it was done."""
    found = prepared.found
    first = undo_edits(prepared.text, found.edits)
    source = found.source
    return {
        "decoded": _decoded(source),
        "extracted": _extracted(source),
        "metadata": {
            name: {"value": getattr(found.metadata, name), "rule": rule}
            for name, rule in found.metadata.rules
        },
        "characters": {"decoded": source.l1_chars, "normalised": len(prepared.text)},
        "lines": source.l1_lines,
        "language": {"tag": found.language.tag, "share": found.language.share},
        "divided": [_block(block) for block in found.blocks],
        "edits": _edits(found.edits, first),
        "flags": {flag: _flag(flag, prepared.text) for flag in found.flags},
        "paragraphs": _paragraphs(found, prepared.text),
        "repeats": [_repeat(repeat) for repeat in found.repeats],
    }


def _decoded(source: Source) -> Facts:
    return {
        "encoding": source.encoding,
        "how": source.how,
        "evidence": source.evidence,
        "errors": source.errors,
        "bom": source.bom,
        "exact": source.exact,
        "repairs": [
            {"rule": r.rule, "start": r.start, "bytes": r.raw, "text": r.text} for r in source.repairs
        ],
    }


def _extracted(source: Source) -> Facts | None:
    """Return how a page's article was found; None for what is no page."""
    if not source.extractor:
        return None
    return {
        "by": source.extractor,
        "agreement": source.agreement,
        "visible": source.visible,
        "left": source.unextracted,
    }


def _block(block: WrapBlock) -> Facts:
    return {
        "lines": [block.first_line, block.last_line],
        "mode": block.mode,
        "meaning": WRAP_MODES[block.mode],
        "column": block.column,
        "measure": block.measure,
        "full": block.full,
        "mid": block.mid,
        "joined": block.joined,
    }


def _edits(edits: Sequence[Edit], first: str) -> Facts:
    """Return the edits by rule, the most frequent first, with some places in the decoded text."""
    starts = line_starts(first)
    rules: dict[str, list[Edit]] = {}
    for edit in edits:
        rules.setdefault(edit.rule, []).append(edit)
    return {
        rule: {
            "meaning": _meaning(rule),
            "count": len(some),
            "net": sum(len(edit.new) - len(edit.old) for edit in some),
            "examples": [_place(edit, starts) for edit in _different(some)],
        }
        for rule, some in sorted(rules.items(), key=lambda item: (-len(item[1]), item[0]))
    }


def _meaning(rule: str) -> str:
    """Return what a rule does, or several that met in one place."""
    parts = dict.fromkeys(part.partition(":")[0] for part in rule.split("+"))
    return "; ".join(RULES[part] for part in parts)


def _flag(flag: str, text: str) -> str:
    """Return what a flag means, and what led to it where that can be told."""
    seen = evidence(text, flag)
    return FLAGS[flag] + (f" ({seen})" if seen else "")


def _different(edits: Sequence[Edit]) -> list[Edit]:
    """Return the first edits that do not do the same."""
    seen = {(edit.old, edit.new): edit for edit in reversed(edits)}
    return sorted(seen.values(), key=lambda edit: edit.start)[:_EXAMPLES]


def _place(edit: Edit, starts: Sequence[int]) -> Facts:
    line = bisect_right(starts, edit.start)
    return {"line": line, "column": edit.start - starts[line - 1] + 1, "old": edit.old, "new": edit.new}


def _paragraphs(found: Found, text: str) -> list[Facts]:
    return [
        {
            "lines": [p.first_line, p.last_line],
            "role": p.role.value,
            "rule": p.rule,
            "text": text[p.start : p.end],
        }
        for p in found.paragraphs
    ]


def _repeat(repeat: Repeat) -> Facts:
    return {
        "class": repeat.cls.value,
        "why": repeat.reason,
        "figures_differ": repeat.figures_differ,
        "jaccard": repeat.scores.jaccard,
    }
