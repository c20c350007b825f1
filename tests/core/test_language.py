"""Language by script share: named where the script tells, and not guessed where it does not."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.language import LEAST, language
from stages.model import Language, Span

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "udhr_encodings.tar.xz"

# (text, tag, why)
CASES = [
    ("旧粮站改成了露天影院，门口挂着一块白布。", "zh-Hans", "characters that only simplified Chinese has"),
    ("舊糧站改成了露天影院，門口掛著一塊白布。", "zh-Hant", "characters that only traditional Chinese has"),
    ("渡口有人卖水", "zh-Hans", "one telling character is enough where none speaks against it"),
    ("山中有水", "zh", "both forms write these alike"),
    ("里门門裡", "zh", "both forms at once"),
    ("古い粮倉は映画館になった。", "ja", "Han characters go with kana"),
    ("旧粮站的招牌上写着“シネマ”，是一位日本游客留下的纪念。村里人都说它好看。", "zh-Hans", "a word of kana is no Japanese"),
    ("옛 곡물 창고가 영화관이 되었다.", "ko", "Hangul"),
    ("大統領은 五日 國會에서 演說하였다고 합니다", "ko", "Hangul with Han characters"),
    ("The old granary became a cinema.", "Latn", "the script does not tell"),
    ("Der alte Speicher wurde zum Kino.", "Latn", "nor does German's"),
    ("Старый амбар стал кинотеатром, и мы были рады.", "ru", "ы"),
    ("Стара комора стала кінотеатром, і всі її хвалять.", "uk", "і and ї"),
    ("Стары свіран стаў кінатэатрам, і ўсе былі радыя.", "be", "ў"),
    ("Старият хамбар стана кино, а хората бяха щастливи, че са дошли тъй рано.", "bg", "ъ without ы"),
    ("Стари амбар је постао биоскоп, и људи су били срећни.", "sr", "ћ"),
    ("Стара комора", "Cyrl", "no letter tells"),
    ("أصبح المخزن القديم دارا للسينما في هذه المدينة.", "ar", "ة and ي"),
    ("انبار کهنه سینما شد و همه خوشحال‌اند.", "fa", "ک and ی"),
    ("پرانا گودام سنیما بن گیا ہے اور لوگ خوش ہیں۔", "ur", "ہ and ے"),
    ("המחסן הישן הפך לבית קולנוע.", "he", "Hebrew"),
    ("Η παλιά αποθήκη έγινε σινεμά.", "el", "Greek"),
    ("โรงเก็บข้าวเก่ากลายเป็นโรงภาพยนตร์", "th", "Thai"),
    ("ძველი ბეღელი კინოთეატრად იქცა.", "ka", "Georgian"),
    ("Հին ամբարը կինոթատրոն դարձավ։", "hy", "Armenian"),
    ("पुराना गोदाम सिनेमाघर बन गया।", "Deva", "several languages write it"),
    ("ঢাকার পুরনো গুদাম", "Beng", "several languages write it"),
    ("旧粮站改成影院 The old granary of the town", "mul", "no script has three fifths"),
    ("2023-05-06 12:30 ……！", "und", "no letters"),
    ("", "und", "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tag", "why"), CASES)
def test_the_language_is(text, tag, why):
    assert language(text, [Span(0, len(text))]).tag == tag, why


def test_the_share_is_of_all_letters_and_a_han_character_counts_three():
    text = "渡船 ferry 1"
    assert language(text, [Span(0, len(text))]) == Language("mul", round(6 / 11, 4))
    assert language("渡船马车 ferry", [Span(0, 10)]) == Language("zh-Hans", round(12 / 17, 4))


def test_only_what_is_in_the_spans_is_read():
    text = "旧粮站\nThe old granary"
    assert language(text, [Span(0, 3)]) == Language("zh-Hans", 1.0)
    assert language(text, [Span(4, len(text))]) == Language("Latn", 1.0)
    assert language(text, []) == Language("und", 0.0)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_there_is_an_answer_for_any_text(text):
    found = language(text, [Span(0, len(text))])
    assert 0 <= found.share <= 1
    assert (found.tag in {"mul", "und"}) == (found.share < LEAST)


#: File of the Declaration of Human Rights: what its script tells.
DECLARATIONS = {
    "Arabic_Alarabia-Arabic": ("cp1256", "ar"),
    "Bulgarian_Balgarski-UTF8": ("utf-8-sig", "bg"),
    "Chinese_Mandarin-UTF8": ("utf-8-sig", "zh-Hans"),
    "Farsi_Persian-UTF8": ("utf-8-sig", "fa"),
    "German_Deutsch-Latin1": ("cp1252", "Latn"),
    "Greek_Ellinika-UTF8": ("utf-8-sig", "el"),
    "Hebrew_Ivrit-UTF8": ("utf-8-sig", "he"),
    "Hindi-UTF8": ("utf-8-sig", "Deva"),
    "Japanese_Nihongo-UTF8": ("utf-8-sig", "ja"),
    "Korean_Hankuko-UTF8": ("utf-8-sig", "ko"),
    "Russian-UTF8": ("utf-8-sig", "ru"),
    "Ukrainian-UTF8": ("utf-8-sig", "uk"),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_the_declaration_of_human_rights_is_known_by_its_script(name):
    if not DATA.exists():
        pytest.skip("the texts are not beside the repository")
    encoding, tag = DECLARATIONS[name]
    with tarfile.open(DATA) as archive:
        text = archive.extractfile(f"udhr/{name}").read().decode(encoding, "replace")
    found = language(text, [Span(0, len(text))])
    assert (found.tag, found.share > 0.95) == (tag, True)
