"""How well text is normalised: what is repaired, what is left alone, and how fast.

The texts beside the repository are read as they are: clean text must stay as it is, cases must come out as their
authors say, or be refused for a reason that stands in a table here.  Nothing of them is kept here but labels.
"""

from __future__ import annotations

import functools
import json
import random
import re
import tarfile
import time
import unicodedata
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import ftfy
import lxml.html
from normalise_tables import CHANGED, CLEAN_CHANGES, REFUSED
from text import DATA, ROOT, Figure, absent, lines_of

from stages.decode import DecodeSettings, decode
from stages.model import Decoded
from stages.normalise import NormaliseSettings, normalise
from stages.segment import SegmentSettings, segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stages.model import Edit

CASES: Final = ROOT.parent / "shared" / "reference" / "normalise_cases.jsonl"
OWN: Final = ROOT / "tests" / "core" / "normalise_cases.jsonl"
DEFAULT: Final = NormaliseSettings()
RESTORING: Final = replace(DEFAULT, restore_punct=True) if hasattr(DEFAULT, "restore_punct") else DEFAULT
_SHOWN: Final = re.compile("⟨U\\+([0-9A-F]{4,6})⟩")
#: Rules that settle how a text is laid out; the others repair what is damaged.
_LAYOUT: Final = ("newline", "space", "no_break")
#: A single short line has too few marks to be told as damaged: it is asked of as many such lines as it needs.
_REPEATED: Final = {"C01": 5}
_PER_LANGUAGE: Final = 400_000  # characters of clean text a set
_UDHR: Final = {
    "ar": ("Arabic_Alarabia-Arabic", "iso8859-6"),
    "cs": ("Czech-UTF8", "utf-8"),
    "de": ("German_Deutsch-Latin1", "cp1252"),
    "el": ("Greek_Ellinika-UTF8", "utf-8"),
    "en": ("English-Latin1", "cp1252"),
    "fa": ("Farsi_Persian-v2-UTF8", "utf-8"),
    "fr": ("French_Francais-Latin1", "cp1252"),
    "he": ("Hebrew_Ivrit-UTF8", "utf-8"),
    "hi": ("Hindi-UTF8", "utf-8"),
    "hu": ("Hungarian_Magyar-UTF8", "utf-8"),
    "it": ("Italian_Italiano-Latin1", "cp1252"),
    "ja": ("Japanese_Nihongo-UTF8", "utf-8"),
    "ko": ("Korean_Hankuko-UTF8", "utf-8"),
    "lo": ("Lao-UTF8", "utf-8"),
    "my": ("Burmese_Myanmar-UTF8", "utf-8"),
    "nl": ("Dutch_Nederlands-Latin1", "cp1252"),
    "pl": ("Polish_Polski-Latin2", "cp1250"),
    "pt": ("Portuguese_Portugues-Latin1", "cp1252"),
    "ru": ("Russian_Russky-UTF8", "utf-8"),
    "ta": ("Tamil-UTF8", "utf-8"),
    "tr": ("Turkish_Turkce-UTF8", "utf-8"),
    "uk": ("Ukrainian-UTF8", "utf-8"),
    "vi": ("Vietnamese-UTF8", "utf-8"),
    "zh": ("Chinese_Mandarin-UTF8", "utf-8"),
}


def spelt(text: str) -> str:
    """Return the text of a table, in which invisible characters are named."""
    return _SHOWN.sub(lambda m: chr(int(m[1], 16)), text)


def canonical(text: str, settings: NormaliseSettings = DEFAULT) -> str:
    """Return L2 of a text, without the line end that segmentation gives the last line."""
    return segment(normalise(text, settings).text, SegmentSettings()).text.removesuffix("\n")


def figures(seed: int) -> Iterator[Figure]:
    """Yield the figures of normalisation."""
    yield from _reference()
    yield from _own()
    yield from _clean(seed)
    yield from _ftfy_cases()
    yield from _restored(seed)
    yield from _normal_form()
    yield from _speed(seed)


def _share(name: str, wrong: Sequence[str], number: int, note: str = "") -> Figure:
    shown = f"wrong: {' '.join(wrong[:12])}" if wrong else ""
    value = (number - len(wrong)) / number if number else None
    return Figure("normalise", name, number, value, 1.0, note="; ".join(filter(None, (note, shown))))


# --- tables of cases ---


