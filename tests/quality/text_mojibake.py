"""How often mojibake is undone, and how often clean text is touched: text that was read with the wrong codec.

Right is what the same text gives when nothing happened to it, after `normalise`.  The peer is plain `ftfy.fix_text`,
with the restyling of quotation marks and width switched off so that it is judged on the repair alone.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import ftfy
import ftfy.bad_codecs  # registers sloppy-windows-1252
from languages import declaration_files, pages, present, sample, texts
from text import Figure, absent

from stages.normalise import NormaliseSettings, normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stages.model import Normalised

_N: Final = NormaliseSettings()
_LATIN: Final = ("latin-1", "sloppy-windows-1252")
LENGTHS: Final = (20, 60, 200)
_CASES: Final = 60  # of each pair at each length
_MORE: Final = 180  # of a pair that the issue names: a line in a hundred is missed, so fewer do not tell
#: (language, written, read, floor, lengths)
_PAIRS: Final = (
    *(("zh", "gb18030", wrong, 0.99) for wrong in _LATIN),
    #: Of 20 characters, lines of one to three wide characters are left: each row alone may miss some
    *(("zh-tw", "big5hkscs", wrong, 0.98) for wrong in _LATIN),
    *(("ja", "cp932", wrong, 0.99) for wrong in _LATIN),
    *(("ko", "cp949", wrong, 0.99) for wrong in _LATIN),
    *(("ja", "euc_jp", wrong, 0.99) for wrong in _LATIN),
    ("zh-tw", "big5hkscs", "gb18030", 0.98),
    ("zh", "utf-8", "gb18030", 0.96),
    ("ja", "utf-8", "gb18030", 0.96),
    ("zh", "utf-8", "latin-1", 0.99),
    ("zh", "utf-8", "sloppy-windows-1252", 0.99),
    ("fr", "utf-8", "latin-1", 0.99),
    ("fr", "utf-8", "sloppy-windows-1252", 0.99),
    ("de", "utf-8", "sloppy-windows-1252", 0.99),
    ("ru", "utf-8", "cp1251", 0.99),
    ("ko", "utf-8", "sloppy-windows-1252", 0.99),
)


def _damage(text: str, written: str, read: str) -> str | None:
    """Return the text as the wrong codec shows it; None where something is lost on the way."""
    try:
        shown = text.encode(written).decode(read)
        return shown if shown.encode(read).decode(written) == text else None
    except UnicodeError:
        return None


def _fit(codec: str) -> Callable[[str], str | None]:
    def fit(line: str) -> str | None:
        try:
            return line if line.encode(codec).decode(codec) == line else None
        except UnicodeError:
            return None

    return fit


def _ftfy(text: str) -> str:
    return ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False)


def _line(language: str, written: str, read: str, size: int, rng: random.Random) -> tuple[str, str] | None:
    """Return a line and its mojibake, nothing lost; None if none is found soon."""
    for _ in range(40):
        text = sample(language, size, rng, _fit(written), lines=False)
        shown = _damage(text, written, read)
        if shown is not None and shown != text and "\n" not in shown:
            return text, shown
    return None


def _pair(
    seed: int, language: str, written: str, read: str, floor: float, cases: int = _CASES
) -> Iterator[Figure]:
    rng = random.Random(f"{seed} {language} {written} {read}")
    right: Counter[int] = Counter()
    count: Counter[int] = Counter()
    theirs = 0
    for size in LENGTHS:
        for _ in range(cases):
            case = _line(language, written, read, size, rng)
            if case is None:
                break  # hardly any of this length is lossless
            text, shown = case
            want = normalise(text, _N).text
            count[size] += 1
            right[size] += normalise(shown, _N).text == want
            theirs += _ftfy(shown) == want
    number = count.total()
    if not number:
        return
    by = "/".join(f"{right[n] / count[n]:.2f}" if count[n] else "-" for n in LENGTHS)
    note = f"by length {by}; ftfy {theirs / number:.2f}"
    name = f"{language} {written} read as {read.removeprefix('sloppy-')}"
    yield Figure("mojibake", name, number, right.total() / number, floor, note=note)


def _pooled(name: str, rows: Sequence[Figure]) -> Figure:
    """Return the figure over all lines of some rows: the issue's bar."""
    number = sum(f.number for f in rows)
    right = sum(f.number * (f.value or 0.0) for f in rows)
    return Figure("mojibake", name, number, right / number, 0.99)


