import json

import pytest

from pipeline.readers import Record, Refused, Unit, longest_line, read
from pipeline.readers.sniff import sniff
from pipeline.reading import ReadSettings
from stages.model import Metadata

READ = ReadSettings(max_line_bytes=10_000)


def items(data, media="jsonl", start=0, settings=READ):
    return list(
        read(Unit("", b"a", "a", "/a", media, start, start + len(data), start + len(data)), data, settings)
    )


def refusal(line):
    (item,) = items(line)
    assert isinstance(item, Refused), item
    return item.rejected.reason, item.rejected.detail


def test_a_record_has_its_text_metadata_and_other_fields_as_they_were_written():
    line = '{"id": 1.50, "title":"标题", "text":"正\\u6587", "date":"2024年3月5日", "url":"https://example.org/a", "x":{"b":1,"a":[1e3]}}'
    data = line.encode()
    assert items(data + b"\r\n") == [
        Record(
            ordinal=0,
            offset=0,
            length=len(data),
            payload="正文",
            media="jsonl",
            given=Metadata(
                title="标题",
                url="https://example.org/a",
                published="2024-03-05",
                rules=(("title", "field:title"), ("url", "field:url"), ("published", "field:date")),
            ),
            fields='{"id":1.50,"title":"标题","text":null,"date":"2024年3月5日","url":"https://example.org/a","x":{"b":1,"a":[1e3]}}',
            text_field="text",
        )
    ]


def test_blank_lines_are_nothing_and_offsets_are_bytes_of_the_file():
    found = items('\n{"text":"甲"}\n \r\n\t{"text":"b"}'.encode(), start=1000)
    assert [(i.ordinal, i.offset, i.length, i.payload, i.fields) for i in found] == [
        (0, 1001, 14, "甲", ""),
        (1, 1019, 13, "b", ""),
    ]


def test_nesting_is_counted_outside_strings():
    deep = '"x":' + "[" * 499 + '"]"' + "]" * 499
    line = f'{{"text":"{"[" * 900}","y":"\\"{"{" * 900}",{deep}}}'
    (item,) = items(line.encode())
    assert (item.payload, deep in item.fields) == ("[" * 900, True)


def test_a_byte_order_mark_is_taken_off_at_the_start_of_a_file_only():
    bom = b"\xef\xbb\xbf"
    line = b'{"text":"a"}'
    assert [(i.offset, i.payload) for i in items(bom + line)] == [(3, "a")]
    assert isinstance(items(bom + line, start=7)[0], Refused)


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b"{", "json", "line 1: a key in quotes is missing"),
        (b'{"text":"a"} x', "json", "something follows the object"),
        (b'{"text":"a",}', "json", "a key in quotes is missing"),
        (b'{"text" "a"}', "json", "a colon is missing"),
        (b'{"text":"a" "b":1}', "json", "a comma or brace is missing"),
        (b'{"text":"a"', "json", "a comma or brace is missing"),
        (b'{"text":}', "json", "Expecting value"),
        (b'{"te\nxt":"a"}'.replace(b"\n", b"\x01"), "json", "control character"),
        (b'["text"]', "json", "not an object"),
        (b'"text"', "json", "not an object"),
        (b"text", "json", "Expecting value"),
        (b"[" * 5_000, "json", "nested deeper than 500"),
        (b'{"x":' + b"[" * 500 + b"]" * 500 + b',"text":"a"}', "json", "nested deeper than 500"),
        (b'{"text":"a","x":NaN}', "json", "NaN is no JSON number"),
        (b'{"text":"a","x":-Infinity}', "json", "-Infinity is no JSON number"),
        (b'{"text":"a","x":1e999}', "json", "out of range"),
        (b'{"text":"a","x":' + b"9" * 5_000 + b"}", "json", "a number of 5,000 digits"),
        (b'{"text":"a","text":"b"}', "json", "the key 'text' stands twice"),
        (b'{"text":"a","x":{"k":1,"k":1}}', "json", "the key 'k' stands twice"),
        (b'{"text":"\\ud800"}', "json", "half a surrogate pair"),
        (b'{"text":"a","x":["\\uDC00"]}', "json", "half a surrogate pair"),
        (b'{"text":"caf\xe9"}', "json", "not UTF-8 at byte 12 of the line"),
        (b'{"title":"a"}', "json_text", "no field text, content, "),
        (b'{"text":1}', "json_text", "text is no string"),
        (b'{"text":null}', "json_text", "text is no string"),
        (b'{"text":"' + b"a" * 10_000 + b'"}', "line_too_long", "10,011 bytes; the limit is 10,000"),
        (b"{}", "json_text", "no field"),
    ],
)
def test_a_line_that_cannot_be_read_without_loss_is_refused_with_its_number(line, reason, detail):
    found, said = refusal(line)
    assert found == reason
    assert detail in said
    assert said.startswith("line 1: ")