def _reference() -> Iterator[Figure]:
    if not CASES.exists():
        yield absent("normalise", "reference cases")
        return
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").split("\n") if line]
    wrong: dict[str, list[str]] = {name: [] for name in ("canonical", "flags", "idempotent", "restored")}
    restored = 0
    for case in cases:
        text = _input(case)
        result = canonical(text)
        if result != case["canonical"]:
            wrong["canonical"].append(case["id"])
        if not set(case.get("flags") or ()) <= set(
            normalise("\n".join([text] * _REPEATED.get(case["id"], 1)), DEFAULT).flags
        ):
            wrong["flags"].append(case["id"])
        if canonical(result) != result:
            wrong["idempotent"].append(case["id"])
        if "canonical_restored" in case:
            restored += 1
            back = canonical(text, RESTORING)
            if back != case["canonical_restored"] or canonical(back, RESTORING) != back:
                wrong["restored"].append(case["id"])
    for name, ids in wrong.items():
        note = "C01 five times over, since one line is too short to tell" if name == "flags" else ""
        number = restored if name == "restored" else len(cases)
        yield _share(f"reference cases: {name}", ids, number, note)


def _input(case: dict[str, object]) -> str:
    text = str(case["input"])
    if case.get("input_kind") != "bytes":
        return text
    decoded = decode(bytes.fromhex(text.removeprefix("hex:")), DecodeSettings())
    return decoded.text if isinstance(decoded, Decoded) else ""


def _own() -> Iterator[Figure]:
    if not OWN.exists():
        yield absent("normalise", "own cases")
        return
    cases = [json.loads(line) for line in OWN.read_text(encoding="utf-8").split("\n") if line]
    wrong = []
    for case in cases:
        text = spelt(case["input"])
        result = normalise(text, DEFAULT)
        good = result.text == spelt(case["canonical"]) and sorted(case.get("flags", [])) == list(result.flags)
        if "restored" in case:
            good = good and normalise(text, RESTORING).text == spelt(case["restored"])
        if not good or normalise(result.text, DEFAULT).edits:
            wrong.append(case["id"])
    kept = sum(case["input"] == case["canonical"] for case in cases)
    yield _share("own cases", wrong, len(cases), f"{kept} of them must stay as they are")


# --- clean text ---


def _clean(seed: int) -> Iterator[Figure]:
    causes: Counter[str] = Counter()
    total = layout = theirs = unexplained = 0
    flags: Counter[str] = Counter()
    languages: set[str] = set()
    for language, text in _clean_texts(seed):
        languages.add(language)
        clean = "\n".join(line.rstrip("\r") for line in text.split("\n"))
        lines = clean.split("\n")
        total += len(lines)
        touched: dict[int, list[str]] = {}
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        at = 0
        result = normalise(clean, DEFAULT)
        flags.update(result.flags)
        for edit in result.edits:
            while starts[at + 1] <= edit.start:
                at += 1
            touched.setdefault(at, []).extend(causes_of(edit, language))
        for found in touched.values():
            real = [cause for cause in dict.fromkeys(found) if cause]
            layout += not real
            causes.update(real)
            unexplained += any(cause not in CLEAN_CHANGES for cause in real)
        theirs += sum(ftfy.fix_text(line) != line for line in lines)
    if not total:
        yield absent("normalise", "clean text")
        return
    for cause, number in sorted(causes.items()):
        why = CLEAN_CHANGES.get(cause, "NO REASON KNOWN")
        print(f"    {number:>5} lines  {cause}: {why}")
    print("    flags:", ", ".join(f"{flag} {number}" for flag, number in sorted(flags.items())) or "none")
    said = sum(causes.values())
    yield Figure(
        "normalise",
        "clean text: lines changed without a real defect",
        total,
        unexplained,
        0,
        "count",
        most=True,
        note=f"{len(languages)} languages; {said} real defects mended, layout of {layout} lines settled; "
        f"plain ftfy changes {theirs / total:.1%} of the lines",
    )


def causes_of(edit: Edit, language: str) -> Iterator[str]:
    """Yield what an edit mends, as keys of the table of causes; "" for layout."""
    for rule in edit.rule.split("+"):
        if rule.startswith(_LAYOUT):
            yield ""
        elif rule in {"mojibake", "ftfy"} or rule.startswith(("mojibake:", "ftfy:")):
            yield f"{rule} ({language})"
        elif rule == "nfc":
            yield f"nfc ({language})"
        elif rule in {
            "control",
            "entities",
            "width",
            "width_letters",
            "width_digits",
            "width_kana",
            "width_marks",
        }:
            yield f"{rule}"
        else:
            marks = sorted({f"U+{ord(c):04X}" for c in edit.old if not c.isalnum() and c not in edit.new})
            yield f"{rule} {' '.join(marks[:1])}".rstrip()


