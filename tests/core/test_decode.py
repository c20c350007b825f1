"""Bytes become text: each encoding in its languages, damage, what is no text, and the laws for any bytes."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages._reading import RULES
from stages._signs import declared_charset
from stages.decode import DecodeSettings, decode
from stages.model import REASONS, Decoded, Rejected, Repair

S = DecodeSettings()
FEW = settings(derandomize=True, deadline=None, max_examples=100)
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "encodings"

#: Sentences of this project, in the manner of a local paper.
TEXTS = {
    "zh": "市政府昨天召开新闻发布会，介绍了今年上半年的经济运行情况。记者在现场看到，新建的轻轨车站已经完工。\n负责人表示，将加强公共交通建设，方便市民出行。\n",
    "zh-short": "轻轨车站下月开始试运行",
    "zh-Hant": "縣政府昨天召開記者會，說明今年上半年的觀光發展情形。民宿業者認為仍有進步空間。\n學者認為，老街的改造應該尊重歷史，不能只求快。\n",
    "zh-Hant-short": "圖書館下個月開始延長時間",
    "ja": "市は昨日、記者会見を開き、今年上半期の観光客数を発表した。駅前の商店街にも人が戻りつつあるという。\n",
    "ja-short": "新しい図書館は来月から",
    "ko": "시는 어제 기자회견을 열고 올해 상반기 관광객 수를 발표했다. 새 도서관은 다음 달부터 문을 열 예정이다.\n",
    "ko-short": "새 도서관 다음 달부터 문 연다",
    "ru": "Вчера мэр города рассказал журналистам, как прошло первое полугодие. Автобусы станут ходить чаще.\n",
    "ru-short": "Автобусы станут ходить чаще",
    "it": "La città ha riaperto tre caffè in piazza, però la biblioteca è chiusa fino a lunedì.\n",
    "uk": "Учора міський голова розповів журналістам, як минуло півріччя. Нова бібліотека прийме читачів.\n",
    "fr": "Hier, la maire a présenté à la presse le bilan de l’été : « Les cafés ont rouvert », a-t-elle noté.\n",
    "fr-plain": "La médiathèque accueillera ses lecteurs dès le mois prochain, élèves et retraités compris.\n",
    "de": "Die Bürgermeisterin hofft auf Schüler und Ältere: „Auch die Busse fahren häufiger“, sagte sie – für 2 € am Tag.\n",
    "es": "Según la alcaldesa, llegaron más niños que el año pasado. ¿Volverán a abrir los cafés de la plaza?\n",
    "en": "The mayor’s office – “no comment” – will pay £5m for the café on the pier.\n",
    "euro": "Le cœur de la ville coûte 5 € par été.\n",
    "pl": "Według burmistrz turystów było więcej niż rok wcześniej, a na rynku otwarto trzy kawiarnie.\n",
    "cs": "Včera starostka představila výsledky. Nová knihovna přivítá čtenáře už příští měsíc, děti i starší lidi.\n",
    "tr": "Belediye başkanı yılın ilk yarısına ilişkin sayıları açıkladı. Otobüsler akşamları daha sık çalışacak.\n",
    "el": "Χθες η δήμαρχος παρουσίασε τα στοιχεία του πρώτου εξαμήνου. Στην πλατεία άνοιξαν ξανά τρία καφενεία.\n",
    "he": "אתמול הציגה ראשת העיר את נתוני המחצית הראשונה של השנה. הספרייה החדשה תקבל קוראים.\n",
    "ar": "عرضت رئيسة البلدية أمس أرقام النصف الأول من العام وقالت إن عدد الزوار كان أكبر من العام الماضي.\n",
    "th": "เมื่อวานนี้นายกเทศมนตรีแถลงข่าวเรื่องจำนวนนักท่องเที่ยวในครึ่งปีแรก และร้านค้าก็กลับมาเปิดอีกครั้ง\n",
}
ZH, JA = TEXTS["zh"], TEXTS["ja"]

#: (text, how it is written, the codec that must read it)
ENCODINGS = [
    *((name, "utf-8", "utf-8") for name in TEXTS),
    *((name, codec, codec) for name in ("zh", "zh-short", "zh-Hant") for codec in ("utf-16-le", "utf-16-be")),
    *(
        (name, codec, codec)
        for name in ("ja", "ko", "ru", "de", "en", "el")
        for codec in ("utf-16-le", "utf-16-be")
    ),
    *((name, "gb2312", "gb18030") for name in ("zh", "zh-short")),
    *((name, "gb18030", "gb18030") for name in ("zh", "zh-short", "zh-Hant")),
    *((name, "big5", "big5hkscs") for name in ("zh-Hant", "zh-Hant-short")),
    *((name, "shift_jis", "cp932") for name in ("ja", "ja-short")),
    *((name, "euc_jp", "euc_jp") for name in ("ja", "ja-short")),
    *((name, "euc_kr", "cp949") for name in ("ko", "ko-short")),
    *(
        (name, codec, codec)
        for name in ("ru", "ru-short")
        for codec in ("cp1251", "koi8-r", "cp866", "iso8859-5")
    ),
    ("it", "cp1252", "cp1252"),
    *(("uk", codec, codec) for codec in ("cp1251", "koi8-u")),
    *((name, "cp1252", "cp1252") for name in ("fr", "fr-plain", "de", "es", "en")),
    ("fr-plain", "iso8859-1", "cp1252"),
    ("euro", "iso8859-15", "iso8859-15"),
    *((name, "cp1250", "cp1250") for name in ("pl", "cs")),
    *((name, "iso8859-2", "iso8859-2") for name in ("pl", "cs")),
    *(("tr", "cp1254", "cp1254"), ("el", "cp1253", "cp1253"), ("he", "cp1255", "cp1255")),
    *(("ar", "cp1256", "cp1256"), ("th", "cp874", "cp874")),
    *(("ja", "iso2022_jp", "iso2022_jp"), ("ko", "iso2022_kr", "iso2022_kr"), ("zh", "hz", "hz")),
]


def read(data, **given):
    """Decode what must be readable."""
    found = decode(data, S, **given)
    assert isinstance(found, Decoded), found
    return found


@pytest.mark.parametrize(("name", "written", "codec"), ENCODINGS)
def test_each_encoding_is_read_in_each_of_its_languages(name, written, codec):
    data = TEXTS[name].encode(written)
    found = read(data)
    assert (found.text, found.encoding) == (TEXTS[name], codec)
    assert (found.errors, found.exact, found.bom) == (0, True, b"")


@pytest.mark.parametrize(
    ("codec", "mark"),
    [
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ],
)
@pytest.mark.parametrize("text", [ZH, TEXTS["en"], "", "x"])
def test_a_byte_order_mark_decides_and_is_kept_apart(codec, mark, text):
    found = read(mark + text.encode(codec))
    assert (found.text, found.encoding, found.bom, found.how, found.exact) == (text, codec, mark, "bom", True)


def test_a_utf8_mark_on_a_legacy_text_is_kept_and_the_text_is_read_for_what_it_is():
    found = read(codecs.BOM_UTF8 + ZH.encode("gb18030"))
    assert (found.text, found.encoding, found.bom, found.exact) == (ZH, "gb18030", codecs.BOM_UTF8, True)


def test_no_bytes_are_an_empty_text():
    assert decode(b"", S) == Decoded("", "utf-8", b"", "utf-8", "empty", 0, exact=True)


def test_line_ends_stay_as_they_stand():
    text = "一\r\n二\r三\n四\x85五\u2028六"
    assert read(text.encode()).text == text
    assert read(ZH.replace("\n", "\r\n").encode("gb18030")).text == ZH.replace("\n", "\r\n")


# --- damage ------------------------------------------------------------------------------------------------


def test_utf8_with_one_byte_lost_stays_utf8_with_one_replacement():
    data = ZH.encode()
    found = read(data[:31] + data[32:])  # the second byte of the eleventh character
    assert (found.encoding, found.how, found.errors, found.exact) == ("utf-8", "utf-8-tolerant", 1, False)
    assert found.text == ZH[:10] + "\ufffd" + ZH[11:]


def test_utf8_cut_within_its_last_character_loses_that_character_only():
    found = read(ZH.rstrip().encode()[:-1])
    assert (found.text, found.errors, found.how) == (ZH.rstrip()[:-1] + "\ufffd", 1, "utf-8-tolerant")


@pytest.mark.parametrize(
    ("codec", "line"), [("gb18030", "责任编辑：张三"), ("big5hkscs", "本報記者報導，民眾認為交通更方便。")]
)
def test_a_chinese_line_of_another_encoding_inside_utf8_is_read_on_its_own(codec, line):
    found = read(ZH.encode() + line.encode(codec) + b"\n" + ZH.encode())
    assert (found.text, found.errors, found.exact) == (ZH + line + "\n" + ZH, 0, False)
    assert codec in found.evidence


def test_a_line_that_is_nothing_else_gets_a_replacement_for_each_bad_sequence():
    found = read(ZH.encode() + b"\xff\xfe and \xff\n" + ZH.encode())
    assert (found.text, found.errors) == (ZH + "\ufffd\ufffd and \ufffd\n" + ZH, 3)


def test_a_replacement_character_of_the_source_is_no_error():
    found = read("坏了\ufffd一个字".encode())
    assert (found.errors, found.exact) == (0, True)
    damaged = read(("坏了\ufffd一个字" * 9).encode() + b"\xff")
    assert damaged.errors == 1


def test_a_few_nuls_do_not_make_utf8_anything_else():
    found = read((ZH + "\0" + ZH + "\0").encode())
    assert (found.text, found.encoding, found.how, found.exact) == (
        ZH + "\0" + ZH + "\0",
        "utf-8",
        "utf-8",
        True,
    )


def test_surrogate_pairs_written_as_utf8_are_joined_and_single_ones_are_errors():
    pair = "😀".encode("utf-16-be")
    cesu = b"".join(chr(int.from_bytes(pair[i : i + 2])).encode("utf-8", "surrogatepass") for i in (0, 2))
    found = read(ZH.encode() + cesu)
    assert (found.text, found.errors, found.exact) == (ZH + "😀", 0, False)
    alone = read(ZH.encode() + cesu[:3])
    assert (alone.text, alone.errors) == (ZH + "\ufffd", 1)


def test_the_byte_0x80_in_gbk_is_the_euro_sign():
    found = read("门票价格".encode("gbk") + b"\x80" + "五元，记者在现场看到。".encode("gbk"))
    assert (found.text, found.encoding) == ("门票价格€五元，记者在现场看到。", "gb18030")
    assert (found.errors, found.exact) == (0, False)


@pytest.mark.parametrize("spaces", [b"", b"\xa3\xa0\xa3\xa0"], ids=["as it is", "after wide spaces"])
def test_a_few_common_characters_among_latin_letters_are_read_as_gbk(spaces):
    """These bytes are letters of ISO 8859-5 too; A3 A0 is what GBK's writers took for a wide space."""
    text = "新的渡船 [Harbour][3] 停航检修"
    found = read(spaces + text.encode("gbk"))
    assert found.encoding == "gb18030"
    assert found.text.endswith(text)


