"""How much of the furniture of invented sites is found, and what of their articles is touched.

Sites of 3 to 30 documents in several languages, as text files and as pages, go through the whole flow.  Bodies come
from open texts beside the repository and from the samples; furniture and traps from `furniture_bank`.  The truth is
known line by line.  Lines that are about the text (datelines, publication lines, sources, authors, times) are
metadata: they have to stay, and count as neither.
Anchors of the field, on other pages: all methods together 79 % at 3.4 % of body lines, recurrence alone 33 % at .2 %.
"""

from __future__ import annotations

import html
import json
import random
import re
import shutil
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import furniture_bank as bank
from text import DATA, ROOT, Figure, absent, lines_of

from pipeline import events
from pipeline.job import run
from pipeline.ledger import Output
from pipeline.settings import load
from stages._t2s import SIMPLIFIED, TRADITIONAL

AREA: Final = "furniture"
#: Sites of each language and the documents they may have.
SITES: Final = (
    ("zh", 22, (3, 4, 5, 6, 8, 10, 12, 20, 30)),
    ("zh-TW", 4, (3, 5, 8, 12)),
    ("ja", 5, (3, 5, 8, 12)),
    ("ko", 2, (3, 5)),
    ("en", 7, (3, 4, 5, 6, 8)),
    ("de", 2, (3, 4)),
    ("fr", 2, (3, 4)),
    ("es", 4, (3, 6, 10)),
)
_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BASE: Final = {"zh-TW": "zh"}


