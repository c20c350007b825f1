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

from stages import _mojibake, _rules, _screen
from stages._late import late
from stages.edits import apply_edits, compose
from stages.model import Edit, Normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ftfy import TextFixerConfig

    _Rule = Callable[[str], Sequence[Edit]]

VERSION: Final = 4

#: The single-byte codecs that ftfy knows, as it names and orders them; a test asks ftfy, which takes 0.1 s to import.
_CHARMAPS: Final = (
    "latin-1",
    *(f"sloppy-windows-{page}" for page in (1252, 1251, 1250, 1253, 1254, 1257)),
    "iso-8859-2",
    "macroman",
    "cp437",
)
_LINE_END: Final = late(f"\r\n|[{_rules.LINE_ENDS}]")
_HALF_MARK: Final = late("(?<=[\u4e00-\u9fff])[,;:?!()]|[,;:?!()](?=[\u4e00-\u9fff])")
_LOST_BYTE: Final = late("[\ufffd?\x1a]")  # as a single-byte codec, or a converter, shows one
#: What ftfy acts on without more, and what each of its signs of mojibake has (`is_bad`, which takes ten times as long):
#: two characters outside ASCII side by side, or one of four that Western text has before a letter.
BAD: Final = late("[\x80-\x9f\ud800-\udfff\x1b]|[^\x00-\x7f]{2}|[Œœ][^A-Za-z]|[ÂÃ] ")
_FULL_MARK: Final = late("[，；：？！（）]")
_PRIVATE: Final = late("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_LOST: Final = late("\N{REPLACEMENT CHARACTER}")
_EXAMPLES: Final = 3  # places that the evidence of a flag names
_ONLY_WIDE: Final = late("[。、“”《》]")
_JAPANESE: Final = 0.02  # share of kana from which a text is Japanese; Chinese text quotes fewer


@dataclass(frozen=True, slots=True)
class NormaliseSettings:
    """Limits of the normaliser."""

    rounds: int = 4  # until nothing changes; of 30,000 adversarial lines 1,155 needed 2, and 2 needed 3
    longest_line: int = 1_000_000  # characters; ftfy does not look at longer lines
    restore_punct: bool = False  # half-width marks of Chinese text to full width: a question of house style
    half_marks: int = 10  # half-width marks next to Han that show that somebody ran NFKC over the text

    def __post_init__(self) -> None:
        for name in ("rounds", "longest_line", "half_marks"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} = {getattr(self, name)}: must be 1 or more")


def normalise(text: str, settings: NormaliseSettings, *, markdown: bool = False) -> Normalised:
    """Return the repaired text; lines stay lines, and their indents stay for `segment`.

    In Markdown spaces and marks mean something: there they are left alone.
    """
    return normalise_all([text], settings, markdown=[markdown])[0]


def normalise_all(
    texts: Sequence[str], settings: NormaliseSettings, *, markdown: Sequence[bool]
) -> list[Normalised]:
    """Return what `normalise` gives for each text; what needs work is looked for in all of them at once."""
    screened = _screen.screen_all(texts, _kinds_table(), marks=settings.restore_punct)
    return [
        _normalised(text, seen, settings, markdown=of)
        for text, seen, of in zip(texts, screened, markdown, strict=True)
    ]


def _normalised(
    text: str, screened: _screen.Screened, settings: NormaliseSettings, *, markdown: bool
) -> Normalised:
    edits: tuple[Edit, ...] = ()
    out = text
    flags: set[str] = set()
    if screened.seen & _screen.LINE_END:
        edits = tuple(Edit("newline", m.start(), m.group(), "\n") for m in _LINE_END.finditer(out))
        out = apply_edits(out, edits)
        screened = _screen.screen(out, _kinds_table(), marks=settings.restore_punct)
    for left in range(settings.rounds, -1, -1):
        japanese = screened.kana > _JAPANESE * len(out)
        if not screened.lines and not screened.odd:
            break  # as most texts
        odd = _looked_at(out, screened)
        rules = _line_rules(settings, odd, japanese=japanese, markdown=markdown)
        step, found = _mended(out, _visited(out, screened, odd), odd, rules, settings)
        flags |= found | ({"mojibake"} if odd.damaged else set())
        if not step:
            break
        if not left:
            flags.add("norm_unstable")
            break
        out = apply_edits(out, step)
        edits = compose(edits, step) if edits else step
        alone = not odd.repaired and not screened.kana
        screened = _screened_again(out, step, screened, settings, alone=alone)
    flags |= _flags(out, screened.seen, settings, japanese=japanese)
    return Normalised(out, edits, tuple(sorted(flags)))


def _screened_again(
    text: str, step: Sequence[Edit], before: _screen.Screened, settings: NormaliseSettings, *, alone: bool
) -> _screen.Screened:
    """Return what a look at a text gives after the edits of `step`.

    Where each line stands `alone`, nothing changes in those that no edit touched: only the others are looked at.
    """
    table, marks = _kinds_table(), settings.restore_punct
    spans = _touched(text, step)
    found = _screen.screen("\n".join(text[start:end] for start, end in spans), table, marks=marks)
    if not alone or found.kana:
        return _screen.screen(text, table, marks=marks)
    where: dict[int, tuple[int, int]] = {}
    at = 0
    for start, end in spans:
        where[at] = (start, end)
        at += end - start + 1
    lines, odd = (tuple(where[start] for start, _ in some) for some in (found.lines, found.odd))
    return _screen.Screened(lines, odd, before.seen | found.seen, 0)


def _touched(text: str, step: Sequence[Edit]) -> list[tuple[int, int]]:
    """Return start and end of the lines that the edits which led to `text` touched, each once."""
    out: list[tuple[int, int]] = []
    shift = 0
    for edit in step:
        at = edit.start + shift
        shift += len(edit.new) - len(edit.old)
        if out and at <= out[-1][1]:
            continue
        end = text.find("\n", at)
        out.append((text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)))
    return out


