"""Builds texts of which it is known what repeats what, from the articles of the samples.

A rung is one class of change: every article stands beside its changed forms, and it is known which of them tell
the same story (`group`), what of a file is a repeat (`repeats`) and what may not be removed.  Everything follows
from the seeds below: the same samples give the same bytes.
"""

from __future__ import annotations

import json
import lzma
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from page_texts import MONTHS

from stages._t2s import SIMPLIFIED, TRADITIONAL

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
DATA = ROOT.parent / "shared" / "data"
SEED = 20_231
SHARES = (1, 2, 5, 10)  # per cent of the characters that are edited

#: name of the pool: file, articles taken from it, least and most characters
POOLS = {
    "ja": ("wikinews_ja.jsonl.xz", 40, 300, 2500),
    "zh-tech": ("lctt_zh.jsonl.xz", 30, 600, 4000),
    "es": ("news_es.jsonl.xz", 30, 800, 4000),
}


@dataclass(frozen=True, slots=True)
class Article:
    name: str
    english: bool  # of words, not of Han or kana
    lines: tuple[str, ...]

    @property
    def titled(self) -> bool:
        return len(self.lines) > 2 and len(self.lines[0]) < 90 and self.lines[0][-1] not in "。.！？!?”"


@dataclass(frozen=True, slots=True)
class Text:
    """A file of a rung."""

    path: str
    data: bytes
    group: str  # files of one group are the same story: one has to stay, and the most complete
    repeats: tuple[tuple[str, ...], ...] = ()  # pieces of the file in order, alternately kept and repeated


@dataclass(frozen=True, slots=True)
class Rung:
    name: str
    kind: str  # "copies": one of a group stays; "repeats": inside files; "distinct": nothing goes
    texts: tuple[Text, ...]
    gate: bool = field(default=True)  # a probe is measured and has no floor


# --- articles of the samples -----------------------------------------------------------------------------------

_WHOLE = (
    *(f"reprints/input/yunling-daily/{n}.txt" for n in ("cement-library", "bus-bell", "stone-bees")),
    *(f"reprints/input/bay-online/{n}.txt" for n in ("kite-rule", "salt-bread")),
    *(f"reprints/input/luoshan-evening/{n}.txt" for n in ("night-clinic", "river-swim")),
    *(f"encodings/input/{n}.txt" for n in ("utf8-plain", "utf8-bom", "gb18030", "crlf")),
    *(f"english/input/capital-wire/{n}.txt" for n in ("seed-vault", "snow-count", "weather-ship-log")),
    *(f"english/input/harrow-courier/{n}.txt" for n in ("lamp-post-vote", "oyster-bell")),
)
_GB18030 = {"gb18030"}
_LIKE_ANOTHER = {"n002", "n004", "n005", "n006"}  # records that repeat, or vary, another one
_TAILS = {"reprints": 2, "english": 2}  # lines of the outlet at the end