@dataclass(slots=True)
class Doc:
    """A document and the truth: body, trap, furniture, held (furniture of a held form) or meta for each line."""

    path: str
    page: bool
    lang: str
    lines: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Counts of lines by (truth, via); via is "" for a line that stayed."""

    lines: Counter[tuple[str, str, str, bool]] = field(default_factory=Counter)  # language, truth, via, page
    faults: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


# --- bodies ----------------------------------------------------------------------------------------------------


def _prose(line: str, least: int) -> bool:
    return (
        len(line) >= least and line[-1] in '。！？.!?”"»」』다' and not re.search(r"[`{}<>|\[\]]|http", line)
    )


def _grouped(lines: Sequence[str], size: int) -> list[list[str]]:
    return [list(lines[i : i + size]) for i in range(0, len(lines) - size + 1, size)]


def _zh(rng: random.Random) -> list[list[str]]:
    out = []
    for record in lines_of("lctt_zh.jsonl.xz"):
        lines = [line.strip() for line in str(record["text"]).split("\n")]
        kept = list(dict.fromkeys(x for x in lines if _prose(x, 28) and len(_WIDE.findall(x)) > len(x) // 2))
        if len(kept) >= 5:
            at = rng.randrange(len(kept) - 4)
            out.append(kept[at : at + rng.randint(5, 14)])
        if len(out) > 900:
            break
    rng.shuffle(out)
    return out


def _ja(rng: random.Random) -> list[list[str]]:
    out = []
    for record in lines_of("wikinews_ja.jsonl.xz"):
        sentences = re.findall(r"[^。]+。", str(record["text"]).replace("\n", "").replace("\r", ""))
        lines = ["".join(pair) for pair in _grouped(sentences, 2)]
        kept = list(dict.fromkeys(x for x in lines if 30 <= len(x) <= 400))
        if len(kept) >= 3:
            out.append(kept[:9])
    rng.shuffle(out)
    return out


def _es(rng: random.Random) -> list[list[str]]:
    out = []
    for record in lines_of("news_es.jsonl.xz"):
        kept = list(
            dict.fromkeys(x.strip() for x in str(record["text"]).split("\n") if _prose(x.strip(), 60))
        )
        if len(kept) >= 4:
            out.append(kept[:12])
    rng.shuffle(out)
    return out


def _en(rng: random.Random) -> list[list[str]]:
    out = []
    path = DATA / "readability_pages.tar.xz"
    if path.exists():
        with tarfile.open(path) as tar:
            for member in tar:
                if not member.name.endswith("expected.html"):
                    continue
                file = tar.extractfile(member)
                assert file is not None
                page = file.read().decode("utf-8", "replace")
                found = [re.sub(r"<[^>]+>", "", p) for p in re.findall(r"<p[^>]*>(.*?)</p>", page, re.DOTALL)]
                found = [" ".join(html.unescape(p).split()) for p in found]
                kept = list(
                    dict.fromkeys(p for p in found if _prose(p, 80) and len(re.findall(r"\bthe\b", p)) > 0)
                )
                out += [g for g in _grouped(kept, rng.randint(5, 9))[:3] if len(g) >= 5]
    for sample in sorted((ROOT / "samples" / "english" / "input").rglob("*.txt")):
        kept = [
            x.strip()
            for x in sample.read_text("utf-8", "replace").split("\n")
            if _prose(x.strip(), 60) and "newsletter" not in x
        ]
        if len(kept) >= 5:
            out.append(list(dict.fromkeys(kept)))
    rng.shuffle(out)
    return out


def _declaration(name: str, encoding: str) -> Callable[[random.Random], list[list[str]]]:
    """Return what takes documents from the Declaration of Human Rights: no other open text is there."""

    def bodies(rng: random.Random) -> list[list[str]]:
        path = DATA / "udhr_encodings.tar.xz"
        if not path.exists():
            return []
        with tarfile.open(path) as tar:
            file = tar.extractfile(f"udhr/{name}")
            assert file is not None
            text = file.read().decode(encoding, "replace").replace("\r", "")
        paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n|\n(?=\S{0,3}\s{2,})|\n", text)]
        kept = list(dict.fromkeys(p for p in paragraphs if len(p) > 40 and p[-1] in ".!?;:,다"))
        kept = [p if p[-1] in ".!?" else p.rstrip(";:,") + "." for p in kept]
        rng.shuffle(kept)
        return _grouped(kept, 5)

    return bodies


BODIES: Final[dict[str, Callable[[random.Random], list[list[str]]]]] = {
    "zh": _zh,
    "ja": _ja,
    "es": _es,
    "en": _en,
    "de": _declaration("German_Deutsch-Latin1", "latin-1"),
    "fr": _declaration("French_Francais-Latin1", "latin-1"),
    "ko": _declaration("Korean_Hankuko-UTF8", "utf-8"),
}
_TITLES: Final = {
    "zh": (
        "{city}{noun}改造完工 {who}再聚首",
        "{noun}边的{n}天：{name}和他的{noun2}",
        "{city}{cat}新规下月施行",
        "{who}为何重回{noun}",
        "{name}：把{noun}留给{city}",
    ),
    "ja": ("{city}の{noun}、{n}日ぶりに再開", "{name}さんが{verb}{noun}", "{noun}と{noun2}、{city}で展示"),
    "ko": ("{city} {noun}, {n}일 만에 다시 열려", "{name}이 만난 {noun}", "{city} {cat} 새 규칙 시행"),
    "en": (
        "{city} reopens its {noun} after {n} days",
        "Why {who} return to the {noun}",
        "{name} and the {noun} of {city}",
    ),
    "de": (
        "{city} öffnet {noun} nach {n} Tagen",
        "Warum {who} zu den {noun} zurückkehren",
        "{name} und die {noun} von {city}",
    ),
    "fr": (
        "{city} rouvre ses {noun} après {n} jours",
        "Pourquoi {who} reviennent aux {noun}",
        "{name} et les {noun} de {city}",
    ),
    "es": (
        "{city} reabre {noun} tras {n} días",
        "Por qué {who} vuelven a {noun}",
        "{name} y {noun} de {city}",
    ),
}


# --- sites -----------------------------------------------------------------------------------------------------


class _Words:
    """Fills the fields of a wording; half of the fillings of slots are left out by the seed."""

    def __init__(self, lang: str, seed: int) -> None:
        rng = random.Random(f"{seed} words {lang}")
        self._words = {}
        for name, text in bank.WORDS[lang].items():
            words = text.split("|")
            spared = name in {"site", "name", "city", "cat"} or len(words) < 4
            self._words[name] = words if spared else rng.sample(words, (len(words) + 1) // 2)
        self._lang = lang

    def fill(self, wording: str, rng: random.Random, site: str) -> str:
        """Return a wording with its fields filled."""
        values = {"site": site, "n": str(rng.randint(101, 9899)), "m": str(rng.randint(10, 12))}
        values |= {"m2": str(rng.randint(10, 28)), "d": str(rng.randint(1, 9))}
        for name, words in self._words.items():
            if name == "site":
                continue
            picked = rng.sample(words, min(3, len(words)))
            for n, word in enumerate(picked):
                values[name if n == 0 else f"{name}{n + 1}"] = word
        if "{title}" in wording:
            values["title"] = self.title(rng, site)
        return wording.format(**values)

    def title(self, rng: random.Random, site: str) -> str:
        """Return a headline."""
        return self.fill(rng.choice(_TITLES[self._lang]), rng, site)


def _to_traditional(text: str) -> str:
    return text.translate(_S2T)


_S2T: Final = {ord(s): t for t, s in zip(reversed(TRADITIONAL), reversed(SIMPLIFIED), strict=True)}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a site has on all its pages."""

    site: str
    furniture: tuple[
        tuple[str, str, str, str, str], ...
    ]  # zone, manner, truth, wording, the line where it is fixed
    traps: tuple[tuple[str, str, tuple[str, ...]], ...]
    bulletin: tuple[str, ...]  # of its daily bulletin; empty where it has none
    meta: tuple[str, ...]
    often: float  # share of the documents that a trap stands in; 1 for a column
    titles: tuple[str, ...]  # of its documents, and then of others that are not in the folder


