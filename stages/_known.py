"""Which furniture table knows a line.

In: a line without the white space around it.  Out: the name of the rule, or "".
Order: not a stage; `stages.furniture` judges lines with it.
Source: the tables of `stages._patterns`.  A line of another script than a table's is not tried on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stages import _patterns
from stages._dates import find_dates
from stages._patterns import labels

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDE: Final = (
    r"\u1100-\u11ff\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U000323af"
)
WIDE_CHAR: Final = re.compile(f"[{_WIDE}]")
AROUND: Final = (
    " \t\u3000\u00a0\u200b\u2010\u2011\u2012\u2013\u2014\u2015-•·●○■□◆▲▼►▶◀※☆★*#~～=_<>»›«‹→←↑↓|｜/\\"
    "[]【】()（）「」『』〖〗〔〕…"
)
_PAGES: Final = re.compile(r"(?:[【\[(（]\s?\d{1,3}\s?[】\])）]\s?){2,}")
PUBLICATION: Final = re.compile(labels.PUBLICATION)
#: After the paper's name only these may stand in a publication line.
_REST: Final = re.compile(r"[\s\d年月日第版期号（）()，,、.：:A-Z上下半旬刊头条]*")


_SENTENCE_END: Final = frozenset("。！？；，、：”’」』）》】")


def _compiled(
    rows: Iterable[tuple[str, str]],
) -> tuple[tuple[tuple[str, re.Pattern[str]], ...], re.Pattern[str]]:
    """Return the rules of a table, and one expression for all of them: most lines match none."""
    rows = tuple(rows)
    rules = tuple((rule, re.compile(form, re.IGNORECASE)) for rule, form in rows)
    return rules, re.compile("|".join(f"(?:{form})" for _, form in rows), re.IGNORECASE)


_WIDE_RULES: Final = _compiled(_patterns.WIDE)
_CHINESE_RULES: Final = _compiled(_patterns.CHINESE)
_NARROW_RULES: Final = _compiled(_patterns.NARROW)
_CUES: Final = re.compile(_patterns.CUES, re.IGNORECASE)
_WEAK: Final = re.compile(_patterns.WEAK, re.IGNORECASE)
CLOSINGS: Final = re.compile(_patterns.CLOSINGS, re.IGNORECASE)


def rule_of(line: str, off: frozenset[str]) -> str:
    """Return the name of the furniture table that knows the whole line, or ""; without those that are off."""
    if _PAGES.fullmatch(line):
        return "pages" if "pages" not in off else ""
    if _SENTENCE_END.issuperset(line):
        return ""  # what a hard wrap left over of the line above
    core = line.strip(AROUND)
    if not any(c.isalnum() for c in core):
        rule = "marks" if core != "©" else "copyright-sign"
        return rule if rule not in off else ""
    if is_publication(core) or CLOSINGS.fullmatch(core):
        return ""
    rule = _known(core, off)
    if not rule and line[-1:] in ")）]】" and line[-1:] != core[-1:]:
        rule = _known(core + line[-1], off)  # Comments (12)
    if not rule and core[-1] in ":：":
        rule = _known(core[:-1].rstrip(), off)
        rule = rule if rule in _patterns.LISTS else ""  # Related:
    return rule


def _known(core: str, off: frozenset[str]) -> str:
    """Return the name of the first table of the line's script that knows it, or ""."""
    if not WIDE_CHAR.search(core):
        return _first(core, _NARROW_RULES, off)
    return _first(core, _WIDE_RULES, off) or _first(core.translate(_patterns.SIMPLE), _CHINESE_RULES, off)


def _first(
    core: str, table: tuple[tuple[tuple[str, re.Pattern[str]], ...], re.Pattern[str]], off: frozenset[str]
) -> str:
    """Return the first rule of a table that knows the line, or ""."""
    rules, anything = table
    if not anything.fullmatch(core):
        return ""
    return next((rule for rule, form in rules if rule not in off and form.fullmatch(core)), "")


def has_cue(line: str, *, sentence: bool) -> bool:
    """Return whether the line has words of a site; in a sentence those that sentences of articles have do not count."""
    found = _CUES.finditer(line.translate(_patterns.SIMPLE))
    return any(not (sentence and _WEAK.fullmatch(cue.group())) for cue in found)


def is_publication(core: str) -> bool:
    match = PUBLICATION.match(core)
    if match is None:
        return False
    rest = core[match.end() :]
    found = find_dates(rest)
    return _REST.fullmatch(rest[found[0].end :] if found else rest) is not None