def sample_articles() -> list[Article]:
    """Return the articles of the samples, each once and without the lines of its outlet."""
    found = []
    for name in _WHOLE:
        path = SAMPLES / name
        encoding = "gb18030" if path.stem in _GB18030 else "utf-8-sig"
        lines = [line.strip() for line in path.read_bytes().decode(encoding).splitlines() if line.strip()]
        tail = _TAILS.get(name.split("/", 1)[0], 0)
        found.append(_article(path.stem, lines[: len(lines) - tail]))
    twice = SAMPLES / "twice" / "input"
    for name, take in (
        ("harbour-review", slice(0, 39)),
        ("canal-works", slice(0, 11)),
        ("market-street", slice(0, 12)),
        ("night-ferry", slice(0, None, 2)),
    ):
        lines = (twice / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        found.append(_article(name, [line for line in lines if line][take]))
    records = (SAMPLES / "records" / "input" / "news.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, records) if row["id"] not in _LIKE_ANOTHER]
    texts = [(row["id"], [row["title"], *row["text"].splitlines()]) for row in rows]
    found.extend(_article(name, [line for line in lines if line.strip()]) for name, lines in texts)
    return found


def data_articles(pool: str) -> list[Article]:
    """Return articles of a data file that lies beside the repository; none where it does not."""
    name, number, least, most = POOLS[pool]
    path = DATA / name
    if not path.exists():
        return []
    rows = [json.loads(line) for line in lzma.decompress(path.read_bytes()).splitlines() if line]
    fit = [row for row in rows if least <= len(row["text"]) <= most]
    found = []
    for row in random.Random(SEED).sample(fit, number):
        lines = [x.strip() for x in [row.get("title", ""), *row["text"].splitlines()] if x.strip()]
        found.append(_article(re.sub(r"\W+", "-", row["id"]), list(dict.fromkeys(lines))))
    return found


def _article(name: str, lines: list[str]) -> Article:
    text = "".join(lines)
    return Article(
        name,
        english=sum(c.isascii() or "\u00c0" <= c <= "\u024f" for c in text) > len(text) * 0.7,
        lines=tuple(lines),
    )


# --- changes ---------------------------------------------------------------------------------------------------

#: Characters and words that carry figures, dates or negation, and so are never edited.
_SPARED = frozenset(
    "零〇一二两三四五六七八九十百千万亿兆半双几第倍成数单多少余廿卅壹贰叁"
    "年月日号时分秒点刻周星期礼拜天岁元旬季度初今昨明前后上下晚早午夜凌晨"
    "不没无未非否别莫勿毋休免禁拒难缺失停止反"
    "個兩餘時間週禮歲點號無時円末回人"
)
_SPARED_WORDS = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "nor",
        "neither",
        "nobody",
        "nothing",
        "nowhere",
        "without",
        "cannot",
        "hardly",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
        "million",
        "billion",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "half",
        "quarter",
        "dozen",
        "twice",
        "once",
        "double",
        "both",
        *map(str.lower, MONTHS["en"]),
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "no",
        "ni",
        "nunca",
        "nadie",
        "nada",
        "sin",
        "tampoco",
        "jamás",
        "ningún",
        "ninguna",
        "ninguno",
        "uno",
        "una",
        "un",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
        "cien",
        "ciento",
        "mil",
        "millón",
        "millones",
        "primer",
        "primera",
        "primero",
        "segundo",
        "segunda",
        "medio",
        "media",
        *MONTHS["es"],
        "lunes",
        "martes",
        "miércoles",
        "jueves",
        "viernes",
        "sábado",
        "domingo",
        "ayer",
        "hoy",
        "mañana",
        "today",
        "yesterday",
        "tomorrow",
    ]
)
_HAN = re.compile("[\u4e00-\u9fff\u3041-\u30fa]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{3,}(?!['’])")


def _places(line: str, *, english: bool) -> list[tuple[int, int]]:
    """Return what of a line may be edited: neither figures, dates, negation nor their neighbours."""
    if english:
        found = [
            m.span() for m in _WORD.finditer(line) if m[0].islower() and m[0].casefold() not in _SPARED_WORDS
        ]
    else:
        found = [m.span() for m in _HAN.finditer(line)]
    kept = []
    for start, end in found:
        near = line[max(start - 2, 0) : end + 2]
        if english:
            around = line[max(start - 14, 0) : end + 14]
            if any(c.isdigit() for c in around) or _SPARED_WORDS & set(re.findall(r"\w+", around.casefold())):
                continue
        elif any(c.isdigit() or c in _SPARED or c in "%.％" for c in near):
            continue
        kept.append((start, end))
    return kept


def edited(article: Article, per_cent: float, seed: str) -> list[str]:
    """Return the lines with this share of their characters (English: words) replaced, put in or left out."""
    dice = random.Random(f"{SEED} {seed}")
    where = [
        (n, *span) for n, line in enumerate(article.lines) for span in _places(line, english=article.english)
    ]
    pool = sorted({article.lines[n][a:b] for n, a, b in where})
    total = sum(len(x.split()) if article.english else len(x) for x in article.lines)
    chosen = dice.sample(where, min(max(round(total * per_cent / 100), 1), len(where)))
    lines = list(article.lines)
    for n, a, b in sorted(chosen, reverse=True):
        old, new = lines[n][a:b], dice.choice(pool)
        put = dice.choices((new, new + (" " if article.english else "") + old, ""), (70, 15, 15))[0]
        lines[n] = lines[n][:a] + put + lines[n][b:]
    return lines


def _in_big5(char: str) -> bool:
    try:
        return len(char.encode("big5")) == 2
    except UnicodeEncodeError:
        return False


