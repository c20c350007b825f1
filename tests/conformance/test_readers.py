"""What every reader keeps to, whatever the bytes."""

import bz2
import dataclasses
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers import ARCHIVES, LOOSE, READER_OF, SUFFIXES, Record, Refused, Unit, read
from pipeline.readers.found import SKIPPED
from pipeline.reading import ReadSettings
from stages.model import REASONS

LAW = settings(derandomize=True, deadline=None, max_examples=100)
READ = ReadSettings(max_line_bytes=200)
MEDIA = sorted(READER_OF)


def zst(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(data)
    return sink.getvalue().to_pybytes()


PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zst}
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


def unit(media, data, start=0, packing=""):
    end = start + len(data)
    return Unit("", b"a", "a", "/a", media, start, end, end, packing=packing)


def zipped(files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(files):
            archive.writestr(zipfile.ZipInfo(f"{number}.txt"), data)
    return sink.getvalue()


def tarred(files):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for number, data in enumerate(files):
            info = tarfile.TarInfo(f"{number}.jsonl")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def table(texts):
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "n": list(range(len(texts)))}), sink)
    return sink.getvalue()


def crawl(bodies):
    head = "WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n"
    return b"".join(head.format(len(body)).encode() + body + b"\r\n\r\n" for body in bodies)


def spoilt(data, cut, place):
    """Cut the end of a file, and change a byte of it."""
    data = bytearray(data[: len(data) - cut % (len(data) + 1)])
    if data:
        data[place % len(data)] ^= 0x5A
    return bytes(data)


FILES = st.lists(st.one_of(LINES, st.text(max_size=30).map(str.encode)), max_size=4)
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4)
WHOLE = {
    "zip": FILES.map(zipped),
    "tar": FILES.map(tarred),
    "parquet": TEXTS.map(table),
    "warc": FILES.map(crawl),
    "csv": LINES.map(lambda data: b"text,n\n" + data),
    "json": LINES.map(lambda data: b"[" + data.replace(b"\n", b",") + b"]"),
}


def hostile(media):
    """Any bytes, whole files of the kind, and those files cut and changed."""
    whole = WHOLE.get(media, LINES)
    places = st.integers(0, 10**6)
    return st.one_of(LINES, whole, st.builds(spoilt, whole, places, places))


def test_every_suffix_has_a_reader():
    assert set(SUFFIXES.values()) == set(MEDIA)


@pytest.mark.parametrize("media", MEDIA)
@LAW
@given(data=st.data(), start=st.sampled_from([0, 1000]))
def test_a_reader_answers_any_bytes_with_records_in_order_that_lie_in_the_unit(media, data, start):
    content = data.draw(hostile(media))
    items = list(read(unit(media, content, start), content, READ))
    assert [item.ordinal for item in items] == list(range(len(items)))
    at = start
    for item in items:
        if media in LOOSE:
            assert at <= item.offset
            assert item.offset + item.length <= start + len(content)
            at = item.offset + item.length
        if isinstance(item, Refused):
            assert item.rejected.reason in (SKIPPED if item.skipped else REASONS)
        else:
            assert item.media == media or media in ARCHIVES or (media == "warc" and item.media == "txt")
            assert item.fields == "" or isinstance(json.loads(item.fields), dict)
            assert bool(item.member) == (media in ARCHIVES)


@pytest.mark.parametrize("media", MEDIA)
@LAW
@given(data=st.data())
def test_a_reader_remembers_nothing_and_reads_a_stream_as_it_reads_bytes(media, data):
    content = data.draw(hostile(media))
    first = list(read(unit(media, content), content, READ))
    list(read(unit(media, b"{}"), b"{}", READ))
    assert list(read(unit(media, content), content, READ)) == first
    assert list(read(unit(media, content), io.BytesIO(content), READ)) == first


@pytest.mark.parametrize("packing", sorted(PACK))
@pytest.mark.parametrize("media", MEDIA)
@settings(LAW, max_examples=20)
@given(data=st.data())
def test_what_is_compressed_reads_as_what_it_holds(media, packing, data):
    content = data.draw(hostile(media))
    plain = list(read(unit(media, content), content, READ))
    packed = PACK[packing](content)
    items = list(read(unit(media, packed, packing=packing), packed, READ))
    assert [_what(i) for i in items] == [_what(i) for i in plain]


@pytest.mark.parametrize("packing", sorted(PACK))
@settings(LAW, max_examples=60)
@given(data=st.data())
def test_compressed_data_that_is_cut_or_changed_is_refused_whole_or_holds_what_it_held(packing, data):
    content = data.draw(LINES.filter(bool))
    packed = PACK[packing](content)
    places = st.integers(0, 10**6)
    found = spoilt(packed, data.draw(places.map(lambda n: n % 40)), data.draw(places))
    items = list(read(unit("jsonl", found, packing=packing), found, READ))
    if packing != "zst":  # its frames need not have a checksum
        whole = list(read(unit("jsonl", content), content, READ))
        damaged = [i for i in items if isinstance(i, Refused) and i.rejected.reason == "damaged"]
        assert damaged == items or [_what(i) for i in items] == [_what(i) for i in whole]


def _what(item):
    """What an item says, but for where it stands and what it is called in the archive."""
    if isinstance(item, Record):
        return item.ordinal, item.payload, item.media, item.fields, item.given, item.member
    return item.ordinal, item.rejected, item.member


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