def _looked_at(text: str, screened: _screen.Screened) -> _mojibake.Mojibake:
    """Return the double-byte mojibake of a text; where there is some, it may explain lines that tell nothing."""
    found = _mojibake.look([text[start:end] for start, end in screened.odd])
    return _mojibake.look(text.split("\n")) if found.repaired else found


def _visited(text: str, screened: _screen.Screened, odd: _mojibake.Mojibake) -> Sequence[tuple[int, int]]:
    """Return where the lines to work on begin and end: those of the screen, and those that were mojibake."""
    if not odd.repaired:
        return screened.lines
    out = []
    known = {start for start, _ in screened.lines}
    at = 0
    for line in text.split("\n"):
        if at in known or line in odd.repaired:
            out.append((at, at + len(line)))
        at += len(line) + 1
    return out


def _mended(
    text: str,
    lines: Sequence[tuple[int, int]],
    odd: _mojibake.Mojibake,
    rules: Sequence[_Rule],
    settings: NormaliseSettings,
) -> tuple[tuple[Edit, ...], set[str]]:
    """Return the edits of the lines, and flags of what is left of them; damaged lines are left whole."""
    out: list[Edit] = []
    flags: set[str] = set()
    for start, end in lines:
        line = text[start:end]
        if line in odd.damaged:
            continue
        out += [Edit(e.rule, start + e.start, e.old, e.new) for e in _line(line, rules)]
        if _is_lossy(line, settings):
            flags.add("lossy_mojibake")
    return tuple(out), flags


