"""Mojibake of Chinese, Japanese and Korean: what is undone, what is left, and that nothing is invented."""

from __future__ import annotations

import ftfy.bad_codecs  # noqa: F401 - registers sloppy-windows-1252
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import _mojibake
from stages._mojibake import look
from stages._scripts import SIMPLIFIED, TRADITIONAL, best, reaches
from stages.normalise import NormaliseSettings, normalise

S = NormaliseSettings()
FEW = settings(derandomize=True, deadline=None, max_examples=100)

#: Sentences of this project, and the codecs that such text is written with.
TEXTS = {
    "gb18030": "渔港码头的维修工程下个月开始，渡船暂时停航。",
    "big5hkscs": "漁港碼頭的維修工程下個月開始，渡船暫時停航。",
    "cp932": "漁港の桟橋の修理が来月から始まり、渡し船はしばらく休む。",
    "euc_jp": "漁港の桟橋の修理が来月から始まり、渡し船はしばらく休む。",
    "cp949": "어항 부두 보수 공사가 다음 달에 시작되어 나룻배가 잠시 쉰다.",
}


def clean(text):
    return normalise(text, S).text


def rules(text):
    return [e.rule for e in normalise(text, S).edits]


@pytest.mark.parametrize("read", ["latin-1", "sloppy-windows-1252"])
@pytest.mark.parametrize("wrote", TEXTS)
def test_text_read_as_a_single_byte_code_is_read_again(wrote, read):
    shown = TEXTS[wrote].encode(wrote).decode(read)
    assert clean(shown) == clean(TEXTS[wrote])
    assert rules(shown)[0].startswith(f"mojibake:{wrote}>")


#: (text, written, read, where it was met)
CASES = [
    ("漁港碼頭的維修工程下個月開始，渡船暫時停航。", "big5hkscs", "gb18030", "a Big5 page read as GBK"),
    ("渡船今天停航", "utf-8", "gb18030", "UTF-8 read as GBK, an even number of bytes"),
    ("据新华社今天报道渡船停航", "utf-8", "gb18030", "the same, longer"),
    ("码头开工", "gb18030", "latin-1", "a headline of four characters"),
    ("日本の漁港", "euc_jp", "latin-1", "kana and kanji, five characters"),
    ("第3期：渡船 (Ferry) 停航10天，下月恢复", "gb18030", "latin-1", "a line with ASCII in it"),
    ("我是 Ferry", "utf-8", "gb18030", "two characters whose six bytes are UTF-8"),
    ("工作 (Ferry)", "gb18030", "latin-1", "two frequent characters, signs among their bytes"),
    ("桌面的渡船", "gb18030", "latin-1", "five characters, two of them frequent"),
    ("選擇碼頭", "big5hkscs", "latin-1", "four, none of them frequent"),
    ("渡船的維護 (Ferry)", "big5hkscs", "gb18030", "five, beside Latin letters"),
    (
        "ファイル:Harbour.jpg",
        "cp932",
        "sloppy-windows-1252",
        "four kana, each with a letter for its second byte",
    ),
    ("現在是 Ferry 和", "big5hkscs", "latin-1", "three characters side by side, then one alone"),
    (
        "Ferry可以在Dock-2停",
        "big5hkscs",
        "latin-1",
        "three characters, each with a letter for its second byte",
    ),
    ("Harbour 相信 Lantern", "big5hkscs", "sloppy-windows-1252", "two characters of three high bytes"),
    ("港口ｶﾞｲﾄﾞ、今日から配布を始めた", "cp932", "latin-1", "half-width kana inside"),
]


@pytest.mark.parametrize(("text", "wrote", "read", "where"), CASES, ids=[c[3] for c in CASES])
def test_mojibake_that_lost_nothing_is_undone(text, wrote, read, where):
    del where
    assert clean(text.encode(wrote).decode(read)) == clean(text)