def _plan(lang: str, size: int, words: _Words, rng: random.Random) -> _Plan:
    site = rng.choice(bank.WORDS[lang]["site"].split("|"))
    chosen = []
    for zone, manner, held, wordings in bank.FORMS[lang]:
        if rng.random() < 0.5:
            wording = rng.choice(wordings)
            line = words.fill(wording, rng, site) if manner != "var" else ""
            chosen.append((zone, manner, "held" if held else "furniture", wording, line))
    rng.shuffle(chosen)
    # lists stand below everything else that is no footer more often than not
    chosen.sort(key=lambda c: c[1] in {"list", "rank"} if rng.random() < 0.8 else rng.random() < 0.5)
    traps = bank.TRAPS[lang]
    bulletins = [t[2] for t in traps if t[0] == "bulletin"]
    return _Plan(
        site=site,
        furniture=tuple(chosen),
        traps=tuple(t for t in traps if t[0] != "bulletin" and rng.random() < 0.22),
        bulletin=rng.choice(bulletins) if bulletins and rng.random() < 0.25 else (),
        meta=tuple(m for m in bank.METADATA[lang] if rng.random() < 0.3),
        often=1.0 if rng.random() < 0.2 else 0.65,
        titles=tuple(dict.fromkeys(words.title(rng, site) for _ in range(3 * size + 12)))[: 2 * size + 8],
    )


def _trapped(
    body: list[tuple[str, str]], plan: _Plan, number: int, size: int, words: _Words, rng: random.Random
) -> None:
    """Put lines into the body that look like furniture and are none."""
    at_the_end = False
    for k, (where, manner, wordings) in enumerate(plan.traps):
        if (manner == "once" and number != k % size) or rng.random() > plan.often:
            continue
        lines = [(words.fill(t, rng, plan.site), "trap") for t in wordings]
        if where == "head":
            body[:0] = lines
        elif where == "tail" and not at_the_end:
            body += lines
            at_the_end = True
        elif where == "mid" and len(body) > 2:
            at = rng.randint(1, len(body) - 1)
            body[at:at] = lines