def test_a_bad_line_does_not_touch_its_neighbours():
    found = items(b'{"text":"a"}\n{"text":\n{"text":"b"}\n')
    assert [type(i) for i in found] == [Record, Refused, Record]
    assert found[1].rejected.detail.startswith("line 2: ")
    assert items(b"{", start=50)[0].rejected.detail.startswith("line 1 after byte 50: ")


@pytest.mark.parametrize("text", ["\U0001f600", "a\0b", "\u2028", ""])
def test_any_string_that_is_whole_is_a_text(text):
    for line in (json.dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False)):
        (item,) = items(line.encode())
        assert item.payload == text


def test_the_first_text_field_that_holds_a_string_is_the_text():
    (item,) = items('{"content":"c","text":null,"正文":"z"}'.encode())
    assert (item.text_field, item.payload, item.fields) == (
        "content",
        "c",
        '{"content":null,"text":null,"正文":"z"}',
    )


def test_a_date_that_cannot_be_read_stays_in_the_fields_only():
    (item,) = items(b'{"text":"a","date":"yesterday","title":" ","author":7}')
    assert item.given == Metadata()
    assert '"yesterday"' in item.fields


@pytest.mark.parametrize("media", ["txt", "md"])
def test_a_file_with_a_line_that_is_too_long_is_refused(media):
    (item,) = items(b"a\n" + b"x" * 10_001 + b"\nb", media)
    assert (item.rejected.reason, item.length) == ("line_too_long", 10_005)


def test_a_page_may_stand_on_one_line():
    (item,) = items(b"<p>" * 10_000, "html")
    assert item.payload == b"<p>" * 10_000


def test_a_file_without_a_reader_is_refused():
    (item,) = items(b"\0", "unknown")
    assert item.rejected.reason == "unknown_type"


@pytest.mark.parametrize(
    ("data", "wanted"), [(b"", 0), (b"\n", 0), (b"ab\nc", 2), (b"a\nbcd", 3), (b"abc\n", 3)]
)
def test_the_longest_line_is_found_wherever_it_stands(data, wanted):
    assert longest_line(data) == wanted


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        (b"", "txt"),
        (b"plain words\n", "txt"),
        ("新闻".encode("gbk"), "txt"),
        ("新闻".encode("utf-16"), "txt"),
        (b"\x1b[1mbold\x1b[0m", "txt"),
        (b"<!DOCTYPE html><p>", "html"),
        (b"\xef\xbb\xbf \n<HTML lang=zh>", "html"),
        (b'<?xml version="1.0"?>\n<!-- saved -->\n<html>', "html"),
        (b"<htmlx>", "txt"),
        (b"%PDF-1.7 text", "unknown"),
        (b"\x1f\x8b\x08", "unknown"),
        (b"PK\x03\x04", "unknown"),
        (b"words\0words", "unknown"),
        (b"\x01\x02\x03 words", "unknown"),
    ],
)
def test_first_bytes_tell_text_from_pages_and_from_what_is_neither(first, wanted):
    assert sniff(first) == wanted