#: A simplified character that is also a traditional one (里, 回, 只) stays: which one it is takes a dictionary.
_TO_TRADITIONAL = {
    s: t
    for s, t in reversed(list(zip(SIMPLIFIED, TRADITIONAL, strict=True)))
    if _in_big5(t) and not _in_big5(s)
}
_FULL, _HALF = "，；：（）？！", ",;:()?!"
_DIGITS = re.compile(r"\d+")
_NUMERAL = re.compile(
    "(?<=[零一二三四五六七八九十百千万])[三四五六七八九](?=[成百千万十个名只年天条])|[三四五六七八九](?=[成百千万十]|[个名只条次位]\\w)"
)


def other_figures(lines: tuple[str, ...], seed: str, most: int | None = None) -> list[str]:
    """Return the lines with other digits in their figures: all of them, or `most`."""
    dice = random.Random(f"{SEED} {seed}")
    places = [(n, m.start()) for n, line in enumerate(lines) for m in _DIGITS.finditer(line)]
    chosen = set(places if most is None else dice.sample(places, min(most, len(places))))
    out = []
    for n, line in enumerate(lines):

        def other(m: re.Match[str], n: int = n) -> str:
            if (n, m.start()) not in chosen:
                return m[0]
            last = dice.choice([d for d in "123456789" if d != m[0][-1]])
            return m[0][:-1] + last

        out.append(_DIGITS.sub(other, line))
    return out


def _wrapped(lines: list[str], columns: int, *, english: bool) -> list[str]:
    if not english:
        lines = ["\u3000\u3000" + line for line in lines]
        return [line[at : at + columns] for line in lines for at in range(0, len(line), columns)]
    out = []
    for line in lines:
        row = ""
        for word in line.split():
            if len(row) + len(word) >= columns * 2:
                out.append(row)
                row = ""
            row = f"{row} {word}".strip()
        out += [row, ""]
    return out[:-1]


