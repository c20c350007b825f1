"""How often bytes become the right text: encodings × languages × lengths, damage, and the Declaration's files.

Right is the exact text.  Peers are asked in the same run, behind the same web filter: an answer that no browser
knows becomes windows-1252.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from cchardet import detect
from charset_normalizer import from_bytes
from languages import declaration_files, present, sample, texts
from text import Figure, absent

from stages._labels import BROWSERS, codec_of
from stages.decode import DecodeSettings, decode
from stages.model import Decoded
from stages.normalise import NormaliseSettings, normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: (language, how it is written)
PAIRS: Final = (
    *(("zh", c) for c in ("gb18030", "gbk", "gb2312", "hz")),
    *(("zh-tw", c) for c in ("big5", "big5hkscs")),
    *(("ja", c) for c in ("shift_jis", "euc_jp", "iso2022_jp")),
    *(("ko", c) for c in ("euc_kr", "cp949")),
    *(("ru", c) for c in ("cp1251", "koi8-r", "iso8859-5", "cp866")),
    ("uk", "koi8-u"),
    *((language, "cp1252") for language in ("fr", "de", "es", "en", "pt", "it")),
    *((language, "iso8859-15") for language in ("fr", "de")),
    *(("pl", c) for c in ("cp1250", "iso8859-2")),
    *(("cs", "cp1250"), ("tr", "cp1254"), ("el", "cp1253"), ("el", "iso8859-7")),
    *(("he", "cp1255"), ("ar", "cp1256"), ("th", "cp874")),
    *(("zh", "utf-8"), ("zh", "utf-8-sig"), ("fr", "utf-8"), ("ru", "utf-8-sig")),
    *((language, c) for language in ("zh", "ja", "ru", "de") for c in ("utf-16-le", "utf-16-be")),
)
LENGTHS: Final = (20, 60, 120, 400)
SAMPLES: Final = 25  # of each pair at each length
_PLAIN: Final = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "..."}
    | {"\u00a0": " ", "\u3000": " ", "−": "-", "〜": "～"}
)
_S: Final = DecodeSettings()
_N: Final = NormaliseSettings()


def _fit(codec: str) -> Callable[[str], str | None]:
    """Return a function that gives a line as the codec can write it: typewriter marks where it has no others."""

    def fit(line: str) -> str | None:
        for text in (line, line.translate(_PLAIN)):
            try:
                if text.encode(codec).decode(codec) == text and "~" not in text:
                    return text
            except UnicodeError:
                continue
        return None

    return fit


def ours(data: bytes) -> str | None:
    """Return the text, or None for what is refused."""
    found = decode(data, _S)
    return found.text if isinstance(found, Decoded) else None


def _web(label: str | None) -> str:
    codec = codec_of(label) if label else None
    return codec if codec in BROWSERS or (codec or "").startswith("utf-") else "cp1252"


def _filtered(label: str | None, data: bytes) -> str:
    codec = "utf-8-sig" if label == "UTF-8-SIG" else _web(label)
    return data.decode(codec, "replace").removeprefix("\ufeff")


def cchardet(data: bytes) -> str:
    """Return the text as cchardet's answer reads it, behind the web filter."""
    return _filtered(detect(data)["encoding"], data)


def normalizer(data: bytes) -> str:
    """Return the text as charset-normalizer's best answer reads it, behind the web filter."""
    best = from_bytes(data).best()
    return _filtered(best.encoding if best else None, data)


_READERS: Final = {"ours": ours, "cchardet": cchardet, "charset-normalizer": normalizer}