def _line_rules(
    settings: NormaliseSettings, odd: _mojibake.Mojibake, *, japanese: bool, markdown: bool
) -> tuple[_Rule, ...]:
    """Return the rules in their order."""

    def wide_mojibake(line: str) -> list[Edit]:
        return _wide_mojibake(line, odd)

    def compose_characters(line: str) -> list[Edit]:
        return _rules.nfc(line, japanese=japanese)

    def ftfy(line: str) -> list[Edit]:
        return _ftfy(line, settings)

    spacing: tuple[_Rule, ...] = () if markdown else (_rules.spaces, _rules.spread)
    if settings.restore_punct and not japanese and not markdown:
        from stages import _punctuation  # noqa: PLC0415 - on request only

        spacing = (*spacing, _punctuation.restore)
    return (
        wide_mojibake,
        _rules.entities,
        ftfy,
        _characters,
        _rules.combining_cap,
        compose_characters,
        *spacing,
    )


def _characters(line: str) -> Sequence[Edit]:
    return _line(line, _rules.OF_CHARACTERS) if _rules.ACTED_ON.search(line) else ()


def _line(line: str, rules: Sequence[_Rule]) -> tuple[Edit, ...]:
    """Return the edits of one line, the rules done one after another."""
    edits: tuple[Edit, ...] = ()
    for rule in rules:
        step = rule(line)
        if step:
            line = apply_edits(line, step)
            edits = compose(edits, step) if edits else tuple(step)
    return edits


def _wide_mojibake(line: str, odd: _mojibake.Mojibake) -> list[Edit]:
    text, pair = odd.repaired.get(line, ("", ""))
    if not pair or _mojibake.LOSSY.search(
        line
    ):  # what is gone does not come back, and the rest is no mojibake
        return []
    import ftfy.bad_codecs  # noqa: F401, PLC0415 - registers the sloppy codecs, which clean text need not wait for

    if _is_utf8(line, "latin-1") or _is_utf8(line, "sloppy-windows-1252"):  # whole as UTF-8: ftfy repairs it
        return []
    return _rules.trimmed(f"mojibake:{pair}", line, text)


def _is_utf8(line: str, read_as: str) -> bool:
    """Say whether a line shows UTF-8, none of it lost, as a single-byte codec reads it."""
    try:
        return not line.isascii() and bool(line.encode(read_as).decode("utf-8"))
    except UnicodeError:
        return False


def _ftfy(line: str, settings: NormaliseSettings) -> list[Edit]:
    """Return what ftfy repairs in a line; the rule names ftfy's steps."""
    leads, pairs = _could_act()
    first = leads.search(line)
    if first is None or len(line) > settings.longest_line or not BAD.search(line):
        return []
    if not pairs.search(line, first.start()):
        return []
    from ftfy import fix_and_explain  # noqa: PLC0415 - 0.06 s that clean text need not pay

    fixed = fix_and_explain(line, _config())
    if fixed.text == line or "\n" in fixed.text:
        return []
    steps = "+".join(dict.fromkeys(f"ftfy:{s.action}:{s.parameter}" for s in fixed.explanation or ()))
    return _rules.trimmed(steps or "ftfy", line, fixed.text)


def _is_lossy(line: str, settings: NormaliseSettings) -> bool:
    """Say whether ftfy sees UTF-8 read as a single-byte codec of which bytes were lost, as in `â€?`: it stays."""
    if not _LOST_BYTE.search(line) or not _could_act()[0].search(line) or len(line) > settings.longest_line:
        return False
    if not BAD.search(line):
        return False
    from ftfy import fix_and_explain  # noqa: PLC0415 - as above

    told, kept = (fix_and_explain(line, _config(lossy=lossy)).text for lossy in (True, False))
    return bool(told != kept)


