"""Material of the areas "segment" and "key": paragraphs of open texts and of our own, and ways to wrap them."""

from __future__ import annotations

import io
import itertools
import json
import random
import re
import tarfile
import unicodedata
from typing import TYPE_CHECKING, Final

from lxml import html
from text import DATA, ROOT, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Article = list[str]  # paragraphs

_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_MARKUP: Final = re.compile(r"[`|\[\]<>{}\\]|https?:|\*\*|^\s*(?:[-*+>#!]|\d+\.|\[#\])|^=+$|^-+$|[\x00-\x09]")
_SENTENCES: Final = re.compile(r"(?<=[。！？」])(?=[^」）』])")
_WRAPPED: Final = {"canal-works.txt"}  # of our samples, files that hold a wrapped copy
_OPEN: Final = re.compile(r"[\w，、]$")
_CLOSERS: Final = "，。、；：！？”’）》】」"


def _shuffled(records: Sequence[Article], seed: int, count: int) -> list[Article]:
    chosen = list(records)
    random.Random(f"articles {seed}").shuffle(chosen)
    return chosen[:count]


def _usable(paragraphs: Article) -> bool:
    return 4 <= len(paragraphs) <= 80 and sum(map(len, paragraphs)) > 300


def chinese(seed: int, count: int) -> list[Article]:
    """Return Chinese articles: lines of prose and headings of open texts, without code, lists and links."""
    records = [str(r["text"]) for r in itertools.islice(lines_of("lctt_zh.jsonl.xz"), 0, None, 5)]
    random.Random(f"zh {seed}").shuffle(records)
    out = []
    for text in records:
        kept = []
        for raw in text.split("\n"):
            line = re.sub(r"\[([^\[\]]+)\]\([^()]*\)", r"\1", raw.strip())
            line = re.sub(r"^#+ *| +#+$", "", line).strip("*").replace("**", "").replace("`", "")
            line = " ".join(line.split())
            if len(_HAN.findall(line)) > len(line) / 3 and not _MARKUP.search(line):
                kept.append(line)
        if _usable(kept) and not _broken_there(kept):
            out.append(kept)
        if len(out) == count:
            break
    return out


def japanese(seed: int, count: int) -> list[Article]:
    """Return Japanese news: two to four sentences a paragraph, for the source has no line ends."""
    chance = random.Random(f"ja {seed}")
    out = []
    for record in lines_of("wikinews_ja.jsonl.xz"):
        sentences = _SENTENCES.split(str(record["text"]).strip())
        paragraphs = [" ".join(str(record["title"]).split())]
        while sentences:
            size = chance.randint(2, 4)
            paragraphs.append(" ".join("".join(sentences[:size]).split()))
            del sentences[:size]
        if _usable(paragraphs):
            out.append(paragraphs)
    return _shuffled(out, seed, count)


def spanish(seed: int, count: int) -> list[Article]:
    """Return Spanish news as it lies there, one paragraph a line; less those that are wrapped there."""
    out = [[p.strip() for p in str(r["text"]).split("\n") if p.strip()] for r in lines_of("news_es.jsonl.xz")]
    return _shuffled([p for p in out if _usable(p) and not wrapped_there(p)], seed, count)


def wrapped_there(lines: Sequence[str]) -> bool:
    """Return whether lines, said to be paragraphs, were wrapped at their source.

    Three or more end in a letter or a comma where the next begins with a small letter: no paragraph does.
    """
    pairs = itertools.pairwise(lines)
    return sum((a[-1].isalpha() or a[-1] == ",") and b[0].islower() for a, b in pairs) >= 3


def _broken_there(lines: Sequence[str]) -> bool:
    """Return whether lines of Chinese, said to be paragraphs, were wrapped at their source.

    Three or more fill most of a screen and stop in mid-sentence, all at one column.
    """
    long = [width(line) for line in lines if width(line) > 60 and _OPEN.search(line)]
    return any(sum(at - 4 <= one <= at for one in long) >= 3 for at in long)