def _bytes(lines: list[str] | tuple[str, ...]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


# --- rungs -----------------------------------------------------------------------------------------------------

_HEADLINES = (
    ("本网快讯：一桩街坊议论了许久的小事", "What the neighbours had been talking about all week"),
    ("记者走基层丨听他们自己说", "A short walk, and what came of it"),
    ("它为什么值得再说一遍", "Why this story is worth telling again"),
    ("一份来自现场的记录", "Notes from the scene"),
)
_HEAD = {
    False: ["首页 > 新闻 > 本地 > 正文", "字号：大 中 小"],
    True: ["Home > News > Local", "Share this article"],
}
_TAIL = {
    False: [
        "责任编辑：和小满",
        "扫码关注我们，第一时间看新闻",
        "相关阅读：老城墙下的旧书摊",
        "版权声明：未经授权不得转载",
    ],
    True: [
        "Read more: The bookstall under the wall",
        "Sign up for our newsletter",
        "Copyright © Willow Bay Herald. All rights reserved.",
    ],
}
_SHARED = (
    "受托管理方在书面答复中说：此次调整经过公开征求意见，共收到来信和电话意见若干，多数来信者关心的是老人和学生的出行，"
    "其次才是价格；凡是提出具体线路的意见，都已经逐条登记并写明采纳与否的理由，登记簿存放在服务大厅，任何人都可以翻看和抄录。"
)
_SHARED_EN = (
    "The managers said in a written answer that the change had been made after an open consultation; most of those who wrote were "
    "worried about the elderly and about pupils, fewer about the price; every suggestion of a route had been entered in a book with "
    "the reason for taking it up or leaving it, and the book lay in the hall, where anybody could read and copy it."
)


def _pairs(articles: list[Article], name: str, form) -> Rung:
    """Return a rung of each article and one changed form of it; a form that is None is left out."""
    texts = []
    for n, article in enumerate(articles):
        data = form(article, n)
        if data is not None and data != _bytes(article.lines):
            texts += [
                Text(f"desk/{article.name}.txt", _bytes(article.lines), article.name),
                Text(f"wire/{article.name}.txt", data, article.name),
            ]
    return Rung(name, "copies", tuple(texts))


def _encoded(lines: tuple[str, ...]) -> bytes | None:
    try:
        return ("\n".join(lines) + "\n").encode("gb18030")
    except UnicodeEncodeError:
        return None


def _translated(article: Article, table: dict[int, str]) -> bytes:
    return _bytes([line.translate(table) for line in article.lines])


def _cut(article: Article, share: float) -> list[str]:
    """Return the lines of the first share of the characters, at a line end."""
    total, sum_, lines = sum(map(len, article.lines)), 0, []
    for line in article.lines:
        if sum_ >= total * share and len(lines) > 1:
            break
        sum_ += len(line)
        lines.append(line)
    return lines


def copies(articles: list[Article]) -> list[Rung]:
    """Return the rungs of copies in two files, from the easy to the hard."""
    half = {ord(f): h for f, h in zip(_FULL, _HALF, strict=True)}
    full = {ord(h): f for f, h in zip(_FULL, _HALF, strict=True)}
    traditional = {ord(s): t for s, t in _TO_TRADITIONAL.items()}
    chinese = [a for a in articles if not a.english]
    titled = [a for a in articles if a.titled]
    long = [a for a in articles if len(a.lines) > 3]
    exact = tuple(
        Text(f"{place}/{a.name}.txt", _bytes(a.lines), a.name) for a in articles for place in ("desk", "wire")
    )
    rungs = [
        Rung("exact", "copies", exact),
        _pairs(articles, "crlf", lambda a, _: _bytes(a.lines).replace(b"\n", b"\r\n")),
        _pairs(articles, "wrapped", lambda a, _: _bytes(_wrapped(list(a.lines), 38, english=a.english))),
        _pairs(chinese, "half-width", lambda a, _: _translated(a, half)),
        _pairs(chinese, "full-width", lambda a, _: _translated(a, full)),
        _pairs(articles, "gb18030", lambda a, _: _encoded(a.lines)),
        _pairs(chinese, "traditional", lambda a, _: _translated(a, traditional)),
        *(
            _pairs(articles, f"edited-{p}", lambda a, _, p=p: _bytes(edited(a, p, f"{a.name} {p}")))
            for p in SHARES
        ),
        _pairs(long, "truncated-70", lambda a, _: _bytes(_cut(a, 0.7))),
        _pairs(long, "truncated-40", lambda a, _: _bytes(_cut(a, 0.4))),
        _pairs(
            titled,
            "retitled",
            lambda a, n: _bytes([_HEADLINES[n % len(_HEADLINES)][a.english], *a.lines[1:]]),
        ),
        _pairs(articles, "furniture", lambda a, _: _bytes([*_HEAD[a.english], *a.lines, *_TAIL[a.english]])),
    ]
    return [r for r in rungs if r.texts]


def _twice(articles: list[Article], name: str, form) -> Rung:
    texts = []
    for article in articles:
        pieces, joint = form(article)
        whole = joint.join(joint.join(p) for p in pieces)
        texts.append(
            Text(
                f"{article.name}.txt", (whole + "\n").encode(), article.name, tuple(tuple(p) for p in pieces)
            )
        )
    return Rung(name, "repeats", tuple(texts))


def repeats(articles: list[Article]) -> list[Rung]:
    """Return the rungs of repeats inside a file."""
    long = [a for a in articles if len(a.lines) > 4]
    return [
        _twice(articles, "twice", lambda a: ([a.lines, a.lines], "\n")),
        _twice(articles, "thrice", lambda a: ([a.lines, [*a.lines, *a.lines]], "\n")),
        _twice(articles, "twice-edited", lambda a: ([a.lines, edited(a, 3, f"{a.name} twice")], "\n")),
        _twice(long, "twice-cut", lambda a: ([a.lines, _cut(a, 0.6)], "\n")),
        _twice(long, "interleaved", lambda a: ([[x] for line in a.lines for x in (line, line)], "\n")),
        _twice(articles, "one-line", lambda a: ([["".join(a.lines)], ["".join(a.lines)]], "")),
    ]


_NEGATED = {"会": "不会", "能": "不能", "是": "不是", "要": "不要", "可以": "不可以"}
_NEGATED_EN = {
    " is ": " is not ",
    " was ": " was not ",
    " will ": " will not ",
    " are ": " are not ",
    " were ": " were not ",
}


def _negated(article: Article) -> list[str] | None:
    table = _NEGATED_EN if article.english else _NEGATED
    for n, line in reversed(list(enumerate(article.lines))):
        for old, new in table.items():
            at = line.find(old)
            if at > 0 and line[at - 1] not in "不没未而就还也只总若要凡可":
                return [*article.lines[:n], line.replace(old, new, 1), *article.lines[n + 1 :]]
    return None


def _variants(articles: list[Article], name: str, forms) -> Rung:
    """Return a rung of each article beside texts that only look like it: each its own group."""
    texts = []
    for article in articles:
        seen = {tuple(article.lines)}
        texts.append(Text(f"desk/{article.name}.txt", _bytes(article.lines), article.name))
        for n, lines in enumerate(forms(article)):
            if lines is not None and tuple(lines) not in seen:
                seen.add(tuple(lines))
                texts.append(
                    Text(f"wire/{article.name}-{n}.txt", _bytes(lines), f"{article.name} {name} {n}")
                )
    return Rung(name, "distinct", tuple(texts))


_DATED = (
    "{place}气象台{month}月{day}日{hour}时发布：今天白天到夜间{sky}，请市民外出时留意沿江路段的浓雾和滑坡提示牌。",
    (
        "{place}客运站通知：{month}月{day}日（{weekday}）起，开往石桥、青坪、柳坡方向的班车改在北广场上车，站内问讯处照常办公，"
        "请提前到站候车，携带大件行李的旅客从西侧通道进站。"
    ),
    (
        "{place}供水公司公告：因管道检修，{month}月{day}日{hour}时起青石巷、竹竿巷、马灯巷一带停水，恢复供水的时间另行通知，请居民提前储水，"
        "关好阀门，由此带来的不便敬请谅解。"
    ),
    (
        "{place} Harbour Office: on {weekday_en}, {day} {month_en}, the north pontoon is closed for the weekly inspection of the chains; boats "
        "use the south steps, and the office answers questions at the usual window from breakfast until the evening tide."
    ),
)
_NAMED = (
    (
        "应市友协邀请，{name}代表团今天下午抵达本市，开始为期数天的友好访问。代表团将参观老城的手工作坊、湿地公园和海事学校，"
        "并与本地的教师、园艺师和船员座谈。友协的工作人员到码头迎接，学生们献上了亲手编的草环。"
    ),
    (
        "市图书馆本周末的公开讲座由{name}主讲，题目是怎样读懂一张老地图。讲座在三楼报告厅举行，入场不收费，座位先到先得，"
        "听众可以带着自家收藏的地图来，讲座之后有人帮助辨认和登记。"
    ),
    (
        "经评审委员会讨论并向社会公示，本年度的街巷记录者称号授予{name}。评审委员会认为，获奖者长年记录老街的招牌、吆喝和天井，"
        "文字朴素，图片可靠，为后来的人留下了可以查对的材料。"
    ),
    (
        "The harbour choir has chosen {name} as its next conductor after auditions that lasted all spring. The singers voted by ballot in the net "
        "loft, and the result was read out by the oldest of the basses. The first concert under the new baton is the candlelit evening on the quay."
    ),
)
_NAMES = (
    ("埃塞俄比亚", "匈牙利", "葡萄牙"),
    ("岑望舒", "顾北辰", "蓝采薇"),
    ("鲁一苇", "慕听松", "冉知微"),
    ("Maud Ellery", "Piers Holloway", "Agnes Tarn"),
)
#: Two names differ, of a place and of a person: another event in the same words.
_VISITS = (
    (
        "应{place}商会邀请，灯塔合唱团指挥{name}今天启程，前往当地访问演出。代表团将同当地的学校、剧院和渔业合作社座谈，"
        "交流合唱训练和旧船坞改造的经验，并在港口广场举行一场不售票的音乐会。"
    ),
    (
        "The lighthouse choir will sing in {place} at the invitation of the chamber of trade, and {name} will conduct. The singers will "
        "meet pupils, actors and the fishing cooperative, and give a concert without tickets on the square in front of the harbour."
    ),
)
_VISITED = (
    (("青螺", "岑望舒"), ("白沙", "顾北辰"), ("云岭", "蓝采薇")),
    (("Harrow", "Maud Ellery"), ("Pelham", "Piers Holloway"), ("Stell", "Agnes Tarn")),
)
_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_MONTHS_EN = ("March", "April", "May", "June", "July")


def _dates() -> Rung:
    texts = []
    for t, template in enumerate(_DATED):
        for n in range(5):
            line = template.format(
                place=("Harrow" if t == 3 else "柳湾"), month=3 + n, day=4 + 3 * n, hour=6 + n, sky="多云转晴",
                weekday=_WEEKDAYS[n], weekday_en=_WEEKDAYS_EN[n], month_en=_MONTHS_EN[n],
            )  # fmt: skip
            texts.append(Text(f"notices/{t}-{n}.txt", _bytes([line]), f"date {t} {n}"))
    return Rung("date-only", "distinct", tuple(texts))


def _names() -> Rung:
    texts = [
        Text(f"notices/{t}-{n}.txt", _bytes([template.format(name=name)]), f"name {t} {n}")
        for t, template in enumerate(_NAMED)
        for n, name in enumerate(_NAMES[t])
    ]
    return Rung("name-only", "distinct", tuple(texts))


def _two_names() -> Rung:
    texts = [
        Text(f"notices/{t}-{n}.txt", _bytes([template.format(place=place, name=name)]), f"visit {t} {n}")
        for t, template in enumerate(_VISITS)
        for n, (place, name) in enumerate(_VISITED[t])
    ]
    return Rung("two-names", "distinct", tuple(texts))


def _shared(articles: list[Article]) -> Rung:
    texts = []
    for article in articles:
        middle = len(article.lines) // 2
        passage = _SHARED_EN if article.english else _SHARED
        lines = [*article.lines[:middle], passage, *article.lines[middle:]]
        texts.append(Text(f"{article.name}/{article.name}.txt", _bytes(lines), article.name))
    return Rung("shared-passage", "distinct", tuple(texts))


def _siblings(articles: list[Article]) -> Rung:
    long = "本台是由沿江十二个乡镇合办的公共电台。听众可以在每天傍晚的节目里留言，编辑会逐条登记，并在周末的节目中答复。"
    long_en = "The Herald is owned by its readers. Letters are printed in the order in which they come, and answered in the last issue of the month."
    texts = [
        Text(f"herald/{a.name}.txt", _bytes([*a.lines, long_en if a.english else long]), a.name)
        for a in articles
    ]
    return Rung("sibling-tail", "distinct", tuple(texts))


def _refrains(articles: list[Article]) -> Rung:
    texts = []
    for article in articles:
        refrain = (
            ["Row, and the bell will answer,", "row, and the lamp will see."]
            if article.english
            else ["摇啊摇，钟声会应你，", "摇啊摇，灯火看得见。"]
        )
        lines = [x for line in article.lines for x in (line, *refrain)]
        texts.append(Text(f"{article.name}.txt", _bytes(lines), article.name))
    return Rung("refrain", "distinct", tuple(texts))


def _top_of(n: int, *, english: bool) -> list[str]:
    week = _WEEKS[n % len(_WEEKS)]
    if english:
        name = ("Harvest", "Lantern", "Regatta", "Candle")[n % 4]
        return [
            f"{name} week in three stories",
            f"Our editors chose three stories that readers kept for {name.lower()} week.",
        ]
    return [
        f"{week}时节：街坊来信选编",
        f"本期为您选编{week}时节读者留言最多的消息，先后不分轻重，编排只看来信的早晚。",
    ]


_WEEKS = ("初霜", "大雾", "开犁", "涨潮", "晒谷", "收网", "封山", "踏青", "望月", "守岁")


def _roundups(articles: list[Article], name: str, *, head: bool, gate: bool = True) -> Rung:
    """Return single articles and roundups of three; with `head`, each roundup has a headline and a lead of its own."""
    texts = [Text(f"desk/{a.name}.txt", _bytes(a.lines), a.name) for a in articles]
    by_language = [[a for a in articles if a.english is english] for english in (False, True)]
    for group in by_language:
        for n in range(0, len(group) - 2, 3):
            three = group[n : n + 3]
            top = _top_of(n // 3, english=three[0].english) if head else _top_of(0, english=three[0].english)
            lines = [*top, *(x for a in three for x in a.lines)]
            texts.append(
                Text(f"weekly/{n}-{three[0].name}.txt", _bytes(lines), f"roundup {n} {three[0].name}")
            )
    return Rung(name, "distinct", tuple(texts), gate=gate)


def _own_tail(article: Article, other: Article) -> list[str] | None:
    """Return the article with the last paragraph of another story in place of its own; metadata stays last."""
    last = max(n for n, line in enumerate(article.lines) if line[-1] in '。.！？!?”"’')
    own = [line for line in other.lines if line[-1] in '。.！？!?”"’'][-1]
    return [*article.lines[:last], own, *article.lines[last + 1 :]] if len(article.lines) > 3 else None


def _own_sentence(article: Article, other: Article) -> list[str] | None:
    """Return the article with one short sentence of another story in place of one of its own."""
    ends = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])(?!”)")
    donors = [x for line in other.lines[1:] for x in ends.split(line)]
    for n, line in enumerate(article.lines[1:], 1):
        sentences = ends.split(line)
        if len(sentences) > 1 and not _DIGITS.search(line):
            own = min(donors, key=lambda x: (abs(len(x) - len(sentences[0])), x))
            joint = " " if article.english else ""
            return [*article.lines[:n], joint.join([own, *sentences[1:]]), *article.lines[n + 1 :]]
    return None