def test_gb18030_with_one_byte_lost_stays_gb18030():
    data = ("".join(f"{n}. {ZH}" for n in range(20))).encode("gb18030")
    found = read(data[:102] + data[103:])  # the first byte of a character
    assert found.encoding == "gb18030"
    assert found.errors <= 2
    assert not found.exact
    assert found.text.endswith(ZH)


def test_characters_that_only_the_wider_set_has_choose_it():
    assert read(("①" + JA * 3).encode("euc_jis_2004")).text == "①" + JA * 3
    assert read("①".encode("cp932") + JA.encode("cp932")).text == "①" + JA
    assert (
        read("我們的朋友\u4e2d堃說，今年會更好。".encode("big5hkscs")).text
        == "我們的朋友中堃說，今年會更好。"
    )


def test_the_cut_of_the_looked_at_part_costs_no_character():
    few = DecodeSettings(detection_bytes=1024)
    for shift in range(3):
        text = "x" * shift + ZH * 20
        for codec in ("gb18030", "utf-8", "utf-16-le"):
            found = decode(text.encode(codec), few)
            assert isinstance(found, Decoded)
            assert (found.text, found.encoding, found.errors) == (text, codec, 0)


def test_what_tells_may_stand_far_behind_the_beginning():
    for ascii_part in ("x y\n" * 9000, "x" * 36000):
        assert read((ascii_part + ZH).encode("gb18030")).text == ascii_part + ZH


