"""Tables of figures and negations, and the difference of two passages."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _marks
from stages.figures import compare_passages, figures, negations
from stages.fingerprint import tokens

LAW = settings(derandomize=True, deadline=None, max_examples=150)

FIGURES = [
    # Arabic digits, width, thousands, decimals, signs
    ("共有3人", "3"),
    ("共有３人", "3"),
    ("1,234人", "1234"),
    ("1，234人", "1234"),
    ("1,234,567.80元", "1234567.80"),
    ("第03号", "3"),
    ("3.5米", "3.5"),
    ("-3℃", "-3"),
    ("\N{MINUS SIGN}3℃", "-3"),
    ("零下3度", "-3"),
    ("负三", "-3"),
    ("COVID-19和F-16", "16 19"),
    ("3万人，三万人", "30000 30000"),
    ("3.5万亿元", "3500000000000"),
    ("1.25亿", "125000000"),
    ("500千克和20千米", "20 500"),
    ("½杯和⑩", "1/2 10"),
    # digits of other scripts, and characters that are numbers
    ("٣٢ قتيلا", "32"),
    ("۴۵ نفر", "45"),
    ("३२ मरे", "32"),
    ("๓๒ คน", "32"),
    ("\N{NON-BREAKING HYPHEN}5℃", "-5"),
    ("㉑人，❷和㈢", "21 2 3"),
    ("第Ⅱ期，⒈", "2 1"),
    # percent, fractions, tenths
    ("5%", "5%"),
    ("5 ％", "5%"),
    ("百分之五", "5%"),
    ("百分之五点五", "5.5%"),
    ("千分之三", "3‰"),
    ("5 percent, 6 per cent", "5% 6%"),
    ("上升0.3个百分点", "0.3pp"),
    ("0.3 percentage points", "0.3pp"),
    ("三成", "30%"),
    ("3成", "30%"),
    ("七成五", "75%"),
    ("三分之二", "2/3"),
    # scores and clocks
    ("3:2，3：2，3-2，3比2，三比二", "3:2 3:2 3:2 3:2 3:2"),
    ("10:30", "10:30"),
    ("上午10点30分", "10:30"),
    # Chinese numerals
    ("二〇二五年", "2025"),
    ("二零二五年", "2025"),
    ("2025年", "2025"),
    ("十二个", "12"),
    ("二十五", "25"),
    ("两百", "200"),
    ("三百零五", "305"),
    ("三百五", "350"),
    ("两万五", "25000"),
    ("三亿五千万", "350000000"),
    ("一百万", "1000000"),
    ("第三", "3"),
    ("第一", "1"),
    ("壹佰贰拾元", "120"),
    ("三点五米", "3.5"),
    ("三四十人", "三四十"),
    ("百余人", "100"),
    ("千万元", "10000000"),
    ("一名男子", "1"),
    ("三死五伤", "3 5"),
    ("十分钟", "10"),
    # dates and weekdays
    ("1月2日", "1月 2日"),
    ("一月二日", "1月 2日"),
    ("十二月三十一日", "12月 31日"),
    ("2025-01-02", "1月 2025 2日"),
    ("2025/1/2", "1月 2025 2日"),
    ("12日至15日", "12日 15日"),
    ("January 2, 2025", "1月 2025 2日"),
    ("on 2 January", "1月 2日"),
    ("Sept. 11", "11日 9月"),
    ("三个月", "3"),
    ("周一和星期三", "Monday Wednesday"),
    ("上周日", "Sunday"),
    ("on Friday", "Friday"),
    ("一周一次", "1 1"),
    # English words
    ("three people", "3"),
    ("twenty-one", "21"),
    ("two hundred and five", "205"),
    ("3 million", "3000000"),
    ("three million", "3000000"),
    ("the third quarter", "3"),
    ("the 21st", "21"),
]
NOT_FIGURES = [
    "一些人一样高兴",
    "一起来",
    "十分感谢",
    "万一下雨",
    "统一安排",
    "一定要来",
    "千万不要去",
    "进一步推进",
    "一直、一般、一致、一旦、唯一",
    "独一无二",
    "四川和三亚",
    "两岸",
    "老百姓",
    "千方百计",
    "这是一",
    "一带一路",
    "one of them",
    "hundreds of visitors",
    "may rain in May",
    "",
]
NEGATIONS = [
    ("不能", "不"),
    ("没有和没", "没 没"),
    ("尚未完成", "未"),
    ("无法并非", "无 非"),
    ("否认", "否认"),
    ("did not, can't, cannot", "not not not"),
    ("didn\N{RIGHT SINGLE QUOTATION MARK}t", "not"),
    ("never without", "never without"),
    ("no one denied it", "deny no"),
    ("No. 5", ""),
    ("不过，不仅，非常，未来，无论，沉没", ""),
    ("another, note, know", ""),
]


@pytest.mark.parametrize(("text", "expected"), FIGURES, ids=[t for t, _ in FIGURES])
def test_every_figure_of_the_table_is_read(text, expected):
    assert figures(text) == tuple(sorted(expected.split()))


@pytest.mark.parametrize("text", NOT_FIGURES)
def test_ordinary_words_with_numeral_characters_are_no_figures(text):
    assert figures(text) == ()


@pytest.mark.parametrize(("text", "expected"), NEGATIONS, ids=[t for t, _ in NEGATIONS])
def test_every_negation_of_the_table_is_read(text, expected):
    assert negations(text) == tuple(expected.split())


@LAW
@given(st.integers(0, 99_999_999))
def test_a_number_reads_the_same_with_and_without_thousands_marks(number):
    assert figures(f"共{number}元") == figures(f"共{number:,}元") == (str(number),)


@LAW
@given(st.text(alphabet="0123456789一二三十百千万亿零〇两点.,%-:年月日成分之第周 不没ab", max_size=40))
def test_any_run_of_numeral_characters_is_read_without_error_and_twice_alike(text):
    assert figures(text) == figures(text)
    assert figures(text) == tuple(sorted(figures(text)))
    negations(text)


@pytest.mark.parametrize(
    "unit", ["1", "万", "十", "〇", "1,", "1-", "一月", "百分", "hundred ", "一 ", "-", "1.", "1万"]
)
def test_reading_is_linear_in_the_length_of_the_text(unit):
    start = time.process_time()
    figures(unit * 30_000)
    assert time.process_time() - start < 2


BASE = "江边的旧仓库改成了书店，周围居民晚上常来看书。店主说，最难的是让老墙保持干燥。"


def compare(a: str, b: str):
    return compare_passages(a, tokens(a), b, tokens(b), residue=8, max_differences=10)


def test_equal_passages_differ_in_nothing():
    found = compare(BASE, BASE)
    assert (found.identity, found.only_b, found.figures_differ, found.differences) == (1.0, (), False, ())


def test_what_the_second_passage_adds_is_named_in_tokens():
    found = compare(BASE, BASE + "开业那天，邻居们送来了自家种的茉莉花。")
    key = tokens(BASE + "开业那天，邻居们送来了自家种的茉莉花。")
    ((start, end),) = found.only_b
    assert (start, end) == (len(tokens(BASE)), len(key))
    assert [d.kind for d in found.differences] == ["only_b"]


def test_a_changed_figure_between_copies_is_told():
    found = compare(BASE + "书店有211个座位。", BASE + "书店有221个座位。")
    assert found.figures_differ
    assert [(d.kind, d.a_text, d.b_text) for d in found.differences] == [("number", "211", "221")]
    assert not found.only_b


def test_a_passage_inside_a_longer_text_is_compared_by_its_tokens_alone():
    text = BASE + "\n" + BASE.replace("书店", "茶馆")
    key = tokens(text)
    half = len(tokens(BASE))

    def part(first, last):
        return type(key)(
            key.hashes[first:last], key.starts[first:last], key.ends[first:last], key.kinds[first:last]
        )

    found = compare_passages(text, part(0, half), text, part(half, len(key)), residue=8, max_differences=10)
    assert [(d.kind, d.a_text, d.b_text) for d in found.differences] == [("edit", "书店", "茶馆")]
    assert found.differences[0].b.start == text.index("茶馆")


def test_a_sentence_that_only_moved_is_no_substance():
    one, two = "春天的雨水比往年来得早一些。", "农户们已经把水渠清理干净。"
    found = compare(BASE + one + two, two + BASE + one)
    assert found.only_b == ()


def test_punctuation_alone_is_format():
    found = compare(BASE, BASE.replace("，", ","))
    assert {d.kind for d in found.differences} == {"format"}
    assert not found.figures_differ


MARKED = st.lists(
    st.sampled_from(
        [
            "1",
            "23",
            "2025",
            "-",
            "/",
            ".",
            ":",
            " ",
            "月",
            "日",
            "点",
            "分",
            "成",
            "五",
            "三",
            "第",
            "零下",
            "百",
            "万",
            "%",
            "个百分点",
            "分之",
            "May ",
            "of ",
            "three ",
            "hundred ",
            "比",
            "百分之",
            "千万",
            "周",
            "星期",
            "一",
            "二十",
            "st",
            "th",
            "twelfth",
            "¼",
            "壹",
            "拾",
            ",",
            "000",
            "percent",
            "十分",
        ]
    ),
    max_size=9,
).map("".join)


#: All ways to write a figure in one expression, as a slow reader has it.
FIGURES = re.compile("|".join(form for _, form in _marks._FORMS), re.VERBOSE | re.IGNORECASE)


@LAW
@given(MARKED)
def test_the_last_group_of_a_match_tells_its_kind(text):
    for match in FIGURES.finditer(text.translate(_marks._FOLD)):
        first = next((name for name in _marks._READERS if match[name] is not None), None)
        last = match.lastgroup if match.lastgroup in _marks._READERS else None
        assert _marks._READERS.get(first) == _marks._READERS.get(last), match[0]


#: Characters that figures and negations are made of, those that part them, and letters that begin none.
_WORDS = [
    "May",
    "ſix",
    "two",
    "million",
    "not",
    "n't",
    "no",
    "Monday",
    "second",
    "percent",
    "没有",
    "一些",
    "不过",
    "千万",
]
_SIGNS = "-0123456789.,:%/ 一二三百万亿零点日月周第负成分之比不没非无未ſK年个\n，。０９③½anx_é"
PIECES = st.lists(st.sampled_from([*_SIGNS, *_WORDS]), max_size=30).map("".join)


@LAW
@given(PIECES)
def test_marks_are_looked_for_only_where_one_can_begin_and_none_is_missed(text):
    def told(found):
        return [
            (m.span(), m.lastgroup, {k: v for k, v in m.groupdict().items() if v is not None}) for m in found
        ]

    ways = (
        (FIGURES, (_marks._FIGURE_AT, text, _marks._OTHER_FIGURES, _marks._FIGURES)),
        (_marks._NEGATIONS, (_marks._NEGATION_AT, text, _marks._NEGATIONS)),
    )
    for whole, way in ways:
        assert told(_marks._matches(*way)) == told(whole.finditer(text))


@LAW
@given(st.text(st.characters(exclude_categories=()) | st.sampled_from([*"，０廣\ud800"])))
def test_a_text_is_read_as_its_characters_fold(text):
    assert _marks.folded(text) == text.translate(_marks._FOLD)