def _numerals(article: Article) -> list[str] | None:
    for n, line in enumerate(article.lines):
        m = _NUMERAL.search(line)
        if m and n:
            other = "四" if m[0] != "四" else "六"
            return [*article.lines[:n], line[: m.start()] + other + line[m.end() :], *article.lines[n + 1 :]]
    return None


def distinct(articles: list[Article], *, notices: bool = True) -> list[Rung]:
    """Return the rungs of which nothing may be removed."""
    numbered = [a for a in articles if _DIGITS.search("".join(a.lines[1:]))]
    chinese = [a for a in articles if not a.english]
    after = {
        a.name: b
        for english in (False, True)
        for group in ([x for x in articles if x.english is english],)
        for a, b in zip(group, [*group[1:], *group[:1]], strict=True)
    }

    def one(a: Article, n: int) -> list[str]:
        return [a.lines[0], *other_figures(a.lines[1:], f"{a.name} one {n}", 1)]

    def both(a: Article) -> list[str]:
        changed = Article(a.name, english=a.english, lines=tuple(one(a, 9)))
        return edited(changed, 3, f"{a.name} both")

    rungs = [
        _variants(
            numbered, "number-only", lambda a: [other_figures(a.lines, f"{a.name} {n}") for n in range(3)]
        ),
        _variants(numbered, "one-number", lambda a: [one(a, n) for n in range(3)]),
        _variants(numbered, "one-number-wrapped", lambda a: [_wrapped(one(a, 5), 38, english=a.english)]),
        _variants(numbered, "one-number-edited", lambda a: [both(a)]),
        _variants(chinese, "chinese-numeral", lambda a: [_numerals(a)]),
        _variants(articles, "negation", lambda a: [_negated(a)]),
        _variants(articles, "own-tail", lambda a: [_own_tail(a, after[a.name])]),
        _variants(articles, "own-sentence", lambda a: [_own_sentence(a, after[a.name])]),
        *([_dates(), _names(), _two_names()] if notices else []),
        _shared(articles),
        _siblings(articles),
        _refrains(articles),
        _roundups(articles, "roundup", head=True),
        _roundups(articles, "roundup-series", head=False),
    ]
    return [r for r in rungs if len(r.texts) > 1]