# --- every repaired byte is told ---------------------------------------------------------------------------

END = len(ZH.encode())
#: (bytes, the repairs, where such bytes come from)
REPAIRS = [
    (
        ZH.encode()[:31] + ZH.encode()[32:],
        [("utf8-invalid", 30, "e583", "\ufffd")],
        "a byte lost in a transfer",
    ),
    (ZH.rstrip().encode()[:-1], [("truncated", END - 4, "e380", "\ufffd")], "a file cut at a block"),
    (
        ZH.encode() + b"\xff\xfe and \xff\n",
        [("utf8-invalid", END, "fffe", "\ufffd\ufffd"), ("utf8-invalid", END + 7, "ff", "\ufffd")],
        "neighbours are one",
    ),
    (
        ZH.encode() + "完\n".encode("gbk") + ZH.encode(),
        [("gbk-line", END, "cdea", "完")],
        "a line of one frequent character",
    ),
    (
        ZH.encode() + "责任编辑：张三\r\n".encode("gbk"),
        [("gbk-line", END, "d4f0c8ceb1e0bcada3bad5c5c8fd", "责任编辑：张三")],
        "an editor's tool appends in GBK",
    ),
    (
        ZH.encode() + bytes.fromhex("eda0bdedb880") + b"\n",
        [("cesu8", END, "eda0bdedb880", "😀")],
        "Java and Oracle write CESU-8",
    ),
    (ZH.encode() + bytes.fromhex("eda0bd") + b"\n", [("surrogate", END, "eda0bd", "\ufffd")], "half a pair"),
    (
        "门票价格".encode("gbk") + b"\x80" + "五元，记者在现场看到。".encode("gbk"),
        [("gbk-euro", 8, "80", "€")],
        "cp936 has the euro sign there",
    ),
    (
        ZH.encode("utf-16-le") + b"\x0a",
        [("truncated", len(ZH.encode("utf-16-le")), "0a", "\ufffd")],
        "UTF-16 of an odd length",
    ),
    (
        codecs.BOM_UTF8 + ZH.encode()[:-2],
        [("truncated", END - 4, "e380", "\ufffd")],
        "places count after the mark",
    ),
    (
        ("①" + JA).encode("cp932").replace("①".encode("cp932"), b"\xfa\x54"),
        [("respelt", 0, "fa54", "￢")],
        "IBM's second code for a NEC character",
    ),
    (
        "~{VPNDPBNE~}~{5D~}~{1(V=~}。".replace("。", "").encode(),
        [("respelt", 0, "7e7b56504e4450424e457e7d7e7b35447e7d7e7b3128563d7e7d", "中文新闻的报纸")],
        "HZ that switches more often than it must",
    ),
]