#: Pairs of which whole documents and short lines are made.
_WHOLE: Final = _PAIRS[:10]


def _short(seed: int) -> Iterator[Figure]:
    rng = random.Random(f"{seed} short")
    right = number = 0
    for language, written, read, _ in _WHOLE:
        for _ in range(40):
            case = _line(language, written, read, rng.randrange(5, 12), rng)
            if case is not None:
                number += 1
                right += normalise(case[1], _N).text == normalise(case[0], _N).text
    yield Figure(
        "mojibake",
        "lines of 4 to 11 characters, alone",
        number,
        right / number,
        0.8,
        note="a short line alone stays where it is not sure",
    )


def _document(language: str, written: str, rng: random.Random) -> list[str]:
    """Return a document with long and short lines, lines of ASCII and mixed ones."""
    out = [sample(language, rng.randrange(40, 160), rng, _fit(written), lines=False) for _ in range(6)]
    out += [sample(language, rng.randrange(5, 12), rng, _fit(written), lines=False) for _ in range(3)]
    short = sample(language, 10, rng, _fit(written), lines=False)[: rng.randrange(2, 5)]
    out += [
        short,
        f"https://example.org/{rng.randrange(999)}",
        f"Windows {rng.randrange(99)}: {short} (beta)",
    ]
    rng.shuffle(out)
    return out


def _whole(seed: int) -> Iterator[Figure]:
    rng = random.Random(f"{seed} whole")
    right = number = documents = 0
    for language, written, read, _ in _WHOLE:
        for _ in range(12):
            lines = _document(language, written, rng)
            shown = _damage("\n".join(lines), written, read)
            if shown is None:
                continue
            want = normalise("\n".join(lines), _N).text.split("\n")
            got = normalise(shown, _N).text.split("\n")
            number += len(want)
            documents += got == want
            if len(want) == len(got):
                right += sum(a == b for a, b in zip(got, want, strict=True))
    note = f"{documents} of {12 * len(_WHOLE)} documents wholly"
    yield Figure("mojibake", "lines of documents that are mojibake", number, right / number, 0.98, note=note)


_CONTROLS: Final = re.compile("[\x80-\x9f\ufffd]")
_KNOWN: Final = ("mojibake", "lossy_mojibake")