def _document(
    doc: Doc, plan: _Plan, title: str, body: list[tuple[str, str]], words: _Words, rng: random.Random
) -> None:
    """Fill the lines of a document."""
    head: list[tuple[str, str]] = []
    tail: list[tuple[str, str]] = []
    for zone, manner, truth, wording, line in plan.furniture:
        if rng.random() < 0.12:
            continue
        new = [(line or words.fill(wording, rng, plan.site), truth)]
        if manner in {"list", "rank"}:
            titles = [t for t in (plan.titles[-6:] if manner == "rank" else plan.titles) if t != title]
            new += [(t, truth) for t in rng.sample(titles, min(len(titles), rng.randint(3, 6)))]
        if zone == "head":
            head += new
        elif zone == "tail":
            tail += new
        elif len(body) > 2:
            at = rng.randint(2, len(body) - 1)
            body[at:at] = new
    about = [(words.fill(m, rng, plan.site), "meta") for m in plan.meta]
    above = rng.choice((len(head), rng.randint(0, len(head))))
    lines = [*head[:above], (title, "body"), *head[above:], *about[:2], *body]
    lines += [*about[2:3], *tail]
    if doc.lang == "zh-TW":
        lines = [(line.translate(_S2T), truth) for line, truth in lines]
    unique = {_squeezed(line): (line, truth) for line, truth in reversed(lines)}
    doc.lines = list(reversed(unique.values()))


def _site(
    number: int, lang: str, size: int, words: _Words, bodies: list[list[str]], rng: random.Random
) -> Iterator[Doc]:
    plan = _plan(_BASE.get(lang, lang), size, words, rng)
    page = number % 3 == 2
    for n in range(size):
        if not bodies:
            break
        doc = Doc(f"site{number:02}-{lang}/{n:03}.{'html' if page else 'txt'}", page, lang)
        if plan.bulletin and rng.random() < 0.35:
            body = [(words.fill(t, rng, plan.site), "trap") for t in plan.bulletin]
        else:
            body = [(line, "body") for line in bodies.pop()]
            _trapped(body, plan, n, size, words, rng)
        _document(doc, plan, plan.titles[n], body, words, rng)
        yield doc


def sites(seed: int) -> list[Doc]:
    """Return the documents of all sites; none where the texts are not there."""
    out: list[Doc] = []
    pools: dict[str, list[list[str]]] = {}
    number = 0
    for lang, count, sizes in SITES:
        base = _BASE.get(lang, lang)
        if base not in pools:
            pools[base] = BODIES[base](random.Random(f"{seed} bodies {base}"))
        words = _Words(base, seed)
        for n in range(count):
            rng = random.Random(f"{seed} site {lang} {n}")
            out += _site(number, lang, sizes[n % len(sizes)], words, pools[base], rng)
            number += 1
    return out


# --- the flow --------------------------------------------------------------------------------------------------


def _squeezed(text: str) -> str:
    return "".join(text.split())


def write(docs: Sequence[Doc], folder: Path) -> None:
    """Write the documents: a line a paragraph."""
    for doc in docs:
        path = folder / doc.path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join(line for line, _ in doc.lines) + "\n"
        if doc.page:
            inner = "\n".join(f"<p>{html.escape(line)}</p>" for line, _ in doc.lines)
            text = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>x</title></head><body><article>\n{inner}\n</article></body></html>\n'
        path.write_text(text, encoding="utf-8")


def tally(docs: Sequence[Doc], out: Path) -> Tally:
    """Compare what was removed with the truth, line by line of L1 as far as it reached L2."""
    output = Output(out)
    rows = output.rows()
    by_path = {
        d["path"].removesuffix(".txt") if d["path"].endswith(".html.txt") else d["path"]: d
        for d in rows.documents
    }
    via: dict[tuple[str, int], tuple[str, str]] = {
        (f["doc"], f["start"]): (f["via"], f["rule"]) for f in rows.furniture if f["removed"]
    }
    result = Tally()
    for doc in docs:
        document = by_path[doc.path]
        if document["status"] != "kept":
            continue
        truth = {_squeezed(line): kind for line, kind in doc.lines}
        text = output.text(document["id"], "L2")
        assert isinstance(text, str)
        at = 0
        for line in text.split("\n"):
            kind = truth.get(_squeezed(line))
            how, rule = via.get((document["id"], at), ("", ""))
            if kind is not None:
                result.lines[doc.lang, kind, how, doc.page] += 1
                if how and kind in {"body", "trap", "meta"}:
                    result.faults.append(f"{doc.path} {kind} {rule}: {line}")
                if not how and kind in {"furniture", "held"}:
                    result.missed.append(f"{doc.path} {kind}: {line}")
            elif line.strip():
                result.lines[doc.lang, "unknown", how, doc.page] += 1
            at += len(line) + 1
    return result