def _clean_texts(seed: int) -> Iterator[tuple[str, str]]:
    chance = random.Random(seed)
    for language, name in (("zh", "lctt_zh"), ("ja", "wikinews_ja"), ("es", "news_es")):
        records = [str(record["text"]) for record in lines_of(f"{name}.jsonl.xz")]
        chance.shuffle(records)
        size = 0
        for text in records:
            yield language, text
            size += len(text)
            if size > _PER_LANGUAGE:
                break
    for name, data in _members("udhr_encodings.tar.xz"):
        for language, (file, codec) in _UDHR.items():
            if name == f"udhr/{file}":
                yield language, data.decode(codec, "ignore")
    for name, data in _members("readability_pages.tar.xz"):
        if name.endswith("/expected.html"):
            page = lxml.html.fromstring(data.decode("utf-8") or "<p></p>", parser=None)
            yield "pages", "\n".join(str(text) for text in page.itertext() if str(text).strip())


def _members(archive: str) -> Iterator[tuple[str, bytes]]:
    path = DATA / archive
    if path.exists():
        with tarfile.open(path) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file.read()


# --- ftfy's own cases ---


@functools.cache
def _style() -> ftfy.TextFixerConfig:
    """Return ftfy's restyling alone, without its repair of encodings."""
    return ftfy.TextFixerConfig(fix_encoding=False, unescape_html="auto", explain=False)


def _restyled(text: str) -> str:
    return normalise(ftfy.fix_text(normalise(text, DEFAULT).text, _style()), DEFAULT).text


_LOSS: Final = frozenset({"lossy_mojibake", "mojibake"})  # flags of what stays since something of it is lost


def _verdict(case: dict[str, str]) -> str:
    """Return what became of a case of ftfy's."""
    ours, wanted = normalise(case["original"], DEFAULT).text, case["fixed"]
    if ours == wanted:
        return "equal"
    if _restyled(ours) == _restyled(wanted):
        return "equal but for restyling that is refused"
    if case["expect"] == "fail" and _restyled(ours) == _restyled(ftfy.fix_text(case["original"])):
        return "as ftfy itself does, against its authors' wish"
    if case["label"] in REFUSED and _LOSS & set(normalise(case["original"], DEFAULT).flags):
        return "refused: " + REFUSED[case["label"]]
    return "wrong"


def _ftfy_cases() -> Iterator[Figure]:
    folder = DATA / "textnorm" / "ftfy-test-cases"
    if not folder.exists():
        yield absent("normalise", "ftfy's own cases")
        return
    cases = [
        (path.stem, case)
        for path in sorted(folder.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))
    ]
    verdicts = [(file, case["label"], _verdict(case)) for file, case in cases]
    counts = Counter(verdict.partition(":")[0] for _, _, verdict in verdicts)
    wrong = [f"[{file}: {label}]" for file, label, verdict in verdicts if verdict == "wrong"]
    note = ", ".join(
        f"{number} {verdict}" for verdict, number in sorted(counts.items()) if verdict != "wrong"
    )
    yield _share("ftfy's own cases: repaired, or refused with a reason", wrong, len(cases), note)
    still = [case for _, case in cases if case["original"] == case.get("fixed-encoding", case["fixed"])]
    moved = [
        f"[{case['label']}]"
        for case in still
        if normalise(case["original"], DEFAULT).text not in {case["original"], case["fixed"]}
        and not _own_damage(case["original"])
        and case["label"] not in CHANGED
    ]
    yield _share("ftfy's own cases: what is no mojibake stays", moved, len(still))


def _own_damage(text: str) -> bool:
    """Say whether rules of ours other than those for mojibake change the text."""
    rules = {rule for edit in normalise(text, DEFAULT).edits for rule in edit.rule.split("+")}
    return not any(rule.startswith(("mojibake", "ftfy")) for rule in rules)


# --- punctuation ---

_PAIRS: Final = {"，": ",", "；": ";", "：": ":", "？": "?", "！": "!", "（": "(", "）": ")"}
_PROSE: Final = re.compile("[\u4e00-\u9fff]")
_CODE: Final = re.compile("[`*_#|<>=\\[\\]{}\\\\$~]|https?:|www\\.")


def _articles(seed: int, limit: int) -> list[str]:
    """Return lines of Chinese prose of open texts, an article each, without code and links."""
    records = [str(record["text"]) for record in lines_of("lctt_zh.jsonl.xz")]
    random.Random(seed).shuffle(records)
    out: list[str] = []
    for text in records:
        kept = [line.strip() for line in text.split("\n")]
        kept = [
            x for x in kept if len(x) > 20 and 2 * len(_PROSE.findall(x)) > len(x) and not _CODE.search(x)
        ]
        out += ["\n".join(kept)] if kept else []
        if sum(map(len, out)) > limit:
            break
    return out


