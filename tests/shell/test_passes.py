"""The order of the stages: what stands between them, and is of none."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import codec
from pipeline.packs import Prepared, merged
from pipeline.passes import _LINE_END, _outside, line_starts, prepare, prepare_batch, recall, recall_batch
from pipeline.readers import Record
from pipeline.settings import load
from stages.model import Metadata, Rejected, Span

LAW = settings(derandomize=True, deadline=None, max_examples=200)
PLACES = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda x: Span(min(x), max(x) + 1))


@LAW
@given(PLACES, st.lists(PLACES, max_size=6))
def test_what_cuts_leave_of_a_line_is_every_character_that_none_of_them_holds(line, cuts):
    left = {at for span in _outside(line, merged(cuts)) for at in range(span.start, span.end)}
    assert left == {at for at in range(line.start, line.end) if not any(c.start <= at < c.end for c in cuts)}


def test_only_the_cuts_that_touch_a_line_are_looked_at():
    looked = []

    class Cuts(list):
        def __getitem__(self, at):
            looked.append(at)
            return super().__getitem__(at)

    cuts = Cuts(Span(10 * n, 10 * n + 4) for n in range(1000))
    assert _outside(Span(5002, 5012), cuts) == [Span(5004, 5010)]
    assert len(looked) <= 16


SETTINGS = load(None)
BATCHES = settings(derandomize=True, deadline=None, max_examples=50)
SENTENCES = (
    "渡轮今日首航，码头上站着三百人，天色却不好，船长说风浪不大。",
    "渡輪今日首航，碼頭上站著三百人，天色卻不好，船長說風浪不大。",
    "渡轮 今日 首航 ， 码头 上 站着 1,024 人。",
    "フェリーは今日から運航を始め、三百人が見送った。",
    "The ferry left on time; some 1,024 people stood on the quay.",
    "El transbordador salió a la hora, con niños y cañones.",
    "æ¸¡è½®ä»Šæ—¥é¦–èˆª",
    "æ¸¡è½®ä»?æ—¥é¦–èˆª \ufffd",
    "责任编辑：船夫",
    "相关阅读",
    "来源：渡口报 2026-11-27 08:30",
    "本报讯 渡轮今日首航",
    "http://quay.example/2026/11/ferry@pier",
    "  　渡轮\u200b今日ａｂｃ",
    "***",
    "",
    " ",
    "\u3000",
)
ENDS = ("\n", "\n\n", "\r\n", "\u2028", "\n  ", "")


@st.composite
def documents(draw):
    """A record as a reader gives it: a field, bytes that may be no text, a page."""
    lines = draw(st.lists(st.sampled_from(SENTENCES), max_size=6)) * draw(st.sampled_from((1, 1, 2, 3)))
    text = "".join(line + draw(st.sampled_from(ENDS)) for line in lines) + draw(st.text(max_size=3))
    media = draw(st.sampled_from(("jsonl", "txt", "md", "html")))
    payload: str | bytes = text
    if media != "jsonl":
        payload = text.encode(draw(st.sampled_from(("utf-8", "gb18030", "utf-16"))), "replace")
        payload = draw(st.sampled_from((payload, payload, b"\x00\x01\xff" + payload, bytes(range(256)))))
    if media == "html":
        payload = (
            b"<html><body><article><p>" + payload.replace(b"\n", b"</p><p>") + b"</p></article></body></html>"
        )
    return Record(draw(st.integers(0, 9)), 0, len(payload), payload, media, Metadata(), "", "")


def told(prepared: Prepared | Rejected) -> tuple[object, ...]:
    """All that a document gives, to be compared."""
    if isinstance(prepared, Rejected):
        return (prepared,)
    columns = (prepared.keys, prepared.sizes, prepared.line_keys, prepared.line_marks)
    return (
        codec.dump(prepared.found),
        prepared.text,
        prepared.view_key,
        *((column.dtype, column.tolist()) for column in columns),
    )


@BATCHES
@given(st.lists(documents(), max_size=8))
def test_a_batch_gives_what_its_documents_give_one_at_a_time(records):
    """Also those that are refused: nothing of a document reaches another."""
    batch = prepare_batch(records, SETTINGS, [None] * len(records))
    assert [told(one) for one in batch] == [told(prepare(record, SETTINGS)) for record in records]


@BATCHES
@given(st.lists(st.lists(st.sampled_from(SENTENCES), max_size=9).map("\n".join), max_size=6))
def test_a_batch_of_an_archive_gives_what_its_documents_give_one_at_a_time(texts):
    records = [recall(text, "txt") for text in texts]
    batch = recall_batch(records, SETTINGS)
    assert [told(one) for one in batch] == [told(recall_batch([record], SETTINGS)[0]) for record in records]


@LAW
@given(st.text(st.sampled_from("a字\r\n\u2028\x85")))
def test_lines_of_the_source_start_behind_each_line_end_of_a_text_file(text):
    assert line_starts(text) == [0, *(m.end() for m in _LINE_END.finditer(text))]
