"""Formats: what each reader takes for what, and a folder of all of them cleaned, proved and given back."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import importlib.util
import io
import json
import random
import sys
import tarfile
import zipfile
import zlib
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import events
from pipeline.check import verify
from pipeline.cli import main
from pipeline.job import run
from pipeline.ledger import read_rows
from pipeline.passes import prepare
from pipeline.readers import Record, Refused, Unit, read
from pipeline.readers.sniff import told
from pipeline.restore import restore
from pipeline.settings import ReadSettings, load

_SPEC = importlib.util.spec_from_file_location(
    "make_formats", Path(__file__).resolve().parents[1] / "golden" / "make_formats.py"
)
made = importlib.util.module_from_spec(_SPEC)
sys.modules["make_formats"] = made
_SPEC.loader.exec_module(made)

READ = ReadSettings()


def items(data, media, settings=READ, packing=""):
    unit = Unit("", b"a", "a", "/a", media, 0, len(data), len(data), packing=packing)
    return list(read(unit, data, settings))


def texts(found):
    return [i.payload for i in found if isinstance(i, Record)]


def reasons(found):
    return [i.rejected.reason for i in found if isinstance(i, Refused)]


# --- what a file is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "first", "packing", "media", "suffix", "lies"),
    [
        ("a.txt", b"words", "", "txt", "", False),
        ("a.txt", b"<!doctype html><p>words", "", "html", ".txt", True),
        ("a.txt", b'{"text":"words"}\n{"text":"more"}\n', "", "jsonl", ".jsonl", True),
        ("a.txt", b'{"words":"words"}', "", "txt", "", False),
        ("a.txt", b"{braces} at the start", "", "txt", "", False),
        ("a.txt", b"words", "gz", "txt", ".txt", True),
        ("a.txt.gz", b"words", "gz", "txt", ".txt", False),
        ("a.txt.gz", b"words", "zst", "txt", ".txt", True),
        ("a.txt.gz", b"words", "", "txt", ".txt", True),
        ("a.md.xz", b"words", "xz", "md", ".md", False),
        ("a.md", b"<html> as an example", "", "md", "", False),
        ("a.html", b'[{"text":"words"}]', "", "json", ".jsonl", True),
        ("a.html", b"words", "", "html", ".txt", False),
        ("a.json", b'{"text":"words"}', "", "json", ".jsonl", False),
        ("a.json", b'{"text":"words"}\n{"text":"more"}\n', "", "jsonl", "", True),
        ("a.json", b'{\n "articles": [', "", "json", ".jsonl", False),
        ("a.jsonl", b'{"id":1}\n', "", "jsonl", "", False),
        ("a.jsonl", b'[{"text":"words"},', "", "json", ".jsonl", True),
        ("a.jsonl.zst", b'{"id":1}\n', "zst", "jsonl", ".jsonl", False),
        ("a.csv", b"id,text\n", "", "csv", ".jsonl", False),
        ("a.csv", b"<html><body>", "", "html", ".txt", True),
        ("a.tsv", b"id\ttext\n", "", "csv", ".jsonl", False),
        ("a.parquet", b"PAR1\x15\x04", "", "parquet", ".jsonl", False),
        ("a.dat", b"PAR1\x15\x04", "", "parquet", ".jsonl", False),
        ("a.warc.gz", b"WARC/1.0\r\n", "gz", "warc", ".jsonl", False),
        ("a", b"WARC/1.1\r\n", "", "warc", ".jsonl", False),
        ("a.zip", b"PK\x03\x04", "", "zip", "", False),
        ("a.bin", b"PK\x03\x04" + b"\0" * 26 + b"a.txt", "", "zip", "", False),
        ("a.docx", b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml", "", "unknown", "", False),
        ("a.epub", b"PK\x03\x04" + b"\0" * 26 + b"mimetype", "", "unknown", "", False),
        ("a.tgz", b"a.txt" + b"\0" * 252 + b"ustar", "gz", "tar", "", False),
        ("a", b"words", "", "txt", "", False),
        ("a", b"words\0", "", "unknown", "", False),
        ("a.csv", b"", "", "csv", ".jsonl", False),
    ],
)
def test_bytes_outrank_names_where_they_are_certain(name, first, packing, media, suffix, lies):
    found = told(name.encode(), first, packing, READ.text_fields)
    assert (found.media, found.suffix, bool(found.why)) == (media, suffix, lies)


# --- tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_table_gives_the_cells_that_were_written_whatever_stands_between_them(delimiter, encoding, end):
    rows = [["1", f'a "word"{delimiter} and 渡轮今日首航', "第一行\n第二行"], ["2", "", "码头上站着三百人。"]]
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, delimiter=delimiter, lineterminator=end)
    writer.writerows([["编号", "标题", "正文"], *rows])
    data = sink.getvalue().encode(encoding)
    found = items(data, "csv")
    assert [{**json.loads(i.fields), i.text_field: i.payload} for i in found] == [
        dict(zip(("编号", "标题", "正文"), row, strict=True)) for row in rows
    ]
    assert found[0].given.title == rows[0][1].strip()
    for item in found:  # a row lies where it is said to lie
        piece = data[item.offset : item.offset + item.length]
        bom = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
        assert piece.decode(bom).endswith(end)


@pytest.mark.parametrize(
    ("data", "reason", "kept"),
    [
        (b"a,b\n1,2\n", "no_text_column", 0),
        (b"text,text\n1,2\n", "csv", 0),
        (b"text,Text \n1,2\nx,y\n", None, 2),
        (b"text,n\n1\nx,y\n", "csv", 1),
        (b"text,n\n1,2,3\nx,y\n", "csv", 1),
        (b'text,n\n"a"b,1\nx,y\n', "csv", 1),
        (b'text,n\nx,y\n"never closed,1\n', "csv", 1),
        ("text,n\n渡轮今日首航。,y\n渡轮今日".encode() + b"\xff,1\n", "csv", 1),
        (b"text,n\nx,y\n" + b"w" * 300 + b",1\n", "line_too_long", 1),
        (b"text\r1\r2\r", None, 2),
        (b"sep=;\ntext;n\n1;2\n", None, 1),
        (b"\n", "no_text_column", 0),
        (b"", None, 0),
    ],
)
def test_a_row_that_cannot_be_read_without_loss_is_refused_and_the_others_are_read(data, reason, kept):
    found = items(data, "csv", ReadSettings(max_line_bytes=200))
    assert reasons(found) == ([] if reason is None else [reason])
    assert len(texts(found)) == kept


def test_every_value_of_a_parquet_table_is_carried_and_what_json_lacks_is_text():
    day = dt.date(2024, 3, 5)
    zone = pa.timestamp("ns", tz="Asia/Shanghai")
    table = pa.table(
        {
            "text": ["甲", "乙"],
            "big": pa.array([2**63 - 1, None], pa.int64()),
            "x": [float("nan"), -0.1],
            "at": pa.array([1_700_000_000_123_456_789, None], zone),
            "day": [day, None],
            "price": [Decimal("1.50"), None],
            "raw": [b"\xff", None],
            "tags": [["a", "b"], []],
            "nested": [{"a": [1, None]}, None],
            "sort": pa.array(["k", "k"]).dictionary_encode(),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    first, second = (json.loads(i.fields) for i in items(sink.getvalue(), "parquet"))
    assert first == {
        "text": None,
        "big": 2**63 - 1,
        "x": "NaN",
        "at": "2023-11-14T22:13:20.123456789Z",
        "day": "2024-03-05",
        "price": "1.50",
        "raw": "/w==",
        "tags": ["a", "b"],
        "nested": {"a": [1, None]},
        "sort": "k",
    }
    assert second["x"] == -0.1
    assert texts(items(sink.getvalue(), "parquet")) == ["甲", "乙"]


def test_a_parquet_file_without_texts_or_cut_is_refused():
    sink = io.BytesIO()
    pq.write_table(pa.table({"n": [1]}), sink)
    assert reasons(items(sink.getvalue(), "parquet")) == ["no_text_column"]
    assert reasons(items(sink.getvalue()[:-9], "parquet")) == ["parquet"]
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", None]}), sink)
    assert reasons(items(sink.getvalue(), "parquet")) == ["json_text"]


# --- JSON --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "payloads", "refused"),
    [
        ('{"text":"甲"}', ["甲"], []),
        ('[{"text":"甲"}, {"Body":"乙"}]', ["甲", "乙"], []),
        ('[{"text":"a"},1,{"title":"x"},{"text":"b"}]', ["a", "b"], ["json", "json_text"]),
        ('[{"text":"a","text":"b"},{"text":"c","x":NaN},{"text":"d"}]', ["d"], ["json", "json"]),
        ('{"page":1,"items":[{"text":"a"},{"text":"b"}]}', ["a", "b"], []),
        ('{"a":[{"text":"a"}],"b":[{"text":"b"}]}', [], ["json_text"]),
        ('{"items":[{"text":"a"},1]}', [], ["json_text"]),
        ('{"text":"a"}\n{"text":"b"}\n{\n', ["a", "b"], ["json"]),
        ('[{"text":"a"},', [], ["json"]),
        ('[{"text":"a"}] more', [], ["json"]),
        ("[" * 20_000, [], ["json"]),
        ("[]", [], []),
        ("", [], []),
    ],
)
def test_json_holds_an_article_a_list_or_an_object_with_one_list(text, payloads, refused):
    found = items(text.encode(), "json")
    assert (texts(found), reasons(found)) == (payloads, refused)
    if "\n" not in text and text:  # what has an object a line is UTF-8
        for encoding in ("utf-8-sig", "utf-16"):
            found = items(text.encode(encoding), "json")
            assert (texts(found), reasons(found)) == (payloads, refused), encoding


def test_the_encoding_of_a_file_of_records_is_found_and_its_evidence_kept():
    text = "\n".join(made.ARTICLES["kiln"])
    rows = json.dumps([{"text": text}], ensure_ascii=False).encode("gb18030")
    table = f'text,n\n"{text}",1\n'.encode("gb18030")
    for media, data in (("json", rows), ("csv", table)):
        (found,) = items(data, media)
        assert (found.payload, found.charset) == (text, "gb18030, found by cjk-score")
        prepared = prepare(found, load(None))
        assert prepared.found.source.evidence.endswith("; its file is gb18030, found by cjk-score")
    lost = (
        json.dumps([{"text": text}], ensure_ascii=False).encode().replace("窑".encode(), "窑".encode()[:2], 1)
    )
    assert reasons(items(lost, "json")) == ["json"]


def test_what_stands_around_a_list_is_kept_with_its_first_record():
    data = '{"feed":"晚报","n":1.50,"items":[{"title":"no text"},{"text":"a","id":7},{"text":"b"}]}'.encode()
    _, first, second = items(data, "json")
    assert first.fields == '{"text":null,"id":7,"$around":{"feed":"晚报","n":1.50}}'
    assert (second.fields, first.given.id) == ("", "7")
    assert data[first.offset : first.offset + first.length] == b'{"text":"a","id":7}'


# --- WARC --------------------------------------------------------------------------------------------------


def warc(block, kind="response", **headers):
    named = {
        "WARC-Type": kind,
        "WARC-Target-URI": "https://a.example/x",
        "Content-Length": len(block),
        **headers,
    }
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return b"WARC/1.0\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n"


def http(body, *headers, status=200):
    return "\r\n".join([f"HTTP/1.1 {status} X", *headers]).encode() + b"\r\n\r\n" + body


PAGE = "<html><p>渡轮今日首航</p></html>".encode("gb18030")
HTML = "Content-Type: text/html; charset=GBK"


@pytest.mark.parametrize(
    "block",
    [
        http(PAGE, HTML),
        http(gzip.compress(PAGE), HTML, "Content-Encoding: gzip"),
        http(zlib.compress(PAGE), HTML, "content-encoding: deflate"),
        http(zlib.compress(PAGE)[2:-4], HTML, "Content-Encoding: deflate"),
        http(b"%x;x=1\r\n%s\r\n0\r\n\r\n" % (len(PAGE), PAGE), HTML, "Transfer-Encoding: chunked"),
        http(PAGE, HTML, "Content-Encoding: gzip"),  # the crawler took the coding off, and left the header
        http(PAGE, HTML, "Transfer-Encoding: chunked"),
    ],
)
def test_the_body_of_a_response_comes_without_its_codings(block):
    (found,) = items(warc(block), "warc")
    assert (found.payload, found.media, found.charset) == (PAGE, "html", "GBK")
    assert found.given.url == "https://a.example/x"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (warc(http(PAGE, HTML, "Content-Encoding: br")), "http"),
        (warc(http(gzip.compress(PAGE)[:-9], HTML, "Content-Encoding: gzip")), "http"),
        (warc(http(b"\0" * 99 + PAGE, HTML, "Content-Encoding: deflate")), "http"),
        (warc(http(b"ffff\r\nx", HTML, "Transfer-Encoding: chunked")), "http"),
        (warc(http(PAGE, HTML), Content_Length=10**9), "warc"),
        (warc(http(PAGE, HTML), Content_Length=-5), "warc"),
        (warc(http(PAGE, HTML), Content_Length=20), "warc"),
        (warc(http(PAGE, HTML), WARC_Block_Digest="sha1:" + "A" * 32), "warc"),
        (b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", "warc"),
        (b"what is this\r\n\r\n", "warc"),
        (warc(http(b"x" * 3000, HTML)), "too_large"),
    ],
)
def test_a_record_that_is_not_whole_is_refused_and_the_next_is_read(data, reason):
    good = warc(http(PAGE, HTML))
    found = items(good + data + good, "warc", ReadSettings(max_member_bytes=2000))
    assert set(reasons(found)) == {reason}
    assert texts(found) == [PAGE] * (1 if "1000000000" in data[:200].decode("latin-1") else 2)
    assert [i.offset for i in found] == sorted(i.offset for i in found)


def test_after_a_fault_no_record_begins_inside_another():
    """What a page quotes of a crawl is no record, however the length of its own record lies."""
    quoted = warc(http(b"forged", HTML), WARC_Target_URI="https://forged.example/").rstrip()
    page = http(b"<pre>\n" + quoted + b"</pre>", HTML)
    found = items(warc(page, Content_Length=25) + warc(http(PAGE, HTML)), "warc")
    assert texts(found) == [PAGE]
    assert texts(items(warc(page) + warc(http(PAGE, HTML)), "warc"))[1] == PAGE


def test_records_that_are_no_pages_are_counted_by_kind():
    data = b"".join(
        (
            warc(b"software: x", "warcinfo"),
            warc(b"GET /", "request"),
            warc(http(b"\x89PNG", "Content-Type: image/png")),
            warc(http(PAGE, HTML, status=404)),
            warc(PAGE, "resource", Content_Type="text/html"),
            warc(b"a text", "conversion", Content_Type="text/plain"),
            warc(b"", "revisit"),
        )
    )
    found = items(data, "warc")
    assert texts(found) == [PAGE, b"a text"]
    assert found[-1].skipped
    assert (
        found[-1].rejected.detail == "5 records: image/png 1, request 1, revisit 1, status 404 1, warcinfo 1"
    )


# --- a folder of everything --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("formats")
    source = folder / "in"
    source.mkdir()
    for name, data in made.files().items():
        (source / name).write_bytes(data)
    result = run([source], folder / "out", load(None, {"run.jobs": 1}), printer=events.Silent())
    return folder, result


def test_a_folder_of_every_format_balances_and_is_proved(cleaned):
    folder, result = cleaned
    assert result.run["balance"] == {"bytes": 0, "documents": 0, "characters": 0}
    sizes = {p.name: p.stat().st_size for p in (folder / "in").iterdir()}
    assert result.run["counts"]["bytes"]["read"] == sum(sizes.values())
    assert result.run["counts"]["bytes"]["quarantined"] == sizes["cut.txt.gz"] + len(
        "8;少了一格\r\n".encode("gb18030")
    )
    report = verify(folder / "out", deep=True)
    assert (report.findings, report.proved) == ((), 24)
    quarantined = {
        (s["path"], s["reason"]) for s in read_rows(result.out).skipped if s["status"] == "quarantined"
    }
    assert quarantined == {
        ("bulletin.csv", "csv"),
        ("bundle.zip/inner.zip", "nested"),
        ("cut.txt.gz", "damaged"),
        ("wire.jsonl.zst", "json"),
    }


def test_every_value_of_every_format_comes_back(cleaned):
    folder, _ = cleaned
    back = folder / "back"
    restore(folder / "out", back)
    bytes_of = {
        "umbrella.txt.gz.txt": made.text("umbrella").encode("gb18030"),
        "ferry.md.xz.md": ("# " + made.text("ferry")).encode(),
        "clock.txt.bz2.txt": made.text("clock").encode("utf-16"),
        "bundle.zip/窑厂/修表铺.txt": made.text("kiln").encode("gb18030"),
        "week.tar.zst/mon/choir.txt": made.text("choir").encode(),
        "week.tar.zst/mon/choir~2.txt": made.text("ladder").encode(),
        "week.tar.zst/tue/pear.md": ("# " + made.text("pear")).encode(),
    }
    assert {name: (back / name).read_bytes() for name in bytes_of} == bytes_of
    tide, bakery = made.ARTICLES["tide"], made.ARTICLES["bakery"]
    feed = {"$around": {"feed": "Evening", "edition": 12}}
    values = {
        "wire.jsonl.zst.jsonl": [
            made.record("library", 1, desk="city"),
            {"id": 3, "title": made.MARKET[0], "text": "\n".join(made.MARKET[1:])},
        ],
        "feed.json.jsonl": [made.record("pear", 4) | feed, made.record("kite", 5, score=0.5)],
        "one.json.jsonl": [made.record("choir", 6)],
        "bulletin.csv.jsonl": [{"编号": "7", "标题": tide[0], "正文": "\r\n".join(tide[1:])}],
        "sheet.tsv.jsonl": [{"id": "9", "Title": bakery[0], "Text": " ".join(bakery[1:])}],
        "archive.parquet.jsonl": [
            made.record("ladder", 10, score=0.25),
            made.record("ferry", 11, score="NaN"),
        ],
        "bundle.zip/records/umbrella.jsonl": [made.record("umbrella", 1, price=1.5)],
        "records-called-page.html.jsonl": [made.record("bakery", 12)],
    }
    for name, wanted in values.items():
        lines = (back / name).read_text("utf-8").split("\n")[:-1]
        assert [json.loads(line) for line in lines] == wanted, name
    crawl = [json.loads(line) for line in (back / "crawl.warc.gz.jsonl").read_text("utf-8").splitlines()]
    assert [record["url"].rpartition("/")[2] for record in crawl] == ["clock", "swans", "kite.txt"]
    for record, name in zip(crawl, ("clock", "swans", "kite"), strict=True):
        assert [p for p in made.ARTICLES[name][1:] if p not in record["text"]] == []
    pages = {"swans.html.gz.txt": "swans", "bundle.zip/pages/library.html.txt": "library"}
    for file, name in ({**pages, "page-called-text.txt.txt": "kiln"}).items():
        assert [p for p in made.ARTICLES[name][1:] if p not in (back / file).read_text("utf-8")] == []
    found = {p.relative_to(back).as_posix() for p in back.rglob("*") if p.is_file()}
    assert found == {*bytes_of, *values, *pages, "crawl.warc.gz.jsonl", "page-called-text.txt.txt"}


def test_with_the_source_at_hand_what_is_packed_still_comes_back_as_text(cleaned):
    folder, _ = cleaned
    restore(folder / "out", folder / "pages", source=folder / "in")
    assert (folder / "pages" / "page-called-text.txt").read_bytes() == made.page("kiln")
    assert (folder / "pages" / "swans.html.gz.txt").is_file()


def test_cleaning_what_was_cleaned_changes_nothing_in_any_format(cleaned):
    folder, _ = cleaned
    again = folder / "again"
    run([folder / "out" / "clean"], again, load(None, {"run.jobs": 1}), printer=events.Silent())
    trees = [
        {p.relative_to(t).as_posix(): p.read_bytes() for p in (t / "clean").rglob("*") if p.is_file()}
        for t in (folder / "out", again)
    ]
    assert trees[0] == trees[1]


def test_jobs_units_and_the_cache_change_no_byte(cleaned, monkeypatch):
    """With packs written after every few texts, and every file read as a stream."""
    folder, _ = cleaned
    monkeypatch.setattr("pipeline.cache._PACK", 300)
    monkeypatch.setattr("pipeline.intake.risky", lambda units: False)  # so that all of it is done here
    monkeypatch.setattr("pipeline.intake._AT_ONCE", 1)
    chosen = load(None, {"run.jobs": 1, "run.unit_bytes": 500})
    wanted = (folder / "out" / "manifest-sha256.txt").read_bytes()
    for _ in range(2):  # the second takes all from the cache
        run([folder / "in"], folder / "streamed", chosen, printer=events.Silent())
        assert (folder / "streamed" / "manifest-sha256.txt").read_bytes() == wanted
    chosen = load(None, {"run.jobs": 2, "run.unit_bytes": 700})
    run([folder / "in"], folder / "two", chosen, printer=events.Silent())
    assert (folder / "two" / "manifest-sha256.txt").read_bytes() == wanted


def test_a_unit_of_which_a_pack_is_lost_is_read_again(cleaned, monkeypatch):
    folder, _ = cleaned
    monkeypatch.setattr("pipeline.cache._PACK", 300)
    monkeypatch.setattr("pipeline.cache._TOGETHER", 1)
    monkeypatch.setattr("pipeline.intake.risky", lambda units: False)  # so that all of it is done here
    out, chosen = folder / "torn", load(None, {"run.jobs": 1})
    run([folder / "in"], out, chosen, printer=events.Silent())
    for pack in random.Random(7).sample(sorted((out / ".work" / "cache").glob("pack-*.arrow")), 3):
        pack.unlink()
    run([folder / "in"], out, chosen, printer=events.Silent())
    assert (out / "manifest-sha256.txt").read_bytes() == (folder / "out/manifest-sha256.txt").read_bytes()


def test_settings_reach_the_members_of_archives(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    with zipfile.ZipFile(source / "z.zip", "w") as archive:
        for name in ("a.txt", "old/b.txt", "skip/c.txt"):
            archive.writestr(name, "Grüße aus Köln, der Fähre und dem Markt.\n".encode("cp1252"))
    with tarfile.open(source / "t.tar", "w") as archive:
        info = tarfile.TarInfo("skip/d.txt")
        archive.addfile(info, io.BytesIO(b""))
    chosen = load(
        None,
        {
            "run.jobs": 1,
            "run.policy": "annotate",
            "read.exclude": ["*/skip/*"],
            "read.encodings": [["*/old/*", "iso8859-2"]],
            "read.sources": [["z.zip/a*", "Koeln"]],
        },
    )
    done = run([source], tmp_path / "out", chosen, printer=events.Silent())
    assert {d["path"]: (d["l0"]["how"], d["source"]) for d in read_rows(done.out).documents}["z.zip/a.txt"][
        1
    ] == "Koeln"
    assert {d["path"]: d["l0"]["how"] for d in read_rows(done.out).documents}["z.zip/old/b.txt"] == "given"
    assert [(s["path"], s["reason"]) for s in read_rows(done.out).skipped] == [
        ("t.tar/skip/d.txt", "excluded"),
        ("z.zip/skip/c.txt", "excluded"),
    ]


def test_doctor_and_explain_know_members(cleaned, capsys):
    folder, _ = cleaned
    assert main(["doctor", str(folder / "in" / "bundle.zip")], standalone_mode=False) == 0
    assert "窑厂/修表铺.txt" in capsys.readouterr().out
    assert main(["explain", str(folder / "out"), "bundle.zip/窑厂/修表铺.txt"], standalone_mode=False) == 0
    assert "窑厂" in capsys.readouterr().out
    assert main(["explain", str(folder / "out"), "crawl.warc.gz:2"], standalone_mode=False) == 0
    assert "harrow.example" in capsys.readouterr().out