def english(seed: int, count: int) -> list[Article]:
    """Return English articles: the expected paragraphs of saved pages."""
    path = DATA / "readability_pages.tar.xz"
    if not path.exists():
        return []
    out = []
    with tarfile.open(path) as archive:
        files = {m.name: m for m in archive if m.name.endswith(("expected.html", "expected-metadata.json"))}
        for name in sorted(n for n in files if n.endswith(".html")):
            about = archive.extractfile(files[name.replace(".html", "-metadata.json")])
            page = archive.extractfile(files[name])
            assert about is not None
            assert page is not None
            if not str(json.load(about).get("lang") or "").startswith("en"):
                continue
            tree = html.parse(io.BytesIO(page.read()), html.HTMLParser(encoding="utf-8"))
            found = [
                " ".join(str(e.text_content()).split())
                for e in tree.iter("p", "h1", "h2", "h3", "li")
                if not e.findall(".//p")
            ]
            paragraphs = [p for p in found if p.isascii() or not _HAN.search(p)]
            paragraphs = [p for p in paragraphs if p]
            if _usable(paragraphs[:40]):
                out.append(paragraphs[:40])
    return _shuffled(out, seed, count)


def declaration(language: str) -> list[Article]:
    """Return a language's Declaration of Human Rights in pieces of twelve paragraphs."""
    path = DATA / "udhr_encodings.tar.xz"
    names = {
        "German": ("German_Deutsch-Latin1", "cp1252"),
        "French": ("French_Francais-Latin1", "cp1252"),
        "Russian": ("Russian-UTF8", "utf-8-sig"),
        "Korean": ("Korean_Hankuko-UTF8", "utf-8-sig"),
    }
    if not path.exists():
        return []
    name, encoding = names[language]
    with tarfile.open(path) as archive:
        file = archive.extractfile(f"udhr/{name}")
        assert file is not None
        text = file.read().decode(encoding)
    paragraphs = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    pieces = [paragraphs[i : i + 12] for i in range(0, len(paragraphs), 12)]
    return [piece for piece in pieces if _usable(piece)]


def own(folder: str) -> list[Article]:
    """Return the articles of one of our samples, less the files that are wrapped there."""
    out = []
    for path in sorted((ROOT / "samples" / folder / "input").rglob("*.txt")):
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
        paragraphs = [
            " ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n") if line.strip()
        ]
        if _usable(paragraphs) and path.name not in _WRAPPED and max(map(width, paragraphs)) > 90:
            out.append(paragraphs)
    return out