def _share(
    counts: Counter[tuple[str, str, str, bool]],
    of: Callable[[tuple[str, str, str, bool]], bool],
    hit: Callable[[str], bool] = bool,
) -> tuple[float, int]:
    total = sum(n for key, n in counts.items() if of(key))
    return sum(n for key, n in counts.items() if of(key) and hit(key[2])) / max(total, 1), total


def measure(seed: int, work: Path) -> tuple[Tally, int]:
    """Return the tally of a run, and the furniture lines that a run over its clean copies still finds."""
    docs = sites(seed)
    write(docs, work / "in")
    settings = load(None, {"run.jobs": 1})
    run([work / "in"], work / "out", settings, printer=events.Silent())
    first = tally(docs, work / "out")
    run([work / "out" / "clean"], work / "again", settings, printer=events.Silent())
    again = [f for f in Output(work / "again").rows().furniture if f["removed"]]
    first.faults += [f"second run {f['rule']}: {f['text']}" for f in again]
    return first, len(again)


def figures(seed: int) -> Iterator[Figure]:
    """Yield what was found, by language and by way, and what was touched."""
    name = "caught"
    if not DATA.exists():
        yield absent(AREA, name)
        return
    work = Path(tempfile.mkdtemp(prefix="furniture-"))
    try:
        result, again = measure(seed, work)
    finally:
        shutil.rmtree(work)
    lines = result.lines

    def site(key: tuple[str, str, str, bool]) -> bool:
        return key[1] in {"furniture", "held"}

    share, number = _share(lines, site)
    yield Figure(AREA, name, number, share, 0.70, note="goal .85; anchor of the field .79 at .034 touched")
    for group in (("zh", "zh-TW"), ("ja", "ko"), ("en",), ("de", "fr", "es")):
        share, number = _share(lines, lambda k, g=group: site(k) and k[0] in g)
        yield Figure(AREA, f"caught, {' '.join(group)}", number, share, 0.60)
    for page in (False, True):
        share, number = _share(lines, lambda k, p=page: site(k) and k[3] == p)
        yield Figure(AREA, f"caught, {'pages' if page else 'text files'}", number, share, 0.60)
    for way in ("pattern", "end", "recurrence"):
        share, number = _share(lines, site, lambda via, w=way: via == w)
        yield Figure(AREA, f"caught by {way}", number, share, 0.0)
    share, number = _share(lines, lambda k: k[1] == "held")
    yield Figure(AREA, "caught, held-out wording", number, share, 0.50)
    share, number = _share(lines, lambda k: k[1] == "held", lambda via: via == "pattern")
    yield Figure(AREA, "caught, held-out wording, by pattern", number, share, 0.0)
    share, number = _share(lines, lambda k: k[1] in {"body", "trap"})
    yield Figure(AREA, "body lines touched", number, share, 0.01, most=True, note="goal .005")
    share, number = _share(lines, lambda k: k[1] == "trap")
    touched = round(share * number)
    yield Figure(AREA, "traps touched", number, touched, 0, "count", most=True)
    share, number = _share(lines, lambda k: k[1] == "meta")
    yield Figure(AREA, "metadata lines kept", number, 1 - share, 1.0)
    yield Figure(AREA, "found by a second run", number, again, 0, "count", most=True)


if __name__ == "__main__":  # for tuning: what went wrong
    import sys

    folder = Path(tempfile.mkdtemp(prefix="furniture-"))
    found, _ = measure(int(sys.argv[1]), folder)
    print(json.dumps({"faults": found.faults, "missed": found.missed}, ensure_ascii=False, indent=1))
    shutil.rmtree(folder)
