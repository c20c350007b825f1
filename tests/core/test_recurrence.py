"""What recurs over the documents of a source is its furniture; what an article says every day is not."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _recurrence
from stages._recurrence import Lines, places, several
from stages.furniture import FurnitureSettings, furniture, line_keys, recurring
from stages.model import Role

SETTINGS = FurnitureSettings()
LAW = settings(derandomize=True, deadline=None, max_examples=60)


def text(n, k=0):
    """Return a line of text that no other document has."""
    return f"{'甲乙丙丁戊己庚辛'[n % 8]}{'东南西北'[k % 4]}渡口今天{'晴雨雪风雾霜'[(n + k) % 6]}，{n}{k}号船照常开出，船工说他{'摇橹看云听雨点灯补网晒盐打鱼修船'[2 * (n % 8) : 2 * (n % 8) + 2]}多年。"


def rows_of(documents, options=SETTINGS, sources=None):
    """Return the columns that the barrier would bring together, and the lines."""
    out = {name: [] for name in Lines.__slots__}
    lines = []
    for number, document in enumerate(documents):
        body = "\n".join(document)
        roles = furniture(body, options).roles
        found = line_keys(body, roles, options)
        place = places(found.marks)
        seed = np.uint64((sources or {}).get(number, 0) * 2**32)
        chosen = (found.marks & (_recurrence.MAY | _recurrence.HARD)) != 0
        count = len(document)
        columns = {
            "group": found.keys ^ seed,
            "document": np.full(count, number, np.int64),
            "paragraph": np.arange(count, dtype=np.int32),
            "marks": found.marks,
            **{n: getattr(place, n) for n in ("before", "after", "ended", "run", "follows", "beyond")},
            "head": np.full(count, place.head, np.int32),
            "counts": np.ones(count, np.bool_),
            "documents": np.full(count, len(documents), np.int64),
        }
        for name, column in columns.items():
            out[name].append(column[chosen])
        lines += [(number, n, line) for n, line in enumerate(document) if chosen[n]]
    table = Lines(**{name: np.concatenate(columns) for name, columns in out.items()})
    short = (table.marks & _recurrence.HARD) == 0
    where = np.where(
        (table.before == 0) & (table.after > 0), 1, np.where((table.after == 0) & (table.before > 0), 2, 0)
    )
    keep = several(table.group, table.document, table.counts, where * short, options.min_documents)
    table = Lines(**{name: getattr(table, name)[keep] for name in Lines.__slots__})
    return table, [line for line, k in zip(lines, keep, strict=True) if k]


def gone(documents, options=SETTINGS, sources=None):
    """Return (document, line number) of what goes, by tables or by recurrence."""
    table, lines = rows_of(documents, options, sources)
    found = recurring(table, options)
    out = {lines[i][:2] for i in np.flatnonzero(found.lines)}
    for i in np.flatnonzero(found.runs):
        number, line, _ = lines[i]
        out |= {(number, line + n) for n in range(found.runs[i] + 1)}
    for number, document in enumerate(documents):
        marks = furniture("\n".join(document), options).roles
        out |= {(number, n) for n, (role, _) in enumerate(marks) if role is Role.FURNITURE}
    return out


def taken(documents, **more):
    """Return the distinct lines that go."""
    return {documents[d][n] for d, n in gone(documents, **more)}


def pages(make, count=5):
    """Return documents: a headline, three lines of text, and what `make` returns for above, inside and below."""
    out = []
    for n in range(count):
        above, inside, below = make(n)
        title = f"{'甲乙丙丁戊己庚辛'[n % 8]}渡口第{n}日"
        out.append([*above, title, text(n), text(n, 1), *inside, text(n, 2), *below])
    return out


TAKEN = [  # (name, what a page has above, inside and below, what goes)
    ("a line below every text", lambda n: ([], [], ["潮汐与灯塔"]), {"潮汐与灯塔"}),
    ("several of them", lambda n: ([], [], ["潮汐与灯塔", "一页山河"]), {"潮汐与灯塔", "一页山河"}),
    ("a menu above the headline", lambda n: (["街巷 渡口 要闻"], [], []), {"街巷 渡口 要闻"}),
    ("a line above every headline", lambda n: (["大字山河"], [], []), {"大字山河"}),
    (
        "a line of the site inside the text",
        lambda n: ([], ["在海州之窗客户端里看灯塔"], []),
        {"在海州之窗客户端里看灯塔"},
    ),
    (
        "a sentence of the site",
        lambda n: ([], [], ["海州之窗公众号每天早上七点和您见面。"]),
        {"海州之窗公众号每天早上七点和您见面。"},
    ),
    (
        "a count of the site",
        lambda n: ([], [], [f"客户端里有{n}{n}盏灯"]),
        {f"客户端里有{n}{n}盏灯" for n in range(5)},
    ),
]
KEPT = [  # (name, what a page has above, inside and below): nothing of it goes
    ("a heading in every column", lambda n: ([], ["本周数字"], [])),
    ("results under a heading", lambda n: ([], [], ["赛果", f"海州队 {n}:1 云港队", "青石队 2:2 白塔队"])),
    ("winners", lambda n: ([], [], ["获奖名单", "一等奖：江一帆", f"二等奖：丁禾{'甲乙丙丁戊己'[n]}"])),
    ("a sentence that ends every text", lambda n: ([], [], ["本报将持续关注此事进展。"])),
    ("an agency's closing", lambda n: ([], [], ["（海州社供本报专电）"])),
    ("where it was printed", lambda n: ([], [], ["文章刊发于2021年2月5日《海州日报》"])),
    ("where it came from", lambda n: ([], [], ["来源：海州日报"])),
    ("who wrote it", lambda n: ([], [], ["作者：江一帆"])),
    ("a label", lambda n: ([], [], ["地点：海州渡口"])),
    ("figures", lambda n: ([], [], ["水位142米"])),
    ("what a reference in the text leads to", lambda n: ([], [], ["[1]: https://willow.example/bay"])),
    ("addresses that differ in figures", lambda n: ([], [f"看 https://willow.example/{n}.html"], [])),
    (
        "a sentence full of figures",
        lambda n: ([], [f"经客户端审核的船证共{n}2张，发还{n}1张，缓发{n}张。"], []),
    ),
    (
        "a sentence that has a word of sites by the way",
        lambda n: ([], ["船工说相关各方下一回会在渡口审核更多的船证。"], []),
    ),
    ("the same in English", lambda n: ([], ["The ferry office had no comment on the related case."], [])),
    ("a refrain", lambda n: ([], ["风啊吹过山岗", "水啊流过渡口"], [])),
    ("the label of a column above some headlines", lambda n: (["灯塔夜话"] if n % 2 else [], [], [])),
]


@pytest.mark.parametrize(("name", "make", "what"), TAKEN, ids=[t[0] for t in TAKEN])
def test_what_a_site_sets_around_its_texts_goes(name, make, what):
    assert taken(pages(make)) == what
    assert taken(pages(make, 2)) == set()  # two documents prove nothing


@pytest.mark.parametrize(("name", "make"), KEPT, ids=[k[0] for k in KEPT])
def test_what_articles_have_in_common_stays(name, make):
    assert taken(pages(make)) == set()


def bulletins(count=5):
    return [
        [f"海州水位{n}日", f"今日水位{n}{n}米，比昨日高{n}厘米。", "下游各站水位平稳。", "出海船只请留意大风"]
        for n in range(1, count + 1)
    ]


def test_what_a_bulletin_says_every_day_stays():
    assert taken(bulletins()) == set()


def test_a_footer_that_articles_prove_goes_from_bulletins_too():
    articles = pages(lambda n: ([], [], ["潮汐与灯塔"]))
    mixed = [*articles, *([*b, "潮汐与灯塔"] for b in bulletins(2))]
    assert taken(mixed) == {"潮汐与灯塔"}
    assert (6, 4) in gone(mixed)


def test_a_sentence_of_the_site_goes_from_bulletins_if_articles_have_it_too():
    said = "水位也写在海州之窗公众号里，夜里由值班的船工来写。"
    daily = [[*b[:2], said, *b[2:]] for b in bulletins()]
    assert taken(daily) == set()
    assert taken([*daily, *pages(lambda n: ([], [], [said]))]) == {said}


def test_a_list_goes_after_an_end_marker_and_where_it_links_to_other_documents():
    def ended(n):
        return (
            [],
            [],
            [
                f"责任编辑：江{'一二三四五'[n]}",
                "巷子里还在翻",
                f"{'晨午晚夜早'[n]}市开门",
                f"{'红白蓝黑黄'[n]}灯停航",
            ],
        )

    found = taken(pages(ended))
    assert "巷子里还在翻" in found
    assert {"晨市开门", "红灯停航"} <= found
    plain = pages(
        lambda n: ([], [], ["巷子里还在翻", f"{'晨午晚夜早'[n]}市开门", f"{'红白蓝黑黄'[n]}灯停航"])
    )
    assert taken(plain) == set()
    titles = [d[0] for d in plain]
    linked = [[*d[:-2], titles[n - 1], *d[-2:]] for n, d in enumerate(plain)]
    assert {"巷子里还在翻", "晨市开门", titles[0]} <= taken(linked)
    assert not any(n == 0 for _, n in gone(linked))  # the headlines themselves stay


def test_above_the_text_a_line_stays():
    same = [["海州夜话", text(n), text(n, 1)] for n in range(6)]
    assert taken(same) == set()


def test_what_a_repeat_takes_out_is_not_there_and_ends_a_list():
    lines = ["甲渡口", text(1), "巷子里还在翻", "晨市开门", text(1), "红灯停航"]
    marks = line_keys("\n".join(lines), [(Role.BODY, "")] * 6, SETTINGS, absent={4}).marks
    place = places(marks)
    assert place.after.tolist() == [1, 0, 0, 0, 0, 0]
    assert place.run.tolist()[2] == 1
    assert place.follows.tolist() == [1, 2, 3, 5, 5, -1]


def test_a_line_is_looked_for_in_one_source():
    documents = pages(lambda n: ([], [], ["潮汐与灯塔"]), 6)
    assert taken(documents, sources={0: 0, 1: 0, 2: 1, 3: 1, 4: 2, 5: 2}) == set()


def test_recurrence_can_be_switched_off_and_spared():
    documents = pages(lambda n: ([], [], ["潮汐与灯塔"]))
    assert taken(documents, options=FurnitureSettings(off=("recurrence",))) == set()
    assert taken(documents, options=FurnitureSettings(keep=("潮汐.*",))) == set()


def test_keys_fold_spaces_and_figures_and_nothing_else():
    lines = "本站 2021 年第3期\n本站2022年第 14 期\n本站2022年第14季"
    a, b, c = line_keys(lines, furniture(lines, SETTINGS).roles, SETTINGS).keys
    assert a == b != c
    digest = hashlib.blake2b("本站0年第0期".encode(), digest_size=8).digest()
    assert int(a) == int.from_bytes(digest, "big")  # the same on every machine


ROWS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.booleans(), st.integers(0, 2)), max_size=40
)


@LAW
@given(ROWS)
def test_several_is_what_counting_says(rows):
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    group, document, counts, where = (
        np.array(c, kind) for c, kind in zip(columns, (np.uint64, np.int64, np.bool_, np.uint8), strict=True)
    )

    def number(g):
        return len({d for h, d, c, _ in rows if h == g and c})

    expected = [
        number(g) >= 3 or (number(g) >= 2 and {1, 2} <= {w for h, _, _, w in rows if h == g})
        for g, *_ in rows
    ]
    assert several(group, document, counts, where, 3).tolist() == expected


POOL = [
    "潮汐与灯塔", "一页山河", "大字山河", "街巷 渡口 要闻", "在海州之窗客户端里看灯塔", "海州之窗公众号每天早上七点和您见面。",
    "本周数字", "赛果", "青石队 2:2 白塔队", "责任编辑：江一帆", "相关阅读", "晨市开门", "红灯停航", "值守：江一帆", "35位街坊举了手",
    "来源：海州日报", "下游各站水位平稳。", "甲渡口", "乙渡口", "丙渡口",
]  # fmt: skip
DOCUMENTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(POOL), max_size=2, unique=True),
        st.lists(st.sampled_from(POOL), max_size=2, unique=True),
        st.lists(st.sampled_from(POOL), max_size=6, unique=True),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)


def made(parts):
    out = []
    for n, (above, inside, below, length) in enumerate(parts):
        texts = [text(n, k) for k in range(length)]
        out.append([*above, f"{'甲乙丙丁戊己庚辛'[n]}渡口", *texts[:1], *inside, *texts[1:], *below])
    return out


@LAW
@given(DOCUMENTS)
def test_a_second_run_finds_nothing(parts):
    documents = made(parts)
    first = gone(documents)
    left = [[x for n, x in enumerate(d) if (i, n) not in first] for i, d in enumerate(documents)]
    assert all(left)
    assert gone(left) == set()


@LAW
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(parts, random):
    table, _ = rows_of(made(parts))
    order = list(range(table.group.size))
    random.shuffle(order)
    shuffled = Lines(**{name: getattr(table, name)[order] for name in Lines.__slots__})
    a, b = recurring(table, SETTINGS), recurring(shuffled, SETTINGS)
    assert a.lines[order].tolist() == b.lines.tolist()
    assert a.runs[order].tolist() == b.runs.tolist()


@LAW
@given(DOCUMENTS)
def test_text_without_words_of_a_site_never_goes(parts):
    documents = made(parts)
    for number, line in gone(documents):
        assert (
            not documents[number][line].startswith(tuple("甲乙丙丁戊己庚辛"))
            or "渡口今天" not in documents[number][line]
        )