def _damaged(line: str) -> str:
    """Return a line as NFKC leaves it, but for what it does to characters that are no marks."""
    return "".join(_PAIRS.get(c, "..." if c == "…" else c) for c in line)


def _restored(seed: int) -> Iterator[Figure]:
    name = "marks that NFKC made half-width, restored"
    lines = [line for text in _articles(seed, 200_000) for line in text.split("\n")]
    # A line with a half-width mark beside Han was so printed: what is right in it is not known.
    lines = [
        x for x in lines if not re.search("[\u4e00-\u9fff”》）] ?[,;:?!()]|[,;:?!()] ?[\u4e00-\u9fff]", x)
    ]
    if not lines:
        yield absent("normalise", name)
        return
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    strange = 0
    for line in lines:
        back = normalise(_damaged(line), RESTORING).text
        marks = [(c, n) for n, c in enumerate(line) if c in _PAIRS]
        total.update(c for c, _ in marks)
        if len(back) == len(line):
            right.update(c for c, n in marks if back[n] == c)
        else:
            wanted, got = Counter(c for c, _ in marks), Counter(c for c in back if c in _PAIRS)
            right.update(wanted & got)
        plain = normalise(_damaged(line), DEFAULT).text
        strange += re.sub("[ .]+", "", _damaged(back)) != re.sub(
            "[ .]+", "", plain
        )  # dots may become an ellipsis
    each = ", ".join(f"{c} {right[c]:,}/{total[c]:,}" for c in _PAIRS)
    note = f"{each}; {strange} lines in which anything but marks and spaces changed; the reference restored .993 of 4,020"
    yield Figure("normalise", name, total.total(), right.total() / total.total(), 0.993, note=note)


# --- the normal form ---


def _normal_form() -> Iterator[Figure]:
    name = "Unicode's NormalizationTest: the nfc rule is NFC"
    path = DATA / "textnorm" / "unicode15" / "NormalizationTest.txt"
    if not path.exists():
        yield absent("normalise", name)
        return
    from stages._rules import nfc
    from stages.edits import apply_edits

    wrong, number, protected = [], 0, 0
    for row in path.read_text(encoding="utf-8").split("\n"):
        columns = row.partition("#")[0].split(";")
        if len(columns) < 5:
            continue
        texts = ["".join(chr(int(c, 16)) for c in column.split()) for column in columns[:5]]
        if any(unicodedata.category(c) == "Cn" for text in texts for c in text):
            continue  # assigned after the Unicode data of this Python
        number += 1
        compatible = [text for text in texts if re.search("[\uf900-\ufaff\U0002f800-\U0002fa1f]", text)]
        protected += bool(compatible)
        wanted = [texts[1], texts[1], texts[1], texts[3], texts[3]]
        plain = [apply_edits(text, nfc(text, japanese=False)) for text in texts]
        kept = all(
            apply_edits(text, nfc(text, japanese=True)) == text for text in compatible if len(text) == 1
        )
        if plain != wanted or not kept:
            wrong.append(columns[0])
    yield _share(name, wrong, number, f"{protected} with ideographs that Japanese text keeps")


# --- speed ---

_BYTES: Final = 1_500_000
_ROUNDS: Final = 5


def _seconds(work: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    work(text)
    return time.process_time() - started


def _speed(seed: int) -> Iterator[Figure]:
    name = "speed on clean Chinese, against ftfy"
    records = [str(record["text"]) for record in lines_of("lctt_zh.jsonl.xz")]
    if not records:
        yield absent("normalise", name)
        return
    random.Random(seed).shuffle(records)
    texts: list[str] = []
    for text in records:
        kept = [line.strip() for line in text.split("\n")]
        kept = [x for x in kept if len(x) > 20 and 2 * len(_PROSE.findall(x)) > len(x)]
        texts += ["".join(f"{line}\n" for line in kept)] if kept else []
        if sum(len(text.encode()) for text in texts[-1:]) and 3 * sum(map(len, texts)) > _BYTES:
            break
    normalise("a\xa0é\n", DEFAULT)  # tables are made once a process
    ours = theirs = 0.0
    for text in texts:  # in turn, and the best of several: what else the machine does then strikes both alike
        ours += min(_seconds(lambda text: normalise(text, DEFAULT), text) for _ in range(_ROUNDS))
        theirs += min(_seconds(ftfy.fix_text, text) for _ in range(_ROUNDS))
    size = sum(len(text.encode()) for text in texts) / 1e6
    note = f"{size / ours:.1f} MB/s, plain ftfy.fix_text {size / theirs:.1f} MB/s, one core; wanted 22"
    yield Figure("normalise", name, len(texts), theirs / ours, 10.0, "ratio", note=note)