def _pairs(seed: int) -> Iterator[Figure]:
    right: dict[str, dict[tuple[str, str, int], int]] = defaultdict(lambda: defaultdict(int))
    for language, codec in PAIRS:
        rng = random.Random(f"{seed} {language} {codec}")
        for length in LENGTHS:
            for _ in range(SAMPLES):
                text = sample(language, length, rng, _fit(codec))
                data = text.encode(codec)
                for name, reader in _READERS.items():
                    if name != "charset-normalizer" or _ % 5 == 0:  # it is slow: every fifth sample
                        right[name][language, codec, length] += reader(data) == text
    for name, floor, lengths in (("all", 0.987, LENGTHS), ("120 characters and more", 0.995, LENGTHS[2:])):
        number = len(PAIRS) * len(lengths) * SAMPLES
        shares = {
            reader: sum(right[reader][language, codec, n] for language, codec in PAIRS for n in lengths)
            / (number if reader != "charset-normalizer" else number // 5)
            for reader in _READERS
        }
        note = ", ".join(f"{r} {v:.3f}" for r, v in shares.items() if r != "ours")
        yield Figure("decode", name, number, shares["ours"], floor, note=f"behind the web filter: {note}")
    for language, codec in PAIRS:
        counts = [right["ours"][language, codec, n] for n in LENGTHS]
        peer = sum(right["cchardet"][language, codec, n] for n in LENGTHS) / len(LENGTHS) / SAMPLES
        by = "/".join(f"{c / SAMPLES:.2f}" for c in counts)
        value = sum(counts) / len(LENGTHS) / SAMPLES
        note = f"by length {by}; cchardet {peer:.2f}"
        yield Figure("decode", f"{language} {codec}", len(LENGTHS) * SAMPLES, value, 0.85, note=note)


#: End of a file's name → how it is written.  "Cyrillic" is windows-1251; what no browser reads is left out.
_NAMED: Final = (
    *(("-Latin1", "cp1252"), ("-Latin2", "iso8859-2"), ("-UTF8", "utf-8"), ("-Cyrillic", "cp1251")),
    *(("-Arabic", "cp1256"), ("-Greek", "iso8859-7"), ("-Hebrew", "iso8859-8"), ("-Turkish", "cp1254")),
    *(("-Baltic", "iso8859-4"), ("-GB2312", "gb18030"), ("-SJIS", "cp932"), ("-EUC", "euc_jp")),
    *(("-JIS", "iso2022_jp"), ("-HZ", "hz"), ("-Unicode", "utf-16-le"), ("+Abkh", "cp1251")),
)


def _declarations() -> Iterator[Figure]:
    right = {"ours": 0, "cchardet": 0}
    number = 0
    wrong = []
    for name, data in sorted(declaration_files().items()):
        codec = next((codec for end, codec in _NAMED if name.endswith(end)), None)
        try:
            text = data.decode(codec) if codec else ""
        except UnicodeDecodeError:
            continue  # not written as its name says
        if not text:
            continue
        if codec == "iso8859-2" and re.search("[\x80-\x9f]", text):
            text = data.decode("cp1250")  # its name lies: ISO 8859-2 has controls there
        text = text.removeprefix("\ufeff")
        number += 1
        for reader in right:
            right[reader] += _READERS[reader](data) == text
        if ours(data) != text:
            wrong.append(name)
    note = f"cchardet {right['cchardet'] / number:.3f}; wrong: {', '.join(wrong[:8])}"
    yield Figure("decode", "Declaration, by name", number, right["ours"] / number, 0.95, note=note)


# --- damage ------------------------------------------------------------------------------------------------

_MARKUP: Final = (
    '<div class="item col-{n}"><a href="/list/{n}.html" target="_blank" rel="nofollow">&nbsp;</a></div>\n'
)


def _plain_line(rng: random.Random, size: int, codec: str = "gb2312") -> str:
    return sample("zh", size, rng, _fit(codec), lines=False)


def _utf8_hole(rng: random.Random, at: int | None = None) -> bool:
    text = sample("zh", 200, rng, lambda x: x)
    wide = [i for i, c in enumerate(text) if ord(c) > 0x7FF]
    i = wide[-1] if at is not None else rng.choice(wide)
    before, after = text[:i].encode(), text[i + 1 :].encode()
    char = text[i].encode()
    cut = rng.randrange(3)
    if at is not None:
        after, text, char = b"", text[: i + 1], char[: 1 + cut % 2]
    else:
        char = char[:cut] + char[cut + 1 :]
    found = decode(before + char + after, _S)
    pattern = re.escape(text[:i]) + "\ufffd{1,2}" + re.escape("" if at is not None else text[i + 1 :])
    return (
        isinstance(found, Decoded) and found.encoding == "utf-8" and bool(re.fullmatch(pattern, found.text))
    )


def _one_gbk_line(rng: random.Random) -> bool:
    lines = [*sample("zh", 400, rng, lambda x: x).split("\n"), "结尾一行。"]
    line = _plain_line(rng, rng.randrange(8, 40))
    lines.insert(rng.randrange(len(lines)), line)
    data = b"\n".join(x.encode("gbk" if x is line else "utf-8") for x in lines)
    return ours(data) == "\n".join(lines)


def _nuls(rng: random.Random, codec: str) -> bool:
    text = sample("zh", 400, rng, _fit(codec))
    raw = text
    for _ in range(2):
        at = rng.randrange(len(raw))
        raw = raw[:at] + "\0" + raw[at:]
    found = ours(raw.encode(codec))
    return found is not None and normalise(found, _N).text == normalise(text, _N).text


def _gb_hole(rng: random.Random) -> bool:
    """Lose a byte of a character: the other lines are right, and what follows it on its line may be askew."""
    lines = [_plain_line(rng, 60) for _ in range(8)]
    data = [line.encode("gb18030") for line in lines]
    at = rng.choice([n for n, byte in enumerate(data[3]) if byte > 0x7F])
    data[3] = data[3][:at] + data[3][at + 1 :]
    found = decode(b"\n".join(data), _S)
    if not isinstance(found, Decoded) or found.encoding != "gb18030":
        return False
    seen = found.text.split("\n")
    return len(seen) == len(lines) and [x for n, x in enumerate(seen) if n != 3] == lines[:3] + lines[4:]


def _euro(rng: random.Random) -> bool:
    text = _plain_line(rng, 60)
    at = rng.randrange(len(text))
    data = text[:at].encode("gbk") + b"\x80" + text[at:].encode("gbk")
    return ours(data) == text[:at] + "€" + text[at:]


def _wide_space(rng: random.Random) -> bool:
    text = _plain_line(rng, 60)
    found = ours(b"\xa3\xa0\xa3\xa0" + text.encode("gbk"))
    want = normalise("\u3000\u3000" + text, _N).text
    return found is not None and normalise(found, _N).text == want


def _cesu8(rng: random.Random) -> bool:
    text = sample("zh", 200, rng, lambda x: x)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice("😀📰𠮷🇨🇳𝄞") + text[at:]
    wide = re.sub(
        "[\U00010000-\U0010ffff]",
        lambda m: m[0].encode("utf-16-be", "surrogatepass").decode("utf-16-be"),
        text,
    )
    data = b"".join(
        c.encode()
        if ord(c) < 0x10000
        else b"".join(
            chr(int.from_bytes(c.encode("utf-16-be")[i : i + 2])).encode("utf-8", "surrogatepass")
            for i in (0, 2)
        )
        for c in wide
    )
    return ours(data) == text


def _tags(rng: random.Random, *, declared: bool) -> bool:
    markup = [_MARKUP.format(n=rng.randrange(999)) for _ in range(rng.randrange(60, 400))]
    markup.insert(rng.randrange(len(markup)), f"<p>{_plain_line(rng, rng.randrange(8, 60))}</p>\n")
    label = rng.choice(("gb2312", "GBK", "gb18030"))
    head = f'<html><head><meta charset="{label}">\n' if declared else "<html><head>\n"
    page = head + "".join(markup)
    return ours(page.encode("gbk")) == page


def _hz(rng: random.Random) -> bool:
    lines = [_plain_line(rng, rng.randrange(12, 80)) for _ in range(rng.randrange(1, 5))]
    text = "\n".join(lines)
    return ours(text.encode("hz")) == text


def _odd_utf16(rng: random.Random) -> bool:
    language = rng.choice(("zh", "ja", "ru", "de", "es"))
    codec = rng.choice(("utf-16-le", "utf-16-be"))
    text = sample(language, 200, rng, lambda x: x)
    found = ours(text.encode(codec) + (b"\x31" if codec == "utf-16-le" else b"\x00"))
    return found == text + "\ufffd"


def _utf7(rng: random.Random) -> bool:
    data = sample(rng.choice(("zh", "ru", "fr")), 120, rng, lambda x: x).encode("utf-7")
    found = decode(data, _S)
    return not isinstance(found, Decoded) or found.text == data.decode("ascii")


_DAMAGE: Final[dict[str, Callable[[random.Random], bool]]] = {
    "UTF-8, one byte lost": _utf8_hole,
    "UTF-8, cut at its end": lambda rng: _utf8_hole(rng, -1),
    "UTF-8 with one GBK line": _one_gbk_line,
    "UTF-8 with two NULs": lambda rng: _nuls(rng, "utf-8"),
    "GBK with two NULs": lambda rng: _nuls(rng, "gbk"),
    "GB18030, one byte lost": _gb_hole,
    "GBK with 0x80, the euro sign": _euro,
    "GBK A3A0, a wide space": _wide_space,
    "CESU-8": _cesu8,
    "GBK page of tags, charset named": lambda rng: _tags(rng, declared=True),
    "HZ": _hz,
    "UTF-16 without mark, odd length": _odd_utf16,
    "UTF-7, left as it is": _utf7,
}
_CASES: Final = 60


def _damage(seed: int) -> Iterator[Figure]:
    for name, case in _DAMAGE.items():
        rng = random.Random(f"{seed} {name}")
        right = sum(case(rng) for _ in range(_CASES))
        yield Figure("decode", name, _CASES, right / _CASES, 1.0)
    rng = random.Random(f"{seed} tags")
    right = sum(_tags(rng, declared=False) for _ in range(_CASES))
    yield Figure("decode", "GBK page of tags, no charset named", _CASES, right / _CASES, 0.9)


def figures(seed: int) -> Iterator[Figure]:
    """Yield the figures of decoding."""
    if not present():
        yield absent("decode", "all")
        return
    assert texts("zh")
    yield from _pairs(seed)
    yield from _declarations()
    yield from _damage(seed)