KEPT = [
    ("L'ÉTÉ À PARIS, ÇA RÉSONNE", "fr: capitals with accents"),
    ("SÃO PAULO, AÇÃO E EMOÇÃO", "pt: the same"),
    ("äöüÄÖÜß", "de: a list of letters"),
    ("áéíóúñ¿¡", "es: a list of letters"),
    ("Größe, Höhe, Länge, Gemüse, Übermaß", "de: many umlauts"),
    ("“I’m not,” he said. “It’s the boat’s.”", "en: curly marks, few letters between them"),
    ("’ch’u va sta ti’ik", "tzh: apostrophes before letters, which Shift_JIS would read"),
    ("Trường Đại học Hải Phòng mở cửa", "vi: letters that Latin-1 has not"),
    ("Öğrenciler İstanbul’da, çocuklar Iğdır’da", "tr: the same"),
    ("╔══════╗ ║ ▓▒░ ║ ╚══════╝", "box drawing"),
    ("°°°°°°°° ········ »»»»»»»»", "rows of one mark"),
    ("£££ – ¥¥¥ – €€€ – §§§", "signs of money"),
    ("ÐÐÐÐÐÐÐÐ", "one letter, many times"),
    ("Ïðèâåò, ìèð", "ru: windows-1251 read as Latin-1 is no East Asian text"),
    ("ÏÂ ÐÏÏ", "ru: KOI8-R read as Latin-1; two words of letters"),
    ("see §A§B§C of the act", "en: one sign, numbered"),
    ("Grupos ªAªBªC", "es: the same"),
    ("¡Bravo! ¡Harto! ¡Gracias! ¡Faro!", "es: marks before capitals, which Big5 would read"),
    ("¡¡¡Bravo", "es: three marks side by side"),
    ("s³u¿y za³", "pl: ISO 8859-2 read as windows-1252, signs inside words"),
    ("¬O Ferry ¦b", "zh: two characters apart; the signs may be of money"),
    ("锟斤拷锟斤拷海港", "lossy: nothing is left to read"),
    ("的一是了我不人在他有这个上们来到时", "zh: frequent characters in a row"),
    ("ヴァイオリン・コンチェルト", "ja: katakana alone"),
    ("鬱櫻麒麟齷齪", "zh: rare characters in a row"),
]


@pytest.mark.parametrize(("text", "where"), KEPT, ids=[k[1] for k in KEPT])
def test_what_only_looks_odd_is_left(text, where):
    del where
    assert look([text]).repaired == {}
    assert not any("mojibake" in rule or "decode" in rule for rule in rules(text))


@pytest.mark.parametrize("wrote", TEXTS)
def test_a_document_of_one_damage_decides_its_short_lines(wrote):
    text = TEXTS[wrote]
    short = text[:2]
    shown = [line.encode(wrote).decode("latin-1") for line in (text, text[3:], short, "8:30", text[:12])]
    assert look(shown).repaired[shown[2]][0] == short
    assert look([shown[2], "clean line", "Größe"]).repaired == {}


def test_one_damaged_line_in_a_clean_document_decides_no_other():
    odd = TEXTS["gb18030"].encode("gb18030").decode("latin-1")
    lines = ["Die Fähre fährt nicht.", "Müller schließt früher.", odd, "Übermaß"]
    assert set(look(lines).repaired) == {odd}


LOST = [
    (TEXTS["gb18030"].encode().decode("gbk", "replace"), "UTF-8 read as GBK, with U+FFFD"),
    (TEXTS["gb18030"].encode().decode("gbk", "replace").replace("\ufffd", "?"), "the same, with ?"),
    (
        TEXTS["gb18030"].encode("gbk").decode("latin-1")[:11]
        + "\ufffd"
        + TEXTS["gb18030"].encode("gbk").decode("latin-1")[12:],
        "GBK read as Latin-1, one byte gone",
    ),
]