def _lossy(seed: int) -> Iterator[Figure]:
    """Yield how often damage that cannot be undone is left as it is, and how often it is flagged."""
    rng = random.Random(f"{seed} lossy")
    kept = flagged = number = 0
    for _ in range(300):
        kind = rng.randrange(4)
        text = sample("zh", rng.randrange(20, 80), rng, _fit("gbk"), lines=False)
        if kind == 0:
            shown = text.encode().decode("gbk", "replace")
        elif kind == 1:
            shown = text.encode("gbk").decode("utf-8", "replace").encode().decode("gbk", "replace")
        elif kind == 2:
            shown = text.encode("gbk")[: rng.randrange(20, 30) | 1].decode("cp1252", "replace")
            shown = shown[: len(shown) // 2] + "\ufffd" + shown[len(shown) // 2 + 1 :]
        else:
            shown = text.encode().decode("gbk", "replace").replace("\ufffd", "?")
        if kind in {0, 3} and _damage(text, "utf-8", "gbk") is not None:
            continue  # nothing was lost
        found = normalise(shown, _N)
        number += 1
        kept += not _repairs(found)
        flagged += bool({*_KNOWN, "replacement_char"} & set(found.flags))
    yield Figure("mojibake", "lossy, left as received", number, kept / number, 1.0)
    yield Figure("mojibake", "lossy, flagged", number, flagged / number, 0.99)


def _repairs(found: Normalised) -> list[str]:
    return [
        e.rule for e in found.edits if "mojibake:" in e.rule or ":decode" in e.rule or ":transcode" in e.rule
    ]


def _clean(seed: int) -> dict[str, Sequence[list[str]]]:
    """Return clean documents as lists of lines by where they are from; about 100,000 lines in all."""
    rng = random.Random(f"{seed} clean")
    out: dict[str, Sequence[list[str]]] = {}
    for language, lines in (("zh", 45_000), ("ja", 12_000), ("es", 12_000), ("zh-tw", 8_000)):
        documents = list(texts(language))
        rng.shuffle(documents)
        kept, count = [], 0
        for document in documents:
            if count < lines:
                kept.append(document)
                count += len(document)
        out[language] = kept
    out["pages"] = list(pages().values())
    files = {n: b for n, b in declaration_files().items() if n.endswith(("-UTF8", "-Latin1", "-Latin2"))}
    codecs = {"-UTF8": "utf-8", "-Latin1": "cp1252", "-Latin2": "iso8859-2"}
    declaration = []
    for name, data in files.items():
        codec = codecs[name[name.rindex("-") :]]
        lines = data.decode(codec, "ignore").splitlines()
        declaration.append(lines)
    own = [
        texts(x)[0] for x in ("ko", "ru", "uk", "el", "he", "ar", "th", "tr", "vi", "pl", "cs", "pt", "it")
    ]
    out["Declaration and own"] = declaration + own
    return out


def _false(seed: int) -> Iterator[Figure]:
    """Yield the clean lines that a repair changes, each line alone and each document whole."""
    alone = whole = flagged = number = 0
    seen = []
    for where, documents in _clean(seed).items():
        for found_lines in documents:
            lines = [x for x in found_lines if not _CONTROLS.search(x)]  # with them it is no clean line
            number += len(lines)
            text = "\n".join(lines)
            if where != "Declaration and own":
                whole += len(_repairs(normalise(text, _N)))
            for line in lines:
                if line.isascii():
                    continue
                found = normalise(line, _N)
                flagged += "mojibake" in found.flags
                if _repairs(found):
                    alone += 1
                    seen.append(f"{where}: {found.edits[0].old[:12]} → {found.edits[0].new[:12]}")
    note = "; ".join(seen[:4])
    yield Figure(
        "mojibake", "clean lines changed, each alone", number, alone, 0, "count", most=True, note=note
    )
    yield Figure("mojibake", "clean lines changed, in documents", number, whole, 0, "count", most=True)
    yield Figure("mojibake", "clean lines flagged, each alone", number, flagged, 0, "count", most=True)


def figures(seed: int) -> Iterator[Figure]:
    """Yield the figures of mojibake."""
    if not present():
        yield absent("mojibake", "all")
        return
    asked = [figure for pair in _PAIRS[:8] for figure in _pair(seed, *pair, _MORE)]
    yield _pooled("GBK, Big5, Shift_JIS, EUC-KR read as Latin", asked)
    for name, at in zip(("GBK", "Big5", "Shift_JIS", "EUC-KR"), range(0, 8, 2), strict=True):
        yield _pooled(f"{name} read as Latin-1 or windows-1252", asked[at : at + 2])
    yield from asked
    big5 = next(n for n, pair in enumerate(_PAIRS) if pair[1:3] == ("big5hkscs", "gb18030"))
    yield from _pair(seed, *_PAIRS[big5], _MORE)
    for pair in (*_PAIRS[8:big5], *_PAIRS[big5 + 1 :]):
        yield from _pair(seed, *pair)
    yield from _short(seed)
    yield from _whole(seed)
    yield from _lossy(seed)
    yield from _false(seed)
