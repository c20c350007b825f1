"""What every reader keeps to, whatever the bytes."""

import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers import READER_OF, SUFFIXES, Record, Refused, Unit, read
from pipeline.settings import ReadSettings
from stages.model import REASONS

LAW = settings(derandomize=True, deadline=None, max_examples=100)
READ = ReadSettings(max_line_bytes=200)
MEDIA = sorted(READER_OF)
LINES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.dictionaries(
            st.sampled_from(["text", "title", "n", "正文"]),
            st.one_of(st.text(max_size=9), st.integers(), st.none()),
            max_size=3,
        ).map(lambda d: json.dumps(d).encode()),
        st.just(b'{"text": "' + b"x" * 300 + b'"}'),
    ),
    max_size=6,
).map(b"\n".join)


def unit(media, data, start=0):
    return Unit("", b"a", "a", "/a", media, start, start + len(data), start + len(data))


def test_every_suffix_has_a_reader():
    assert set(SUFFIXES.values()) == set(MEDIA)


@pytest.mark.parametrize("media", MEDIA)
@LAW
@given(data=LINES, start=st.sampled_from([0, 1000]))
def test_a_reader_answers_any_bytes_with_records_in_order_that_lie_in_the_unit(media, data, start):
    items = list(read(unit(media, data, start), data, READ))
    assert [item.ordinal for item in items] == list(range(len(items)))
    at = start
    for item in items:
        assert at <= item.offset
        assert item.offset + item.length <= start + len(data)
        at = item.offset + item.length
        if isinstance(item, Refused):
            assert item.rejected.reason in REASONS
        else:
            assert item.media == media
            assert item.fields == "" or isinstance(json.loads(item.fields), dict)


@pytest.mark.parametrize("media", MEDIA)
@LAW
@given(data=LINES)
def test_a_reader_remembers_nothing(media, data):
    first = list(read(unit(media, data), data, READ))
    list(read(unit(media, b"{}"), b"{}", READ))
    assert list(read(unit(media, data), data, READ)) == first


@pytest.mark.parametrize("media", ["txt", "md", "html"])
@LAW
@given(data=st.binary(max_size=150))
def test_a_whole_file_is_one_record_of_its_bytes(media, data):
    (item,) = read(unit(media, data), data, READ)
    assert (item.payload, item.offset, item.length) == (data, 0, len(data))


@LAW
@given(data=LINES)
def test_json_lines_read_in_two_units_are_the_records_of_one(data):
    whole = list(read(unit("jsonl", data), data, READ))
    cut = data.find(b"\n", len(data) // 2) + 1
    first, second = data[:cut], data[cut:]
    parts = (
        [list(read(unit("jsonl", first), first, READ)), list(read(unit("jsonl", second, cut), second, READ))]
        if cut
        else [whole]
    )
    items = [item for part in parts for item in part]
    assert [_body(i) for i in items] == [_body(i) for i in whole]


def _body(item):
    """All of an item but where in its unit it stands."""
    if isinstance(item, Record):
        return dataclasses.replace(item, ordinal=0)
    return item.offset, item.length, item.rejected.reason