@pytest.mark.parametrize(("text", "where"), LOST, ids=[x[1] for x in LOST])
def test_what_has_lost_something_is_kept_as_received_and_flagged(text, where):
    del where
    found = normalise(text, S)
    assert (found.text, found.edits) == (text, ())
    assert "mojibake" in found.flags


@FEW
@given(st.text(max_size=60))
def test_a_repair_gives_back_the_line_when_it_is_damaged_again(text):
    for line, (was, rule) in look(text.split("\n")).repaired.items():
        wrote, read = rule.removeprefix("mojibake:").split(">")
        assert was.encode(wrote).decode(read) == line


@FEW
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), max_size=80))
def test_letters_of_europe_in_any_order_end_as_a_fixed_point(text):
    once = normalise(text, S)
    if "norm_unstable" not in once.flags:
        assert normalise(once.text, S).edits == ()


def test_a_line_whose_controls_are_half_a_character_is_repaired_or_left_whole():
    """Dropping U+0081 of a Shift_JIS line would leave the letter behind it, and the rest would be read as another text."""
    for japanese in (
        "港の新しい灯台が完成した。見学は四月から。",
        "Harbour Days (Inverleith)。夜、2006年10月",
    ):
        shown = japanese.encode("cp932").decode("latin-1")
        got = normalise(shown, NormaliseSettings())
        assert got.text in {japanese, shown}
        assert got.text == japanese or "mojibake" in got.flags


#: Lines of everyday and of rare characters, as they are or read with a wrong codec, whole or with something lost.
_WRITTEN = st.text(
    st.sampled_from("渡船今天停航的一是漁港碼頭開工鬱龘のは어항 A7，、。錕斤\ufffd\x81?"),
    min_size=3,
    max_size=30,
)
_WRONG = st.tuples(
    st.sampled_from(["utf-8", "gb18030", "big5hkscs", "cp932"]),
    st.sampled_from(["gb18030", "big5hkscs", "cp932", "cp949"]),
    st.sampled_from(["replace", "ignore"]),
)


def _misread(line, wrong):
    wrote, read, errors = wrong
    return line.encode(wrote, errors).decode(read, errors)


@settings(FEW, max_examples=500)
@given(st.lists(_WRITTEN | st.builds(_misread, _WRITTEN, _WRONG), min_size=1, max_size=3).map("".join))
def test_a_line_that_is_settled_would_be_named_by_no_longer_look(line):
    pairs = _mojibake._FROM_WIDE
    if not _mojibake._is_settled(line):
        return
    shown = _mojibake._shown(line, pairs)
    assert _mojibake._alone(line, pairs, shown) is None
    assert not _mojibake._is_damaged(line, pairs, shown)


def test_chinese_and_japanese_are_settled_and_mojibake_is_not():
    assert {wrote for wrote, text in TEXTS.items() if _mojibake._is_settled(text)} == set(TEXTS) - {"cp949"}
    for text in TEXTS.values():
        assert not _mojibake._is_settled(_misread(text, ("utf-8", "gb18030", "replace")))


def test_no_reading_as_chinese_weighs_more_than_a_settled_line_leaves_room_for():
    most = max(
        script.weight(chr(code)) for script in (SIMPLIFIED, TRADITIONAL) for code in range(0x80, 0x30000)
    )
    assert most - _mojibake._SETTLED < _mojibake._GAIN


#: Lines of Latin letters: words with accents, marks of printing, and double-byte text that was read as such letters.
_WESTERN = st.lists(
    st.text(st.sampled_from("aeiñnoórsáéíúü  ,.:?1"), min_size=1, max_size=12)
    | st.text(st.sampled_from("áÃÐçßøþÿ“”’—·«¿€žŒabcd \xa0\x81\ufffdのは"), min_size=1, max_size=6)
    | st.builds(
        lambda text, wrote, read: text.encode(wrote, "replace").decode(read, "replace"),
        st.sampled_from([*TEXTS.values()]).flatmap(lambda t: st.integers(1, len(t)).map(lambda n: t[:n])),
        st.sampled_from([*TEXTS]),
        st.sampled_from(["latin-1", "sloppy-windows-1252"]),
    ),
    min_size=1,
    max_size=6,
).map("".join)


