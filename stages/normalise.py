"""Normalise: L1 → text without damage, every change an edit.

In: decoded or extracted text.  Out: the same lines, repaired, with the edits that led to it and flags.
Order: after `decode` and `extract`, before `segment`.  What the paper printed stays: quotation marks, width of
punctuation, dashes, ellipses.  Mojibake of double-byte codecs is undone first, then ftfy repairs UTF-8 that was
read as a single-byte codec, then our own counted rules (`stages._rules`) do the rest, line by line, so that one
odd line does not change how another is read.

Source: ftfy's defaults change 89 % of clean Chinese lines (width, quotation marks), 29 % of English ones; with
the eight switches below it changed 0 of 17,955 clean lines and still undid all UTF-8 mojibake (measured).
ftfy is called through `fix_and_explain` only: in 6.3.1 its options are ignored where no explanation is asked for.
This module is the only door to ftfy.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stages import _mojibake, _rules
from stages.edits import apply_edits, compose
from stages.model import Edit, Normalised

if TYPE_CHECKING:
    from collections.abc import Callable

    from ftfy import TextFixerConfig

VERSION: Final = 2

_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\u2028\u2029]")  # not U+0085: it is cp1252's ellipsis
#: A line without any of these, in normal form C, is clean: no rule can change it.
_NEEDS_WORK: Final = re.compile(
    "[\x00-\x09\x0e-\x1f&\x7f-\xa0\xad\u034f\u061c\u1680\u180e\u2000-\u200f\u202a-\u202f\u205f-\u206f\u2e80-\u2fd5"
    "\u3000\ue5e5\ufb00-\ufb06\ufe00-\ufe0f\ufeff\uff05\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff61-\uff9f"
    "\ufff9-\ufffb\U000e0100-\U000e01ef\ud800-\udfff]|^ | $|  | [，。、；：？！）》】」』〉〕”’]"
    "|[）》】」』〉〕”’，。、；：？！（《【「『〈〔“‘] |[\u4e00-\u9fff] [\u4e00-\u9fff] [\u4e00-\u9fff]"
    "|[0-9０-９A-Za-z][，．＋－＝／＆＠＿]"
)
_SUSPICIOUS: Final = re.compile(
    "[\x80-\u036f\u0400-\u045f\u2013-\u2122\u2500-\u25a0\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
)
_KANA: Final = re.compile(f"[{_rules.KANA}]")
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_HALF_MARK: Final = re.compile("(?<=[\u4e00-\u9fff])[,;:?!()]|[,;:?!()](?=[\u4e00-\u9fff])")
_WIDE_MARK: Final = re.compile("[，；：？！（）]")
_ONLY_WIDE: Final = re.compile("[。、“”《》]")


@dataclass(frozen=True, slots=True)
class NormaliseSettings:
    """Limits of the normaliser."""

    rounds: int = 4  # until nothing changes; 128 of 60,000 adversarial strings needed a second, none a third
    longest_line: int = 1_000_000  # characters; ftfy does not look at longer lines
    half_marks: int = 10  # half-width marks next to Han that show that somebody ran NFKC over the text

    def __post_init__(self) -> None:
        for name in ("rounds", "longest_line", "half_marks"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")


def normalise(text: str, settings: NormaliseSettings, *, markdown: bool = False) -> Normalised:
    """Return the repaired text; lines stay lines, and their indents stay for `segment`.

    In Markdown spaces mean something and are left alone.
    """
    edits: tuple[Edit, ...] = ()
    out = text
    stable = lossy = False
    for _ in range(settings.rounds):
        step, lossy = _round(out, settings, markdown=markdown)
        if not step:
            stable = True
            break
        out = apply_edits(out, step)
        edits = compose(edits, step)
    flags = _flags(out, settings)
    if not stable:
        step, lossy = _round(out, settings, markdown=markdown)
        flags |= {"norm_unstable"} if step else set()
    flags |= {"mojibake"} if lossy else set()
    return Normalised(out, edits, tuple(sorted(flags)))


def _round(text: str, settings: NormaliseSettings, *, markdown: bool) -> tuple[tuple[Edit, ...], bool]:
    """Return the edits of one pass over all lines, and whether a line is mojibake with something lost."""
    ends = tuple(Edit("newline", m.start(), m.group(), "\n") for m in _LINE_END.finditer(text))
    lined = apply_edits(text, ends) if ends else text
    japanese = len(_KANA.findall(lined)) > 0.02 * max(1, len(lined))
    plain = unicodedata.is_normalized("NFC", lined) if not _long_marks(lined) else False
    suspicious = _SUSPICIOUS.search(lined) is not None
    edits: list[Edit] = []
    at = 0
    lines = lined.split("\n")
    odd = _mojibake.look(lines) if suspicious else _mojibake.Mojibake({}, frozenset())
    rules = _line_rules(settings, odd, japanese=japanese, markdown=markdown)
    for line in lines:
        if line and line not in odd.damaged and (not plain or suspicious or _NEEDS_WORK.search(line)):
            edits += (Edit(e.rule, at + e.start, e.old, e.new) for e in _line(line, rules))
        at += len(line) + 1
    return compose(ends, edits) if ends else tuple(edits), bool(odd.damaged)


def _long_marks(text: str) -> bool:
    """Say whether a run of combining marks is so long that even the test for a normal form is dear."""
    return bool(_rules.combining_cap(text)) if not text.isascii() else False


def _line_rules(
    settings: NormaliseSettings, odd: _mojibake.Mojibake, *, japanese: bool, markdown: bool
) -> tuple[Callable[[str], list[Edit]], ...]:
    """Return the rules in their order."""

    def compose_characters(line: str) -> list[Edit]:
        return _rules.nfc(line, japanese=japanese)

    def wide_mojibake(line: str) -> list[Edit]:
        text, pair = odd.repaired.get(line, ("", ""))
        return _rules.trimmed(f"mojibake:{pair}", line, text) if pair else []

    def ftfy(line: str) -> list[Edit]:
        return _ftfy(line, settings)

    own = (
        _rules.controls,
        _rules.zero_width,
        _rules.joiners,
        _rules.bidi,
        _rules.wide_space,
        _rules.width,
        _rules.ligatures,
        _rules.radicals,
        compose_characters,
    )
    spacing = () if markdown else (_rules.spaces, _rules.chinese_spaces)
    return (_rules.combining_cap, wide_mojibake, _rules.entities, ftfy, *own, *spacing)


def _line(line: str, rules: tuple[Callable[[str], list[Edit]], ...]) -> tuple[Edit, ...]:
    """Return the edits of one line, the rules done one after another."""
    edits: tuple[Edit, ...] = ()
    dirty = _NEEDS_WORK.search(line) is not None or not unicodedata.is_normalized("NFC", line)
    for rule in rules if dirty else rules[1:4]:
        step = rule(line)
        if step:
            line = apply_edits(line, step)
            edits = compose(edits, step)
            dirty = True
    return edits


def _ftfy(line: str, settings: NormaliseSettings) -> list[Edit]:
    """Return what ftfy repairs in a line; the rule names ftfy's steps."""
    if len(line) > settings.longest_line or not _could_act().search(line):
        return []
    from ftfy import fix_and_explain  # noqa: PLC0415 - 0.06 s that clean text need not pay

    fixed = fix_and_explain(line, _config())
    if fixed.text == line or "\n" in fixed.text:
        return []
    steps = "+".join(dict.fromkeys(f"ftfy:{s.action}:{s.parameter}" for s in fixed.explanation or ()))
    return _rules.trimmed(steps or "ftfy", line, fixed.text)