@functools.cache
def _config(*, lossy: bool = False) -> TextFixerConfig:
    from ftfy import TextFixerConfig  # noqa: PLC0415 - as above

    return TextFixerConfig(
        unescape_html=False,  # our own rule, line by line: ftfy's is switched off by a "<" in an earlier line
        remove_terminal_escapes=True,
        fix_encoding=True,
        restore_byte_a0=True,
        decode_inconsistent_utf8=True,
        fix_c1_controls=True,
        replace_lossy_sequences=lossy,  # it replaces evidence by U+FFFD: it may tell, not change
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
def _readings() -> dict[str, tuple[str, str]]:
    """Return how each single-byte codec that ftfy knows shows UTF-8: bytes that begin a character, and others.

    ftfy also takes a space, and what stands for an unreadable byte, for the rest of a character.
    """
    out = {}
    for codec in _CHARMAPS:
        follow = _shown(codec, range(0x80, 0xC0)) + ("" if codec == "macroman" else " ")
        follow += "\ufffd?\x1a" if codec.startswith("sloppy") else ""
        out[codec] = (_shown(codec, range(0xC2, 0xF5)), follow)
    return out


@functools.cache
def _could_act() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return a pattern without which ftfy, so configured, changes nothing; before it, the characters it begins with.

    UTF-8 read as a single-byte codec has a lead byte followed by a continuation byte, both as that codec shows
    them; the rest is C1 controls, surrogates and terminal escapes.  A property test compares with ftfy itself.
    """
    others = "\x80-\x9f\ud800-\udfff\x1b"
    leads = "".join(sorted({c for lead, _ in _readings().values() for c in lead}))
    pairs = (f"[{re.escape(lead)}][{re.escape(follow)}]" for lead, follow in _readings().values())
    return re.compile(f"[{others}{re.escape(leads)}]"), re.compile(
        "|".join((f"[{others}]", *dict.fromkeys(pairs)))
    )


@functools.cache
def _kinds_table() -> _screen.Kinds:
    return _screen.kinds_table(_readings())


def _shown(codec: str, values: range) -> str:
    """Return what bytes look like; a sloppy codec shows those that have no character as Latin-1 does."""
    strict = codec.removeprefix("sloppy-")
    shown = (bytes([v]).decode(strict, "ignore") or (chr(v) if strict != codec else "") for v in values)
    return "".join(sorted(set(shown) - {""}))


def _flags(text: str, seen: int, settings: NormaliseSettings, *, japanese: bool) -> set[str]:
    """Return what is odd about the text and was left as received; it holds no other kinds of characters than `seen`."""
    flags = set()
    if seen & _screen.REPLACEMENT and "\N{REPLACEMENT CHARACTER}" in text:
        flags.add("replacement_char")
    if seen & _screen.PRIVATE and _PRIVATE.search(text):
        flags.add("private_use")
    if seen & _screen.LOST and _mojibake.LOSSY.search(text):
        flags.add("lossy_mojibake")
    if (
        not japanese
        and not (seen & _screen.FULL_MARK and _FULL_MARK.search(text))
        and _ONLY_WIDE.search(text)
    ):
        few_marks = len(_HALF_MARK.findall(text)) < settings.half_marks
        flags |= set() if few_marks or not unicodedata.is_normalized("NFKC", text) else {"nfkc_punctuation"}
    return flags


def evidence(text: str, flag: str) -> str:
    """Return what in a normalised text led to a flag of this stage, in one line for people; "" for other flags.

    Line numbers are those of the given text.
    """
    if flag == "nfkc_punctuation":
        return f"{len(_HALF_MARK.findall(text)):,} half-width marks beside Han, none of ，；：？！（）"
    patterns = {
        "replacement_char": _LOST,
        "private_use": _PRIVATE,
        "lossy_mojibake": _mojibake.LOSSY,
        "mojibake": _LOST,
    }
    found = list(patterns[flag].finditer(text)) if flag in patterns else []
    if not found:
        return ""
    lines = [text.count("\n", 0, match.start()) + 1 for match in found[:_EXAMPLES]]
    places = ", ".join(str(line) for line in dict.fromkeys(lines))
    kinds = ", ".join(
        f"U+{code:04X}" for code in sorted({ord(char) for match in found for char in match.group()})[:3]
    )
    return f"{len(found):,} × {kinds}, in line {places}{' and others' if len(found) > _EXAMPLES else ''}"