@pytest.mark.parametrize(("data", "repairs", "where"), REPAIRS, ids=[r[2] for r in REPAIRS])
def test_each_repair_names_its_bytes_and_its_place(data, repairs, where):
    del where
    found = read(data)
    assert [(r.rule, r.start, r.raw, r.text) for r in found.repairs] == repairs
    explains(found, data)


def explains(found, data):
    """The repairs explain every byte: between them the text is written as the source has it."""
    body = data[len(found.bom) :]
    at = seen = 0
    for repair in (*found.repairs, Repair("end", len(body), "", "")):
        assert repair.rule in {*RULES, "end"}
        raw = bytes.fromhex(repair.raw)
        assert body[repair.start : repair.start + len(raw)] == raw
        between = body[at : repair.start]
        text = between.decode(found.encoding)
        assert text.encode(found.encoding) == between
        assert found.text[seen : seen + len(text)] == text
        seen += len(text)
        assert found.text[seen : seen + len(repair.text)] == repair.text
        seen += len(repair.text)
        at = repair.start + len(raw)
    assert seen == len(found.text)
    assert found.errors == sum(r.text.count("\ufffd") for r in found.repairs if r.rule in LOSSES)
    assert bool(found.repairs) != found.exact


def test_the_ledgers_documentation_names_every_rule():
    page = (SAMPLES.parents[1] / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert [rule for rule in RULES if f"`{rule}`" not in page] == []


LOSSES = {"utf8-invalid", "surrogate", "truncated", "invalid"}


# --- what is no text ---------------------------------------------------------------------------------------

BINARIES = {
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
    "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "GIF": b"GIF89a\x01\0\x01\0",
    "RIFF": b"RIFF\x24\x08\0\0WAVEfmt ",
    "MP3": b"ID3\x04\0\0\0\0\0\x23",
    "film": b"\0\0\0\x18ftypmp42",
    "ZIP": b"PK\x03\x04\x14\0\x08\0",
    "gzip": b"\x1f\x8b\x08\0\0\0",
    "bzip2": b"BZh91AY&SY\x99",
    "xz": b"\xfd7zXZ\0\0\x04",
    "zstd": b"\x28\xb5\x2f\xfd\x04\x58",
    "7z": b"7z\xbc\xaf\x27\x1c\0\x04",
    "OLE": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
    "SQLite": b"SQLite format 3\0\x10\0",
    "ELF": b"\x7fELF\x02\x01\x01\0",
    "Mach-O": b"\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0",
    "Java": b"\xca\xfe\xba\xbe\0\0\0\x41",
    "font": b"wOF2\0\x01\0\0\0",
}


@pytest.mark.parametrize("what", BINARIES)
def test_a_known_signature_is_refused_with_its_name(what):
    found = decode(BINARIES[what], S)
    assert isinstance(found, Rejected)
    assert found.reason == "binary"
    assert what in found.detail


@pytest.mark.parametrize(
    "text",
    [
        "PK is the mark of a zipper.",
        "BZh… said the engine",
        "ID3 tags explained",
        "MZ, a maker of motorcycles",
        "GIF89 is old",
    ],
)
def test_a_text_that_begins_like_a_signature_is_read(text):
    assert read(text.encode()).text == text


@pytest.mark.parametrize(
    "data", [b"\0", b"\0" * 100, b"\x01\0\x02\xff\0\0\x7f\x03" * 40, b"ab\0cd\xff\xff\0\0\0\0"]
)
def test_many_nuls_are_no_text(data):
    found = decode(data, S)
    assert isinstance(found, Rejected)
    assert found.reason == "binary"


def test_noise_without_nuls_is_no_text():
    found = decode(bytes((n * n * 37 + n * 11) % 255 + 1 for n in range(4000)), S)
    assert isinstance(found, Rejected)
    assert found.reason == "decode"


# --- what is said of the bytes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("x-gbk", "gb18030"),
        ("Big5", "big5hkscs"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("EUC-KR", "cp949"),
        ("ks_c_5601-1987", "cp949"),
        ("latin-1", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("TIS-620", "cp874"),
        ("windows-1251", "cp1251"),
        ("cp437", "cp437"),
        ("utf-16", "utf-16-le"),
    ],
)
def test_a_given_label_means_what_the_web_makes_of_it(label, codec):
    data = "No 7".encode("utf-16-le") if codec == "utf-16-le" else b"No 7"
    found = read(data, declared=label)
    assert (found.text, found.encoding, found.how, found.exact) == ("No 7", codec, "given", True)


def test_what_is_given_goes_before_every_guess():
    data = "张三".encode("gb18030")
    assert read(data, declared="gbk").text == "张三"
    assert read("Łódź".encode("iso8859-2"), declared="iso-8859-2").text == "Łódź"


@pytest.mark.parametrize(
    "label",
    [
        "utf-8",
        "big5",
        "no-such-thing",
        "base64",
        "rot13",
        "utf-7",
        "unicode_escape",
        "idna",
        "",
        "\0",
        "é",
        "\ud800",
        "x" * 999,
    ],
)
def test_what_is_given_and_does_not_read_the_bytes_is_passed_over_and_told(label):
    found = read(ZH.encode("gb18030"), declared=label)
    assert (found.text, found.encoding) == (ZH, "gb18030")
    assert "not as given" in found.evidence
    assert found.evidence.isprintable()


PAGE_HEADS = [
    ('<!DOCTYPE html><html><head><meta charset="gb2312">', "gb2312"),
    ("<html><head><meta http-equiv=Content-Type content='text/html; charset=GBK'>", "GBK"),
    ('<html><meta content="text/html;charset=gbk" http-equiv="Content-Type" />', "gbk"),
    ('<?xml version="1.0" encoding="gb2312"?><html>', "gb2312"),
    ("<html><META CHARSET = gbk >", "gbk"),
    ('<html><meta name="a" content="charset=big5"><meta charset=gbk>', "gbk"),
    ('<html><!-- <meta charset="big5"> --><meta charset="gbk">', "gbk"),
    ("<html><title data-x='<meta charset=big5>'></title><meta charset='gbk'>", "gbk"),
    ("<html>" + "<link rel=x>" * 300 + "<meta charset=gbk>", "gbk"),
    ("<html><!-- never closed <meta charset=big5>", None),
    ("<html><meta http-equiv=refresh content='0; charset=big5'>", None),
    ("Der Artikel nennt <meta charset=big5>", None),
    ("<html><metadata charset=big5>", None),
    ("<html><meta charset=\xe4>", None),
    ("<html><meta charset", None),
]


@pytest.mark.parametrize(("page", "label"), PAGE_HEADS)
def test_a_page_declares_what_the_standards_prescan_finds(page, label):
    assert declared_charset(page.encode("latin-1")) == label


BIG5 = TEXTS["zh-Hant"]
#: (bytes, header, encoding, way): byte-order mark, UTF-8, header, page, score; see `cleaning.md` of the design.
HEADERS = [
    (codecs.BOM_UTF8 + ZH.encode(), "gbk", "utf-8", "bom"),
    (ZH.encode(), "gbk", "utf-8", "utf-8"),
    ("张三".encode("gbk"), "gb2312", "gb18030", "header"),
    ("Łódź".encode("iso8859-2"), "iso-8859-2", "iso8859-2", "header"),
    (BIG5.encode("big5"), "euc-kr", "big5hkscs", "cjk-score"),
    (ZH.encode("gb18030"), "iso-8859-1", "gb18030", "cjk-score"),
    (ZH.encode("gb18030"), "utf-8", "gb18030", "cjk-score"),
    (ZH.encode("gb18030"), "nonsense", "gb18030", "cjk-score"),
    (b"<html><meta charset=big5>" + BIG5.encode("big5"), "gb2312", "big5hkscs", "declared"),
    (b"<html><meta charset=windows-1251>" + ZH.encode("gbk"), "gbk", "gb18030", "header"),
    (b"<html><meta charset=gbk>" + ZH.encode("gbk"), "windows-1251", "gb18030", "declared"),
    (b"<html><meta charset=gbk>" + ZH.encode("gbk"), "gb2312", "gb18030", "header"),
    (ZH.encode()[:-2] + b"\n" + ZH.encode(), "gbk", "utf-8", "utf-8-tolerant"),
]


@pytest.mark.parametrize(("data", "header", "codec", "how"), HEADERS)
def test_a_header_is_believed_where_it_reads_the_bytes_and_the_page_does_not_know_better(
    data, header, codec, how
):
    found = read(data, header=header)
    assert (found.encoding, found.how) == (codec, how)
    believed = how == "header" or header in {"iso-8859-1", "utf-8", "nonsense"}
    assert ("not as the header says" in found.evidence) != (
        believed or (codec == "gb18030" and header == "gb2312")
    )


def test_what_a_person_gives_goes_before_header_and_page():
    page = b"<html><meta charset=gb2312>" + "Łódź".encode("iso8859-2")
    found = read(page, declared="iso-8859-2", header="windows-1251")
    assert (found.encoding, found.how) == ("iso8859-2", "given")
    assert "not as the header says" in found.evidence
    other = read(ZH.encode(), declared="gb2312", header="gb2312")
    assert (other.encoding, other.how) == ("utf-8", "utf-8")
    assert "not as given ('gb2312')" in other.evidence


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE html><html><head><meta charset="gb2312">',
        "<html><head><meta http-equiv=Content-Type content='text/html; charset=GBK'>",
        '<?xml version="1.0" encoding="gb2312"?><html>',
    ],
)
def test_a_page_is_read_as_it_declares(head):
    found = read((head + "<p>名录 &#20013;</p>").encode("gbk"))
    assert (found.encoding, found.how) == ("gb18030", "declared")
    assert "名录" in found.text