@functools.cache
def _config() -> TextFixerConfig:
    from ftfy import TextFixerConfig  # noqa: PLC0415 - as above

    return TextFixerConfig(
        unescape_html=False,  # our own rule, line by line: ftfy's is switched off by a "<" in an earlier line
        remove_terminal_escapes=True,
        fix_encoding=True,
        restore_byte_a0=True,
        decode_inconsistent_utf8=True,
        fix_c1_controls=True,
        replace_lossy_sequences=False,  # it replaces evidence by U+FFFD
        fix_latin_ligatures=False,  # it also opens letters of Dutch and Croatian
        fix_character_width=False,  # it narrows Chinese punctuation
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=True,
        remove_control_chars=False,  # our own rule, counted
        normalization=None,  # our own rule: NFC, with Japanese names protected
        explain=True,
    )


@functools.cache
def _could_act() -> re.Pattern[str]:
    """Return a pattern without which ftfy, so configured, changes nothing.

    UTF-8 read as a single-byte codec has a lead byte followed by a continuation byte, both as that codec shows
    them; the rest is C1 controls, surrogates and terminal escapes.  A property test compares with ftfy itself.
    """
    import ftfy.bad_codecs  # noqa: F401, PLC0415 - registers the sloppy codecs
    from ftfy.chardata import CHARMAP_ENCODINGS  # noqa: PLC0415 - as above

    pairs = []
    for codec in CHARMAP_ENCODINGS:
        lead = _shown(codec, range(0xC2, 0xF5))
        follow = _shown(codec, range(0x80, 0xC0)) + ("" if codec == "macroman" else " ")
        follow += "\ufffd?\x1a" if codec.startswith("sloppy") else ""
        pairs.append(f"[{re.escape(lead)}][{re.escape(follow)}]")
    return re.compile("[\x80-\x9f\ud800-\udfff\x1b]|" + "|".join(dict.fromkeys(pairs)))


def _shown(codec: str, values: range) -> str:
    shown = (bytes([v]).decode(codec, "ignore") for v in values)
    return "".join(sorted(set(shown) - {""}))


def _flags(text: str, settings: NormaliseSettings) -> set[str]:
    """Return what is odd about the text and was left as received."""
    flags = set()
    if "\N{REPLACEMENT CHARACTER}" in text:
        flags.add("replacement_char")
    if _PRIVATE.search(text):
        flags.add("private_use")
    if _mojibake.LOSSY.search(text):
        flags.add("lossy_mojibake")
    few_marks = len(_HALF_MARK.findall(text)) < settings.half_marks
    if not few_marks and not _WIDE_MARK.search(text) and _ONLY_WIDE.search(text):
        flags |= {"nfkc_punctuation"} if unicodedata.is_normalized("NFKC", text) else set()
    return flags