def width(text: str) -> int:
    """Return cells: a wide or full-width character takes two; ligatures and half-width kana take one."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" and c <= "\uffe6" else 1 for c in text)


def typeset(paragraph: str, columns: int, *, cells: bool, indent: str = "") -> list[str]:
    """Return a paragraph cut at a column: by characters words are broken, by cells they stay whole.

    Closing marks hang past the column, by up to two.
    """
    text = indent + paragraph
    atoms = re.findall(r"[A-Za-z0-9.,%'\-]+|.", text) if cells else list(text)
    measure = width if cells else len
    out, line, hanging = [], "", 0
    for atom in atoms:
        if line and measure(line) + measure(atom) > columns:
            if atom in _CLOSERS and hanging < 2:
                hanging += 1
                line += atom
                continue
            out.append(line)
            line, hanging = "", 0
            atom = atom.lstrip(" ") if cells else atom  # noqa: PLW2901
        line += atom
    return [*out, line] if line else out


def filled(
    paragraph: str, columns: int, *, indent: str = "", hyphenate: random.Random | None = None
) -> list[str]:
    """Return a paragraph wrapped between words, or with long words broken by a hyphen."""
    out, line = [], indent
    for word in paragraph.split():
        gap = "" if line in {"", indent} else " "
        if not line.strip() or width(line) + len(gap) + width(word) <= columns:
            line += gap + word
            continue
        room = columns - width(line) - len(gap) - 1
        cuts = [
            k
            for k in range(3, min(room, len(word) - 3) + 1)
            if word[k - 1 : k + 1].isalpha() and word.islower()
        ]
        if hyphenate and len(word) > 7 and cuts and hyphenate.random() < 0.8:
            out.append(line + gap + word[: cuts[-1]] + "-")
            line = word[cuts[-1] :]
        else:
            out.append(line)
            line = word
    return [*out, line]


# --- text that was never wrapped, made from words of ours

_ZH: Final = (
    "桥河渡船山门灯塔秋雨春风田野石路老街木屋竹林水车麦浪孤星晚钟炊烟旧梦归人长堤短笛新月白鹭红叶青苔"
)
_ZH_NOUNS: Final = (
    "渡口",
    "粮站",
    "水塔",
    "影院",
    "图书馆",
    "夜市",
    "灯会",
    "茶园",
    "桥头小学",
    "老邮局",
    "鸟岛",
    "消防队",
)
_ZH_VERBS: Final = (
    "迎来新的管理员",
    "今起延长开放时间",
    "修好了屋顶",
    "挂出第一批灯",
    "公布账目",
    "多了两百位读者",
    "收到匿名来信",
)
_EN: Final = [
    "harbour",
    "lantern",
    "keeper",
    "bridge",
    "river",
    "plum",
    "market",
    "circle",
    "winter",
    "ladder",
    "stone",
    "tide",
    "whistle",
    "engine",
    "paper",
    "morning",
    "orchard",
    "bell",
    "canal",
    "window",
    "silver",
    "road",
    "garden",
    "kettle",
    "thunder",
    "slowly",
    "never",
    "under",
    "between",
    "bright",
    "hollow",
    "narrow",
    "quiet",
]
_DE: Final = [
    "Hafen",
    "Laterne",
    "Brücke",
    "Fluss",
    "Markt",
    "Winter",
    "Leiter",
    "Stein",
    "Glocke",
    "Kanal",
    "Fenster",
    "Garten",
    "langsam",
    "nie",
    "unter",
    "hell",
    "eng",
    "still",
]


def _verse_zh(chance: random.Random) -> str:
    size = chance.choice([5, 7, 12, 14, 16, 20])
    mark = chance.choice(["，。", "", "　"])
    rows = []
    for n in range(chance.randint(8, 24)):
        row = "".join(chance.choices(_ZH, k=size))
        rows.append(row + (mark[n % len(mark)] if len(mark) > 1 else ""))
    return "\n".join(rows)


def _verse_en(chance: random.Random) -> str:
    rows = []
    for _ in range(chance.randint(8, 30)):
        words = chance.choices(_EN, k=chance.randint(6, 9))
        row = " ".join(words)
        rows.append(
            (row.capitalize() if chance.random() < 0.7 else row) + chance.choice(["", ",", "", ";", "."])
        )
    stanza = chance.choice([4, 5, 6, 100])
    return "\n\n".join("\n".join(rows[i : i + stanza]) for i in range(0, len(rows), stanza))


def _headlines(chance: random.Random) -> str:
    rows = [
        chance.choice(_ZH_NOUNS)
        + chance.choice(_ZH_VERBS)
        + chance.choice(["", "：" + chance.choice(_ZH_NOUNS) + "变了样"])
        for _ in range(20)
    ]
    return chance.choice(["\n", "\n\n"]).join(rows)


def _headlines_en(chance: random.Random) -> str:
    rows = [
        " ".join(chance.choices(_EN, k=chance.randint(7, 9))).capitalize()
        for _ in range(chance.randint(6, 25))
    ]
    return chance.choice(["\n", "\n\n"]).join(rows)


def _list(chance: random.Random) -> str:
    mark = chance.choice(["{}. ", "{}、", "（{}）", "• ", "- ", "第{}条 ", "[{}] ", ""])
    body = chance.choice(
        ["请把{}的钥匙交给{}的看门人，然后在登记簿上写下时间", "{}：每日八时至二十时，逢{}开放日顺延一小时"]
    )
    rows = [
        mark.format(n) + body.format(*chance.sample(_ZH_NOUNS, 2)) for n in range(1, chance.randint(6, 20))
    ]
    return "\n".join(rows)


def _table(chance: random.Random) -> str:
    gap = chance.choice(["  ", "\t", " | ", " ", "    "])
    rows = []
    for n in range(chance.randint(6, 25)):
        cells = [
            f"2023-{n % 12 + 1:02d}-{chance.randint(10, 28)}",
            chance.choice(_ZH_NOUNS),
            f"{chance.uniform(0, 99):.1f}米",
            f"{chance.randint(100, 999)}人",
            chance.choice(_ZH_VERBS),
        ]
        rows.append(gap.join(cells))
    return "\n".join(rows)


def _table_en(chance: random.Random) -> str:
    rows = []
    for n in range(chance.randint(6, 25)):
        cells = (
            chance.choice(_EN).capitalize(),
            chance.choice(_EN),
            f"{chance.uniform(0, 999):.2f}",
            f"{n:02d}:{chance.randint(10, 59)}",
            " ".join(chance.choices(_EN, k=4)),
        )
        rows.append("".join(f"{cell:<14}" for cell in cells).rstrip())
    return "\n".join(rows)


def _transcript(chance: random.Random) -> str:
    names = chance.choice([("问：", "答："), ("记者：", "站长："), ("Q: ", "A: "), ("HOST: ", "KEEPER: ")])
    rows = []
    for n in range(chance.randint(8, 30)):
        if names[0].isascii():
            said = " ".join(chance.choices(_EN, k=chance.randint(4, 14))) + "?."[n % 2]
        else:
            said = (
                "".join(chance.choices(_ZH, k=chance.randint(8, 22)))
                + "，"
                + "".join(chance.choices(_ZH, k=9))
                + "？。"[n % 2]
            )
        rows.append(names[n % 2] + said)
    return "\n".join(rows)


def _subtitles(chance: random.Random) -> str:
    rows = []
    for n in range(chance.randint(8, 30)):
        size = chance.randint(10, 16)
        rows.append("".join(chance.choices(_ZH, k=size)) if n % 3 else " ".join(chance.choices(_EN, k=6)))
    return "\n".join(rows)


def _german(chance: random.Random) -> str:
    rows = [
        " ".join(chance.choices(_DE, k=chance.randint(7, 10))).capitalize()
        + chance.choice([".", "!", "", ":"])
        for _ in range(20)
    ]
    return "\n".join(rows)


def _markdown(chance: random.Random) -> str:
    rows = []
    for _ in range(chance.randint(4, 10)):
        rows.append("#" * chance.randint(1, 3) + " " + chance.choice(_ZH_NOUNS))
        rows += [
            f"{chance.choice('*-+')} {chance.choice(_ZH_NOUNS)}{chance.choice(_ZH_VERBS)}，共{chance.randint(2, 90)}次"
            for _ in range(6)
        ]
        rows.append("> " + "".join(chance.choices(_ZH, k=20)) + "。")
    return "\n".join(rows)


def _code(chance: random.Random) -> str:
    rows = []
    for _ in range(chance.randint(8, 30)):
        a, b, c = chance.choices(_EN, k=3)
        rows.append(
            chance.choice(
                [
                    f"    {a}_{b} = {c}({a}, key='{b}', limit={chance.randint(1, 99)})",
                    f"def {a}({b}: int, {c}: str) -> None:",
                    f"$ sudo apt-get install {a}-{b}-{c} --no-{c}",
                    f"  if {a} > {b} and {c} < {chance.randint(1, 9)}:",
                ]
            )
        )
    return "\n".join(rows)


def _addresses(chance: random.Random) -> str:
    rows = [
        f"{chance.choice(_ZH_NOUNS)}：柳溪镇石桥路{chance.randint(1, 300)}号 电话 0{chance.randint(100, 999)}-{chance.randint(1000000, 9999999)}"
        for _ in range(12)
    ]
    return "\n".join(rows)


#: Name of a kind of text that was never wrapped, and what makes one.
NEVER: Final = {
    "verse zh": _verse_zh,
    "verse en": _verse_en,
    "headlines zh": _headlines,
    "headlines en": _headlines_en,
    "lists": _list,
    "tables zh": _table,
    "tables en": _table_en,
    "transcripts": _transcript,
    "subtitles": _subtitles,
    "lines de": _german,
    "markdown-like": _markdown,
    "code": _code,
    "addresses": _addresses,
}


def between(chance: random.Random) -> list[str]:
    """Return lines that stand between paragraphs of an article and are no prose."""
    kind = chance.choice(["heading", "list", "dateline", "questions"])
    if kind == "heading":
        return [chance.choice(_ZH_NOUNS) + chance.choice(_ZH_VERBS)]
    if kind == "list":
        return [f"{n}. {chance.choice(_ZH_NOUNS)}{chance.choice(_ZH_VERBS)}" for n in range(1, 6)]
    if kind == "dateline":
        return [f"柳溪日报 2023年{chance.randint(1, 12)}月{chance.randint(1, 28)}日 记者 石小桥"]
    return ["问：您在这里守了多少年？", "答：四十一年。", "问：还要守多久？", "答：守到桥不用守。"]


def unwrapped(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of made texts that were never wrapped, `count` of each kind."""
    for kind, make in NEVER.items():
        chance = random.Random(f"{kind} {seed}")
        for _ in range(count):
            yield kind, make(chance)
