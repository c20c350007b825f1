"""Texts of many languages for measuring: lines of open texts beside the repository, and sentences of our own.

`texts(language)` gives documents as lists of lines.  Languages for which no open news lie beside the repository have
the Declaration of Human Rights and the sentences below, which were written for this file.
"""

from __future__ import annotations

import functools
import html
import re
import tarfile
from typing import TYPE_CHECKING, Final

from text import DATA, lines_of

from stages._t2s import SIMPLIFIED, TRADITIONAL

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator

#: Language → the file of the Declaration and how it is written (its name says it, or lies: this Polish is windows-1250).
_DECLARATIONS: Final = {
    "ko": ("Korean_Hankuko-UTF8", "utf-8"),
    "ru": ("Russian-UTF8", "utf-8"),
    "uk": ("Ukrainian-UTF8", "utf-8"),
    "fr": ("French_Francais-Latin1", "cp1252"),
    "de": ("German_Deutsch-Latin1", "cp1252"),
    "pt": ("Portuguese_Portugues-Latin1", "cp1252"),
    "it": ("Italian_Italiano-Latin1", "cp1252"),
    "pl": ("Polish_Polski-Latin2", "cp1250"),
    "cs": ("Czech_Cesky-UTF8", "cp1250"),
    "tr": ("Turkish_Turkce-UTF8", "utf-8"),
    "el": ("Greek_Ellinika-UTF8", "utf-8"),
    "he": ("Hebrew_Ivrit-UTF8", "utf-8"),
    "ar": ("Arabic_Alarabia-Arabic", "cp1256"),
    "vi": ("Vietnamese-UTF8", "utf-8"),
}
_OWN: Final[dict[str, str]] = {
    "ko": """구청은 다음 주부터 낡은 가로등 사백 개를 새것으로 바꾼다고 밝혔다.
시장 상인들은 비가 새는 지붕을 먼저 고쳐 달라고 요구했다.
기상대는 주말에 동해안을 중심으로 많은 눈이 내리겠다고 내다봤다.
버스 노선 개편안에 대한 주민 설명회가 강당에서 열렸다.
소방서는 창고 화재의 원인을 조사하고 있으며 다친 사람은 없다고 전했다.
올해 사과 수확량은 지난해보다 조금 줄었지만 값은 크게 오르지 않았다.
폐교된 초등학교가 작은 미술관으로 다시 문을 연다.
어촌계는 바다 쓰레기를 줄이려고 그물을 함께 거두기로 했다.
다리 공사 때문에 강변 도로 한쪽이 석 달 동안 막힌다.
의회는 예산안을 두고 밤늦게까지 토론을 이어 갔다.""",
    "ru": """Городской совет решил отремонтировать крышу крытого рынка до наступления холодов.
Синоптики ждут сильного снегопада на побережье в конце недели.
Пожарные выясняют причину возгорания на складе, пострадавших нет.
Жители окраины просят пустить вечерний автобус до станции.
Из-за ремонта моста движение по набережной закрыто на три месяца.
Закрытая сельская школа снова откроется как небольшой музей.
Яблок собрали чуть меньше, чем прошлой осенью, но цены почти не выросли.
Депутаты спорили о бюджете до поздней ночи, но к согласию не пришли.
Рыбаки вместе вытащили из моря старые сети.
Новые фонари на аллее обещают включить к празднику.""",
    "uk": """Міська рада вирішила полагодити дах критого ринку ще до холодів.
Синоптики чекають сильного снігопаду на узбережжі наприкінці тижня.
Пожежники з’ясовують, чому зайнявся склад, постраждалих немає.
Мешканці околиці просять пустити вечірній автобус до станції.
Через ремонт мосту рух набережною закрито на три місяці.
Закрита сільська школа знову відчиниться як невеликий музей.
Яблук зібрали трохи менше, ніж торік, але ціни майже не зросли.
Депутати сперечалися про бюджет до пізньої ночі, та згоди не дійшли.""",
    "fr": """Le toit du marché couvert sera réparé avant l’hiver, a décidé le conseil municipal.
Les pêcheurs ont remonté ensemble de vieux filets échoués près de la jetée.
À cause des travaux du pont, le quai est fermé à la circulation pendant trois mois.
L’école du hameau, fermée depuis des années, rouvrira comme petit musée.
« Nous n’avons jamais vu autant de neige à Noël », raconte une voisine âgée.
La récolte de pommes a été un peu plus faible, mais les prix n’ont guère augmenté.
Dès janvier, les élèves déjeuneront à côté de la bibliothèque rénovée.
Un incendie s’est déclaré dans un entrepôt ; personne n’a été blessé.""",
    "de": """Der Stadtrat lässt das Dach der Markthalle noch vor dem Winter ausbessern.
Fischer haben gemeinsam alte Netze aus dem Hafenbecken geborgen.
Wegen der Arbeiten an der Brücke ist die Uferstraße für drei Monate gesperrt.
Die geschlossene Dorfschule öffnet als kleines Museum wieder ihre Türen.
„So viel Schnee hatten wir zu Weihnachten noch nie“, erzählt eine Nachbarin.
Die Apfelernte fiel etwas geringer aus, die Preise stiegen jedoch kaum.
Ab Januar essen die Schüler neben der frisch renovierten Bücherei zu Mittag.
In einer Lagerhalle brach ein Feuer aus; verletzt wurde niemand – so die Behörde.""",
    "pt": """A câmara decidiu reparar o telhado do mercado coberto antes do inverno.
Os pescadores recolheram juntos redes velhas que estavam junto ao cais.
Por causa das obras na ponte, a marginal está fechada durante três meses.
A escola da aldeia, encerrada há anos, vai reabrir como pequeno museu.
“Nunca vimos tanta neve no Natal”, conta uma vizinha já idosa.
A colheita de maçãs foi um pouco menor, mas os preços não subiram muito.
A partir de janeiro, os alunos almoçarão ao lado da biblioteca renovada.
Não há feridos no incêndio do armazém, segundo a corporação.""",
    "it": """Il consiglio comunale riparerà il tetto del mercato coperto prima dell’inverno.
I pescatori hanno raccolto insieme le vecchie reti vicino al molo.
Per i lavori al ponte il lungofiume resterà chiuso: è così fino a lunedì, però si può passare a piedi.
La scuola del paese riaprirà come piccolo museo, perché la comunità lo ha chiesto più volte.
«Non s’è mai vista tanta neve a Natale», racconta un’anziana della città.
La raccolta delle mele è stata più scarsa, ma i prezzi non sono saliti granché.
Già da gennaio gli alunni mangeranno accanto alla biblioteca, che avrà più posti.""",
    "pl": """Rada miasta postanowiła naprawić dach hali targowej jeszcze przed zimą.
Rybacy wspólnie wyciągnęli z morza stare sieci.
Z powodu remontu mostu bulwar będzie zamknięty przez trzy miesiące.
Zamknięta szkoła wiejska znów zostanie otwarta, tym razem jako małe muzeum.
„Tyle śniegu na święta jeszcze nie było” – opowiada starsza sąsiadka.
Zbiory jabłek były nieco mniejsze, ale ceny prawie się nie zmieniły.
Strażacy wyjaśniają przyczynę pożaru w magazynie; nikt nie został ranny.
Od stycznia uczniowie będą jeść obiady obok odnowionej biblioteki.""",
    "cs": """Městská rada rozhodla opravit střechu tržnice ještě před zimou.
Rybáři společně vytáhli z přístavu staré sítě.
Kvůli opravě mostu bude nábřeží tři měsíce uzavřené.
Zavřená venkovská škola se znovu otevře jako malé muzeum.
„Tolik sněhu jsme o Vánocích ještě neměli,“ vypráví starší sousedka.
Jablek se sklidilo o něco méně, ale ceny téměř nevzrostly.
Hasiči zjišťují příčinu požáru ve skladu; nikdo nebyl zraněn.
Žáci budou od ledna obědvat vedle opravené knihovny.""",
    "tr": """Belediye meclisi kapalı çarşının çatısını kış gelmeden onarmaya karar verdi.
Balıkçılar limandaki eski ağları birlikte topladı.
Köprü çalışması yüzünden sahil yolu üç ay boyunca kapalı kalacak.
Kapanan köy okulu küçük bir müze olarak yeniden açılıyor.
Yaşlı bir komşu, yılbaşında hiç bu kadar kar görmediklerini anlattı.
Elma hasadı biraz düşük oldu, ama fiyatlar pek değişmedi.
İtfaiye depodaki yangının nedenini araştırıyor; yaralanan olmadı.
Öğrenciler ocaktan itibaren yenilenen kütüphanenin yanında yemek yiyecek.""",
    "el": """Το δημοτικό συμβούλιο θα επισκευάσει τη στέγη της αγοράς πριν από τον χειμώνα.
Οι ψαράδες μάζεψαν μαζί παλιά δίχτυα από το λιμάνι.
Λόγω των έργων στη γέφυρα ο παραλιακός δρόμος θα μείνει κλειστός τρεις μήνες.
Το κλειστό σχολείο του χωριού ανοίγει ξανά ως μικρό μουσείο.
Η συγκομιδή των μήλων ήταν λίγο μικρότερη, αλλά οι τιμές δεν άλλαξαν πολύ.
Οι πυροσβέστες ερευνούν την αιτία της φωτιάς στην αποθήκη.
Από τον Ιανουάριο οι μαθητές θα τρώνε δίπλα στη βιβλιοθήκη.""",
    "he": """מועצת העיר החליטה לתקן את גג השוק המקורה עוד לפני החורף.
הדייגים אספו יחד רשתות ישנות מן הנמל.
בגלל עבודות בגשר תהיה הטיילת סגורה שלושה חודשים.
בית הספר הישן בכפר ייפתח שוב כמוזיאון קטן.
יבול התפוחים היה מעט נמוך יותר, אך המחירים כמעט לא עלו.
כבאים בודקים מדוע פרצה אש במחסן, ואיש לא נפגע.
מינואר יאכלו התלמידים צהריים ליד הספרייה ששופצה.""",
    "ar": """قرر مجلس المدينة إصلاح سقف السوق المغطاة قبل حلول الشتاء.
جمع الصيادون معا شباكا قديمة من الميناء.
بسبب أعمال الجسر سيبقى طريق الساحل مغلقا ثلاثة أشهر.
تفتح مدرسة القرية المغلقة أبوابها من جديد متحفا صغيرا.
كان محصول التفاح أقل قليلا، لكن الأسعار لم ترتفع كثيرا.
يحقق رجال الإطفاء في سبب الحريق الذي اندلع في المستودع.
سيتناول التلاميذ غداءهم قرب المكتبة ابتداء من يناير.""",
    "th": """เทศบาลจะซ่อมหลังคาตลาดสดให้เสร็จก่อนถึงฤดูฝน
ชาวประมงช่วยกันเก็บอวนเก่าออกจากท่าเรือเมื่อวันเสาร์
ถนนริมแม่น้ำจะปิดสามเดือนเพราะต้องซ่อมสะพาน
โรงเรียนในหมู่บ้านที่ปิดไปแล้วจะเปิดใหม่เป็นพิพิธภัณฑ์เล็กๆ
ปีนี้เก็บผลไม้ได้น้อยลงเล็กน้อย แต่ราคายังไม่ขึ้นมาก
เจ้าหน้าที่ดับเพลิงกำลังตรวจสอบสาเหตุไฟไหม้โกดัง ไม่มีผู้บาดเจ็บ
กรมอุตุนิยมวิทยาคาดว่าปลายสัปดาห์จะมีฝนตกหนักตามแนวชายฝั่ง
ตั้งแต่เดือนหน้า นักเรียนจะกินอาหารกลางวันข้างห้องสมุดที่ปรับปรุงใหม่
สภาท้องถิ่นถกเถียงเรื่องงบประมาณจนดึกแต่ยังไม่ได้ข้อสรุป
ไฟถนนดวงใหม่สี่ร้อยดวงจะเปิดใช้ก่อนวันหยุดยาว""",
    "en": """“We have never seen so much snow at Christmas,” an elderly neighbour said – and laughed.
The council’s plan to mend the market roof will cost £3m, it’s said.
The village school, shut for years, will reopen as a small museum – “at last”, as one parent put it.
A café on the quay won’t open until the bridge works end; it’s “a long three months”.
The fire brigade’s report names no cause… yet.
Pupils’ lunches move next door to the library – a £40,000 refit.""",
    "vi": """Hội đồng thành phố quyết định sửa mái chợ trước mùa mưa.
Ngư dân cùng nhau thu gom lưới cũ ở bến cảng.
Trường làng đóng cửa nhiều năm sẽ mở lại thành một bảo tàng nhỏ.
Sản lượng xoài giảm nhẹ nhưng giá gần như không đổi.""",
}
_BLOCK: Final = re.compile(r"<(script|style|pre|code)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_PARAGRAPH: Final = re.compile(r"<(?:p|h1|h2|li)\b[^>]*>(.*?)</(?:p|h1|h2|li)>", re.DOTALL | re.IGNORECASE)
_FRENCH: Final = ("lemonde-1", "liberation-1")


def present() -> bool:
    """Return whether the texts beside the repository are there."""
    return DATA.exists()


@functools.cache
def declaration_files() -> dict[str, bytes]:
    """Return the files of the Declaration of Human Rights by name."""
    with tarfile.open(DATA / "udhr_encodings.tar.xz") as archive:
        return {
            member.name.rpartition("/")[2]: file.read()
            for member in archive
            if member.isfile() and (file := archive.extractfile(member)) is not None
        }


@functools.cache
def pages() -> dict[str, list[str]]:
    """Return the expected paragraphs of saved pages by name of the page."""
    out = {}
    with tarfile.open(DATA / "readability_pages.tar.xz") as archive:
        for member in archive:
            if member.name.endswith("/expected.html") and (file := archive.extractfile(member)) is not None:
                source = _BLOCK.sub("", file.read().decode())
                found = (re.sub(r"<[^>]*>", "", m[1]) for m in _PARAGRAPH.finditer(source))
                lines = [" ".join(html.unescape(text).split()) for text in found]
                out[member.name.split("/")[-2]] = [line for line in lines if line]
    return out


def _prose(lines: list[str], least: int = 12) -> list[str]:
    return [line for line in (line.strip() for line in lines) if len(line) >= least]


def _han(line: str) -> bool:
    return sum("\u4e00" <= c <= "\u9fff" for c in line) > len(line) // 2


#: Frequent simplified characters of which the table names a rare traditional form first (噹 for 當).
_USUAL: Final = dict(zip("历当采录术药钟面", "歷當採錄術藥鐘面", strict=True))


@functools.cache
def _to_traditional() -> dict[int, str]:
    """Return the project's table turned round: for each simplified character a traditional one that Big5 has."""
    out: dict[int, str] = {ord(plain): wide for plain, wide in _USUAL.items()}
    for wide, plain in zip(TRADITIONAL, SIMPLIFIED, strict=True):
        try:
            wide.encode("big5")
        except UnicodeEncodeError:
            continue
        out.setdefault(ord(plain), wide)
    return out


def _open(name: str, keep: Callable[[str], bool]) -> Iterator[list[str]]:
    for record in lines_of(name):
        lines = [line for line in _prose(str(record["text"]).split("\n")) if keep(line)]
        if lines:
            yield lines


@functools.cache
def texts(language: str) -> list[list[str]]:
    """Return documents of a language as lists of lines, at least twelve characters each."""
    if language == "zh":
        return list(_open("lctt_zh.jsonl.xz", _han))
    if language == "zh-tw":
        table = _to_traditional()
        return [[line.translate(table) for line in lines] for lines in texts("zh")[::3]]
    if language == "ja":
        return list(_open("wikinews_ja.jsonl.xz", lambda _: True))
    if language == "es":
        return list(_open("news_es.jsonl.xz", lambda _: True))
    out = [_prose(_OWN[language].split("\n"))] if language in _OWN else []
    if language in _DECLARATIONS:
        name, codec = _DECLARATIONS[language]
        out.append(_prose(declaration_files()[name].decode(codec).removeprefix("\ufeff").split("\n"), 30))
    if language == "fr":
        out += [_prose(pages()[name], 30) for name in _FRENCH]
    if language == "en":
        out += [curly for lines in pages().values() if (curly := [x for x in _prose(lines, 30) if "’" in x])]
    return out


def sample(
    language: str, size: int, rng: random.Random, fits: Callable[[str], str | None], *, lines: bool = True
) -> str:
    """Return about `size` characters from the start of a line; `fits` may change a line, or refuse it.

    With `lines` the lines that follow are joined to a short one; without, the longest single line is used.
    """
    documents = texts(language)
    small = len(documents) < 10  # a line of our own must come up as often as one of the Declaration
    while True:
        document = rng.choice(documents)
        at = rng.randrange(len(document))
        out = ""
        for line in (document * 3)[at:] if small else document[at:]:
            plain = fits(line)
            if plain is None:
                break
            out += ("\n" if out else "") + plain
            if len(out) >= size or not lines:
                break
        out = out[:size].rstrip()
        if len(out) >= 0.8 * size and not out.isascii() and fits(out) == out:
            return out