def test_a_declaration_that_does_not_read_the_page_is_passed_over():
    page = '<html><meta charset="{}"><p>' + TEXTS["zh-Hant"] * 4
    assert read(page.format("euc-kr").encode("big5")).encoding == "big5hkscs"
    assert read(page.format("iso-8859-1").encode("big5")).encoding == "big5hkscs"
    assert read(page.format("gb2312").encode()).encoding == "utf-8"


def test_a_text_that_only_talks_of_a_charset_declares_none():
    text = "Die Seite nennt charset=big5, geprüft hat es keiner. Für die Leser ändert das nichts.\n"
    assert read(text.encode("cp1252")).text == text


def test_the_samples_are_read_as_they_were_meant():
    names = {
        "big5-traditional": "big5hkscs",
        "euc-kr-korean": "cp949",
        "gb18030": "gb18030",
        "shift-jis-japanese": "cp932",
        "utf16be-nobom": "utf-16-be",
        "windows-1251-russian": "cp1251",
        "windows-1252-french-german": "cp1252",
    }
    for name, codec in names.items():
        found = read((SAMPLES / "input" / f"{name}.txt").read_bytes())
        assert (name, found.encoding, found.errors, found.exact) == (name, codec, 0, True)


# --- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("detection_bytes", 1000),
        ("max_nul_share", -0.1),
        ("min_utf8_share", 1.5),
        ("min_score", 2),
        ("max_error_share", float("nan")),
        ("max_garbage_share", -1),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        DecodeSettings(**{field: value})