@settings(FEW, max_examples=1000)
@given(_WESTERN)
def test_a_line_of_latin_letters_that_is_passed_over_would_be_named_by_no_longer_look(line):
    pairs = _mojibake._FROM_LATIN
    whole, damaged = _mojibake._may_be(line, pairs)
    shown = {read: (_mojibake._bytes(line, read), True) for read, _ in pairs}
    shown = {read: (raw, raw.count(b"?") == line.count("?")) for read, (raw, _) in shown.items()}
    assert whole or _mojibake._alone(line, pairs, shown) is None
    assert damaged or not _mojibake._is_damaged(line, pairs, shown)


@settings(FEW, max_examples=500)
@given(_WESTERN)
def test_readings_that_are_the_same_twice_are_looked_at_once(line):
    every, some = tuple(_mojibake._FROM_LATIN), _mojibake._FROM_LATIN
    shown = _mojibake._shown(line, some)
    found = _mojibake._told_apart(some, shown)
    seen = {(shown[read], wrote) for read, wrote in every}
    assert {(shown[read], wrote) for read, wrote in found} == seen
    assert [pair for pair in every if pair in found] == list(
        found
    )  # in their order: the first of two is named


def test_a_letter_before_a_space_or_mark_is_half_a_character_in_each_double_byte_code():
    follows = [bytes([f]) for f in (*range(0x30), *range(0x3A, 0x40))]
    for wrote in {wrote for _, wrote in _mojibake._FROM_LATIN}:
        for code in range(ord("à"), ord("ü") + 1):
            for before in (
                b"",
                b"a",
                b"\x81\x40",
                b"\x81\x30",
            ):  # a letter, two bytes of one character, and of four
                for after in (b"", *(f + b"a" * 4 for f in follows)):
                    with pytest.raises(UnicodeDecodeError):
                        (before + bytes([code]) + after).decode(wrote)
    found = {f for f in range(0x80) if _mojibake._NO_TRAIL.search("á" + chr(f))}
    assert found == {f[0] for f in follows}
    assert _mojibake._NO_TRAIL.search("á")
    assert not _mojibake._NO_TRAIL.search("éá ")


def test_a_line_of_which_half_weighs_nothing_is_no_evident_writing():
    scripts = {script for writings, _ in _mojibake._WRITINGS.values() for script in writings}
    light = [chr(code) for code in range(0x80, 0x300) if _mojibake._WEIGHS_NOTHING.search(chr(code))]
    assert len(light) > 400
    assert max(script.weight(char) for script in scripts for char in light) <= 0
    most = max(script.weight(chr(code)) for script in scripts for code in range(0x80, 0x30000))
    assert most / 2 < _mojibake._EVIDENT


def test_lines_of_western_text_are_passed_over():
    line = "Según dijo ayer, la reforma de la estación costará más de lo que se creía; “no hay más”, añadió."
    assert _mojibake._candidates(line) is _mojibake._FROM_LATIN
    assert _mojibake._may_be(line, _mojibake._FROM_LATIN) == (False, False)
    for wrote, text in TEXTS.items():
        assert _mojibake._may_be(text.encode(wrote).decode("latin-1"), _mojibake._FROM_LATIN) == (True, True)


@FEW
@given(st.text(st.sampled_from("渡船今天停航的ABC，\ufffd\ue000龘"), max_size=40))
def test_the_quicker_question_has_the_answer_of_the_score(text):
    mean = best(text, (SIMPLIFIED, TRADITIONAL))
    assert reaches(mean - 1e-9, text, (SIMPLIFIED, TRADITIONAL))
    assert text.isascii() or not reaches(mean + 1e-9, text, (SIMPLIFIED, TRADITIONAL))