def ladder(articles: list[Article], *, notices: bool = True) -> list[Rung]:
    """Return all rungs."""
    return [*copies(articles), *repeats(articles), *distinct(articles, notices=notices)]


#: Rungs that stand together in one folder, to see whether a story of many forms stays one cluster.
MIXED = (
    "exact",
    "wrapped",
    "edited-2",
    "edited-5",
    "retitled",
    "number-only",
    "one-number",
    "negation",
    "date-only",
    "name-only",
)


def mixed(rungs: list[Rung]) -> Rung:
    """Return the rungs of `MIXED` as one: every form of every story, each file once."""
    texts = {
        (f"{rung.name}/{text.path}" if text.path.startswith("wire/") else text.path): text
        for rung in rungs
        if rung.name in MIXED
        for text in rung.texts
    }
    same: dict[bytes, str] = {}  # two classes can change an article in the same way
    for _, t in sorted(texts.items()):
        same.setdefault(b"".join(t.data.split()), t.group)
    return Rung(
        "mixed",
        "copies",
        tuple(Text(p, t.data, same[b"".join(t.data.split())]) for p, t in sorted(texts.items())),
    )


def write(rung: Rung, folder: Path) -> None:
    """Write the files of a rung."""
    for text in rung.texts:
        path = folder / text.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.data)