# --- laws --------------------------------------------------------------------------------------------------


def laws_hold(data, declared=None):
    found = decode(data, S, declared=declared)
    assert found == decode(data, S, declared=declared)
    if isinstance(found, Rejected):
        assert found.reason in REASONS
        assert found.detail
        return
    assert not any("\ud800" <= char <= "\udfff" for char in found.text)
    assert "\n" not in found.evidence
    assert found.evidence
    try:
        again = found.bom + found.text.encode(found.encoding)
    except UnicodeEncodeError:
        again = None
    assert found.exact == (again == data)
    assert data.startswith(found.bom)
    assert 0 <= found.errors <= found.text.count("\ufffd")
    assert found.errors == 0 or not found.exact
    if not found.encoding.startswith(("hz", "iso2022")):
        explains(found, data)


@FEW
@given(
    st.binary(max_size=300),
    st.none() | st.sampled_from(["gbk", "utf-8", "utf-16", "iso-2022-jp", "cp437", "?"]),
)
def test_any_bytes_give_a_value_and_exact_means_exact(data, declared):
    laws_hold(data, declared)


@FEW
@given(
    st.sampled_from(sorted({(name, written) for name, written, _ in ENCODINGS})),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.binary(max_size=3)), max_size=4),
    st.sampled_from([b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE]),
)
def test_damaged_texts_give_a_value_and_exact_means_exact(pair, changes, mark):
    name, written = pair
    data = TEXTS[name].encode(written)
    for at, gone, put in changes:
        data = data[:at] + put + data[at + gone :]
    laws_hold(mark + data)


@FEW
@given(st.text(max_size=200))
def test_utf8_comes_back_as_it_was(text):
    data = text.encode("utf-8", "ignore")
    found = decode(data, S)
    if b"\0" not in data and not data.startswith((codecs.BOM_UTF8, b"%PDF-")):
        assert isinstance(found, Decoded)
        assert (found.text.encode(), found.exact) == (data, True)


@FEW
@given(st.text(max_size=60))
def test_any_label_gives_a_value(label):
    laws_hold(ZH.encode("gb18030"), label)
